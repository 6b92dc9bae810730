/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small symmetric matrices over types: scaling and the range of the eigenvalues. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void smooth_i_scale_symmetric (const double *h, const double *scale, gint n, double *scaled);
gboolean smooth_i_pseudo_inverse (const double *matrix, gint n, double *inverse, GError **error);
gboolean smooth_i_eigenvalue_range (const double *matrix, gint n, double *smallest, double *largest, GError **error);
void smooth_i_positive_image (const double *h, gint n, gint stride, double *v);

G_END_DECLS
