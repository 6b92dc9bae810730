/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures with markers and shared genes, reference cells, true proportions and the counts of spots.
 *
 * A spot s with proportions p_s and depth d_s has counts
 *     n_gs ~ NB (mean d_s a_g sum_k x_gk p_ks, size CAPTURE_SIZE)
 * where x_k is the profile of type k (it sums to one) and a_g the efficiency with which the array catches gene g, which
 * the reference does not know. Reference cells of type k are counts of mean d_c x_gk. The signature that we hand out is
 * what the reference cells show, not the truth.
 */
#include "section/simulate-private.h"

#include "base/parallel.h"

#include <math.h>
#include <string.h>

#define SPOTS_PER_BLOCK 256
#define CELLS_PER_TYPE 40
#define DEPTH_PER_GENE 1.2     /* median counts of a spot, a gene: a shallow array */
#define MAX_DEPTH 6000.0       /* of a spot, median */
#define CELL_DEPTH 2500.0      /* median counts of a reference cell */
#define CAPTURE_SIZE 0.6       /* of the negative binomial: spots scatter much, */
#define CELL_SIZE 2.5          /* cells less */
#define CONCENTRATION 45.0     /* of the Dirichlet distribution of proportions around their zone's */
#define SIGNATURE_TOTAL 10000.0

/* Two a type, in the order of the types' names. */
static const char *const markers[][2] = {
  { "MKI67", "CDH3" }, { "COL1A1", "DCN" }, { "EPCAM", "KRT8" }, { "CD3E", "TRAC" }, { "MS4A1", "CD79A" }, { "MYH11", "DES" },
  { "CD68", "C1QA" }, { "PECAM1", "VWF" }, { "JCHAIN", "MZB1" }, { "ADIPOQ", "PLIN1" }, { "RGS5", "PDGFRB" },
  { "S100A8", "CSF3R" }, { "CLEC9A", "LAMP3" }, { "NKG7", "GNLY" }, { "TPSAB1", "CPA3" }, { "MUC2", "TFF3" },
};

/* Which other type a shared gene is most likely shared with. */
static const gint relatives[] = { 2, 5, 0, 4, 3, 1, 12, 10, 4, 1, 5, 6, 6, 3, 6, 2 };

static void
name_genes (SimCounts *counts)
{
  counts->gene_names = g_new0 (char *, (gsize) counts->n_genes + 1);
  counts->gene_ids = g_new0 (char *, (gsize) counts->n_genes + 1);
  for (gint64 g = 0; g < counts->n_genes; g++)
    {
      gint64 type = g % counts->n_types, which = g / counts->n_types;
      gboolean is_known = type < (gint64) G_N_ELEMENTS (markers) && which < 2;
      counts->gene_names[g] = is_known ? g_strdup (markers[type][which]) : g_strdup_printf ("GENE%04d", (gint) g + 1);
      counts->gene_ids[g] = g_strdup_printf ("SIMG%011d", (gint) g + 1);
    }
}

static void
name_types (SimCounts *counts)
{
  char buffer[16];

  counts->type_names = g_new0 (char *, (gsize) counts->n_types + 1);
  for (gint k = 0; k < counts->n_types; k++)
    counts->type_names[k] = g_strdup (smooth_i_sim_get_type_name (k, buffer));
}

/* A fold between @low and @high, even on a logarithmic scale. */
static double
draw_fold (SmoothRng *rng, double low, double high)
{
  return low * smooth_i_exp (smooth_i_rng_uniform (rng) * smooth_i_log (high / low));
}

/* Gene g of every type: the first two a type are its markers, and so are many of the others; some are shared by two
 * types, the rest is everywhere. */
static void
draw_gene (SmoothRng *rng, SmoothMatrix *profiles, gint64 g)
{
  gint64 n_types = profiles->n_cols, type = g % n_types, other;
  gboolean is_named = g < 2 * n_types;
  double level = smooth_i_exp (0.9 * smooth_i_rng_normal (rng) + (is_named ? 0.4 : 0.0));
  double kind = smooth_i_rng_uniform (rng), fold = draw_fold (rng, is_named ? 12.0 : 3.0, is_named ? 30.0 : 14.0);

  for (gint64 k = 0; k < n_types; k++)
    smooth_matrix_column (profiles, k)[g] = level * smooth_i_exp (0.22 * smooth_i_rng_normal (rng));
  other = type < (gint64) G_N_ELEMENTS (relatives) && relatives[type] < n_types ? relatives[type] : (type + 1) % n_types;
  if (smooth_i_rng_uniform (rng) < 0.3)
    other = smooth_i_rng_index (rng, n_types);
  if (is_named || kind < 0.55)
    smooth_matrix_column (profiles, type)[g] *= fold;
  if (!is_named && kind >= 0.35 && kind < 0.55 && other != type)
    smooth_matrix_column (profiles, other)[g] *= 0.8 * fold;
  if (is_named || kind < 0.35)
    for (gint64 k = 0; k < n_types; k++)
      if (k != type)
        smooth_matrix_column (profiles, k)[g] *= 0.5;
}

static void
normalise_columns (SmoothMatrix *matrix, double total)
{
  for (gint64 k = 0; k < matrix->n_cols; k++)
    {
      double *column = smooth_matrix_column (matrix, k), sum = 0.0;
      for (gint64 g = 0; g < matrix->n_rows; g++)
        sum += column[g];
      for (gint64 g = 0; g < matrix->n_rows && sum > 0.0; g++)
        column[g] *= total / sum;
    }
}

/* One block of columns of counts; joined into a matrix once all are drawn. */
typedef struct
{
  GArray *rows;   /* gint32 */
  GArray *values; /* double */
  gint64 lengths[SPOTS_PER_BLOCK];
} Block;

typedef struct
{
  const SimAnatomy *anatomy;
  const SimLattice *lattice;
  SimCounts *counts;
  guint64 seed;
  double *efficiencies; /* n_genes */
  double *depths;       /* n_spots */
  Block *blocks;
  SmoothRun *run;
} Draw;

static void
begin_block (Block *block)
{
  block->rows = g_array_new (FALSE, FALSE, sizeof (gint32));
  block->values = g_array_new (FALSE, FALSE, sizeof (double));
  memset (block->lengths, 0, sizeof block->lengths);
}

static void
add_count (Block *block, gint64 column, gint64 gene, gint64 count)
{
  gint32 row = (gint32) gene;
  double value = (double) count;

  if (count == 0)
    return;
  g_array_append_val (block->rows, row);
  g_array_append_val (block->values, value);
  block->lengths[column]++;
}

static SmoothSparse *
join_blocks (Block *blocks, gint64 n_blocks, gint64 n_genes, gint64 n_cols, GError **error)
{
  gint64 nnz = 0, at = 0;

  for (gint64 b = 0; b < n_blocks; b++)
    nnz += blocks[b].rows->len;
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new (n_genes, n_cols, nnz, error);
  if (sparse == NULL)
    return NULL;
  for (gint64 b = 0; b < n_blocks; b++)
    {
      gsize n = blocks[b].rows->len;
      for (gint64 c = 0; c < SPOTS_PER_BLOCK && b * SPOTS_PER_BLOCK + c < n_cols; c++)
        {
          gint64 column = b * SPOTS_PER_BLOCK + c;
          sparse->starts[column + 1] = sparse->starts[column] + blocks[b].lengths[c];
        }
      if (n > 0)
        {
          memcpy (sparse->rows + at, blocks[b].rows->data, n * sizeof (gint32));
          memcpy (sparse->values + at, blocks[b].values->data, n * sizeof (double));
        }
      at += (gint64) n;
    }
  return g_steal_pointer (&sparse);
}

static void
free_blocks (Block *blocks, gint64 n_blocks)
{
  for (gint64 b = 0; b < n_blocks; b++)
    {
      g_clear_pointer (&blocks[b].rows, g_array_unref);
      g_clear_pointer (&blocks[b].values, g_array_unref);
    }
  g_free (blocks);
}

/* The true proportions of one spot: a Dirichlet draw around the mixture that its place expects. */
static void
draw_proportions (const Draw *draw, SmoothRng *rng, gint64 spot)
{
  const double *um = draw->lattice->um + 2 * draw->lattice->tissue[spot];
  double *shares = smooth_matrix_column (draw->counts->proportions, spot), sum = 0.0;
  gint n_types = (gint) draw->counts->n_types;

  smooth_i_sim_anatomy_get_types (draw->anatomy, um[0], um[1], n_types, shares);
  for (gint k = 0; k < n_types; k++)
    sum += shares[k] = smooth_i_rng_gamma (rng, CONCENTRATION * shares[k], 1.0);
  for (gint k = 0; k < n_types; k++)
    shares[k] = sum > 0.0 ? shares[k] / sum : 1.0 / n_types;
}

static void
draw_spots (gint64 block, gint worker, gpointer data)
{
  Draw *draw = data;
  SimCounts *counts = draw->counts;
  gint64 first = block * SPOTS_PER_BLOCK, last = MIN (first + SPOTS_PER_BLOCK, counts->n_spots);
  g_autofree double *means = g_new (double, (gsize) counts->n_genes);
  SmoothRng mixture, rng;

  (void) worker;
  begin_block (&draw->blocks[block]);
  smooth_i_rng_init (&mixture, draw->seed, (guint64) (SIM_STREAM_PROPORTIONS + block));
  smooth_i_rng_init (&rng, draw->seed, (guint64) (SIM_STREAM_COUNTS + block));
  for (gint64 s = first; s < last && !smooth_run_is_cancelled (draw->run); s++)
    {
      draw_proportions (draw, &mixture, s);
      const double *shares = smooth_matrix_column (counts->proportions, s);
      memset (means, 0, (gsize) counts->n_genes * sizeof (double));
      for (gint64 k = 0; k < counts->n_types; k++)
        {
          const double *profile = smooth_matrix_column (counts->profiles, k);
          for (gint64 g = 0; g < counts->n_genes; g++)
            means[g] += shares[k] * profile[g];
        }
      for (gint64 g = 0; g < counts->n_genes; g++)
        {
          double mean = draw->depths[s] * draw->efficiencies[g] * means[g];
          add_count (&draw->blocks[block], s - first, g, smooth_i_rng_negative_binomial (&rng, mean, CAPTURE_SIZE));
        }
    }
  smooth_run_report (draw->run, -1.0, "drawing counts");
}

static void
draw_cells (gint64 block, gint worker, gpointer data)
{
  Draw *draw = data;
  SimCounts *counts = draw->counts;
  gint64 first = block * SPOTS_PER_BLOCK, last = MIN (first + SPOTS_PER_BLOCK, counts->n_cells);
  SmoothRng rng;

  (void) worker;
  begin_block (&draw->blocks[block]);
  smooth_i_rng_init (&rng, draw->seed, (guint64) (SIM_STREAM_CELLS + block));
  for (gint64 c = first; c < last && !smooth_run_is_cancelled (draw->run); c++)
    {
      const double *profile = smooth_matrix_column (counts->profiles, counts->cell_types[c]);
      double depth = CELL_DEPTH * smooth_i_exp (0.4 * smooth_i_rng_normal (&rng));
      for (gint64 g = 0; g < counts->n_genes; g++)
        add_count (&draw->blocks[block], c - first, g, smooth_i_rng_negative_binomial (&rng, depth * profile[g], CELL_SIZE));
    }
}

static SmoothSparse *
draw_columns (Draw *draw, SmoothBlockFunc func, gint64 n_cols, GError **error)
{
  gint64 n_blocks = (n_cols + SPOTS_PER_BLOCK - 1) / SPOTS_PER_BLOCK;
  SmoothSparse *sparse = NULL;

  draw->blocks = g_new0 (Block, (gsize) n_blocks);
  smooth_i_parallel (smooth_run_get_n_threads (draw->run), n_blocks, func, draw);
  if (smooth_run_check (draw->run, error))
    sparse = join_blocks (draw->blocks, n_blocks, draw->counts->n_genes, n_cols, error);
  free_blocks (g_steal_pointer (&draw->blocks), n_blocks);
  return sparse;
}

/* Depths vary from spot to spot and with the tissue: lymph follicles and tumours are full of cells, fat is not. */
static void
draw_depths (const Draw *draw, double *depths)
{
  static const double richness[SIM_N_ZONES] = {
    [SIM_MUCOSA] = 1.2, [SIM_STROMA] = 0.8, [SIM_MUSCLE] = 0.8, [SIM_FAT] = 0.45,
    [SIM_TUMOUR] = 1.7, [SIM_FOLLICLE] = 1.5, [SIM_MANTLE] = 1.3, [SIM_RIM] = 1.0,
  };
  double median = MIN (DEPTH_PER_GENE * (double) draw->counts->n_genes, MAX_DEPTH);
  SmoothRng rng;

  smooth_i_rng_init (&rng, draw->seed, SIM_STREAM_DEPTHS);
  for (gint64 s = 0; s < draw->counts->n_spots; s++)
    {
      const double *um = draw->lattice->um + 2 * draw->lattice->tissue[s];
      double zones[SIM_N_ZONES], factor = 0.0;
      smooth_i_sim_anatomy_get_zones (draw->anatomy, um[0], um[1], zones);
      for (gint z = 0; z < SIM_N_ZONES; z++)
        factor += zones[z] * richness[z];
      depths[s] = median * factor * smooth_i_exp (0.35 * smooth_i_rng_normal (&rng));
    }
}

/* What the reference cells show: the sum of their counts a type. */
static void
sum_cells (SimCounts *counts)
{
  for (gint64 c = 0; c < counts->n_cells; c++)
    {
      double *column = smooth_matrix_column (counts->signature, counts->cell_types[c]);
      for (gint64 i = counts->cell_counts->starts[c]; i < counts->cell_counts->starts[c + 1]; i++)
        column[counts->cell_counts->rows[i]] += counts->cell_counts->values[i];
    }
  normalise_columns (counts->signature, SIGNATURE_TOTAL);
}

static gboolean
allocate (SimCounts *counts, GError **error)
{
  counts->cell_types = g_new (gint, (gsize) counts->n_cells);
  for (gint64 c = 0; c < counts->n_cells; c++)
    counts->cell_types[c] = (gint) (c / CELLS_PER_TYPE);
  return (counts->profiles = smooth_matrix_new (counts->n_genes, counts->n_types, error)) != NULL
         && (counts->signature = smooth_matrix_new (counts->n_genes, counts->n_types, error)) != NULL
         && (counts->proportions = smooth_matrix_new (counts->n_types, counts->n_spots, error)) != NULL;
}

/**
 * smooth_i_sim_counts_new:
 * @anatomy: what lives where
 * @lattice: the spots
 * @settings: the numbers of types and genes, and the seed
 * @run: (nullable): threads and cancellation
 * @error: SMOOTH_ERROR_CANCELLED or SMOOTH_ERROR_MEMORY
 *
 * The same for any number of threads. O(n_spots x n_genes x n_types).
 *
 * Returns: (transfer full): counts of the spots in the tissue in the order of lattice->tissue, and the reference
 */
SimCounts *
smooth_i_sim_counts_new (const SimAnatomy *anatomy, const SimLattice *lattice, const SmoothSimulateSettings *settings,
                         SmoothRun *run, GError **error)
{
  g_autoptr (SimCounts) counts = g_new0 (SimCounts, 1);
  guint64 seed = (guint64) settings->seed;
  SmoothRng rng;

  counts->n_genes = settings->genes;
  counts->n_types = settings->types;
  counts->n_spots = lattice->n_tissue;
  counts->n_cells = (gint64) settings->types * CELLS_PER_TYPE;
  if (!allocate (counts, error))
    return NULL;
  name_genes (counts);
  name_types (counts);

  g_autofree double *efficiencies = g_new (double, (gsize) counts->n_genes);
  g_autofree double *depths = g_new (double, (gsize) counts->n_spots);
  Draw draw = { .anatomy = anatomy, .lattice = lattice, .counts = counts, .seed = seed, .run = run,
                .efficiencies = efficiencies, .depths = depths };
  smooth_i_rng_init (&rng, seed, SIM_STREAM_SIGNATURE);
  for (gint64 g = 0; g < counts->n_genes; g++)
    {
      draw_gene (&rng, counts->profiles, g);
      efficiencies[g] = smooth_i_exp (0.15 * smooth_i_rng_normal (&rng));
    }
  normalise_columns (counts->profiles, 1.0);
  draw_depths (&draw, depths);

  counts->cell_counts = draw_columns (&draw, draw_cells, counts->n_cells, error);
  if (counts->cell_counts == NULL)
    return NULL;
  sum_cells (counts);
  counts->counts = draw_columns (&draw, draw_spots, counts->n_spots, error);
  return counts->counts != NULL ? g_steal_pointer (&counts) : NULL;
}

void
smooth_i_sim_counts_free (SimCounts *counts)
{
  if (counts == NULL)
    return;
  g_strfreev (counts->gene_names);
  g_strfreev (counts->gene_ids);
  g_strfreev (counts->type_names);
  smooth_matrix_unref (counts->profiles);
  smooth_matrix_unref (counts->signature);
  smooth_matrix_unref (counts->proportions);
  smooth_sparse_unref (counts->counts);
  smooth_sparse_unref (counts->cell_counts);
  g_free (counts->cell_types);
  g_free (counts);
}
