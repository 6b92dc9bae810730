/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making and sharing of layers; all values are missing until their maker sets them. */
#include "result/layer.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static double *
new_missing (gint64 n, const char *key, GError **error)
{
  double *values = g_try_new (double, MAX (n, 1));

  if (values == NULL)
    smooth_error_set (error, SMOOTH_ERROR_MEMORY, "not enough memory for the %" PRId64 " values of layer %s", n, key);
  for (gint64 i = 0; values != NULL && i < n; i++)
    values[i] = NAN;
  return values;
}

/**
 * smooth_layer_new:
 * @n_spots: of the section
 * @columns: names, NULL-terminated; copied
 * @settings: (nullable): 'name=value' texts, NULL-terminated; copied
 *
 * O(n_spots n_columns).
 *
 * Returns: (transfer full): a layer without any value, or %NULL where memory is short
 */
SmoothLayer *
smooth_layer_new (const char *key, const char *title, SmoothLayerKind kind, gint64 n_spots, const char *const *columns,
                  const char *const *settings, GError **error)
{
  gint64 n_columns = g_strv_length ((char **) columns);
  double *values = new_missing (n_spots * n_columns, key, error);

  if (values == NULL)
    return NULL;
  SmoothLayer *layer = g_new0 (SmoothLayer, 1);
  g_atomic_ref_count_init (&layer->ref_count);
  layer->key = g_strdup (key);
  layer->title = g_strdup (title);
  layer->kind = kind;
  layer->n_spots = n_spots;
  layer->n_columns = n_columns;
  layer->columns = g_strdupv ((char **) columns);
  layer->values = values;
  layer->settings = settings != NULL ? g_strdupv ((char **) settings) : g_new0 (char *, 1);
  return layer;
}

SmoothLayer *
smooth_layer_ref (SmoothLayer *layer)
{
  g_atomic_ref_count_inc (&layer->ref_count);
  return layer;
}

static void
points_free (SmoothLayerPoints *points)
{
  g_free (points->coords);
  g_free (points->spots);
  g_free (points->values);
  g_free (points);
}

void
smooth_layer_unref (SmoothLayer *layer)
{
  if (layer == NULL || !g_atomic_ref_count_dec (&layer->ref_count))
    return;
  g_free (layer->key);
  g_free (layer->title);
  g_strfreev (layer->columns);
  g_free (layer->unit);
  g_free (layer->values);
  g_strfreev (layer->categories);
  g_free (layer->flag);
  g_free (layer->flags);
  g_clear_pointer (&layer->points, points_free);
  g_strfreev (layer->settings);
  g_free (layer);
}

/* Returns: (transfer none): n_spots values of a column */
double *
smooth_layer_column (const SmoothLayer *layer, gint64 column)
{
  return layer->values + column * layer->n_spots;
}

/**
 * smooth_layer_spread:
 * @rows: n_columns x n: row k is column k of the layer
 * @spots: n: the number in the section of each column of @rows
 */
void
smooth_layer_spread (SmoothLayer *layer, const SmoothMatrix *rows, const gint32 *spots)
{
  g_return_if_fail (rows->n_rows == layer->n_columns);
  for (gint64 s = 0; s < rows->n_cols; s++)
    for (gint64 k = 0; k < rows->n_rows; k++)
      smooth_layer_column (layer, k)[spots[s]] = smooth_matrix_column (rows, s)[k];
}

/**
 * smooth_layer_set_points:
 * @diameter: full-resolution pixels
 *
 * Makes room for points, whose positions and values the caller then sets.
 */
gboolean
smooth_layer_set_points (SmoothLayer *layer, gint64 n_points, double diameter, GError **error)
{
  double *values = new_missing (n_points * layer->n_columns, layer->key, error);
  double *coords = values != NULL ? new_missing (2 * n_points, layer->key, error) : NULL;

  if (coords == NULL)
    {
      g_free (values);
      return FALSE;
    }
  g_clear_pointer (&layer->points, points_free);
  layer->points = g_new (SmoothLayerPoints, 1);
  *layer->points = (SmoothLayerPoints){ n_points, coords, diameter, g_new (gint32, MAX (n_points, 1)), values };
  for (gint64 i = 0; i < n_points; i++)
    layer->points->spots[i] = -1;
  return TRUE;
}

/* Returns: (transfer none): n_points values of a column; the layer must have points */
double *
smooth_layer_points_column (const SmoothLayer *layer, gint64 column)
{
  return layer->points->values + column * layer->points->n_points;
}

/* Returns: the first column of that name, or -1 */
gint64
smooth_layer_find_column (const SmoothLayer *layer, const char *name)
{
  for (gint64 c = 0; c < layer->n_columns; c++)
    if (strcmp (layer->columns[c], name) == 0)
      return c;
  return -1;
}
