/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables about observations and variables in AnnData files, in each of their encodings.
 *
 *   until 2019   one list of compounds; whole numbers whose categories are in /uns/COLUMN_categories are words
 *   2020, 2021   a group of lists; the categories of a column are in its __categories/COLUMN
 *   since 2022   a group; a column of words is a list of texts, or a group of codes and categories; columns with missing
 *                values are groups of values and mask
 * Names of rows are the column that the attribute _index of the group names, 'index' or the first of the compound.
 */
#include "files/anndata-private.h"

#include "base/error.h"
#include "files/decimal.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

void
ann_frame_clear (AnnFrame *frame)
{
  hdf5_id_close (frame->id);
  g_free (frame->place);
  g_free (frame->index);
}

/* Returns: (transfer full) (nullable): a text in an attribute; NULL where there is none, or of another kind */
char *
smooth_i_hdf5_dup_text_attribute (hid_t object, const char *name)
{
  if (H5Aexists (object, name) <= 0)
    return NULL;
  g_auto (Hdf5Id) attribute = H5Aopen (object, name, H5P_DEFAULT);
  g_auto (Hdf5Id) type = attribute >= 0 ? H5Aget_type (attribute) : H5I_INVALID_HID;
  g_auto (Hdf5Id) space = attribute >= 0 ? H5Aget_space (attribute) : H5I_INVALID_HID;
  char *text = NULL;

  if (type < 0 || space < 0 || H5Tget_class (type) != H5T_STRING || H5Sget_simple_extent_npoints (space) != 1)
    return NULL;
  if (H5Tis_variable_str (type) > 0)
    {
      char *loaned = NULL;
      if (H5Aread (attribute, type, &loaned) >= 0 && loaned != NULL && g_utf8_validate (loaned, -1, NULL))
        text = g_strdup (loaned);
      H5free_memory (loaned);
      return text;
    }
  size_t size = H5Tget_size (type);
  g_autofree char *fixed = size < 4096 ? g_malloc0 (size + 1) : NULL;
  if (fixed != NULL && H5Aread (attribute, type, fixed) >= 0 && g_utf8_validate (fixed, -1, NULL))
    text = g_strdup (fixed);
  return text;
}

/* The number of rows is that of the names. */
static gboolean
find_index (AnnFrame *frame, GError **error)
{
  static const char *const names[] = { "_index", "index" };
  g_auto (Hdf5List) list = { .id = H5I_INVALID_HID };

  if (frame->is_list)
    {
      g_auto (Hdf5Id) type = H5Dget_type (frame->id);
      int member = H5Tget_member_index (type, "index");
      char *name = H5Tget_member_name (type, (unsigned) MAX (member, 0));
      frame->index = g_strdup (name);
      H5free_memory (name);
      return TRUE;
    }
  frame->index = smooth_i_hdf5_dup_text_attribute (frame->id, "_index");
  for (gsize i = 0; i < G_N_ELEMENTS (names) && frame->index == NULL; i++)
    if (H5Lexists (frame->id, names[i], H5P_DEFAULT) > 0)
      frame->index = g_strdup (names[i]);
  if (frame->index == NULL || *frame->index == '\0' || strchr (frame->index, '/') != NULL)
    return smooth_i_refuse (frame->place, error,
                            "expected an attribute '_index' with the name of the column of names, found none");
  if (smooth_i_hdf5_has (frame->id, frame->index, H5I_GROUP)) /* texts of which some might be missing */
    {
      g_auto (Hdf5Id) group = H5Gopen2 (frame->id, frame->index, H5P_DEFAULT);
      if (!smooth_i_hdf5_list_open (&list, group, frame->place, "values", error))
        return FALSE;
    }
  else if (!smooth_i_hdf5_list_open (&list, frame->id, frame->place, frame->index, error))
    return FALSE;
  frame->n_rows = list.length;
  return TRUE;
}

/**
 * smooth_i_ann_frame_open:
 * @frame: (out): cleared by its cleanup even on error
 * @place: of the parent, for messages; it and @name must outlive the frame
 * @uns: the group of what is not structured, where old files keep categories; may be invalid
 */
gboolean
smooth_i_ann_frame_open (AnnFrame *frame, hid_t parent, const char *place, const char *name, hid_t uns, GError **error)
{
  *frame = (AnnFrame){ .id = H5I_INVALID_HID, .parent = parent, .parent_place = place, .name = name, .uns = uns };
  frame->place = g_strdup_printf ("%s/%s", place, name);
  if (smooth_i_hdf5_has (parent, name, H5I_DATASET))
    {
      g_auto (Hdf5List) list = { .id = H5I_INVALID_HID };
      if (!smooth_i_hdf5_list_open (&list, parent, place, name, error))
        return FALSE;
      if (list.class != H5T_COMPOUND)
        return smooth_i_refuse (list.name, error,
                                "expected a table (a group, or a list of compounds), found a list of other elements");
      frame->is_list = TRUE;
      frame->n_rows = list.length;
    }
  else if (!smooth_i_hdf5_has (parent, name, H5I_GROUP))
    return smooth_i_refuse (frame->place, error, "expected a table (a group, or a list of compounds), found none");
  frame->id = H5Oopen (parent, name, H5P_DEFAULT);
  return find_index (frame, error);
}

static herr_t
add_column (hid_t group, const char *name, const H5L_info_t *info, void *names)
{
  (void) group;
  (void) info;
  if (strcmp (name, "__categories") != 0 && g_utf8_validate (name, -1, NULL))
    g_ptr_array_add (names, g_strdup (name));
  return 0;
}

/* Returns: (transfer full): the names of the columns but that of the row names, NULL-terminated */
char **
smooth_i_ann_frame_dup_columns (const AnnFrame *frame)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (frame->is_list)
    {
      g_auto (Hdf5Id) type = H5Dget_type (frame->id);
      int n = H5Tget_nmembers (type);
      for (int i = 0; i < n; i++)
        {
          char *name = H5Tget_member_name (type, (unsigned) i);
          if (name != NULL && g_utf8_validate (name, -1, NULL))
            g_ptr_array_add (names, g_strdup (name));
          H5free_memory (name);
        }
    }
  else
    H5Literate (frame->id, H5_INDEX_NAME, H5_ITER_INC, NULL, add_column, names);
  for (guint i = names->len; i-- > 0;)
    if (strcmp (names->pdata[i], frame->index) == 0)
      g_ptr_array_remove_index (names, i);
  return smooth_i_take_list (&names);
}

static gboolean
open_compounds (const AnnFrame *frame, Hdf5List *list, GError **error)
{
  return smooth_i_hdf5_list_open (list, frame->parent, frame->parent_place, frame->name, error);
}

/* A list in a column: opened, as long as the table. */
static gboolean
open_column (const AnnFrame *frame, hid_t group, const char *name, Hdf5List *list, GError **error)
{
  return smooth_i_hdf5_list_open (list, group, frame->place, name, error)
         && smooth_i_hdf5_list_need_length (list, frame->n_rows, N_("rows of the table"), error);
}

static H5T_class_t
get_member_class (const Hdf5List *list, const char *column)
{
  g_auto (Hdf5Id) type = H5Dget_type (list->id);
  int member = H5Tget_member_index (type, column);

  return member >= 0 ? H5Tget_member_class (type, (unsigned) member) : H5T_NO_CLASS;
}

/* Returns: (transfer full): the names of the rows, n_rows of them */
char **
smooth_i_ann_frame_dup_index (const AnnFrame *frame, GError **error)
{
  g_auto (Hdf5List) list = { .id = H5I_INVALID_HID };

  if (frame->is_list)
    {
      if (!open_compounds (frame, &list, error))
        return NULL;
      return smooth_i_hdf5_list_dup_member_texts (&list, frame->index, error);
    }
  if (smooth_i_hdf5_has (frame->id, frame->index, H5I_GROUP))
    {
      g_auto (Hdf5Id) group = H5Gopen2 (frame->id, frame->index, H5P_DEFAULT);
      return open_column (frame, group, "values", &list, error) ? smooth_i_hdf5_list_dup_texts (&list, error) : NULL;
    }
  if (!open_column (frame, frame->id, frame->index, &list, error))
    return NULL;
  return smooth_i_hdf5_list_dup_words (&list, error);
}

/* Turns codes into the words that they stand for; -1 is none. */
static gboolean
assign_codes (const Hdf5List *codes, const gint64 *values, char *const *categories, char ***labels, GError **error)
{
  gint64 n = g_strv_length ((char **) categories);

  *labels = g_new0 (char *, codes->length + 1);
  for (gint64 i = 0; i < codes->length; i++)
    if (values[i] >= n || values[i] < -1)
      return smooth_i_refuse (codes->name, error, "element %" PRId64 ": expected a code of -1..%" PRId64 ", found %" PRId64,
                              i, n - 1, values[i]);
    else if (values[i] >= 0)
      (*labels)[i] = g_strdup (categories[values[i]]);
  return TRUE;
}

/* Codes in @codes, or in a member of its compounds, and their words in the list @name of @group. */
static gboolean
read_categories (const AnnFrame *frame, const Hdf5List *codes, const char *member, hid_t group, const char *name, char ***labels,
                 GError **error)
{
  g_auto (Hdf5List) list = { .id = H5I_INVALID_HID };
  g_autofree gint64 *values = g_new (gint64, codes->length + 1);
  g_auto (GStrv) categories = NULL;

  if (!smooth_i_hdf5_list_open (&list, group, frame->place, name, error))
    return FALSE;
  categories = smooth_i_hdf5_list_dup_words (&list, error);
  if (categories == NULL)
    return FALSE;
  gboolean good = member != NULL ? smooth_i_hdf5_list_read_member (codes, member, H5T_NATIVE_INT64, values, error)
                                 : smooth_i_hdf5_list_need_numbers (codes, TRUE, error)
                                       && smooth_i_hdf5_list_read (codes, H5T_NATIVE_INT64, values, NULL, error);
  return good && assign_codes (codes, values, categories, labels, error);
}

/* Texts of a group of values and mask: masked ones are missing. */
static gboolean
read_masked_texts (const AnnFrame *frame, hid_t group, const Hdf5List *values, char ***labels, GError **error)
{
  g_auto (Hdf5List) mask = { .id = H5I_INVALID_HID };
  g_autofree gboolean *is_missing = NULL;

  if (!open_column (frame, group, "mask", &mask, error) || (is_missing = smooth_i_hdf5_list_dup_flags (&mask, error)) == NULL)
    return FALSE;
  *labels = smooth_i_hdf5_list_dup_texts (values, error);
  for (gint64 i = 0; *labels != NULL && i < values->length; i++)
    if (is_missing[i])
      g_clear_pointer (&(*labels)[i], g_free);
  return *labels != NULL;
}

static gboolean
read_group_labels (const AnnFrame *frame, const char *column, char ***labels, GError **error)
{
  g_auto (Hdf5Id) group = H5Gopen2 (frame->id, column, H5P_DEFAULT);
  g_auto (Hdf5List) list = { .id = H5I_INVALID_HID };

  if (smooth_i_hdf5_has (group, "codes", H5I_DATASET))
    return open_column (frame, group, "codes", &list, error) && read_categories (frame, &list, NULL, group, "categories", labels, error);
  if (!smooth_i_hdf5_has (group, "values", H5I_DATASET) || !smooth_i_hdf5_has (group, "mask", H5I_DATASET))
    return TRUE;
  if (!open_column (frame, group, "values", &list, error))
    return FALSE;
  return list.class != H5T_STRING || read_masked_texts (frame, group, &list, labels, error);
}

static gboolean
read_member_labels (const AnnFrame *frame, const char *column, char ***labels, GError **error)
{
  g_autofree char *name = g_strconcat (column, "_categories", NULL);
  g_auto (Hdf5List) list = { .id = H5I_INVALID_HID };

  if (!open_compounds (frame, &list, error))
    return FALSE;
  H5T_class_t class = get_member_class (&list, column);
  if (class == H5T_INTEGER && frame->uns >= 0 && smooth_i_hdf5_has (frame->uns, name, H5I_DATASET))
    return read_categories (frame, &list, column, frame->uns, name, labels, error);
  if (class != H5T_STRING)
    return TRUE;
  *labels = smooth_i_hdf5_list_dup_member_texts (&list, column, error);
  return *labels != NULL;
}

/* Frees labels of which some are missing. */
static void
free_labels (char **labels, gint64 n)
{
  for (gint64 i = 0; labels != NULL && i < n; i++)
    g_free (labels[i]);
  g_free (labels);
}

static gboolean
read_labels (const AnnFrame *frame, const char *column, char ***labels, GError **error)
{
  g_auto (Hdf5List) list = { .id = H5I_INVALID_HID };
  g_auto (Hdf5Id) old = H5I_INVALID_HID;

  if (frame->is_list)
    return read_member_labels (frame, column, labels, error);
  if (smooth_i_hdf5_has (frame->id, column, H5I_GROUP))
    return read_group_labels (frame, column, labels, error);
  if (!smooth_i_hdf5_has (frame->id, column, H5I_DATASET))
    return TRUE;
  if (!open_column (frame, frame->id, column, &list, error))
    return FALSE;
  if (list.class == H5T_STRING)
    {
      *labels = smooth_i_hdf5_list_dup_texts (&list, error);
      return *labels != NULL;
    }
  if (!smooth_i_hdf5_has (frame->id, "__categories", H5I_GROUP))
    return TRUE;
  old = H5Gopen2 (frame->id, "__categories", H5P_DEFAULT);
  return !smooth_i_hdf5_has (old, column, H5I_DATASET) || read_categories (frame, &list, NULL, old, column, labels, error);
}

/**
 * smooth_i_ann_frame_read_labels:
 * @labels: (out) (nullable): n_rows words, NULL where one is missing; NULL altogether where the column holds no words or is
 *   not there
 */
gboolean
smooth_i_ann_frame_read_labels (const AnnFrame *frame, const char *column, char ***labels, GError **error)
{
  char **found = NULL;

  *labels = NULL;
  if (!read_labels (frame, column, &found, error))
    {
      free_labels (found, frame->n_rows);
      return FALSE;
    }
  *labels = found;
  return TRUE;
}

/**
 * smooth_i_ann_frame_read_numbers:
 * @numbers: (out) (nullable): n_rows numbers; NULL where the column holds none or is not there
 */
gboolean
smooth_i_ann_frame_read_numbers (const AnnFrame *frame, const char *column, double **numbers, GError **error)
{
  g_auto (Hdf5List) list = { .id = H5I_INVALID_HID };
  g_autofree double *found = g_try_new0 (double, frame->n_rows + 1);

  *numbers = NULL;
  if (found == NULL)
    return smooth_i_refuse (frame->place, error, "expected a table of a sensible size, found %" PRId64 " rows",
                            frame->n_rows);
  if (frame->is_list)
    {
      if (!open_compounds (frame, &list, error))
        return FALSE;
      H5T_class_t class = get_member_class (&list, column);
      if (class != H5T_INTEGER && class != H5T_FLOAT)
        return TRUE;
      if (!smooth_i_hdf5_list_read_member (&list, column, H5T_NATIVE_DOUBLE, found, error))
        return FALSE;
    }
  else if (!smooth_i_hdf5_has (frame->id, column, H5I_DATASET))
    return TRUE;
  else if (!open_column (frame, frame->id, column, &list, error))
    return FALSE;
  else if (list.class == H5T_ENUM)
    {
      g_autofree gboolean *flags = smooth_i_hdf5_list_dup_flags (&list, error);
      for (gint64 i = 0; flags != NULL && i < list.length; i++)
        found[i] = flags[i];
      if (flags == NULL)
        return FALSE;
    }
  else if (list.class != H5T_INTEGER && list.class != H5T_FLOAT)
    return TRUE;
  else if (!smooth_i_hdf5_list_read (&list, H5T_NATIVE_DOUBLE, found, NULL, error))
    return FALSE;
  *numbers = g_steal_pointer (&found);
  return TRUE;
}
