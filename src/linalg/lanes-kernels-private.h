/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inner loops for eight problems side by side, for one instruction set: included once for each, with
 *
 *     NAME (name)    its own name of a function
 *     TARGET         the attribute that asks for the instruction set
 *     VECTOR_BYTES   the width of its vectors: a wider type makes the compiler spill
 */
#define Vec NAME (Vec)
#define PIECES ((gint) (sizeof (SmoothLanes) / VECTOR_BYTES)) /* vectors of one row of eight */
#define ROWS (8 / PIECES) /* rows whose sums registers hold and that share what is loaded */

typedef double Vec __attribute__ ((vector_size (VECTOR_BYTES), may_alias));

/* sums[r] += sum_j values[r * to_row + j * to_term] x[terms[j]], r < n_rows; x[j] where there is no list of terms */
TARGET __attribute__ ((always_inline)) static inline void
NAME (sum_rows) (const double *values, gint64 to_row, gint64 to_term, const SmoothLanes *x, const SuiteSparse_long *terms,
                 gint64 n_terms, gint n_rows, Vec *sums)
{
  for (gint64 j = 0; j < n_terms; j++)
    {
      const Vec *v = (const void *) x[terms != NULL ? terms[j] : j];
#pragma GCC unroll 8
      for (gint r = 0; r < n_rows; r++)
#pragma GCC unroll 8
        for (gint p = 0; p < PIECES; p++)
          sums[r * PIECES + p] += v[p] * values[r * to_row + j * to_term];
    }
}

/* to -= sums */
TARGET __attribute__ ((always_inline)) static inline void
NAME (subtract) (SmoothLanes *to, const Vec *sums)
{
  Vec *v = (void *) *to;

#pragma GCC unroll 8
  for (gint p = 0; p < PIECES; p++)
    v[p] -= sums[p];
}

/* w = L^-1 w. */
TARGET static void
NAME (solve_forward) (const cholmod_factor *factor, SmoothLanes *w)
{
  for (gsize s = 0; s < factor->nsuper; s++)
    {
      Supernode node = get_supernode (factor, (gint64) s);
      SmoothLanes *own = w + node.first;
      gint64 i = node.n_cols;

      for (gint64 j = 0; j < node.n_cols; j++)
        {
          const double *l = node.values + j * node.n_rows;
          Vec *x = (void *) own[j];
          double inverse = 1.0 / l[j];
#pragma GCC unroll 8
          for (gint p = 0; p < PIECES; p++)
            {
              Vec scaled = x[p] * inverse;
              x[p] = scaled;
              for (gint64 k = j + 1; k < node.n_cols; k++)
                x[(k - j) * PIECES + p] -= scaled * l[k];
            }
        }
      for (; i + ROWS <= node.n_rows; i += ROWS)
        {
          Vec sums[8] = { 0 };
          NAME (sum_rows) (node.values + i, 1, node.n_rows, own, NULL, node.n_cols, ROWS, sums);
#pragma GCC unroll 8
          for (gint r = 0; r < ROWS; r++)
            NAME (subtract) (w + node.rows[i + r], sums + r * PIECES);
        }
      for (; i < node.n_rows; i++)
        {
          Vec sums[PIECES] = { 0 };
          NAME (sum_rows) (node.values + i, 1, node.n_rows, own, NULL, node.n_cols, 1, sums);
          NAME (subtract) (w + node.rows[i], sums);
        }
    }
}

/* w = L^-T w. */
TARGET static void
NAME (solve_backward) (const cholmod_factor *factor, SmoothLanes *w)
{
  for (gint64 s = (gint64) factor->nsuper - 1; s >= 0; s--)
    {
      Supernode node = get_supernode (factor, s);
      SmoothLanes *own = w + node.first;
      const SuiteSparse_long *below = node.rows + node.n_cols;
      gint64 n_below = node.n_rows - node.n_cols, j = 0;

      for (; j + ROWS <= node.n_cols; j += ROWS)
        {
          Vec sums[8] = { 0 };
          NAME (sum_rows) (node.values + j * node.n_rows + node.n_cols, node.n_rows, 1, w, below, n_below, ROWS, sums);
#pragma GCC unroll 8
          for (gint r = 0; r < ROWS; r++)
            NAME (subtract) (own + j + r, sums + r * PIECES);
        }
      for (; j < node.n_cols; j++)
        {
          Vec sums[PIECES] = { 0 };
          NAME (sum_rows) (node.values + j * node.n_rows + node.n_cols, node.n_rows, 1, w, below, n_below, 1, sums);
          NAME (subtract) (own + j, sums);
        }
      for (j = node.n_cols - 1; j >= 0; j--)
        {
          Vec *x = (void *) own[j];
          double inverse = 1.0 / node.values[j * node.n_rows + j];
#pragma GCC unroll 8
          for (gint p = 0; p < PIECES; p++)
            {
              Vec scaled = x[p] * inverse;
              x[p] = scaled;
              for (gint64 k = 0; k < j; k++)
                x[(k - j) * PIECES + p] -= scaled * node.values[k * node.n_rows + j];
            }
        }
    }
}

/* forms: x^T Q x */
TARGET static void
NAME (measure) (const SmoothSparse *q, const SmoothLanes *x, double *forms)
{
  Vec sums[PIECES] = { 0 };

  for (gint64 i = 0; i < q->n_cols; i++)
    {
      const Vec *own = (const void *) x[i];
      Vec products[PIECES] = { 0 };
      for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
        {
          const Vec *v = (const void *) x[q->rows[e]];
#pragma GCC unroll 8
          for (gint p = 0; p < PIECES; p++)
            products[p] += v[p] * q->values[e];
        }
#pragma GCC unroll 8
      for (gint p = 0; p < PIECES; p++)
        sums[p] += products[p] * own[p];
    }
  memcpy (forms, sums, sizeof sums);
}

static const Kernels NAME (kernels) = { NAME (solve_forward), NAME (solve_backward), NAME (measure) };

#undef NAME
#undef TARGET
#undef VECTOR_BYTES
#undef Vec
#undef PIECES
#undef ROWS
