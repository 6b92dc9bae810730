/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers in streams: the same on every machine and for any number of threads. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One stream, by value: a block of work initialises its own from the seed and its number. */
typedef struct
{
  guint32 key[2];     /* the seed */
  guint32 counter[4]; /* [0..1]: position in the stream, [2..3]: the block */
  guint32 buffer[4];
  guint n_left;       /* of the buffer */
  gboolean has_spare;
  double spare;       /* the second of a pair of normal numbers */
} SmoothRng;

void smooth_i_rng_init (SmoothRng *rng, guint64 seed, guint64 block);
guint32 smooth_i_rng_next (SmoothRng *rng);
double smooth_i_rng_uniform (SmoothRng *rng);
gint64 smooth_i_rng_index (SmoothRng *rng, gint64 n);
double smooth_i_rng_normal (SmoothRng *rng);
double smooth_i_rng_gamma (SmoothRng *rng, double shape, double scale);
gint64 smooth_i_rng_poisson (SmoothRng *rng, double mean);
gint64 smooth_i_rng_negative_binomial (SmoothRng *rng, double mean, double size);

void smooth_i_philox (const guint32 counter[4], const guint32 key[2], guint32 out[4]);
double smooth_i_log (double x);
double smooth_i_exp (double x);

G_END_DECLS
