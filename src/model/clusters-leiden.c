/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Communities of a weighted graph by the Leiden algorithm of the igraph library.
 *
 * maximise over labels  1/(2m) sum_ij (w_ij - resolution d_i d_j / (2m)) [label_i = label_j],   d_i = sum_j w_ij, 2m = sum_i d_i
 *
 * V. Traag, L. Waltman, N. van Eck, Scientific Reports 9 (2019) 5233. Of igraph's two states that all threads may share, the
 * random generator and the handler of errors (which by default ends the program), both are ours during a call, one at a time.
 */
#include "model/clusters-private.h"

#include "base/error.h"

#include <igraph.h>
#include <math.h>

#define RANDOMNESS 0.01 /* of the refinement; the authors' choice */

static GMutex lock;

typedef struct
{
  igraph_t graph;
  igraph_vector_int_t edges, membership;
  igraph_vector_t weights, strengths;
  gint n_ready; /* of these, in the order of prepare() */
  double total;
} Problem;

static void
problem_clear (Problem *problem)
{
  if (problem->n_ready > 4)
    igraph_destroy (&problem->graph);
  if (problem->n_ready > 3)
    igraph_vector_destroy (&problem->strengths);
  if (problem->n_ready > 2)
    igraph_vector_destroy (&problem->weights);
  if (problem->n_ready > 1)
    igraph_vector_int_destroy (&problem->membership);
  if (problem->n_ready > 0)
    igraph_vector_int_destroy (&problem->edges);
}

static igraph_error_t
note (Problem *problem, igraph_error_t code)
{
  problem->n_ready += code == IGRAPH_SUCCESS;
  return code;
}

static igraph_error_t
prepare (Problem *problem, gint64 n, const gint32 *ends, const double *weights, gint64 n_edges)
{
  igraph_error_t code = note (problem, igraph_vector_int_init (&problem->edges, 2 * n_edges));

  if (code == IGRAPH_SUCCESS)
    code = note (problem, igraph_vector_int_init (&problem->membership, n));
  if (code == IGRAPH_SUCCESS)
    code = note (problem, igraph_vector_init (&problem->weights, n_edges));
  if (code == IGRAPH_SUCCESS)
    code = note (problem, igraph_vector_init (&problem->strengths, n));
  if (code != IGRAPH_SUCCESS)
    return code;
  for (gint64 e = 0; e < n_edges; e++)
    {
      VECTOR (problem->weights)[e] = weights[e];
      problem->total += 2.0 * weights[e];
      for (gint side = 0; side < 2; side++)
        {
          VECTOR (problem->edges)[2 * e + side] = ends[2 * e + side];
          VECTOR (problem->strengths)[ends[2 * e + side]] += weights[e];
        }
    }
  for (gint64 i = 0; i < n; i++)
    VECTOR (problem->membership)[i] = i;
  return note (problem, igraph_create (&problem->graph, &problem->edges, n, FALSE));
}

/* Goes on until an iteration no longer gains. */
static igraph_error_t
iterate (Problem *problem, const SmoothClusterSettings *settings, gint *n_iterations, gboolean *is_converged, SmoothRun *run)
{
  igraph_error_t code = IGRAPH_SUCCESS;
  igraph_integer_t n_clusters = 0;
  double resolution = problem->total > 0.0 ? settings->resolution / problem->total : 0.0;
  igraph_real_t quality = -INFINITY;

  *is_converged = FALSE;
  for (*n_iterations = 0; code == IGRAPH_SUCCESS && !*is_converged && *n_iterations < settings->max_iterations; ++*n_iterations)
    {
      igraph_real_t before = quality;
      if (smooth_run_is_cancelled (run))
        break;
      code = igraph_community_leiden (&problem->graph, &problem->weights, &problem->strengths, resolution, RANDOMNESS, *n_iterations > 0, 1,
                                      &problem->membership, &n_clusters, &quality);
      *is_converged = !(quality > before + 1e-12);
    }
  return code;
}

/**
 * smooth_i_leiden_run:
 * @ends: 2 n_edges: both ends of each edge
 * @weights: n_edges: above 0
 * @settings: resolution, seed and max_iterations are used
 * @labels: (out): n: communities, numbered as they come
 * @n_iterations: (out): each goes over all levels once
 * @is_converged: (out): whether the last iteration gained nothing
 *
 * Stops between iterations where @run is cancelled. One thread at a time. The same labels for the same graph, seed and version
 * of igraph. About O(n_edges log n) an iteration; 200 bytes an edge.
 */
gboolean
smooth_i_leiden_run (gint64 n, const gint32 *ends, const double *weights, gint64 n_edges, const SmoothClusterSettings *settings,
                     gint32 *labels, gint *n_iterations, gboolean *is_converged, SmoothRun *run, GError **error)
{
  Problem problem = { .n_ready = 0 };
  igraph_rng_t rng;

  g_mutex_lock (&lock);
  igraph_error_handler_t *handler = igraph_set_error_handler (igraph_error_handler_ignore);
  igraph_rng_t *earlier = igraph_rng_default ();
  igraph_error_t code = igraph_rng_init (&rng, &igraph_rngtype_mt19937);
  if (code == IGRAPH_SUCCESS)
    {
      code = igraph_rng_seed (&rng, (igraph_uint_t) settings->seed);
      igraph_rng_set_default (&rng);
      if (code == IGRAPH_SUCCESS)
        code = prepare (&problem, n, ends, weights, n_edges);
      if (code == IGRAPH_SUCCESS)
        code = iterate (&problem, settings, n_iterations, is_converged, run);
      for (gint64 i = 0; code == IGRAPH_SUCCESS && i < n; i++)
        labels[i] = (gint32) VECTOR (problem.membership)[i];
      problem_clear (&problem);
      igraph_rng_set_default (earlier);
      igraph_rng_destroy (&rng);
    }
  igraph_set_error_handler (handler);
  g_mutex_unlock (&lock);
  if (code == IGRAPH_SUCCESS)
    return smooth_run_check (run, error);
  smooth_error_set (error, code == IGRAPH_ENOMEM ? SMOOTH_ERROR_MEMORY : SMOOTH_ERROR_NUMERIC,
                    "communities of %" PRId64 " spots with %" PRId64 " edges: igraph says '%s'", n, n_edges,
                    igraph_strerror (code));
  return FALSE;
}
