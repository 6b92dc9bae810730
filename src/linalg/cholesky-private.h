/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a factor, for the selected inverse and for solves. */
#pragma once

#include "linalg/symbolic-private.h"
#include "linalg/cholesky.h"

G_BEGIN_DECLS

struct _SmoothCholesky
{
  SmoothSymbolic *symbolic;
  double *values; /* (nullable) until the first factor: the panels of L */
  gboolean is_factored;
};

G_END_DECLS
