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

/* As Fortran compilers call them: the lengths of texts come last. */
void dlatrd_ (const char *uplo, const int *n, const int *nb, double *a, const int *lda, double *e, double *tau, double *w,
              const int *ldw, gsize uplo_length);
void dsytd2_ (const char *uplo, const int *n, double *a, const int *lda, double *d, double *e, double *tau, int *info,
              gsize uplo_length);
void dstebz_ (const char *range, const char *order, const int *n, const double *vl, const double *vu, const int *il, const int *iu,
              const double *abstol, const double *d, const double *e, int *m, int *nsplit, double *w, int *iblock, int *isplit,
              double *work, int *iwork, int *info, gsize range_length, gsize order_length);
void dstein_ (const int *n, const double *d, const double *e, const int *m, const double *w, const int *iblock, const int *isplit,
              double *z, const int *ldz, double *work, int *iwork, int *ifail, int *info);
void dormtr_ (const char *side, const char *uplo, const char *trans, const int *m, const int *n, const double *a, const int *lda,
              const double *tau, double *c, const int *ldc, double *work, const int *lwork, int *info, gsize side_length,
              gsize uplo_length, gsize trans_length);
void dgesdd_ (const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u, const int *ldu, double *vt,
              const int *ldvt, double *work, const int *lwork, int *iwork, int *info, gsize jobz_length);

G_END_DECLS
