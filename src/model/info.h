/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a solver claims about its result, so that it can be checked. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_STATUS_IMPROVING, /* an iterate on the way; figures that were not worth waiting for are NAN */
  SMOOTH_STATUS_CONVERGED, /* the tolerance is met, by the certificate */
  SMOOTH_STATUS_STOPPED,   /* the iteration limit came first */
  SMOOTH_STATUS_INDEFINITE, /* the problem has no minimum, or none that can be certified */
} SmoothStatus;

typedef struct
{
  SmoothStatus status;
  double objective;      /* data_term + spatial_term */
  double data_term;      /* 1/(G n) || X B + 1 b - Y ||^2, or what the model has instead */
  double spatial_term;   /* lambda L(B) */
  double kkt_residual;   /* max |min (B, gradient)| over the largest |gradient| at B = 0 */
  double relative_gap;   /* bound on (objective - optimum) / objective; NAN without a certificate */
  gboolean is_local;     /* the model is not convex: a local minimum, from another start there may be another one */
  gint iterations;
  double seconds;
} SmoothInfo;

const char *smooth_status_get_name (SmoothStatus status);

G_END_DECLS
