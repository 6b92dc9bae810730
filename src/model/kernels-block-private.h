/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact non-negative least squares of one spot each in every lane, by block principal pivoting over LDL' factors.
 *
 *     min 1/2 z'Mz - s'z,  z >= 0,   M = H + (q_ii + ridge) on the diagonal, K x K, symmetric positive definite
 *
 * All lanes factorise together; each lane has its own set of free ('active') types. Types that are free in no lane
 * are left out, the others form a packed list, which is padded to a multiple of 4 by decoupled types.
 *
 * Only U = L D is kept (u_ij = l_ij d_j, strictly lower) beside the reciprocals of D, which are 0 where the lane's
 * type is not active. That one zero does all of the masking:
 *
 *     u_ij = M_ij - sum_{p<j} u_ip u_jp / d_p      an inactive p adds nothing
 *     y_i  = s_i - sum_{p<i} u_ip y_p / d_p
 *     t_i  = y_i - sum_{p>i} u_pi z_p,  z_i = t_i / d_i
 *
 * For an active type z_i is the solution; for an inactive one t_i is s_i - (M z)_i, minus its dual variable: the test
 * of optimality costs nothing. (Eliminating the active p < i leaves y_i and u_pi as the Schur complement's.)
 *
 * Pivoting: Portugal, Judice, Vicente, Math. Comp. 63 (1994): exchange all violators while their number falls (three
 * chances), else only the last one, which is finite. Each lane keeps its own count.
 */
#pragma once

#include "model/kernels-private.h"
#include "model/kernels-vector-private.h"

#define SUBTILES (SMOOTH_TILE / LANES)
#define CHANCES 3
#define ROUND_UP(n, to) (((n) + (to) - 1) / (to) * (to))

/* Rows of a block of U that are held in registers at once: 4 x 4 sums and 8 operands need 24 of them. */
#if defined(__AVX512F__) || defined(__aarch64__)
#define ROWS 4
#else
#define ROWS 2
#endif

#ifdef SMOOTH_KERNELS_SINGLE
#define PRIMAL_SLACK ((Real) 1e-7)
#define DUAL_SLACK ((Real) 2e-6)
#define SMALLEST_PIVOT ((Real) 1e-7)
#else
#define PRIMAL_SLACK ((Real) 1e-13)
#define DUAL_SLACK ((Real) 1e-12)
#define SMALLEST_PIVOT ((Real) 1e-14)
#endif

typedef struct
{
  Vec *u;       /* block rows of four: [4 (p)][4] for the columns p before the block, then the 6 inside it by columns */
  Vec *inverse; /* 1 / d, 0 where inactive */
  gint32 *list; /* list[0]: number of types; then the types */
} Factor;

/* The same in half the width, as a preconditioner. */
typedef struct
{
  HalfVec *u;
  HalfVec *inverse;
  gint32 *list;
} HalfFactor;

/* Workspace of one worker. */
typedef struct
{
  Vec *s;         /* by type: right-hand sides; one more, 0, for the padding */
  Vec *z;         /* by type: solution */
  Vec *t;         /* by type: of types that are not listed */
  Vec *y, *x;     /* by place in the list */
  Vec *panel;     /* 4 x list */
  Mask *active;   /* by place in the list */
  Mask *flip;     /* by place in the list */
  Mask *flip_out; /* by type: of types that are not listed */
  Real *rows;     /* LANES x stride */
  guint8 *listed; /* by type: whether it is listed */
  Factor factor;  /* where none is kept */
} Scratch;

/* What the lanes of a block share or have of their own. */
typedef struct
{
  const Real *h; /* (K + 1) x (K + 1) */
  const Real *m;
  gint n_types;
  Vec diagonal;  /* q_ii of each lane */
  Real ridge;
} Block;

static inline gsize
n_factor_vectors (gint n)
{
  gsize blocks = (gsize) (n / 4);
  return 8 * blocks * (blocks - 1) + 6 * blocks;
}

/* Bytes of one sub-tile's factor. */
static inline gsize
subtile_size (gint n_types)
{
  gint n = ROUND_UP (n_types, 4);
  gsize list = ROUND_UP ((gsize) (n + 1) * sizeof (gint32), 64);
  return ROUND_UP ((n_factor_vectors (n) + (gsize) n) * sizeof (Vec), 64) + list;
}

static inline Factor
factor_at (gpointer memory, gint n_types)
{
  gint n = ROUND_UP (n_types, 4);
  Factor factor = { .u = memory };
  gsize vectors = n_factor_vectors (n);

  factor.inverse = factor.u + vectors;
  factor.list = (gpointer) ((char *) memory + ROUND_UP ((vectors + (gsize) n) * sizeof (Vec), 64));
  return factor;
}

static inline gsize
half_subtile_size (gint n_types)
{
  gint n = ROUND_UP (n_types, 4);
  gsize list = ROUND_UP ((gsize) (n + 1) * sizeof (gint32), 64);
  return ROUND_UP ((n_factor_vectors (n) + (gsize) n) * sizeof (HalfVec), 64) + list;
}

static inline HalfFactor
half_factor_at (gpointer memory, gint n_types)
{
  gint n = ROUND_UP (n_types, 4);
  HalfFactor factor = { .u = memory };
  gsize vectors = n_factor_vectors (n);

  factor.inverse = factor.u + vectors;
  factor.list = (gpointer) ((char *) memory + ROUND_UP ((vectors + (gsize) n) * sizeof (HalfVec), 64));
  return factor;
}

/* Copies the factor of n listed types, padding included. */
static void
shorten_factor (const Factor *factor, gint n, const HalfFactor *half)
{
  for (gsize i = 0; i < n_factor_vectors (n); i++)
    half->u[i] = shorten (factor->u[i]);
  for (gint i = 0; i < n; i++)
    half->inverse[i] = shorten (factor->inverse[i]);
  memcpy (half->list, factor->list, (gsize) (n + 1) * sizeof (gint32));
}

static inline Real
block_entry (const Block *block, gint i, gint j)
{
  return block->h[(gsize) i * (gsize) (block->n_types + 1) + (gsize) j];
}

static inline Vec
block_diagonal (const Block *block, gint i)
{
  if (i == block->n_types)
    return splat (1);
  return block->diagonal * block->m[i] + (block_entry (block, i, i) + block->ridge);
}

/* Where the columns of block row i start. */
static inline Vec *
block_row (const Factor *factor, gint i)
{
  return factor->u + n_factor_vectors (4 * i);
}

/* 1 / d where active, else 0; a pivot that is not positive is noted and its type left out. */
INLINE Vec
reciprocal (Vec d, Mask active, Mask *bad)
{
  Mask fine = d > SMALLEST_PIVOT;

  *bad |= active & ~fine;
  return keep (active & fine, (Real) 1 / d);
}

/* The diagonal block of block row j; leaves l = u / d inside the block in @inside. */
static void
factorise_diagonal (const Block *block, const Factor *factor, gint j, const Mask *active, const Vec *panel, Vec inside[6], Mask *bad)
{
  const gint32 *list = factor->list + 1 + 4 * j;
  Vec *u = block_row (factor, j);
  Vec *inverse = factor->inverse + 4 * j;
  Vec a00 = block_diagonal (block, list[0]), a11 = block_diagonal (block, list[1]);
  Vec a22 = block_diagonal (block, list[2]), a33 = block_diagonal (block, list[3]);
  Vec a10 = splat (block_entry (block, list[1], list[0])), a20 = splat (block_entry (block, list[2], list[0]));
  Vec a30 = splat (block_entry (block, list[3], list[0])), a21 = splat (block_entry (block, list[2], list[1]));
  Vec a31 = splat (block_entry (block, list[3], list[1])), a32 = splat (block_entry (block, list[3], list[2]));

  for (gint p = 0; p < 4 * j; p++)
    {
      Vec u0 = u[4 * p], u1 = u[4 * p + 1], u2 = u[4 * p + 2], u3 = u[4 * p + 3];
      Vec l0 = panel[4 * p], l1 = panel[4 * p + 1], l2 = panel[4 * p + 2], l3 = panel[4 * p + 3];
      a00 -= u0 * l0;
      a10 -= u1 * l0;
      a20 -= u2 * l0;
      a30 -= u3 * l0;
      a11 -= u1 * l1;
      a21 -= u2 * l1;
      a31 -= u3 * l1;
      a22 -= u2 * l2;
      a32 -= u3 * l2;
      a33 -= u3 * l3;
    }

  u += 16 * j;
  inverse[0] = reciprocal (a00, active[4 * j], bad);
  inside[0] = a10 * inverse[0];
  inside[1] = a20 * inverse[0];
  inside[2] = a30 * inverse[0];
  a11 -= a10 * inside[0];
  a21 -= a20 * inside[0];
  a31 -= a30 * inside[0];
  inverse[1] = reciprocal (a11, active[4 * j + 1], bad);
  inside[3] = a21 * inverse[1];
  inside[4] = a31 * inverse[1];
  a22 -= a20 * inside[1] + a21 * inside[3];
  a32 -= a30 * inside[1] + a31 * inside[3];
  inverse[2] = reciprocal (a22, active[4 * j + 2], bad);
  inside[5] = a32 * inverse[2];
  a33 -= a30 * inside[2] + a31 * inside[4] + a32 * inside[5];
  inverse[3] = reciprocal (a33, active[4 * j + 3], bad);
  u[0] = a10;
  u[1] = a20;
  u[2] = a30;
  u[3] = a21;
  u[4] = a31;
  u[5] = a32;
}

/* Arrays of sums would live in memory: the sums of row r have names of their own. */
#if ROWS == 4
#define FOR_EACH_ROW(DO) DO (0) DO (1) DO (2) DO (3)
#else
#define FOR_EACH_ROW(DO) DO (0) DO (1)
#endif
#define BEGIN_ROW(r)                                                                  \
  const Real *h##r = block->h + (gsize) rows[r] * (gsize) (block->n_types + 1);       \
  Vec a##r##0 = splat (h##r[cols[0]]), a##r##1 = splat (h##r[cols[1]]);               \
  Vec a##r##2 = splat (h##r[cols[2]]), a##r##3 = splat (h##r[cols[3]]);
#define ADD_TO_ROW(r)         \
  {                           \
    Vec column = from[r];     \
    a##r##0 -= column * l0;   \
    a##r##1 -= column * l1;   \
    a##r##2 -= column * l2;   \
    a##r##3 -= column * l3;   \
  }
#define END_ROW(r)                                                                    \
  a##r##1 -= a##r##0 * inside[0];                                                     \
  a##r##2 -= a##r##0 * inside[1] + a##r##1 * inside[3];                               \
  a##r##3 -= a##r##0 * inside[2] + a##r##1 * inside[4] + a##r##2 * inside[5];         \
  to[r] = a##r##0;                                                                    \
  to[4 + r] = a##r##1;                                                                \
  to[8 + r] = a##r##2;                                                                \
  to[12 + r] = a##r##3;

/* Rows first .. first + ROWS - 1 of block (i, j), i > j. Not inlined: the sums need nearly all registers. */
static __attribute__ ((noinline)) void
factorise_rows (const Block *block, const Factor *factor, gint i, gint j, gint first, const Vec *panel, const Vec inside[6])
{
  const gint32 *rows = factor->list + 1 + 4 * i + first;
  const gint32 *cols = factor->list + 1 + 4 * j;
  const Vec *from = block_row (factor, i) + first;
  Vec *to = block_row (factor, i) + first + 16 * j;

  FOR_EACH_ROW (BEGIN_ROW)
  for (; from < to; from += 4, panel += 4)
    {
      Vec l0 = panel[0], l1 = panel[1], l2 = panel[2], l3 = panel[3];
      FOR_EACH_ROW (ADD_TO_ROW)
    }
  FOR_EACH_ROW (END_ROW)
}

/* Factorises the first n (a multiple of 4) listed types. O(n^3 / 6) vector operations. */
static void
factorise (const Block *block, const Factor *factor, gint n, const Mask *active, Vec *panel, Mask *bad)
{
  for (gint j = 0; j < n / 4; j++)
    {
      const Vec *u = block_row (factor, j);
      Vec inside[6];

      for (gint p = 0; p < 4 * j; p++)
        for (int c = 0; c < 4; c++)
          panel[4 * p + c] = u[4 * p + c] * factor->inverse[p];
      factorise_diagonal (block, factor, j, active, panel, inside, bad);
      for (gint i = j + 1; i < n / 4; i++)
        for (int first = 0; first < 4; first += ROWS)
          factorise_rows (block, factor, i, j, first, panel, inside);
    }
}

/* One of the two formats of u or inverse. */
INLINE Vec
entry (const Vec *full, const HalfVec *half, gsize i)
{
  return full != NULL ? full[i] : lengthen (half[i]);
}

/* y and x = y / d. Of each pair of formats one is NULL, which the compiler sees. */
INLINE void
forward (const Vec *u, const Vec *inverse, const HalfVec *half_u, const HalfVec *half_inverse, const gint32 *list, gint n, const Vec *s,
         Vec *y, Vec *x)
{
  for (gint i = 0; i < n; i += 4)
    {
      gsize at = n_factor_vectors (i);
      Vec y0 = s[list[i]], y1 = s[list[i + 1]], y2 = s[list[i + 2]], y3 = s[list[i + 3]];
      for (gint p = 0; p < i; p++, at += 4)
        {
          Vec xp = x[p];
          y0 -= entry (u, half_u, at) * xp;
          y1 -= entry (u, half_u, at + 1) * xp;
          y2 -= entry (u, half_u, at + 2) * xp;
          y3 -= entry (u, half_u, at + 3) * xp;
        }
      Vec x0 = y0 * entry (inverse, half_inverse, (gsize) i);
      y1 -= entry (u, half_u, at) * x0;
      y2 -= entry (u, half_u, at + 1) * x0;
      y3 -= entry (u, half_u, at + 2) * x0;
      Vec x1 = y1 * entry (inverse, half_inverse, (gsize) i + 1);
      y2 -= entry (u, half_u, at + 3) * x1;
      y3 -= entry (u, half_u, at + 4) * x1;
      Vec x2 = y2 * entry (inverse, half_inverse, (gsize) i + 2);
      y3 -= entry (u, half_u, at + 5) * x2;
      y[i] = y0;
      y[i + 1] = y1;
      y[i + 2] = y2;
      y[i + 3] = y3;
      x[i] = x0;
      x[i + 1] = x1;
      x[i + 2] = x2;
      x[i + 3] = y3 * entry (inverse, half_inverse, (gsize) i + 3);
    }
}

/* y becomes t, x becomes z. */
INLINE void
backward (const Vec *u, const Vec *inverse, const HalfVec *half_u, const HalfVec *half_inverse, gint n, Vec *y, Vec *x)
{
  for (gint i = n - 4; i >= 0; i -= 4)
    {
      gsize row = n_factor_vectors (i), in = row + 4 * (gsize) i;
      Vec z3 = y[i + 3] * entry (inverse, half_inverse, (gsize) i + 3);
      Vec t2 = y[i + 2] - entry (u, half_u, in + 5) * z3;
      Vec z2 = t2 * entry (inverse, half_inverse, (gsize) i + 2);
      Vec t1 = y[i + 1] - entry (u, half_u, in + 4) * z3 - entry (u, half_u, in + 3) * z2;
      Vec z1 = t1 * entry (inverse, half_inverse, (gsize) i + 1);
      Vec t0 = y[i] - entry (u, half_u, in + 2) * z3 - entry (u, half_u, in + 1) * z2 - entry (u, half_u, in) * z1;
      Vec z0 = t0 * entry (inverse, half_inverse, (gsize) i);

      y[i] = t0;
      y[i + 1] = t1;
      y[i + 2] = t2;
      x[i] = z0;
      x[i + 1] = z1;
      x[i + 2] = z2;
      x[i + 3] = z3;
      for (gint p = 0; p < i; p++, row += 4)
        y[p] -= entry (u, half_u, row) * z0 + entry (u, half_u, row + 1) * z1 + entry (u, half_u, row + 2) * z2
                + entry (u, half_u, row + 3) * z3;
    }
}

static void
solve_factor (const Factor *factor, gint n, const Vec *s, Vec *y, Vec *x)
{
  forward (factor->u, factor->inverse, NULL, NULL, factor->list + 1, n, s, y, x);
  backward (factor->u, factor->inverse, NULL, NULL, n, y, x);
}

static void
solve_half (const HalfFactor *factor, gint n, const Vec *s, Vec *y, Vec *x)
{
  forward (NULL, NULL, factor->u, factor->inverse, factor->list + 1, n, s, y, x);
  backward (NULL, NULL, factor->u, factor->inverse, n, y, x);
}

/* Appends padding so that the list's length becomes a multiple of 4, which is returned. */
static inline gint
pad_list (const Block *block, gint32 *list, Mask *active)
{
  gint n = list[0];

  for (; n % 4 != 0; n++)
    {
      list[1 + n] = block->n_types;
      active[n] = (Mask) { 0 };
    }
  return n;
}

/* Whether each listed type's sign or dual variable is right. */
static Mask
check_listed (gint n, Scratch *scratch, Mask *count)
{
  Mask violated = { 0 };

  for (gint a = 0; a < n; a++)
    {
      Vec excess = choose (scratch->active[a], -scratch->x[a] - PRIMAL_SLACK, scratch->y[a] - DUAL_SLACK);
      Mask flip = excess > (Real) 0;
      scratch->flip[a] = flip;
      *count -= flip;
      violated |= flip;
    }
  return violated;
}

/* The same for the types that are not listed: their dual variables take a product with H. */
static Mask
check_unlisted (const Block *block, const gint32 *list, Scratch *scratch, Mask *count)
{
  Mask violated = { 0 };

  memset (scratch->listed, 0, (gsize) block->n_types);
  for (gint a = 0; a < list[0]; a++)
    scratch->listed[list[1 + a]] = 1;
  for (gint k = 0; k < block->n_types; k++)
    {
      if (scratch->listed[k])
        continue;
      Vec t = scratch->s[k];
      for (gint a = 0; a < list[0]; a++)
        t -= scratch->x[a] * block_entry (block, k, list[1 + a]);
      Mask flip = t > DUAL_SLACK;
      scratch->flip_out[k] = flip;
      *count -= flip;
      violated |= flip;
    }
  return violated;
}

/* Exchanges the violators: all of a lane, or in lanes of @single only the last one. New types join the list. */
static void
exchange (const Block *block, gint32 *list, Scratch *scratch, Mask single)
{
  Mask allowed = ~(Mask) { 0 };
  gint n = list[0];

  for (gint k = block->n_types - 1; k >= 0; k--)
    if (!scratch->listed[k])
      {
        Mask flip = scratch->flip_out[k] & allowed;
        scratch->flip_out[k] = flip;
        allowed &= ~(flip & single);
      }
  for (gint a = n - 1; a >= 0; a--)
    {
      Mask flip = scratch->flip[a] & allowed;
      scratch->active[a] ^= flip;
      allowed &= ~(flip & single);
    }
  for (gint k = 0; k < block->n_types; k++)
    if (!scratch->listed[k] && any (scratch->flip_out[k]))
      {
        scratch->active[list[0]++] = scratch->flip_out[k];
        list[list[0]] = k;
      }
}

/* Solves the block for all lanes, starting from the list and the active sets given; @has_factor: they are factorised.
 * Leaves the solution in scratch->x by place in the list. Lanes without a solution are returned. */
static Mask
solve_block (const Block *block, const Factor *factor, Scratch *scratch, gboolean has_factor, gint *n_rounds, Mask *bad)
{
  Mask best = (Mask) { 0 } + (Int) (block->n_types + 1), chances = (Mask) { 0 } + CHANCES;
  gint limit = 12 + 2 * block->n_types;

  for (;;)
    {
      gint n = pad_list (block, factor->list, scratch->active);
      Mask count = { 0 };

      *bad = (Mask) { 0 };
      if (!has_factor)
        factorise (block, factor, n, scratch->active, scratch->panel, bad);
      solve_factor (factor, n, scratch->s, scratch->y, scratch->x);
      Mask violated = check_listed (n, scratch, &count);
      if (factor->list[0] < block->n_types)
        violated |= check_unlisted (block, factor->list, scratch, &count);
      else
        memset (scratch->listed, 1, (gsize) block->n_types);
      if (++*n_rounds >= limit || !any (violated))
        return violated | *bad;

      Mask fewer = count < best;
      best = (count & fewer) | (best & ~fewer);
      chances = (((Mask) { 0 } + CHANCES) & fewer) | ((chances - 1) & ~fewer);
      exchange (block, factor->list, scratch, chances < 0);
      has_factor = FALSE;
    }
}
