/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorts points by cell: a counting sort, stable in the number of the point.
 *
 * Blocks of points count how many go to each band of cells; that tells where each block writes what it has for a band. Bands,
 * small enough for a cache, are then sorted by cell. Every place is written by one block or band: threads do not matter.
 */
#include "graph/neighbours.h"

#include "base/parallel.h"

#include <string.h>

#define BLOCK_SIZE 65536
#define MAX_BANDS 256
#define LEAST_BAND 4096 /* cells */

/* A point on its way. */
typedef struct
{
  gint32 id, cell;
  double coords[3];
} Record;

typedef struct
{
  SmoothPoints *points;
  const double *coords; /* n x n_dims, row-major */
  gint64 n_cells, n_blocks, n_bands, band_size;
  gint64 *places;  /* n_blocks x n_bands: counts, then where to write next */
  gint64 *begins;  /* n_bands + 1 */
  Record *records; /* n */
  gint32 *next;    /* for each worker: band_size */
} Sort;

static void
sort_clear (Sort *sort)
{
  smooth_i_free (sort->places);
  smooth_i_free (sort->begins);
  smooth_i_free (sort->records);
  smooth_i_free (sort->next);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sort, sort_clear)

static inline gint64
cell_of (const SmoothPoints *points, const double *c)
{
  gint64 cell = points->n_dims == 3 ? smooth_i_cell_along (points, 2, c[2]) : 0;

  cell = cell * points->n_cells[1] + smooth_i_cell_along (points, 1, c[1]);
  return cell * points->n_cells[0] + smooth_i_cell_along (points, 0, c[0]);
}

static void
count_block (gint64 block, gint worker, gpointer data)
{
  const Sort *sort = data;
  gint64 last = MIN ((block + 1) * BLOCK_SIZE, sort->points->n), *counts = sort->places + block * sort->n_bands;

  (void) worker;
  for (gint64 i = block * BLOCK_SIZE; i < last; i++)
    counts[cell_of (sort->points, sort->coords + i * sort->points->n_dims) / sort->band_size]++;
}

static void
spread_block (gint64 block, gint worker, gpointer data)
{
  const Sort *sort = data;
  gint n_dims = sort->points->n_dims;
  gint64 last = MIN ((block + 1) * BLOCK_SIZE, sort->points->n), *places = sort->places + block * sort->n_bands;

  (void) worker;
  for (gint64 i = block * BLOCK_SIZE; i < last; i++)
    {
      const double *c = sort->coords + i * n_dims;
      gint64 cell = cell_of (sort->points, c);
      sort->records[places[cell / sort->band_size]++] = (Record){ (gint32) i, (gint32) cell, { c[0], c[1], n_dims == 3 ? c[2] : 0.0 } };
    }
}

static void
sort_band (gint64 band, gint worker, gpointer data)
{
  const Sort *sort = data;
  SmoothPoints *points = sort->points;
  gint n_dims = points->n_dims;
  gint64 begin = sort->begins[band], end = sort->begins[band + 1];
  gint32 first = (gint32) (band * sort->band_size), n_cells = (gint32) MIN (sort->band_size, sort->n_cells - first), sum = (gint32) begin;
  gint32 *next = sort->next + worker * sort->band_size;

  memset (next, 0, (gsize) n_cells * sizeof *next);
  for (gint64 r = begin; r < end; r++)
    next[sort->records[r].cell - first]++;
  for (gint32 c = 0; c < n_cells; c++)
    {
      gint32 count = next[c];
      points->starts[first + c] = next[c] = sum;
      sum += count;
    }
  for (gint64 r = begin; r < end; r++)
    {
      const Record *record = &sort->records[r];
      gint32 p = next[record->cell - first]++;
      points->ids[p] = record->id;
      points->positions[record->id] = p;
      for (gint d = 0; d < n_dims; d++)
        points->coords[d][p] = record->coords[d];
    }
}

/* Where each block writes its part of each band. */
static void
place_bands (Sort *sort)
{
  gint64 sum = 0;

  for (gint64 band = 0; band < sort->n_bands; band++)
    {
      sort->begins[band] = sum;
      for (gint64 block = 0; block < sort->n_blocks; block++)
        {
          gint64 *place = sort->places + block * sort->n_bands + band, count = *place;
          *place = sum;
          sum += count;
        }
    }
  sort->begins[sort->n_bands] = sum;
}

/**
 * smooth_i_cells_sort:
 * @points: with its grid and room for what is sorted: coords, ids, positions and starts are set
 *
 * O(n + cells) time; 32 n bytes of workspace, left as scratch.
 */
gboolean
smooth_i_cells_sort (SmoothPoints *points, const double *coords, SmoothRun *run, GError **error)
{
  g_auto (Sort) sort = { .points = points, .coords = coords, .n_cells = points->n_cells[0] * points->n_cells[1] * points->n_cells[2] };
  gint n_threads = smooth_run_get_n_threads (run);
  const char *what = "sorted coordinates";

  sort.n_blocks = (points->n + BLOCK_SIZE - 1) / BLOCK_SIZE;
  sort.band_size = MAX ((sort.n_cells + MAX_BANDS - 1) / MAX_BANDS, LEAST_BAND);
  sort.n_bands = (sort.n_cells + sort.band_size - 1) / sort.band_size;
  gint n_workers = (gint) CLAMP (n_threads, 1, sort.n_bands);
  sort.places = smooth_i_try_alloc (sort.n_blocks * sort.n_bands, sizeof (gint64), what, error);
  sort.begins = sort.places != NULL ? smooth_i_try_alloc (sort.n_bands + 1, sizeof (gint64), what, error) : NULL;
  sort.records = sort.begins != NULL ? smooth_i_try_alloc_raw (points->n, sizeof (Record), what, error) : NULL;
  sort.next = sort.records != NULL ? smooth_i_try_alloc (n_workers * sort.band_size, sizeof (gint32), what, error) : NULL;
  if (sort.next == NULL)
    return FALSE;
  smooth_i_parallel (n_threads, sort.n_blocks, count_block, &sort);
  place_bands (&sort);
  smooth_i_parallel (n_threads, sort.n_blocks, spread_block, &sort);
  smooth_i_parallel (n_workers, sort.n_bands, sort_band, &sort);
  points->starts[sort.n_cells] = (gint32) points->n;
  points->scratch = (gint32 *) (gpointer) g_steal_pointer (&sort.records);
  return TRUE;
}
