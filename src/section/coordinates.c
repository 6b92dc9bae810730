/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coordinates in a table with a header, whatever its columns are called.
 *
 * A pair of columns is taken whose names differ in nothing but the axis, the first of these that there is:
 *   x and y, xcoord and ycoord, xpos and ypos         as in 'x_centroid', 'coordinate_y_um', 'center_x'
 *   imagecol and imagerow, col and row                as in 'pxl_col_in_fullres': a column counts x, a row counts y
 * Bounds (min_x) and corners (vertex_x) are not positions; array_col and array_row are so only where nothing else is.
 * What is called x is x, even where its maker meant rows: nothing in a table tells. y grows downwards, as in pictures.
 */
#include "section/section-private.h"

#include "base/error.h"
#include "section/depth-private.h"

#include <math.h>
#include <string.h>

#define MAX_COORDINATE 1e9
#define MAX_ARRAY 1e4        /* places a side */
#define ARRAY_PITCH 200.0    /* um between the spots of Spatial Transcriptomics */
#define LEAST_UM 2.0 /* between neighbours, where no unit is stated and the numbers may be micrometres */
#define MOST_UM 300.0

static const char *const axes[][2] = {
  { "x", "y" }, { "xcoord", "ycoord" }, { "xpos", "ypos" }, { "imagecol", "imagerow" }, { "col", "row" }, { "column", "row" },
};

/* Returns: (transfer full): the words of a name in lower case, joined by single blanks: 'x um' for 'X_um' */
static char *
dup_words (const char *name)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (; *name != '\0'; name++)
    if (g_ascii_isalnum (*name))
      g_string_append_c (text, g_ascii_tolower (*name));
    else if (text->len > 0 && text->str[text->len - 1] != ' ')
      g_string_append_c (text, ' ');
  return g_strchomp (g_string_free (g_steal_pointer (&text), FALSE));
}

static gboolean
has_word (const char *words, const char *const *wanted)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  for (gsize i = 0; list[i] != NULL; i++)
    if (g_strv_contains (wanted, list[i]))
      return TRUE;
  return FALSE;
}

/* Returns: (transfer full): @words with the word @from changed to @to */
static char *
exchange_word (const char *words, const char *from, const char *to)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  for (gsize i = 0; list[i] != NULL; i++)
    if (g_str_equal (list[i], from))
      {
        g_free (list[i]);
        list[i] = g_strdup (to);
      }
  return g_strjoinv (" ", list);
}

static gint64
find_words (char *const *words, const char *wanted)
{
  for (gint64 c = 0; words[c] != NULL; c++)
    if (g_str_equal (words[c], wanted))
      return c;
  return -1;
}

static gboolean
find_pair (char *const *words, gboolean of_array, SmoothCoordinateColumns *columns)
{
  static const char *const bounds[] = { "min", "max", "vertex", NULL };
  static const char *const array[] = { "array", NULL };

  for (gsize a = 0; a < G_N_ELEMENTS (axes); a++)
    for (gint64 c = 0; words[c] != NULL; c++)
      {
        const char *const x_word[] = { axes[a][0], NULL };
        if (!has_word (words[c], x_word) || has_word (words[c], bounds) || has_word (words[c], array) != of_array)
          continue;
        g_autofree char *partner = exchange_word (words[c], axes[a][0], axes[a][1]);
        columns->x = c;
        columns->y = find_words (words, partner);
        if (columns->y >= 0)
          return TRUE;
      }
  return FALSE;
}

/* The column of names: by its heading, else the first one where that holds no number. */
static gint64
find_barcodes (const SmoothTable *table, char *const *words, const SmoothCoordinateColumns *columns)
{
  static const char *const headings[] = { "barcode", "barcodes", "cell id", "cellid", "entityid", "cell", "spot", "spot id", "bead", "id", "", "index" };
  double number;

  for (gsize h = 0; h < G_N_ELEMENTS (headings); h++)
    {
      gint64 c = find_words (words, headings[h]);
      if (c >= 0 && c != columns->x && c != columns->y)
        return c;
    }
  gboolean is_name = columns->x != 0 && columns->y != 0 && smooth_table_get_n_rows (table) > 0
                     && !smooth_i_parse_number (smooth_table_get_text (table, 0, 0), &number);
  return is_name ? 0 : -1;
}

/* Positions on the lattice of a slide, beside coordinates: as in Seurat's tables of row, col, imagerow and imagecol. */
static void
find_array (char *const *words, SmoothCoordinateColumns *columns)
{
  static const char *const names[][2] = { { "array row", "array col" }, { "row", "col" } };

  columns->array_row = columns->array_col = -1;
  for (gsize i = 0; i < G_N_ELEMENTS (names) && columns->array_row < 0; i++)
    {
      gint64 row = find_words (words, names[i][0]), col = find_words (words, names[i][1]);
      if (row < 0 || col < 0 || row == columns->y)
        continue;
      columns->array_row = row;
      columns->array_col = col;
    }
}

/**
 * smooth_i_coordinates_find:
 * @table: with its header taken
 * @columns: (out): which column plays which role
 *
 * Returns: whether there is a pair of coordinates
 */
gboolean
smooth_i_coordinates_find (const SmoothTable *table, SmoothCoordinateColumns *columns)
{
  static const char *const um[] = { "um", "micron", "microns", "micrometer", "micrometers", "micrometre", "micrometres", "centroid", "center", NULL };
  static const char *const px[] = { "px", "pxl", "pixel", "pixels", "imagecol", "array", NULL };
  gint64 n = smooth_table_get_n_cols (table);
  g_auto (GStrv) words = g_new0 (char *, n + 1);

  for (gint64 c = 0; c < n; c++)
    words[c] = dup_words (smooth_table_get_column_name (table, c));
  if (!find_pair (words, FALSE, columns) && !find_pair (words, TRUE, columns))
    return FALSE;
  columns->barcode = find_barcodes (table, words, columns);
  columns->in_tissue = find_words (words, "in tissue");
  if (columns->in_tissue < 0)
    columns->in_tissue = find_words (words, "tissue");
  find_array (words, columns);
  columns->area = find_words (words, "cell area");
  columns->unit = has_word (words[columns->x], um) ? SMOOTH_UNIT_UM : has_word (words[columns->x], px) ? SMOOTH_UNIT_PIXEL : SMOOTH_UNIT_UNKNOWN;
  return TRUE;
}

static gboolean
read_array (SmoothSection *section, const SmoothTable *table, const SmoothCoordinateColumns *columns, gint64 i, GError **error)
{
  double row = -1.0, col = -1.0;

  if (columns->array_row >= 0
      && (!smooth_table_get_number (table, i, columns->array_row, &row, error) || !smooth_table_get_number (table, i, columns->array_col, &col, error)))
    return FALSE;
  section->array_rows[i] = (gint32) CLAMP (row, -1.0, MAX_COORDINATE);
  section->array_cols[i] = (gint32) CLAMP (col, -1.0, MAX_COORDINATE);
  return TRUE;
}

static gboolean
read_row (SmoothSection *section, const SmoothTable *table, const SmoothCoordinateColumns *columns, gint64 i, GError **error)
{
  const gint64 pair[2] = { columns->x, columns->y };
  double in_tissue = 1.0;

  for (gint k = 0; k < 2; k++)
    {
      double *value = &section->coords[2 * i + k];
      if (!smooth_table_get_number (table, i, pair[k], value, error))
        return FALSE;
      if (fabs (*value) <= MAX_COORDINATE)
        continue;
      g_autofree char *place = smooth_table_dup_place (table, i, pair[k]);
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected a coordinate of at most 1e9, found '%s'", place,
                        smooth_table_get_text (table, i, pair[k]));
      return FALSE;
    }
  if (columns->in_tissue >= 0 && !smooth_table_get_number (table, i, columns->in_tissue, &in_tissue, error))
    return FALSE;
  section->spot_flags[i] = in_tissue > 0.0 ? SMOOTH_SPOT_IN_TISSUE : 0;
  if (!read_array (section, table, columns, i, error))
    return FALSE;
  if (columns->barcode < 0)
    section->barcodes[i] = g_strdup_printf ("%" G_GINT64_FORMAT, i + 1);
  else
    section->barcodes[i] = g_strdup (smooth_table_get_text (table, i, columns->barcode));
  return TRUE;
}

/**
 * smooth_i_coordinates_load:
 * @section: an empty one; gets its spots, all in the tissue unless a column in_tissue says otherwise
 * @table: with its header taken
 *
 * Spots without names are called 1, 2, ... in the order of the table.
 */
gboolean
smooth_i_coordinates_load (SmoothSection *section, const SmoothTable *table, const SmoothCoordinateColumns *columns, GError **error)
{
  gint64 n = smooth_table_get_n_rows (table);

  if (n == 0 || n >= G_MAXINT32)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected 1 to %d spots, found %" PRId64,
                        smooth_table_get_path (table), G_MAXINT32 - 1, n);
      return FALSE;
    }
  smooth_i_section_alloc_spots (section, n);
  for (gint64 i = 0; i < n; i++)
    if (!read_row (section, table, columns, i, error))
      return FALSE;
  return smooth_i_section_check_barcodes (section, table, error);
}

/* Returns: the diameter of a disc of the median area of the cells; 0 where areas are not known */
double
smooth_i_coordinates_get_diameter (const SmoothTable *table, const SmoothCoordinateColumns *columns)
{
  gint64 n = smooth_table_get_n_rows (table), n_areas = 0;
  g_autofree double *areas = g_new (double, n + 1);

  for (gint64 i = 0; columns->area >= 0 && i < n; i++)
    if (smooth_table_get_number (table, i, columns->area, &areas[n_areas], NULL))
      n_areas += areas[n_areas] > 0.0;
  return n_areas > 0 ? 2.0 * sqrt (smooth_i_median (areas, n_areas) / G_PI) : 0.0;
}

/**
 * smooth_i_coordinates_set_scale:
 * @section: has its spots; gets micrometres and the size of its spots
 * @diameter: of spots, in the unit of the coordinates; 0 where it is not known
 *
 * Without a stated unit numbers are taken for micrometres where neighbours then lie 2 to 300 um apart, else neighbours are
 * taken to be 100 um apart; either is a warning. Positions on the lattice of a Visium slide state the scale, and the spots'. Spots of no known diameter are half as wide as
 * their distance.
 */
void
smooth_i_coordinates_set_scale (SmoothSection *section, SmoothUnit unit, double diameter)
{
  SmoothScaleFactors factors = { .microns_per_pixel = unit == SMOOTH_UNIT_UM ? 1.0 : 0.0 };
  g_autofree gint32 *spots = g_new (gint32, section->n_spots);

  for (gint64 i = 0; i < section->n_spots; i++)
    spots[i] = (gint32) i;
  double nearest = smooth_i_median_nearest (section->coords, spots, section->n_spots);
  gboolean has_array = section->array_rows[0] >= 0;
  gboolean may_be_um = unit == SMOOTH_UNIT_UNKNOWN && !has_array && nearest >= LEAST_UM && nearest <= MOST_UM;
  if (may_be_um)
    factors.microns_per_pixel = 1.0;
  smooth_i_section_set_scale (section, &factors);
  if (diameter > 0.0)
    section->spot_diameter = diameter * section->um_per_pixel;
  else if (!has_array || !section->um_is_known)
    section->spot_diameter = section->pitch / 2.0;
  if (!may_be_um)
    return;
  section->um_is_known = FALSE;
  smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                     "the unit of the coordinates is not stated: they are taken for micrometres, which puts neighbours %.3g um apart",
                     nearest);
}

/* Reads '17.9x4.96', and 'X17.9x4.96' as R changes it. */
static gboolean
read_place (const char *name, double place[2])
{
  const char *first = *name == 'X' ? name + 1 : name, *mark = strchr (first, 'x');

  if (mark == NULL)
    return FALSE;
  g_autofree char *x = g_strndup (first, (gsize) (mark - first));
  return smooth_i_parse_number (x, &place[0]) && smooth_i_parse_number (mark + 1, &place[1]) && fabs (place[0]) < MAX_ARRAY
         && fabs (place[1]) < MAX_ARRAY;
}

/* Returns: whether every one of @names is a place on an array, as in tables of Spatial Transcriptomics (before Visium) */
gboolean
smooth_i_coordinates_are_names (char *const *names)
{
  double place[2];

  for (gint64 i = 0; names[i] != NULL; i++)
    if (!read_place (names[i], place))
      return FALSE;
  return names[0] != NULL;
}

/**
 * smooth_i_coordinates_load_names:
 * @section: an empty one; gets spots and the scale of their array, 200 um between spots of 100 um
 * @names: @n of them, for which smooth_i_coordinates_are_names() holds
 */
void
smooth_i_coordinates_load_names (SmoothSection *section, char *const *names, gint64 n)
{
  const SmoothScaleFactors factors = { .microns_per_pixel = ARRAY_PITCH };

  smooth_i_section_alloc_spots (section, n);
  for (gint64 i = 0; i < n; i++)
    {
      read_place (names[i], section->coords + 2 * i);
      section->barcodes[i] = g_strdup (names[i]);
      section->spot_flags[i] = SMOOTH_SPOT_IN_TISSUE;
      section->array_rows[i] = section->array_cols[i] = -1;
    }
  smooth_i_section_set_scale (section, &factors);
  section->spot_diameter = ARRAY_PITCH / 2.0;
}
