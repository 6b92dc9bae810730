/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A section's life, and what others ask of it: spots, genes, values, coordinates in micrometres. */
#include "section/section-private.h"

#include <math.h>
#include <string.h>

/* Names to numbers; the texts belong to the section, those in lower case to the tables. */
struct _SmoothLookup
{
  GHashTable *barcodes;
  GHashTable *names, *ids;               /* of genes */
  GHashTable *folded_names, *folded_ids; /* without regard to case */
};

/* Returns: (transfer full): a section without anything, to be filled by its maker */
SmoothSection *
smooth_i_section_new (void)
{
  SmoothSection *section = g_new0 (SmoothSection, 1);

  g_atomic_ref_count_init (&section->ref_count);
  section->report = smooth_report_new ();
  section->input_files = g_new0 (char *, 1);
  return section;
}

SmoothSection *
smooth_section_ref (SmoothSection *section)
{
  g_atomic_ref_count_inc (&section->ref_count);
  return section;
}

static void
lookup_free (struct _SmoothLookup *lookup)
{
  if (lookup == NULL)
    return;
  g_hash_table_unref (lookup->barcodes);
  g_hash_table_unref (lookup->names);
  g_hash_table_unref (lookup->ids);
  g_hash_table_unref (lookup->folded_names);
  g_hash_table_unref (lookup->folded_ids);
  g_free (lookup);
}

void
smooth_section_unref (SmoothSection *section)
{
  if (section == NULL || !g_atomic_ref_count_dec (&section->ref_count))
    return;
  lookup_free ((struct _SmoothLookup *) section->lookup);
  if (section->unturned != NULL)
    {
      g_free (section->coords);
      smooth_report_unref (section->report);
      smooth_section_unref (section->unturned);
      g_free (section);
      return;
    }
  g_free (section->name);
  g_free (section->path);
  g_strfreev (section->barcodes);
  g_free (section->spot_flags);
  g_free (section->array_rows);
  g_free (section->array_cols);
  g_free (section->coords);
  g_free (section->total_counts);
  g_strfreev (section->gene_ids);
  g_strfreev (section->gene_names);
  smooth_sparse_unref (section->counts);
  smooth_picture_unref (section->picture);
  g_clear_pointer (&section->report, smooth_report_unref);
  g_strfreev (section->input_files);
  g_free (section);
}

/* Where a name occurs several times, the first one is found. */
static GHashTable *
index_names (char *const *names, gint64 n)
{
  GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);

  for (gint64 i = n - 1; i >= 0; i--)
    g_hash_table_replace (table, names[i], GSIZE_TO_POINTER ((gsize) i));
  return table;
}

static GHashTable *
index_folded (char *const *names, gint64 n)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gint64 i = n - 1; i >= 0; i--)
    g_hash_table_replace (table, g_utf8_casefold (names[i], -1), GSIZE_TO_POINTER ((gsize) i));
  return table;
}

/* The tables are made when they are first asked for, by whichever thread comes first; the others wait. */
static const struct _SmoothLookup *
get_lookup (const SmoothSection *section)
{
  gsize *location = (gsize *) &section->lookup;

  if (g_once_init_enter (location))
    {
      struct _SmoothLookup *lookup = g_new (struct _SmoothLookup, 1);
      lookup->barcodes = index_names (section->barcodes, section->n_spots);
      lookup->names = index_names (section->gene_names, section->n_genes);
      lookup->ids = index_names (section->gene_ids, section->n_genes);
      lookup->folded_names = index_folded (section->gene_names, section->n_genes);
      lookup->folded_ids = index_folded (section->gene_ids, section->n_genes);
      g_once_init_leave (location, (gsize) lookup);
    }
  return (const struct _SmoothLookup *) section->lookup;
}

static gint64
find (GHashTable *table, const char *name)
{
  gpointer value;

  return g_hash_table_lookup_extended (table, name, NULL, &value) ? (gint64) GPOINTER_TO_SIZE (value) : -1;
}

/**
 * smooth_section_find_gene:
 * @name: a symbol or an id
 *
 * Tries the exact symbol, the exact id, then both without regard to case; of several genes the first. O(1) after the
 * first call, which takes some milliseconds. Any thread may call it.
 *
 * Returns: the number of the gene, or -1
 */
gint64
smooth_section_find_gene (const SmoothSection *section, const char *name)
{
  const struct _SmoothLookup *lookup = get_lookup (section);
  gint64 gene = find (lookup->names, name);

  if (gene < 0)
    gene = find (lookup->ids, name);
  if (gene >= 0)
    return gene;
  g_autofree char *folded = g_utf8_casefold (name, -1);
  gene = find (lookup->folded_names, folded);
  return gene >= 0 ? gene : find (lookup->folded_ids, folded);
}

/* Returns: the number of the spot with exactly that barcode, or -1 */
gint64
smooth_section_find_spot (const SmoothSection *section, const char *barcode)
{
  return find (get_lookup (section)->barcodes, barcode);
}

/**
 * smooth_section_dup_analysed:
 * @n_analysed: (out): how many
 *
 * Returns: (transfer full): the numbers of the spots that are in the tissue, have counts and are not empty, ascending
 */
gint32 *
smooth_section_dup_analysed (const SmoothSection *section, gint64 *n_analysed)
{
  gint32 *spots = g_new (gint32, MAX (section->n_spots, 1));
  gint64 n = 0;

  for (gint64 i = 0; i < section->n_spots; i++)
    if (section->spot_flags[i] == (SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS))
      spots[n++] = (gint32) i;
  *n_analysed = n;
  return spots;
}

/**
 * smooth_section_dup_coords_um:
 * @spots: (nullable): @n_spots numbers of spots; NULL for the first @n_spots
 *
 * Returns: (transfer full): n_spots x 2, row-major (x, y), um
 */
double *
smooth_section_dup_coords_um (const SmoothSection *section, const gint32 *spots, gint64 n_spots)
{
  double *coords = g_new (double, MAX (2 * n_spots, 1));

  for (gint64 i = 0; i < n_spots; i++)
    for (gint64 c = 0; c < 2; c++)
      coords[2 * i + c] = section->coords[2 * (spots != NULL ? spots[i] : i) + c] * section->um_per_pixel;
  return coords;
}

/**
 * smooth_section_dup_gene_values:
 * @gene: 0 .. n_genes - 1
 *
 * O(n_spots log (genes in a spot)).
 *
 * Returns: (transfer full): n_spots counts of that gene; NAN for the spots that have no counts at all
 */
double *
smooth_section_dup_gene_values (const SmoothSection *section, gint64 gene)
{
  const SmoothSparse *counts = section->counts;
  double *values = g_new (double, MAX (section->n_spots, 1));

  g_return_val_if_fail (gene >= 0 && gene < section->n_genes, values);
  for (gint64 j = 0; j < section->n_spots; j++)
    {
      gint64 e = smooth_sparse_find (counts, gene, j);
      values[j] = e >= 0 ? counts->values[e] : 0.0;
      if (!(section->spot_flags[j] & SMOOTH_SPOT_HAS_COUNTS))
        values[j] = NAN;
    }
  return values;
}

/* The mean HSV saturation, (max - min) / max, of the picture's pixels within @radius of (x, y); NAN outside. */
static double
disc_saturation (const SmoothPicture *picture, double x, double y, double radius)
{
  double sum = 0.0;
  gint64 n = 0;
  gint top = (gint) MAX (ceil (y - radius), 0.0), bottom = (gint) MIN (floor (y + radius), picture->height - 1.0);
  gint left = (gint) MAX (ceil (x - radius), 0.0), right = (gint) MIN (floor (x + radius), picture->width - 1.0);

  for (gint row = top; row <= bottom; row++)
    for (gint col = left; col <= right; col++)
      {
        double dx = col - x, dy = row - y;
        guint32 pixel = smooth_picture_get_pixel (picture, col, row);
        guint32 r = pixel >> 16 & 255, g = pixel >> 8 & 255, b = pixel & 255;
        guint32 most = MAX (MAX (r, g), b), least = MIN (MIN (r, g), b);
        if (dx * dx + dy * dy > radius * radius)
          continue;
        sum += most > 0 ? (double) (most - least) / most : 0.0;
        n++;
      }
  return n > 0 ? sum / (double) n : NAN;
}

/* smooth_section_get_tissue_contrast() with the spots at @coords instead. */
double
smooth_i_section_contrast (const SmoothSection *section, const double *coords)
{
  double sums[2] = { 0.0, 0.0 };
  gint64 n[2] = { 0, 0 };

  if (section->picture == NULL)
    return NAN;
  double radius = MAX (section->spot_diameter / section->um_per_pixel * section->picture_scale / 2.0, 0.75);
  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double x = coords[2 * i] * section->picture_scale, y = coords[2 * i + 1] * section->picture_scale;
      gboolean inside = x >= 0.0 && x < section->picture->width && y >= 0.0 && y < section->picture->height;
      double saturation = inside ? disc_saturation (section->picture, x, y, radius) : NAN;
      gint kind = (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE) != 0;
      if (isnan (saturation))
        continue;
      sums[kind] += saturation;
      n[kind]++;
    }
  return n[0] > 0 && n[1] > 0 ? sums[1] / (double) n[1] - sums[0] / (double) n[0] : NAN;
}

/**
 * smooth_section_get_tissue_contrast:
 *
 * Stained tissue has colour, the glass around it little. So the mean saturation of the picture under the spots in the
 * tissue, minus that under the others, is clearly positive where coordinates and picture belong together. Spots outside
 * the picture are left out.
 *
 * Returns: -1..1; NAN without a picture, or where it covers only one of the two kinds of spots
 */
double
smooth_section_get_tissue_contrast (const SmoothSection *section)
{
  return smooth_i_section_contrast (section, section->coords);
}
