/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solves and quadratic forms for eight vectors side by side, with kernels for several instruction sets. */
#include "linalg/lanes.h"

#include "linalg/cholesky-private.h"

#include <string.h>

/* Columns of L with the same rows, dense and column-major; the first n_cols rows are those of the columns themselves. */
typedef struct
{
  const double *values;         /* n_rows x n_cols */
  const SuiteSparse_long *rows; /* n_rows */
  gint64 first, n_rows, n_cols;
} Supernode;

__attribute__ ((always_inline)) static inline Supernode
get_supernode (const cholmod_factor *factor, gint64 s)
{
  const SuiteSparse_long *super = factor->super, *pi = factor->pi, *px = factor->px;

  return (Supernode){
    .values = (const double *) factor->x + px[s],
    .rows = (const SuiteSparse_long *) factor->s + pi[s],
    .first = super[s],
    .n_rows = pi[s + 1] - pi[s],
    .n_cols = super[s + 1] - super[s],
  };
}

typedef struct
{
  void (*solve_forward) (const cholmod_factor *factor, SmoothLanes *w);
  void (*solve_backward) (const cholmod_factor *factor, SmoothLanes *w);
  void (*measure) (const SmoothSparse *q, const SmoothLanes *x, double *forms);
} Kernels;

#define NAME(name) name##_baseline
#define TARGET
#define VECTOR_BYTES 16
#include "linalg/lanes-kernels-private.h"

#if defined(__x86_64__) && !defined(__clang__)
#define NAME(name) name##_v3
#define TARGET __attribute__ ((target ("arch=x86-64-v3")))
#define VECTOR_BYTES 32
#include "linalg/lanes-kernels-private.h"

#define NAME(name) name##_avx512
#define TARGET __attribute__ ((target ("arch=x86-64-v4")))
#define VECTOR_BYTES 64
#include "linalg/lanes-kernels-private.h"

/* The best that the processor can run, or up to what the environment variable SMOOTHSCOPE_ISA names. */
static const Kernels *
get_kernels (void)
{
  const char *name = g_getenv ("SMOOTHSCOPE_ISA");
  gboolean has_v3 = __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") && __builtin_cpu_supports ("bmi")
                    && __builtin_cpu_supports ("bmi2");
  gboolean has_avx512 = has_v3 && __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
                        && __builtin_cpu_supports ("avx512cd") && __builtin_cpu_supports ("avx512dq")
                        && __builtin_cpu_supports ("avx512vl");

  if (!has_v3 || g_strcmp0 (name, "baseline") == 0)
    return &kernels_baseline;
  return has_avx512 && g_strcmp0 (name, "v3") != 0 ? &kernels_avx512 : &kernels_v3;
}
#else
static const Kernels *
get_kernels (void)
{
  return &kernels_baseline;
}
#endif

/**
 * smooth_i_lanes_solve:
 * @cholesky: factored
 * @x: n: eight right-hand sides on entry, the solutions on return
 * @work: n, workspace
 *
 * O(nnz(L)) vector operations. Several threads may solve with one factor at once.
 */
void
smooth_i_lanes_solve (const SmoothCholesky *cholesky, SmoothLanes *x, SmoothLanes *work)
{
  const SuiteSparse_long *order = cholesky->factor->Perm;
  const Kernels *kernels = get_kernels ();

  g_return_if_fail (cholesky->is_factored);
  for (gint64 k = 0; k < cholesky->n; k++)
    memcpy (work[k], x[order[k]], sizeof *x);
  kernels->solve_forward (cholesky->factor, work);
  kernels->solve_backward (cholesky->factor, work);
  for (gint64 k = 0; k < cholesky->n; k++)
    memcpy (x[order[k]], work[k], sizeof *x);
}

/**
 * smooth_i_lanes_measure:
 * @q: n x n, symmetric
 * @x: n
 * @forms: (out): SMOOTH_LANES: x^T Q x of each
 */
void
smooth_i_lanes_measure (const SmoothSparse *q, const SmoothLanes *x, double *forms)
{
  get_kernels ()->measure (q, x, forms);
}
