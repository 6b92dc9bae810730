/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one error domain of the core: what can fail returns a GError in SMOOTH_ERROR. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SMOOTH_ERROR (smooth_error_quark ())

/* An error means that there is no usable result. An outcome such as 'not converged' is no error: see SmoothInfo. */
typedef enum
{
  SMOOTH_ERROR_FILE,      /* a file cannot be opened, read or written */
  SMOOTH_ERROR_FORMAT,    /* the content is not what its format says */
  SMOOTH_ERROR_VALUE,     /* a value is outside its range, or not a number */
  SMOOTH_ERROR_MISMATCH,  /* two inputs do not belong together */
  SMOOTH_ERROR_NUMERIC,   /* the problem has no solution, or none that can be found */
  SMOOTH_ERROR_MEMORY,    /* not enough memory */
  SMOOTH_ERROR_CANCELLED, /* the caller asked to stop */
} SmoothError;

GQuark smooth_error_quark (void);

gboolean smooth_i_refuse (const char *place, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
