/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BLAS and LAPACK, one thread each call: our own blocks are what runs in parallel, and sums keep their order. */
#pragma once

#include <glib.h>

#include <cblas.h>

G_BEGIN_DECLS

void smooth_i_blas_init (void);

/* LAPACK, by its Fortran names: OpenBLAS exports them, but not every package of it has a header for them. */
void dpotrf_ (const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotri_ (const char *uplo, const int *n, double *a, const int *lda, int *info);

G_END_DECLS
