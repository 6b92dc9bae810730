/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes synthetic sections: smooth sparse abundances of log-like signatures, plus noise. */
#include "synthetic.h"

#include "base/rng.h"
#include "section/section-private.h"
#include "section/signature-private.h"

#include <math.h>

#define CORRELATION 0.9
#define NOISE 0.5
#define BLOBS 4 /* of each type */

/* Spots of a hexagonal lattice in a blob, by rows, as many as asked for. */
static void
place_spots (Synthetic *synthetic)
{
  double radius = sqrt ((double) synthetic->n_spots * sqrt (3) / 2 / G_PI) * 1.05;
  gint64 rows = (gint64) (2.6 * radius), n = 0;

  for (gint64 row = -rows; row <= rows && n < synthetic->n_spots; row++)
    for (gint64 col = -rows; col <= rows && n < synthetic->n_spots; col++)
      {
        double y = (double) row * sqrt (3) / 2, x = (double) col + (row % 2 != 0 ? 0.5 : 0);
        double angle = atan2 (y, x);
        if (hypot (x, y) > radius * (1 + 0.12 * sin (3 * angle) + 0.08 * cos (5 * angle)))
          continue;
        synthetic->coords[2 * n] = x;
        synthetic->coords[2 * n + 1] = y;
        n++;
      }
  g_assert_cmpint (n, ==, synthetic->n_spots);
}

/* Neighbours at one pitch; the spots are sorted by rows, so that a window over the last two rows finds them. */
static void
connect (Synthetic *synthetic, SmoothRng *rng)
{
  gint64 first = 0;

  synthetic->ends = g_new (gint32, 8 * synthetic->n_spots);
  synthetic->weights = g_new (double, 4 * synthetic->n_spots);
  for (gint64 i = 0; i < synthetic->n_spots; i++)
    {
      const double *c = synthetic->coords + 2 * i;
      while (synthetic->coords[2 * first + 1] < c[1] - 1)
        first++;
      for (gint64 j = first; j < i; j++)
        {
          const double *d = synthetic->coords + 2 * j;
          double x = c[0] - d[0], y = c[1] - d[1];
          if (x * x + y * y > 1.01)
            continue;
          synthetic->ends[2 * synthetic->n_edges] = (gint32) j;
          synthetic->ends[2 * synthetic->n_edges + 1] = (gint32) i;
          synthetic->weights[synthetic->n_edges++] = 0.6 + 0.4 * smooth_i_rng_uniform (rng);
        }
    }
}

static void
make_signature (Synthetic *synthetic, SmoothRng *rng)
{
  gint64 n = synthetic->n_genes;
  g_autofree double *shared = g_new (double, n);

  synthetic->signature = smooth_matrix_new (n, synthetic->n_types, NULL);
  for (gint64 g = 0; g < n; g++)
    shared[g] = smooth_i_rng_normal (rng);
  for (gint k = 0; k < synthetic->n_types; k++)
    {
      double *x = smooth_matrix_column (synthetic->signature, k), mean = 0, square = 0;
      for (gint64 g = 0; g < n; g++)
        {
          x[g] = MAX (2 + sqrt (CORRELATION) * shared[g] + sqrt (1 - CORRELATION) * smooth_i_rng_normal (rng), 0);
          mean += x[g] / (double) n;
        }
      for (gint64 g = 0; g < n; g++)
        square += (x[g] - mean) * (x[g] - mean) / (double) n;
      for (gint64 g = 0; g < n; g++)
        x[g] /= sqrt (square);
    }
}

/* Sums of bumps, cut at a level: 0 in a good part of the tissue. */
static void
make_abundances (const Synthetic *synthetic, SmoothRng *rng, double *b)
{
  double radius = sqrt ((double) synthetic->n_spots * sqrt (3) / 2 / G_PI);

  for (gint k = 0; k < synthetic->n_types; k++)
    {
      double bumps[BLOBS][3];
      for (gint j = 0; j < BLOBS; j++)
        {
          bumps[j][0] = radius * (2 * smooth_i_rng_uniform (rng) - 1);
          bumps[j][1] = radius * (2 * smooth_i_rng_uniform (rng) - 1);
          bumps[j][2] = radius * (0.15 + 0.25 * smooth_i_rng_uniform (rng));
        }
      for (gint64 i = 0; i < synthetic->n_spots; i++)
        {
          double sum = -0.1;
          for (gint j = 0; j < BLOBS; j++)
            {
              double d =
                  hypot (synthetic->coords[2 * i] - bumps[j][0], synthetic->coords[2 * i + 1] - bumps[j][1]) / bumps[j][2];
              sum += exp (-0.5 * d * d);
            }
          b[i * synthetic->n_types + k] = MAX (sum, 0);
        }
    }
}

static void
make_expression (Synthetic *synthetic, SmoothRng *rng)
{
  gint64 n = synthetic->n_genes;
  g_autofree double *b = g_new (double, synthetic->n_spots * synthetic->n_types);
  SmoothSparse *y = smooth_sparse_new (n, synthetic->n_spots, n * synthetic->n_spots, NULL);

  make_abundances (synthetic, rng, b);
  for (gint64 i = 0; i < synthetic->n_spots; i++)
    {
      double *column = y->values + i * n;
      for (gint64 g = 0; g < n; g++)
        {
          y->rows[i * n + g] = (gint32) g;
          column[g] = NOISE * smooth_i_rng_normal (rng);
        }
      for (gint k = 0; k < synthetic->n_types; k++)
        {
          const double *x = smooth_matrix_column (synthetic->signature, k);
          for (gint64 g = 0; g < n; g++)
            column[g] += x[g] * b[i * synthetic->n_types + k];
        }
      y->starts[i + 1] = (i + 1) * n;
    }
  synthetic->expression = y;
}

Synthetic *
synthetic_new (gint64 n_spots, gint n_types, gint64 n_genes, guint64 seed)
{
  Synthetic *synthetic = g_new0 (Synthetic, 1);
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 0);
  synthetic->n_spots = n_spots;
  synthetic->n_types = n_types;
  synthetic->n_genes = n_genes;
  synthetic->coords = g_new (double, 2 * n_spots);
  synthetic->confidences = g_new (double, n_types);
  for (gint k = 0; k < n_types; k++)
    synthetic->confidences[k] = 0.3 + 0.7 * smooth_i_rng_uniform (&rng);
  place_spots (synthetic);
  connect (synthetic, &rng);
  make_signature (synthetic, &rng);
  make_expression (synthetic, &rng);
  return synthetic;
}

void
synthetic_free (Synthetic *synthetic)
{
  g_free (synthetic->coords);
  smooth_matrix_unref (synthetic->signature);
  smooth_sparse_unref (synthetic->expression);
  g_free (synthetic->confidences);
  g_free (synthetic->ends);
  g_free (synthetic->weights);
  g_free (synthetic);
}

SmoothPrecision *
synthetic_precision (const Synthetic *synthetic, double rho, double radius, gint64 *n_cut)
{
  gint64 n = synthetic->n_spots, nnz = 0, cut = 0;
  double reach = radius * sqrt ((double) n * sqrt (3) / 2 / G_PI);
  g_autofree gint32 *rows = g_new (gint32, 2 * synthetic->n_edges + n);
  g_autofree gint32 *cols = g_new (gint32, 2 * synthetic->n_edges + n);
  g_autofree double *values = g_new (double, 2 * synthetic->n_edges + n);
  g_autofree double *sums = g_new0 (double, n);

  for (gint64 e = 0; e < synthetic->n_edges; e++)
    {
      gint32 i = synthetic->ends[2 * e], j = synthetic->ends[2 * e + 1];
      gboolean in = hypot (synthetic->coords[2 * i], synthetic->coords[2 * i + 1]) < reach;
      gboolean jn = hypot (synthetic->coords[2 * j], synthetic->coords[2 * j + 1]) < reach;
      double w = in != jn ? 0 : synthetic->weights[e];
      cut += in != jn;
      rows[nnz] = cols[nnz + 1] = i;
      cols[nnz] = rows[nnz + 1] = j;
      values[nnz] = values[nnz + 1] = -rho * w;
      sums[i] += w;
      sums[j] += w;
      nnz += 2;
    }
  for (gint32 i = 0; i < n; i++, nnz++)
    {
      rows[nnz] = cols[nnz] = i;
      values[nnz] = sums[i] > 0 ? sums[i] : 1 - rho;
    }
  if (n_cut != NULL)
    *n_cut = cut;
  g_autoptr (SmoothSparse) q = smooth_sparse_new_from_triplets (n, n, nnz, rows, cols, values, NULL);
  SmoothPrecision *precision = smooth_precision_new_from_matrix (q, NULL);
  smooth_symbolic_cache_unref (precision->symbolic);
  precision->symbolic = smooth_symbolic_cache_new (synthetic->coords, n, 2, NULL); /* as a graph has it */
  return precision;
}

static char **
number_names (const char *prefix, gint64 n)
{
  char **names = g_new0 (char *, n + 1);

  for (gint64 i = 0; i < n; i++)
    names[i] = g_strdup_printf ("%s%d", prefix, (int) i);
  return names;
}

/* Returns: (transfer full): a section of the spots and their expression, whose values below 0 become 0: they are no counts */
SmoothSection *
synthetic_dup_section (Synthetic *synthetic)
{
  SmoothSection *section = smooth_i_section_new ();
  gint64 n = synthetic->n_spots, n_entries = smooth_sparse_get_nnz (synthetic->expression);

  for (gint64 e = 0; e < n_entries; e++)
    synthetic->expression->values[e] = MAX (synthetic->expression->values[e], 0);

  section->name = g_strdup ("synthetic");
  section->path = g_strdup ("synthetic");
  smooth_i_section_alloc_spots (section, n);
  g_strfreev (section->barcodes);
  section->barcodes = number_names ("s", n);
  section->n_genes = synthetic->n_genes;
  section->gene_ids = number_names ("g", section->n_genes);
  section->gene_names = number_names ("g", section->n_genes);
  section->counts = smooth_sparse_ref (synthetic->expression);
  memcpy (section->coords, synthetic->coords, (gsize) n * 2 * sizeof (double));
  for (gint64 i = 0; i < n; i++)
    {
      section->spot_flags[i] = SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS;
      section->total_counts[i] = (double) section->n_genes;
    }
  section->um_per_pixel = section->pitch = section->spot_diameter = 1;
  section->um_is_known = TRUE;
  return section;
}

/* Returns: (transfer full): its reference */
SmoothSignature *
synthetic_dup_signature (const Synthetic *synthetic)
{
  SmoothSignature *signature = smooth_i_signature_new (synthetic->n_genes, synthetic->n_types, NULL);
  char **genes = number_names ("g", synthetic->n_genes), **types = number_names ("t", synthetic->n_types);

  for (gint64 g = 0; g < synthetic->n_genes; g++)
    {
      g_free (signature->gene_names[g]);
      signature->gene_names[g] = genes[g];
    }
  for (gint k = 0; k < synthetic->n_types; k++)
    {
      g_free (signature->type_names[k]);
      signature->type_names[k] = types[k];
    }
  g_free (genes);
  g_free (types);
  memcpy (signature->values->values, synthetic->signature->values,
          (gsize) (synthetic->n_genes * synthetic->n_types) * sizeof (double));
  signature->scale = SMOOTH_SCALE_COUNTS;
  return signature;
}
