/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flat Parquet tables, such as Space Ranger and Xenium write, read as a table of texts like any other.
 *
 * The file ends with its description in Thrift (schema, row groups, where each column of each lies), the length of that and
 * 'PAR1'. Columns may be optional; what repeats or nests is refused. Not read: encryption, and the encodings that no such
 * file has (delta, byte stream split).
 *
 * Source: Apache Parquet, 'parquet.thrift'.
 */
#include "files/parquet-private.h"
#include "files/table-private.h"

#include "base/error.h"

#include <string.h>

#define MAGIC "PAR1"
#define MAX_CELLS ((gint64) 1 << 28)
#define MAX_COLUMNS 4096

/* One column of one group of rows. */
typedef struct
{
  gint64 codec, first_data, first_dictionary, packed_size;
  char *name;
} ChunkPlace;

typedef struct
{
  gint64 n_rows;
  GArray *chunks; /* ChunkPlace */
} RowGroup;

typedef struct
{
  GArray *columns; /* ParquetColumn; the first is the root until the schema is complete */
  GArray *groups;  /* RowGroup */
  gint64 n_rows, n_children;
  gboolean is_flat;
} Description;

static void
clear_column (gpointer column)
{
  g_free (((ParquetColumn *) column)->name);
}

static void
clear_chunk (gpointer chunk)
{
  g_free (((ChunkPlace *) chunk)->name);
}

static void
clear_group (gpointer group)
{
  g_array_unref (((RowGroup *) group)->chunks);
}

static void
description_clear (Description *description)
{
  g_array_unref (description->columns);
  g_array_unref (description->groups);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Description, description_clear)

static char *
read_text (Thrift *thrift)
{
  gsize length;
  const char *bytes = (const char *) thrift_read_binary (thrift, &length);

  return bytes != NULL && g_utf8_validate_len (bytes, length, NULL) ? g_strndup (bytes, length) : g_strdup ("?");
}

/* Reads the field where it is a number, and steps over it where it is not. */
static gint64
read_number (Thrift *thrift, ThriftField field)
{
  if (field.type >= THRIFT_BYTE && field.type <= THRIFT_I64)
    return thrift_read_integer (thrift);
  thrift_skip (thrift, field.type);
  return -1;
}

/* The first element is the root, with the number of columns; then the columns. */
static void
read_element (Thrift *thrift, Description *description, gboolean is_root)
{
  ParquetColumn column = { .type = -1 };
  ThriftField field = { THRIFT_STOP, 0 };
  gint64 repetition = 0, n_children = 0, converted = -1;

  while ((field = thrift_next_field (thrift, field.id)).type != THRIFT_STOP)
    if (field.id == 1)
      column.type = read_number (thrift, field);
    else if (field.id == 2)
      column.width = read_number (thrift, field);
    else if (field.id == 3)
      repetition = read_number (thrift, field);
    else if (field.id == 4 && field.type == THRIFT_BINARY && column.name == NULL)
      column.name = read_text (thrift);
    else if (field.id == 5)
      n_children = read_number (thrift, field);
    else if (field.id == 6)
      converted = read_number (thrift, field);
    else
      thrift_skip (thrift, field.type);
  if (is_root)
    {
      description->n_children = n_children;
      g_free (column.name);
      return;
    }
  column.is_optional = repetition == 1;
  column.is_unsigned = converted >= 11 && converted <= 14;
  description->is_flat = description->is_flat && n_children <= 0 && (repetition == 0 || repetition == 1);
  if (column.name == NULL)
    column.name = g_strdup ("?");
  g_array_append_val (description->columns, column);
}

static void
read_place (Thrift *thrift, ChunkPlace *place)
{
  ThriftField field = { THRIFT_STOP, 0 };

  while ((field = thrift_next_field (thrift, field.id)).type != THRIFT_STOP)
    if (field.id == 4)
      place->codec = read_number (thrift, field);
    else if (field.id == 7)
      place->packed_size = read_number (thrift, field);
    else if (field.id == 9)
      place->first_data = read_number (thrift, field);
    else if (field.id == 11)
      place->first_dictionary = read_number (thrift, field);
    else
      thrift_skip (thrift, field.type);
}

static void
read_chunk (Thrift *thrift, RowGroup *group)
{
  ChunkPlace place = { -1, -1, -1, -1, NULL };
  ThriftField field = { THRIFT_STOP, 0 };

  while ((field = thrift_next_field (thrift, field.id)).type != THRIFT_STOP)
    if (field.id == 3 && field.type == THRIFT_STRUCT)
      read_place (thrift, &place);
    else
      thrift_skip (thrift, field.type);
  g_array_append_val (group->chunks, place);
}

static void
read_group (Thrift *thrift, Description *description)
{
  RowGroup group = { .n_rows = -1, .chunks = g_array_new (FALSE, FALSE, sizeof (ChunkPlace)) };
  ThriftField field = { THRIFT_STOP, 0 };
  ThriftType element;

  g_array_set_clear_func (group.chunks, clear_chunk);
  while ((field = thrift_next_field (thrift, field.id)).type != THRIFT_STOP)
    if (field.id == 1 && field.type == THRIFT_LIST)
      for (gint64 n = thrift_read_list (thrift, &element); n > 0 && !thrift->failed; n--)
        read_chunk (thrift, &group);
    else if (field.id == 3)
      group.n_rows = read_number (thrift, field);
    else
      thrift_skip (thrift, field.type);
  g_array_append_val (description->groups, group);
}

static void
read_description (Thrift *thrift, Description *description)
{
  ThriftField field = { THRIFT_STOP, 0 };
  ThriftType element;

  while ((field = thrift_next_field (thrift, field.id)).type != THRIFT_STOP)
    if (field.id == 2 && field.type == THRIFT_LIST)
      for (gint64 n = thrift_read_list (thrift, &element), i = 0; i < n && !thrift->failed; i++)
        read_element (thrift, description, i == 0);
    else if (field.id == 3)
      description->n_rows = read_number (thrift, field);
    else if (field.id == 4 && field.type == THRIFT_LIST)
      for (gint64 n = thrift_read_list (thrift, &element); n > 0 && !thrift->failed; n--)
        read_group (thrift, description);
    else
      thrift_skip (thrift, field.type);
}

static gboolean
check_description (const Description *description, const char *path, GError **error)
{
  gint64 n_cols = description->columns->len, sum = 0;

  if (!description->is_flat || n_cols != description->n_children || n_cols < 1 || n_cols > MAX_COLUMNS)
    return smooth_i_refuse (
        path, error, "expected a flat table of 1 to %d columns, found one that nests or repeats, of %" PRId64 " columns",
        MAX_COLUMNS, n_cols);
  if (description->n_rows < 0 || description->n_rows > MAX_CELLS / n_cols)
    return smooth_i_refuse (path, error,
                            "expected a table of at most %" PRId64 " rows of %" PRId64 " columns, found %" PRId64,
                            MAX_CELLS / n_cols, n_cols, description->n_rows);
  for (guint g = 0; g < description->groups->len; g++)
    {
      const RowGroup *group = &g_array_index (description->groups, RowGroup, g);
      if (group->n_rows < 0 || group->n_rows > description->n_rows - sum || group->chunks->len != n_cols)
        return smooth_i_refuse (
            path, error, "group %u: expected at most %" PRId64 " rows of %" PRId64 " columns, found %" PRId64 " of %u", g,
            description->n_rows - sum, n_cols, group->n_rows, group->chunks->len);
      sum += group->n_rows;
    }
  if (sum != description->n_rows)
    return smooth_i_refuse (path, error, "expected groups of %" PRId64 " rows in all, found %" PRId64, description->n_rows,
                            sum);
  return TRUE;
}

static gboolean
read_groups (ParquetCells *cells, const Description *description, const guint8 *data, gsize length, GError **error)
{
  gint64 row = 0;

  for (guint g = 0; g < description->groups->len; g++)
    {
      const RowGroup *group = &g_array_index (description->groups, RowGroup, g);
      for (guint c = 0; c < group->chunks->len && group->n_rows > 0; c++)
        {
          const ChunkPlace *place = &g_array_index (group->chunks, ChunkPlace, c);
          const ParquetColumn *column = &g_array_index (description->columns, ParquetColumn, c);
          gint64 first = place->first_dictionary > 0 ? MIN (place->first_dictionary, place->first_data) : place->first_data;
          if (column->type < PARQUET_BOOLEAN || column->type > PARQUET_FIXED || column->type == 3
              || (column->type == PARQUET_FIXED && (column->width < 1 || column->width > 65536)))
            return smooth_i_refuse (cells->path, error,
                                    "column '%s': expected texts, numbers or booleans, found the type %" PRId64,
                                    column->name, column->type);
          if (first < 4 || place->packed_size < 0 || first > (gint64) length || place->packed_size > (gint64) length - first)
            return smooth_i_refuse (cells->path, error,
                                    "column '%s': expected %" PRId64 " bytes from byte %" PRId64 " on, found %zu in all",
                                    column->name, place->packed_size, first, length);
          if (!smooth_i_parquet_read_chunk (cells, column, c, place->codec, data + first, (gsize) place->packed_size, row, group->n_rows, error))
            return FALSE;
        }
      row += group->n_rows;
    }
  return TRUE;
}

/* Finds the description at the end of the file. */
static gboolean
find_description (Thrift *thrift, const char *path, const guint8 *data, gsize length, GError **error)
{
  gsize size = 0;

  if (length < 12 || memcmp (data + length - 4, MAGIC, 4) != 0)
    return smooth_i_refuse (path, error, "expected a Parquet file that ends with 'PAR1', found one that is cut short");
  for (gint i = 0; i < 4; i++)
    size |= (gsize) data[length - 8 + (gsize) i] << (8 * i);
  if (size > length - 12)
    return smooth_i_refuse (path, error, "expected a description of at most %zu bytes, found %zu", length - 12, size);
  *thrift = (Thrift){ data + length - 8 - size, data + length - 8, FALSE };
  return TRUE;
}

/**
 * smooth_i_parquet_read:
 * @data: a whole file that begins with 'PAR1'
 * @path: what errors name
 *
 * Returns: (transfer full): its rows below a row of the names of its columns, which is not taken as the header yet
 */
SmoothTable *
smooth_i_parquet_read (const guint8 *data, gsize length, const char *path, GError **error)
{
  g_auto (Description) description = { .columns = g_array_new (FALSE, FALSE, sizeof (ParquetColumn)),
                                       .groups = g_array_new (FALSE, FALSE, sizeof (RowGroup)), .n_rows = -1, .is_flat = TRUE };
  ParquetCells cells = { .path = path };
  Thrift thrift;

  g_array_set_clear_func (description.columns, clear_column);
  g_array_set_clear_func (description.groups, clear_group);
  if (!find_description (&thrift, path, data, length, error))
    return NULL;
  read_description (&thrift, &description);
  if (thrift.failed)
    smooth_i_refuse (path, error, "expected the description of a Parquet file at its end, found other bytes");
  if (thrift.failed || !check_description (&description, path, error))
    return NULL;

  g_autofree guint64 *offsets = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  cells.n_cols = description.columns->len;
  cells.n_rows = description.n_rows;
  offsets = g_try_new0 (guint64, (cells.n_rows + 1) * cells.n_cols);
  if (offsets == NULL)
    {
      smooth_i_refuse (path, error, "not enough memory for %" PRId64 " rows of %" PRId64 " columns", cells.n_rows,
                       cells.n_cols);
      return NULL;
    }
  g_string_append_c (text, '\0');
  for (gint64 c = 0; c < cells.n_cols; c++)
    {
      offsets[c] = text->len;
      const char *name = g_array_index (description.columns, ParquetColumn, c).name;
      g_string_append_len (text, name, (gssize) strlen (name) + 1);
    }
  cells.text = text;
  cells.cells = offsets + cells.n_cols;
  if (!read_groups (&cells, &description, data, length, error))
    return NULL;
  return smooth_i_table_new_from_cells (g_string_free (g_steal_pointer (&text), FALSE), offsets, cells.n_rows + 1, cells.n_cols, path, error);
}
