/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a factor, for the selected inverse. */
#pragma once

#include "linalg/cholesky.h"

#include <suitesparse/cholmod.h>

G_BEGIN_DECLS

struct _SmoothCholesky
{
  gint64 n;
  gint64 nnz; /* of the matrix, both triangles */
  cholmod_common common;
  cholmod_sparse *upper;
  cholmod_factor *factor;
  gboolean is_factored;

  /* The selected inverse, made when it is first asked for. */
  double *inverse;      /* (nullable): laid out as factor->x: entries of (P A P^T)^-1 on the pattern of L */
  gboolean is_inverted; /* FALSE where `inverse` is of another matrix of the same pattern */
  gint32 *owner;        /* (nullable): n: the supernode of each column of L */
};

G_END_DECLS
