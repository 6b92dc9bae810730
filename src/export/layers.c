/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layers as CSV tables: spots, or the points of a finer lattice, as rows. */
#include "export/tables.h"

#include "files/output.h"

#include <math.h>

static gboolean
has_value (const SmoothLayer *layer, gint64 spot)
{
  for (gint64 c = 0; c < layer->n_columns; c++)
    if (!isnan (smooth_layer_column (layer, c)[spot]))
      return TRUE;
  return FALSE;
}

/* Analysed spots, and what else has a value. */
static gboolean
is_row (const SmoothLayer *layer, const SmoothSection *section, gint64 spot)
{
  return section->spot_flags[spot] == (SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS) || has_value (layer, spot);
}

static void
write_value (SmoothOutput *output, const SmoothLayer *layer, double value)
{
  smooth_output_text (output, ",");
  if (isnan (value))
    return;
  if (layer->kind == SMOOTH_LAYER_CATEGORIES)
    smooth_output_csv_field (output, layer->categories[(gint64) value]);
  else
    smooth_output_number (output, value);
}

/* 'dominant type changes' as a name of a column. */
static void
write_flag_name (SmoothOutput *output, const char *flag)
{
  g_autofree char *name = g_strdelimit (g_strdup (flag), " ", '_');

  smooth_output_text (output, ",");
  smooth_output_csv_field (output, name);
}

static void
write_head (SmoothOutput *output, const SmoothLayer *layer)
{
  smooth_output_text (output, layer->points != NULL ? "barcode,x,y" : "barcode");
  for (gint64 c = 0; c < layer->n_columns; c++)
    {
      smooth_output_text (output, ",");
      smooth_output_csv_field (output, layer->columns[c]);
    }
  if (layer->flags != NULL && layer->points == NULL)
    write_flag_name (output, layer->flag);
  smooth_output_text (output, "\n");
}

static void
write_spots (SmoothOutput *output, const SmoothLayer *layer, const SmoothSection *section)
{
  for (gint64 i = 0; i < layer->n_spots; i++)
    {
      if (!is_row (layer, section, i))
        continue;
      smooth_output_csv_field (output, section->barcodes[i]);
      for (gint64 c = 0; c < layer->n_columns; c++)
        write_value (output, layer, smooth_layer_column (layer, c)[i]);
      if (layer->flags != NULL)
        smooth_output_text (output, layer->flags[i] ? ",1" : ",0");
      smooth_output_text (output, "\n");
    }
}

/* Points that are no spots are called lattice-1, lattice-2, ..., as impute calls them. */
static void
write_points (SmoothOutput *output, const SmoothLayer *layer, const SmoothSection *section)
{
  const SmoothLayerPoints *points = layer->points;
  gint64 n_others = 0;

  for (gint64 i = 0; i < points->n_points; i++)
    {
      if (points->spots[i] >= 0)
        smooth_output_csv_field (output, section->barcodes[points->spots[i]]);
      else
        smooth_output_printf (output, "lattice-%" G_GINT64_FORMAT, ++n_others);
      for (gint d = 0; d < 2; d++)
        {
          smooth_output_text (output, ",");
          smooth_output_number (output, points->coords[2 * i + d] * section->um_per_pixel);
        }
      for (gint64 c = 0; c < layer->n_columns; c++)
        write_value (output, layer, smooth_layer_points_column (layer, c)[i]);
      smooth_output_text (output, "\n");
    }
}

/**
 * smooth_export_layer:
 * @section: whose spots the layer is over
 * @path: of the CSV file: barcode, for points x and y (um), one column a column of the layer, and the flag where there is one
 *
 * Rows are the analysed spots and others that have a value, or the points of the layer; missing values are empty, categories their
 * names. O(values).
 */
gboolean
smooth_export_layer (const SmoothLayer *layer, const SmoothSection *section, const char *path, GError **error)
{
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);

  if (output == NULL)
    return FALSE;
  write_head (output, layer);
  if (layer->points != NULL)
    write_points (output, layer, section);
  else
    write_spots (output, layer, section);
  return smooth_output_commit (output, error);
}
