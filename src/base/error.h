/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one error domain of the core: what can fail returns a GError in SMOOTH_ERROR. */
#pragma once

#include "base/wording.h"

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

const char *smooth_error_say (const GError *error);

void smooth_i_error_take (GError **error, SmoothError code, SmoothWording *wording);
void smooth_i_error_set_valist (GError **error, SmoothError code, const char *format, va_list args) G_GNUC_PRINTF (3, 0);
void smooth_i_error_take_place (GError **error, SmoothWording *wording);
gboolean smooth_i_refuse_taken (const char *place, GError **error, SmoothWording *wording);

/* g_set_error() and g_prefix_error() of this domain, for messages in the user's language: a format, and its arguments, which
 * are evaluated twice (see base/wording.h). */
#define smooth_error_set(error, code, ...)                                                                                  \
  G_STMT_START                                                                                                              \
  {                                                                                                                         \
    SmoothWording error_wording = { NULL };                                                                                 \
    smooth_i_word (&error_wording, __VA_ARGS__);                                                                            \
    smooth_i_error_take (error, code, &error_wording);                                                                      \
  }                                                                                                                         \
  G_STMT_END
#define smooth_error_set_n(error, code, ...) /* n, format for one, format for more, arguments */                            \
  G_STMT_START                                                                                                              \
  {                                                                                                                         \
    SmoothWording error_wording = { NULL };                                                                                 \
    smooth_i_word_n (&error_wording, __VA_ARGS__);                                                                          \
    smooth_i_error_take (error, code, &error_wording);                                                                      \
  }                                                                                                                         \
  G_STMT_END
#define smooth_error_prefix(error, ...)                                                                                     \
  G_STMT_START                                                                                                              \
  {                                                                                                                         \
    SmoothWording prefix_wording = { NULL };                                                                                \
    smooth_i_word (&prefix_wording, __VA_ARGS__);                                                                           \
    smooth_i_error_take_place (error, &prefix_wording);                                                                     \
  }                                                                                                                         \
  G_STMT_END

/* @place: file, and where in it; then what was expected and what was found. FALSE, with an error that the content is not
 * what its format says */
#define smooth_i_refuse(place, error, ...)                                                                                  \
  ({                                                                                                                        \
    SmoothWording refuse_wording = { NULL };                                                                                \
    smooth_i_word (&refuse_wording, __VA_ARGS__);                                                                           \
    smooth_i_refuse_taken (place, error, &refuse_wording);                                                                  \
  })

G_END_DECLS
