/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the benchmark share: measuring, and the lines of the table. */
#pragma once

#include "smooth.h"

G_BEGIN_DECLS

typedef void (*BenchFunc) (gpointer data, SmoothRun *run);

typedef struct
{
  double cpu;    /* ms of one thread */
  double wall;   /* ms with all threads; INFINITY on a busy machine */
  double memory; /* bytes at most beyond those before */
} BenchTimes;

/* Best of several; prepare: (nullable): comes before each and does not count. */
BenchTimes bench_measure (BenchFunc prepare, BenchFunc func, gpointer data, gint n_repeats);

/* target: ms, 0: none; the smaller of both times counts. bytes: of one pass over what the problem needs, 0: not known. */
void bench_row (const char *problem, gint64 n, const BenchTimes *times, double target, gsize bytes);

/* For errors that a benchmark cannot go on after. */
void bench_require (gboolean done, GError *error);

gsize bench_sparse_bytes (const SmoothSparse *sparse);

/* The parts. */
void bench_deconvolution (void);
void bench_edits (void);
void bench_live (void);
void bench_adam (void);
void bench_components (void);
void bench_imputation (void);
void bench_inverse (void);
void bench_neighbours (void);
void bench_growth (void);
void bench_cancel (void);
void bench_reading (void);
void bench_python (void);
void bench_training (void);

G_END_DECLS
