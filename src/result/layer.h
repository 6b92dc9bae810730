/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an analysis finds, as named columns over all spots of a section: what can be coloured, plotted and exported. */
#pragma once

#include "linalg/dense.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_LAYER_VALUES,     /* of any size */
  SMOOTH_LAYER_SIGNED,     /* on both sides of 0, which is the middle of the colours */
  SMOOTH_LAYER_SHARES,     /* of 1 */
  SMOOTH_LAYER_DEVIATIONS, /* standard deviations of shares */
  SMOOTH_LAYER_CATEGORIES, /* numbers of categories */
} SmoothLayerKind;

/* The same columns at points that are no spots: a finer lattice over the tissue. */
typedef struct
{
  gint64 n_points;
  double *coords;   /* n_points x 2, row-major (x, y), full-resolution pixels */
  double diameter;  /* full-resolution pixels */
  gint32 *spots;    /* n_points: the number in the section of the spot that a point is; -1: none */
  double *values;   /* n_points x n_columns, column-major; NAN where missing */
} SmoothLayerPoints;

/* Immutable once it is shared; its maker fills in values, categories, flags and points before. */
typedef struct
{
  char *key;         /* stable: "components", "clusters": names the layer in looks, recipes and files */
  char *title;       /* for users: 'Spatial components' */
  SmoothLayerKind kind;
  gint64 n_spots;    /* of the section: all of them */
  gint64 n_columns;
  char **columns;    /* n_columns names, NULL-terminated; stable too */
  double *values;    /* n_spots x n_columns, column-major; NAN where missing; of categories their number */
  char *unit;        /* (nullable): of the values */
  char **categories; /* (nullable): names, NULL-terminated; of CATEGORIES */
  char *flag;        /* (nullable): what a flagged spot is: 'dominant type changes' */
  guint8 *flags;     /* (nullable): n_spots: 1 where flagged; such spots are hatched */
  SmoothLayerPoints *points; /* (nullable): drawn in place of the spots */
  char **settings;   /* NULL-terminated 'name=value': what the layer was made with, for legends and exports */

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothLayer;

SmoothLayer *smooth_layer_new (const char *key, const char *title, SmoothLayerKind kind, gint64 n_spots, const char *const *columns,
                               const char *const *settings, GError **error);
SmoothLayer *smooth_layer_ref (SmoothLayer *layer);
void smooth_layer_unref (SmoothLayer *layer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothLayer, smooth_layer_unref)

double *smooth_layer_column (const SmoothLayer *layer, gint64 column);
void smooth_layer_spread (SmoothLayer *layer, const SmoothMatrix *rows, const gint32 *spots);
gboolean smooth_layer_set_points (SmoothLayer *layer, gint64 n_points, double diameter, GError **error);
double *smooth_layer_points_column (const SmoothLayer *layer, gint64 column);
gint64 smooth_layer_find_column (const SmoothLayer *layer, const char *name);

G_END_DECLS
