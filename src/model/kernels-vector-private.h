/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors as wide as the instruction set has them, in the element type that this build of the kernels is for. */
#pragma once

#include <glib.h>
#include <string.h>

#ifdef SMOOTH_KERNELS_SINGLE
typedef float Real;
typedef gint32 Int;
#else
typedef double Real;
typedef gint64 Int;
#endif

/* The type must be the instruction set's own width: a wider one makes the compiler spill. */
#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#ifdef SMOOTH_KERNELS_SINGLE
#define LANES (VECTOR_BYTES / 4)
#else
#define LANES (VECTOR_BYTES / 8)
#endif

typedef Real Vec __attribute__ ((vector_size (VECTOR_BYTES)));
typedef Int Mask __attribute__ ((vector_size (VECTOR_BYTES))); /* a lane is 0 or -1 */

/* Half as wide a format for what needs few digits: the upper half of a float, or a float for a double. */
#ifdef SMOOTH_KERNELS_SINGLE
typedef guint16 Half;
typedef guint32 Wide __attribute__ ((vector_size (VECTOR_BYTES)));
#else
typedef float Half;
#endif
typedef Half HalfVec __attribute__ ((vector_size (VECTOR_BYTES / 2)));

#define INLINE static inline __attribute__ ((always_inline))

INLINE Vec
load (const Real *from)
{
  Vec v;
  memcpy (&v, from, sizeof v);
  return v;
}

INLINE void
store (Real *to, Vec v)
{
  memcpy (to, &v, sizeof v);
}

INLINE Vec
splat (Real x)
{
  return x - (Vec) { 0 }; /* which is x to the bit, unlike 0 + x */
}

INLINE Vec
keep (Mask mask, Vec v)
{
  return (Vec) ((Mask) v & mask);
}

INLINE Vec
choose (Mask mask, Vec yes, Vec no)
{
  return (Vec) (((Mask) yes & mask) | ((Mask) no & ~mask));
}

INLINE Vec
positive (Vec v)
{
  return keep (v > (Real) 0, v);
}

INLINE Vec
larger (Vec a, Vec b)
{
  return choose (a > b, a, b);
}

INLINE Vec
magnitude (Vec v)
{
  return larger (v, -v);
}

INLINE HalfVec
shorten (Vec v)
{
#ifdef SMOOTH_KERNELS_SINGLE
  return __builtin_convertvector (((Wide) v + 0x8000) >> 16, HalfVec);
#else
  return __builtin_convertvector (v, HalfVec);
#endif
}

INLINE Vec
lengthen (HalfVec h)
{
#ifdef SMOOTH_KERNELS_SINGLE
  return (Vec) (__builtin_convertvector (h, Wide) << 16);
#else
  return __builtin_convertvector (h, Vec);
#endif
}

INLINE double
total (Vec v)
{
  Real lanes[LANES];
  double sum = 0;

  store (lanes, v);
  for (int i = 0; i < LANES; i++)
    sum += (double) lanes[i];
  return sum;
}

INLINE double
largest (Vec v)
{
  Real lanes[LANES];
  double max = 0;

  store (lanes, v);
  for (int i = 0; i < LANES; i++)
    max = MAX (max, (double) lanes[i]);
  return max;
}

INLINE gboolean
any (Mask mask)
{
  guint64 words[VECTOR_BYTES / 8];
  guint64 all = 0;

  memcpy (words, &mask, sizeof mask);
  for (int i = 0; i < VECTOR_BYTES / 8; i++)
    all |= words[i];
  return all != 0;
}

/* Transposition of LANES x LANES by exchanging the off-diagonal quarters of ever smaller squares, in place. */
#define FIRST(l, d) (((l) & (d)) ? LANES + (l) - (d) : (l))
#define SECOND(l, d) (((l) & (d)) ? LANES + (l) : (l) + (d))
#if LANES == 2
#define PATTERN(F, d) F (0, d), F (1, d)
#elif LANES == 4
#define PATTERN(F, d) F (0, d), F (1, d), F (2, d), F (3, d)
#elif LANES == 8
#define PATTERN(F, d) F (0, d), F (1, d), F (2, d), F (3, d), F (4, d), F (5, d), F (6, d), F (7, d)
#else
#define PATTERN(F, d)                                                                                                  \
  F (0, d), F (1, d), F (2, d), F (3, d), F (4, d), F (5, d), F (6, d), F (7, d), F (8, d), F (9, d), F (10, d), F (11, d), \
    F (12, d), F (13, d), F (14, d), F (15, d)
#endif

#define EXCHANGE(rows, d)                                                                                              \
  for (int row = 0; row < LANES; row++)                                                                                \
    if (!(row & (d)))                                                                                                  \
      {                                                                                                                \
        Vec a = (rows)[row], b = (rows)[row + (d)];                                                                    \
        (rows)[row] = __builtin_shufflevector (a, b, PATTERN (FIRST, d));                                              \
        (rows)[row + (d)] = __builtin_shufflevector (a, b, PATTERN (SECOND, d));                                       \
      }

INLINE void
transpose (Vec rows[LANES])
{
#if LANES > 8
  EXCHANGE (rows, 8)
#endif
#if LANES > 4
  EXCHANGE (rows, 4)
#endif
#if LANES > 2
  EXCHANGE (rows, 2)
#endif
  EXCHANGE (rows, 1)
}

/* LANES spots of `stride` reals become `stride` vectors with a lane for each spot; stride is a multiple of LANES. */
INLINE void
to_lanes (const Real *spots, gint stride, Vec *types)
{
  for (gint t = 0; t < stride; t += LANES)
    {
      Vec rows[LANES];
      for (int l = 0; l < LANES; l++)
        rows[l] = load (spots + (gsize) l * (gsize) stride + t);
      transpose (rows);
      for (int l = 0; l < LANES; l++)
        types[t + l] = rows[l];
    }
}

INLINE void
from_lanes (const Vec *types, gint stride, Real *spots)
{
  for (gint t = 0; t < stride; t += LANES)
    {
      Vec rows[LANES];
      for (int l = 0; l < LANES; l++)
        rows[l] = types[t + l];
      transpose (rows);
      for (int l = 0; l < LANES; l++)
        store (spots + (gsize) l * (gsize) stride + t, rows[l]);
    }
}
