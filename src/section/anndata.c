/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections from AnnData files: observations with coordinates are spots. */
#include "files/anndata.h"

#include "base/error.h"
#include "section/section-private.h"

#include <string.h>

static void
append_cell (GString *text, const char *word, char separator)
{
  g_auto (GStrv) parts = g_strsplit (word, "\"", -1);
  g_autofree char *doubled = g_strjoinv ("\"\"", parts);

  g_string_append_printf (text, "\"%s\"%c", doubled, separator);
}

/**
 * smooth_i_anndata_load_labels:
 * @path: an .h5ad file
 *
 * Returns: (transfer full): a table of its observations and their labels, without its header taken
 */
SmoothTable *
smooth_i_anndata_load_labels (const char *path, GError **error)
{
  g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (path, NULL, error);
  g_autoptr (GString) text = g_string_new (NULL);

  if (anndata == NULL)
    return NULL;
  append_cell (text, "barcode", anndata->n_labels > 0 ? ',' : '\n');
  for (gint64 k = 0; k < anndata->n_labels; k++)
    append_cell (text, anndata->labels[k].name, k + 1 < anndata->n_labels ? ',' : '\n');
  for (gint64 i = 0; i < anndata->counts->n_barcodes; i++)
    {
      append_cell (text, anndata->counts->barcodes[i], anndata->n_labels > 0 ? ',' : '\n');
      for (gint64 k = 0; k < anndata->n_labels; k++)
        append_cell (text, anndata->labels[k].labels[i] != NULL ? anndata->labels[k].labels[i] : "", k + 1 < anndata->n_labels ? ',' : '\n');
    }
  gsize length = text->len;
  return smooth_table_new_from_text (g_string_free (g_steal_pointer (&text), FALSE), length, path, error);
}

/**
 * smooth_i_anndata_fill_spots:
 * @section: an empty one; gets a spot for each observation, in the tissue where nothing else is said
 */
void
smooth_i_anndata_fill_spots (SmoothSection *section, const SmoothAnnData *anndata)
{
  gint64 n = anndata->counts->n_barcodes;
  gboolean has_array = anndata->array_rows != NULL && anndata->array_cols != NULL;

  smooth_i_section_alloc_spots (section, n);
  for (gint64 i = 0; i < n; i++)
    {
      section->barcodes[i] = g_strdup (anndata->counts->barcodes[i]);
      section->spot_flags[i] = anndata->in_tissue == NULL || anndata->in_tissue[i] > 0.0 ? SMOOTH_SPOT_IN_TISSUE : 0;
      section->array_rows[i] = has_array ? (gint32) CLAMP (anndata->array_rows[i], -1.0, 1e9) : -1;
      section->array_cols[i] = has_array ? (gint32) CLAMP (anndata->array_cols[i], -1.0, 1e9) : -1;
    }
  if (anndata->coords != NULL)
    memcpy (section->coords, anndata->coords, (gsize) (2 * n) * sizeof (double));
}

/* The diameter of spots is stated for Visium alone, whose coordinates are pixels. */
static void
set_scale (SmoothSection *section, const SmoothAnnData *anndata)
{
  SmoothScaleFactors factors = { .spot_diameter = anndata->spot_diameter };

  if (anndata->spot_diameter > 0.0 || anndata->array_rows != NULL)
    smooth_i_section_set_scale (section, &factors);
  else
    smooth_i_coordinates_set_scale (section, SMOOTH_UNIT_UNKNOWN, 0.0);
}

static gboolean
check_spatial (const SmoothAnnData *anndata, GError **error)
{
  const SmoothCounts *counts = anndata->counts;
  g_autofree char *names = smooth_i_dup_label_names (anndata->labels, anndata->n_labels);

  if (anndata->unused_choice != NULL)
    smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected a matrix '%s' (X, raw or a layer), found none of that name",
                      counts->path, anndata->unused_choice);
  else if (counts->n_barcodes == 0 || counts->n_barcodes >= G_MAXINT32)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected 1 to %d observations, found %" PRId64, counts->path,
                      G_MAXINT32 - 1, counts->n_barcodes);
  else if (anndata->coords == NULL && *names != '\0')
    smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                      "%s: expected coordinates in obsm/spatial, found none beside %" PRId64 " observations of %" PRId64
                      " variables; such a file can be a reference (its labels: %s)",
                      counts->path, counts->n_barcodes, counts->n_genes, names);
  else if (anndata->coords == NULL)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                      "%s: expected coordinates in obsm/spatial, found none beside %" PRId64 " observations of %" PRId64
                      " variables; such a file can be a reference",
                      counts->path, counts->n_barcodes, counts->n_genes);
  else
    return TRUE;
  return FALSE;
}

/**
 * smooth_i_anndata_section_load:
 * @section: an empty one
 * @path: an .h5ad file, with '#' and the name of a matrix where one is chosen
 * @run: (nullable): progress and cancellation
 */
gboolean
smooth_i_anndata_section_load (SmoothSection *section, const char *path, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (path, run, error);

  if (anndata == NULL || !check_spatial (anndata, error))
    return FALSE;
  section->path = g_strdup (path);
  for (gsize i = 0; anndata->counts->files[i] != NULL; i++)
    smooth_i_section_add_input (section, anndata->counts->files[i]);
  smooth_report_append (section->report, anndata->report);
  smooth_i_anndata_fill_spots (section, anndata);
  set_scale (section, anndata);
  if (anndata->picture != NULL)
    {
      section->picture = g_steal_pointer (&anndata->picture);
      section->picture_scale = anndata->picture_scale;
      smooth_i_section_report_picture (section);
      smooth_i_section_check_orientation (section, NULL, 0, run);
    }
  if (anndata->n_labels > 0)
    {
      g_autofree char *names = smooth_i_dup_label_names (anndata->labels, anndata->n_labels);
      smooth_report_add (section->report, SMOOTH_REPORT_NOTE, "the file has labels of the spots: %s", names);
    }
  return smooth_i_section_set_counts (section, anndata->counts, path, run, error);
}
