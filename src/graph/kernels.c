/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inner loops of neighbour searches, compiled once for each instruction set, with SMOOTH_KERNELS_ISA its name.
 *
 * Squared distances are summed as smooth_i_points_d2() does, without fused operations, and all else is minima and comparisons:
 * every instruction set gives the same bits. Distances are finite, as coordinates are at most SMOOTH_MAX_VALUE.
 */
#include "graph/kernels-private.h"

#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#define WIDTH ((gint64) (VECTOR_BYTES / sizeof (double)))
#define FAR 1e300 /* farther than all that there is */

#define PASTE(a, b) a##b
#define EXPAND(a, b) PASTE (a, b)
#define TABLE EXPAND (smooth_i_graph_kernels_, SMOOTH_KERNELS_ISA)

typedef double Vec __attribute__ ((vector_size (VECTOR_BYTES), may_alias, aligned (8)));
typedef gint64 Mask __attribute__ ((vector_size (VECTOR_BYTES), may_alias, aligned (8)));

typedef guint64 Bits __attribute__ ((vector_size (VECTOR_BYTES), may_alias, aligned (8)));

#define INLINE __attribute__ ((always_inline)) static inline

INLINE Vec
load (const double *from)
{
  return *(const Vec *) from;
}

INLINE Vec
fill (double value)
{
  return (Vec){ 0 } + value;
}

INLINE Vec
choose (Mask mask, Vec a, Vec b)
{
  return (Vec) (((Mask) a & mask) | ((Mask) b & ~mask));
}

/* The smaller and the larger one of each lane; compilers do not see from a choice that processors have these. */
INLINE void
order (Vec *low, Vec *high, Vec a, Vec b)
{
#if defined(__AVX512F__)
  *low = (Vec) _mm512_min_pd ((__m512d) a, (__m512d) b);
  *high = (Vec) _mm512_max_pd ((__m512d) a, (__m512d) b);
#elif defined(__AVX2__)
  *low = (Vec) _mm256_min_pd ((__m256d) a, (__m256d) b);
  *high = (Vec) _mm256_max_pd ((__m256d) a, (__m256d) b);
#elif defined(__SSE2__)
  *low = (Vec) _mm_min_pd ((__m128d) a, (__m128d) b);
  *high = (Vec) _mm_max_pd ((__m128d) a, (__m128d) b);
#else
  Mask is_less = a < b;
  *low = choose (is_less, a, b);
  *high = choose (is_less, b, a);
#endif
}

/* ---- The k-th nearest, for points side by side ---- */

/* Puts a distance of each lane into its rising list of the m smallest: the smaller of both stays, the larger one goes on. */
INLINE void
sink (Vec *best, Vec v, gint m)
{
#pragma GCC unroll 16
  for (gint s = 0; s < m; s++)
    {
      Vec low, high;
      order (&low, &high, v, best[s]);
      best[s] = low;
      v = high;
    }
}

typedef struct
{
  const SmoothPoints *points;
  Vec own[3];
  Vec kth;
  Vec d2[SMOOTH_GROUP_CANDIDATES]; /* of all candidates */
  gint64 n;
} Group;

INLINE void
visit (Group *group, Vec *best, gint64 first, gint64 last, gint64 self, gint n_dims, gint m)
{
  const SmoothPoints *points = group->points;
  Mask lanes;

  for (gint64 l = 0; l < WIDTH; l++)
    lanes[l] = l;
  for (gint64 q = first; q < last; q++)
    {
      Vec dx = points->coords[0][q] - group->own[0], dy = points->coords[1][q] - group->own[1];
      Vec d2 = dx * dx + dy * dy;
      if (n_dims == 3)
        {
          Vec dz = points->coords[2][q] - group->own[2];
          d2 += dz * dz;
        }
      if (self >= 0)
        d2 = choose ((Mask) (lanes == (Mask){ 0 } + (q - self)), fill (FAR), d2); /* nobody is a neighbour of itself */
      group->d2[group->n++] = d2;
      sink (best, d2, m);
    }
}

/* m: the length of the lists, of which the last k count; the others stay at 0. */
INLINE void
visit_runs (Group *group, gint64 first, gint n, const SmoothRuns *runs, gint k, gint n_dims, gint m)
{
  Vec best[SMOOTH_GROUP_K];

  for (gint s = 0; s < m; s++)
    best[s] = fill (s < m - k ? 0.0 : FAR);
  for (gint r = 0; r < runs->n; r++)
    {
      gint64 begin = runs->first[r], end = runs->last[r];
      gboolean holds_self = begin <= first && first < end;
      visit (group, best, begin, holds_self ? first : end, -1, n_dims, m);
      if (!holds_self)
        continue;
      visit (group, best, first, first + n, first, n_dims, m);
      visit (group, best, first + n, end, -1, n_dims, m);
    }
  group->kth = best[m - 1];
}

INLINE void
visit_dims (Group *group, gint64 first, gint n, const SmoothRuns *runs, gint k, gint m)
{
  if (group->points->n_dims == 2)
    visit_runs (group, first, n, runs, k, 2, m);
  else
    visit_runs (group, first, n, runs, k, 3, m);
}

static void
limit (const SmoothPoints *points, gint64 first, gint n, const SmoothRuns *runs, gint k, double tie, gint64 most, double *limits,
       gint64 *counts)
{
  Group group;

  group.points = points;
  group.n = 0;
  for (gint d = 0; d < points->n_dims; d++)
    group.own[d] = load (points->coords[d] + first);
  if (k <= 4)
    visit_dims (&group, first, n, runs, k, 4);
  else if (k <= 6)
    visit_dims (&group, first, n, runs, k, 6);
  else if (k <= 8)
    visit_dims (&group, first, n, runs, k, 8);
  else if (k <= 12)
    visit_dims (&group, first, n, runs, k, 12);
  else
    visit_dims (&group, first, n, runs, k, 16);
  Vec within = group.kth * tie;
  Mask count = { 0 };
  for (gint64 c = 0; c < group.n && group.n > most; c++)
    count -= (Mask) (group.d2[c] <= within);
  for (gint l = 0; l < n; l++)
    {
      limits[l] = within[l];
      counts[l] = count[l];
    }
}

/* ---- All that is within a distance ---- */

#define WORD 64 /* candidates whose bits one number holds */

/* The numbers whose bits are set. */
INLINE gint64
pick (const gint32 *numbers, guint64 bits, gint32 *list, gint64 length)
{
#if defined(__AVX512F__)
#pragma GCC unroll 4
  for (gint t = 0; t < WORD; t += 16, bits >>= 16)
    {
      __m512i found = _mm512_maskz_compress_epi32 (_cvtu32_mask16 (bits & 0xffff), _mm512_loadu_si512 (numbers + t));
      _mm512_storeu_si512 (list + length, found);
      length += __builtin_popcountll (bits & 0xffff);
    }
#else
  for (; bits != 0; bits &= bits - 1)
    list[length++] = numbers[__builtin_ctzll (bits)];
#endif
  return length;
}

/* One bit of each lane for each of up to WORD candidates in a row. */
INLINE Bits
compare_lanes (const SmoothPoints *points, const Vec *own, gint64 first, gint64 last, Bits *bit, Vec limit, const double *limits, gint n_dims)
{
  Bits bits = { 0 };

  for (gint64 q = first; q < last; q++)
    {
      Vec dx = points->coords[0][q] - own[0], dy = points->coords[1][q] - own[1];
      Vec d2 = dx * dx + dy * dy;
      if (n_dims == 3)
        {
          Vec dz = points->coords[2][q] - own[2];
          d2 += dz * dz;
        }
      Mask within = (Mask) (d2 <= limit);
      if (limits != NULL)
        within &= (Mask) (d2 <= fill (limits[q]));
      bits |= (Bits) within & *bit;
      *bit += *bit;
    }
  return bits;
}

INLINE void
collect_dims (const SmoothPoints *points, gint64 first, gint n, const SmoothRuns *runs, const double *limits, gboolean mutual, gint32 *lists,
              gint64 *counts, gint n_dims)
{
  gint32 numbers[SMOOTH_GROUP_CANDIDATES + WORD];
  Bits words[SMOOTH_GROUP_CANDIDATES / WORD + 1], bit = { 0 };
  Vec own[3], limit = load (limits + first);
  gint64 n_candidates = 0;

  for (gint d = 0; d < n_dims; d++)
    own[d] = load (points->coords[d] + first);
  for (gint r = 0; r < runs->n; r++)
    for (gint64 q = runs->first[r], last; q < runs->last[r]; q = last)
      {
        gint64 word = n_candidates / WORD;
        last = MIN (runs->last[r], q + WORD - n_candidates % WORD);
        if (n_candidates % WORD == 0)
          {
            bit = (Bits){ 0 } + 1;
            words[word] = (Bits){ 0 };
          }
        words[word] |= compare_lanes (points, own, q, last, &bit, limit, mutual ? limits : NULL, n_dims);
        memcpy (numbers + n_candidates, points->ids + q, (gsize) (last - q) * sizeof *numbers);
        n_candidates += last - q;
      }
  for (gint l = 0; l < n; l++)
    {
      gint32 *list = lists + l * SMOOTH_GROUP_ROOM;
      counts[l] = 0;
      for (gint64 w = 0; w * WORD < n_candidates; w++)
        counts[l] = pick (numbers + w * WORD, words[w][l], list, counts[l]);
    }
}

static void
collect (const SmoothPoints *points, gint64 first, gint n, const SmoothRuns *runs, const double *limits, gboolean mutual, gint32 *lists,
         gint64 *counts)
{
  if (points->n_dims == 3)
    collect_dims (points, first, n, runs, limits, mutual, lists, counts, 3);
  else if (mutual)
    collect_dims (points, first, n, runs, limits, TRUE, lists, counts, 2);
  else
    collect_dims (points, first, n, runs, limits, FALSE, lists, counts, 2);
}

/* Which of WIDTH positions from q on are within. */
INLINE Mask
compare (const SmoothPoints *points, const Vec *own, gint64 q, Vec limit, const double *limits, gint n_dims)
{
  Vec dx = load (points->coords[0] + q) - own[0], dy = load (points->coords[1] + q) - own[1];
  Vec d2 = dx * dx + dy * dy;

  if (n_dims == 3)
    {
      Vec dz = load (points->coords[2] + q) - own[2];
      d2 += dz * dz;
    }
  Mask within = (Mask) (d2 <= limit);
  if (limits != NULL)
    within &= (Mask) (d2 <= load (limits + q));
  return within;
}

INLINE gint64
append_dims (const SmoothPoints *points, gint64 p, const SmoothRuns *runs, double limit, const double *limits, gint32 *list, gint64 length,
             gint n_dims)
{
  Vec own[3], most = fill (limit);

  for (gint d = 0; d < n_dims; d++)
    own[d] = fill (points->coords[d][p]);
  for (gint r = 0; r < runs->n; r++)
    for (gint64 q = runs->first[r], last = runs->last[r]; q < last; q += WIDTH)
      {
        Mask within = compare (points, own, q, most, limits, n_dims);
#if defined(__AVX512F__)
        const __m256i steps = _mm256_setr_epi32 (0, 1, 2, 3, 4, 5, 6, 7);
        guint32 bits = _cvtmask8_u32 (_mm512_movepi64_mask ((__m512i) within)) & (last - q >= 8 ? 255u : (1u << (last - q)) - 1u);
        __m256i found = _mm256_maskz_compress_epi32 (_cvtu32_mask8 (bits), _mm256_add_epi32 (steps, _mm256_set1_epi32 ((int) q)));
        _mm256_storeu_si256 ((__m256i_u *) (list + length), found);
        length += __builtin_popcount (bits);
#else
        for (gint64 t = 0; t < MIN (WIDTH, last - q); t++)
          {
            list[length] = (gint32) (q + t);
            length -= within[t]; /* -1 where it is */
          }
#endif
      }
  return length;
}

static gint64
append (const SmoothPoints *points, gint64 p, const SmoothRuns *runs, double limit, const double *limits, gint32 *list, gint64 length)
{
  if (points->n_dims == 3)
    return append_dims (points, p, runs, limit, limits, list, length, 3);
  return limits != NULL ? append_dims (points, p, runs, limit, limits, list, length, 2)
                        : append_dims (points, p, runs, limit, NULL, list, length, 2);
}

/* ---- A short list ---- */

typedef gint32 Eight __attribute__ ((vector_size (32), may_alias, aligned (4)));

/* Each of v and its partner in w: the smaller one goes where the partner comes later. */
INLINE void
exchange (Eight *v, const Eight *w, const Eight *partners)
{
  Eight larger = *partners < (Eight){ 0, 1, 2, 3, 4, 5, 6, 7 };
#ifdef __AVX2__
  Eight low = (Eight) _mm256_min_epi32 ((__m256i) *v, (__m256i) *w), high = (Eight) _mm256_max_epi32 ((__m256i) *v, (__m256i) *w);
#else
  Eight is_less = *v < *w, low = (*v & is_less) | (*w & ~is_less), high = *v ^ *w ^ low;
#endif
  *v = (high & larger) | (low & ~larger);
}

#define STEP(...) exchange (&v, (w = __builtin_shufflevector (v, v, __VA_ARGS__), &w), &(const Eight){ __VA_ARGS__ })

/* The network of K. Batcher, AFIPS Spring Joint Computer Conference 32 (1968) 307: which partner each place has. */
static void
sort (const gint32 *list, gint64 n, gint32 *sorted)
{
  Eight v = *(const Eight *) list, w, is_beyond = (Eight){ 0, 1, 2, 3, 4, 5, 6, 7 } >= (gint32) n;

  v = (v & ~is_beyond) | (is_beyond & G_MAXINT32);
  STEP (1, 0, 3, 2, 5, 4, 7, 6);
  STEP (2, 3, 0, 1, 6, 7, 4, 5);
  STEP (0, 2, 1, 3, 4, 6, 5, 7);
  STEP (4, 5, 6, 7, 0, 1, 2, 3);
  STEP (0, 1, 4, 5, 2, 3, 6, 7);
  STEP (0, 2, 1, 4, 3, 6, 5, 7);
  *(Eight *) sorted = v;
}

extern const SmoothGraphKernels TABLE;
const SmoothGraphKernels TABLE = { (gint) WIDTH, limit, collect, append, sort };
