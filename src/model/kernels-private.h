/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of the deconvolution solver, one table of them for each instruction set and element type. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Spots are handled in tiles of this many, all of one colour (none is a neighbour of another). It is a multiple of
 * the lanes of every vector type, so that the order of the spots is the same on every processor. */
#define SMOOTH_TILE 16

/* Number of sums that a pass returns. */
#define SMOOTH_N_SUMS 6

typedef struct
{
  double sums[SMOOTH_N_SUMS];
  double max;
} SmoothSums;

/* What a pass over tiles reads and writes. 'Real' arrays hold float or double, as the table of kernels says. Spots
 * are numbered by position; a spot has `stride` consecutive reals, of which the first n_types count and the others
 * are 0. Units: the diagonal of H is 1 and the largest right-hand side is 1. */
typedef struct _SmoothPass SmoothPass;
struct _SmoothPass
{
  gint n_types;
  gint stride;          /* reals a spot */
  const gint32 *tiles;  /* which tiles: positions SMOOTH_TILE * tile + 0 .. SMOOTH_TILE - 1 */
  const gint32 *picked; /* (nullable) of sweeps alone: SMOOTH_TILE positions of one colour for each tile of the list, first those
                         * that there are and then -1, in the place of @tiles; kept factors are then not used */

  const void *h;        /* real n_types x stride: H, symmetric, rows padded by 0 */
  const void *block_h;  /* real (n_types + 1) x (n_types + 1): H with a decoupled last row of diagonal 1 */
  const void *m;        /* real stride: weight of the prior by type */
  gboolean is_free;     /* abundances of any sign: all types are active, nothing is cut off */
  double ridge;         /* of the proximal term that keeps blocks well conditioned; changes steps, not the optimum */

  double relaxation;    /* of sweeps: 1 ends at the minimum of the block, more goes beyond it */

  const gint64 *starts; /* n_positions + 1: off-diagonal entries of Q of each position */
  const gint32 *cols;   /* position of the neighbour */
  const void *q;        /* real: value */
  const void *diagonal; /* real n_positions: of Q */
  const void *reach;    /* real n_positions: sum of |q| of a row, diagonal included (for FISTA's metric) */
  const void *product;  /* (nullable) real n_positions x stride: m (Q in), where it does not follow from the entries above */
  const void *slack;    /* real n_positions: what the row's diagonal has beyond its off-diagonals (for the bound) */

  const void *r;        /* real n_positions x stride: right-hand side */
  void *b;              /* real n_positions x stride: the iterate */
  float *moved;         /* as @picked: largest change of an entry of the spot */

  void *factors;        /* (nullable) kept factors of the blocks, factor_size() bytes a tile */
  void *half_factors;   /* (nullable) where factors are not kept: those of the face, in half the width */
  gint32 *stamps;       /* SMOOTH_TILE a tile: which numbers the factors were made of; -1: none */
  gint32 stamp;         /* the present numbers */

  const void *in;       /* real n_positions x stride: of the pass at hand, see there */
  void *out;
  void *gradient, *x, *residual, *z, *d, *ad; /* real n_positions x stride: of conjugate gradients */
  double step;          /* alpha, beta or the like */

  double curvature;     /* lower bound of the smallest eigenvalue of H (for the bound) */
  double lipschitz;     /* upper bound of the largest eigenvalue of H (for FISTA) */
  const void *value_scale, *gradient_scale; /* real stride: units of the KKT residual */
  SmoothSums *shares;   /* n_tiles: of certificates */

  void *weights;               /* (nullable) real n_positions x stride: of neighbourhoods, see grid.c; of spots: 1 on the face */
  const void *left;            /* (nullable) real n_positions x stride: what is left to do there, minus the gradient */
  const SmoothPass *finer;     /* of neighbourhoods: of what these are made */
  const gint64 *member_starts; /* n_positions + 1 */
  const gint32 *members;       /* finer positions */
};

/* Does tiles begin .. end - 1 of the list. */
typedef void (*SmoothKernel) (const SmoothPass *pass, gint64 begin, gint64 end, gpointer scratch, SmoothSums *sums);

typedef struct
{
  const char *isa;   /* baseline, v3, avx512 */
  gsize real_size;   /* 4 or 8 */
  gint lanes;        /* reals a vector */

  gsize (*scratch_size) (gint n_types); /* bytes for each worker */
  gsize (*factor_size) (gint n_types);  /* bytes for each tile */
  gsize (*half_factor_size) (gint n_types);

  /* One block Gauss-Seidel step for each spot, over-relaxed; sums: squared change without the relaxation, spots without a
   * solution, indefinite blocks, rounds of pivoting. */
  SmoothKernel sweep;
  /* out = A in - r: sums: in . out, in . r. */
  SmoothKernel gradient;
  /* (nullable) out = A in; sums: in . out, in . gradient. */
  SmoothKernel apply;
  /* Certificate at b, and (nullable) out = A b - r: what each tile adds to it into shares: sums: b'Hb, r'b, b'(MQ)b, bound on
   * F(b) - min F; max: KKT residual. */
  SmoothKernel certify;
  /* Factorises the blocks of the types that are positive in b or have a negative gradient, into factors if they are
   * kept and else into half_factors. */
  SmoothKernel face;
  /* A sweep along that face, for b of any sign: the blocks are P, the inverse of factors or half_factors; sums: squared change
   * without the relaxation. */
  SmoothKernel face_sweep;
  /* Conjugate gradients: P is the inverse of factors or half_factors.
   * residual = -gradient, z = d = P residual, x = 0; sums: residual . z. */
  SmoothKernel cg_start;
  /* x += step d, residual -= step ad, z = P residual; sums: residual . z. */
  SmoothKernel cg_update;
  /* d = z + step d. */
  SmoothKernel cg_direction;
  /* z = max (0, b + step x) - b; sums: gradient . z, number of entries cut off. */
  SmoothKernel project;
  /* b += step z. */
  SmoothKernel accept;
  /* z = b_new - b, b = b_new = max (0, x - gradient / metric); sums: (x - b_new) . z, squared change. */
  SmoothKernel fista_step;
  /* x = b + step z. */
  SmoothKernel fista_extrapolate;

  /* Of neighbourhoods: weights, and r = what is left to do at the finer level. */
  SmoothKernel gather;
  /* Of neighbourhoods: adds x to that of the finer level; of spots, it is that. */
  SmoothKernel spread;

  /* Of double only: for the columns begin .. end - 1 of a sparse matrix, sum over their entries of values[e] times row
   * rows[e] of a table whose rows have stride (a multiple of the lanes) doubles; out: stride x (end - begin). */
  void (*multiply) (const gint64 *starts, const gint32 *rows, const double *values, const double *table, gint stride,
                    gint64 begin, gint64 end, double *out);
  /* Doubles in the caller's order (n_types x n) as reals by position. */
  void (*pack) (const double *from, const gint32 *spots, const double *scale, gint n_types, gint stride, gint64 begin, gint64 end,
                void *to);
} SmoothKernels;

const SmoothKernels *smooth_i_kernels_get (gboolean single, const char *isa);

G_END_DECLS
