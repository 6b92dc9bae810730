/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden cases of graphs scaled by expression (s01 to s07) and by histology (s09*). */
#include "golden.h"

#include "graph/similarity.h"
#include "section/patches.h"

#include <string.h>

/* What the reference's library adds to every difference before it takes a distance. The exact numbers of cases with principal
 * components are without it, because with it they would depend on the signs of these. */
#define SHIFT 1e-6

static SmoothFeatures *
reduce (GoldenCase *c, const SmoothFeatures *features)
{
  g_autoptr (GError) error = NULL;
  SmoothFeatures *reduced = smooth_features_new_principal (features, (gint) golden_number (c, "dim"), NULL, NULL, &error);

  if (reduced == NULL)
    golden_fail_error (c, error);
  return reduced;
}

static GoldenOutcome
compare_scaled (GoldenCase *c, const SmoothGraph *base, const SmoothFeatures *all)
{
  gboolean is_pca = strcmp (golden_text (c, "reduce", ""), "pca") == 0;
  gboolean is_cosine = strcmp (golden_text (c, "dist_metric", ""), "cosine") == 0;
  g_autoptr (SmoothFeatures) features = is_pca ? reduce (c, all) : smooth_features_ref ((SmoothFeatures *) all);
  g_autoptr (SmoothSparse) expected = golden_load_sparse (c, "weights_scaled.tsv", base->n_spots);
  g_autoptr (GError) error = NULL;

  if (features == NULL || expected == NULL)
    return GOLDEN_FAILED;
  g_autofree double *factors = smooth_graph_dup_similarities (base, features, is_cosine ? SMOOTH_SIMILARITY_COSINE : SMOOTH_SIMILARITY_EUCLIDEAN,
                                                              NULL, is_pca ? 0.0 : SHIFT, NULL, &error);
  g_autoptr (SmoothGraph) scaled
      = factors != NULL ? smooth_graph_new_scaled (base, factors, golden_boolean (c, "row_scale", FALSE), &error) : NULL;
  if (scaled == NULL)
    {
      golden_fail_error (c, error);
      return GOLDEN_FAILED;
    }
  golden_compare_weights (c, "weights", scaled, expected, NULL);
  return golden_verdict (c);
}

static SmoothGraph *
load_base (GoldenCase *c)
{
  return golden_load_graph (c, "weights_base.tsv", (gint64) golden_number (c, "n"));
}

static SmoothMatrix *
load_patches (GoldenCase *c)
{
  gint64 n, n_dims, n_rows, n_cols;
  g_autofree double *coords = golden_load_row_major (c, "coords.csv", &n, &n_dims);
  g_autofree double *values = golden_load_row_major (c, "image.csv", &n_rows, &n_cols);
  double scale = golden_number (c, "tissue_hires_scalef");
  g_autoptr (GError) error = NULL;

  if (coords == NULL || values == NULL)
    return NULL;
  SmoothPixels pixels = { .width = (gint) (n_cols / 3),
                          .height = (gint) n_rows,
                          .n_channels = 3,
                          .values = values,
                          .is_integer = g_str_has_prefix (golden_text (c, "image_dtype", ""), "uint") };
  g_autofree double *centres = g_new (double, 2 * n);
  for (gint64 i = 0; i < n; i++)
    for (gint d = 0; d < 2; d++)
      centres[2 * i + d] = coords[2 * i + 1 - d] * scale; /* the first column of the file runs over rows of the image */
  SmoothMatrix *patches = smooth_patches_new (&pixels, centres, n, (gint) (golden_number (c, "spot_diameter_fullres") / 2.0 * scale),
                                              strcmp (golden_text (c, "reduce", ""), "mean") == 0, NULL, NULL, &error);
  if (patches == NULL)
    golden_fail_error (c, error);
  return patches;
}

GoldenOutcome
golden_run_histology (GoldenCase *c)
{
  g_autoptr (SmoothMatrix) patches = load_patches (c);
  g_autoptr (SmoothMatrix) expected = golden_load_transposed (c, "hist_vectors.csv");
  g_autoptr (SmoothGraph) base = load_base (c);
  g_autoptr (SmoothFeatures) features = patches != NULL ? smooth_features_new_from_matrix (patches, NULL) : NULL;

  if (features == NULL || expected == NULL || base == NULL)
    return GOLDEN_FAILED;
  golden_compare_matrix (c, "hist_vectors", patches, expected, GOLDEN_TOLERANCE, GOLDEN_TOLERANCE);
  return compare_scaled (c, base, features);
}

GoldenOutcome
golden_run_expression (GoldenCase *c)
{
  g_autoptr (SmoothMatrix) expression = golden_load_matrix (c, "expr.csv");
  g_autoptr (SmoothSparse) sparse = expression != NULL ? smooth_sparse_new_from_dense (expression, NULL) : NULL;
  g_autoptr (SmoothFeatures) dense_features = expression != NULL ? smooth_features_new_from_matrix (expression, NULL) : NULL;
  g_autoptr (SmoothFeatures) sparse_features = sparse != NULL ? smooth_features_new_from_sparse (sparse, NULL) : NULL;
  g_autoptr (SmoothGraph) base = load_base (c);

  if (dense_features == NULL || sparse_features == NULL || base == NULL)
    return GOLDEN_FAILED;
  GoldenOutcome outcome = compare_scaled (c, base, dense_features);
  return outcome == GOLDEN_PASSED ? compare_scaled (c, base, sparse_features) : outcome;
}
