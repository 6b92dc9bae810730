/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sentence for users in two wordings: as files hold it, the same in every language, and as it is shown. */
#pragma once

#include <glib.h>

#include <inttypes.h> /* PRId64: the one format of a gint64 that gettext can read */

G_BEGIN_DECLS

typedef struct
{
  char *shown; /* in the user's language */
  char *plain; /* in English, with a decimal point */

  /*< private >*/
  gint turn;
  gpointer before;
} SmoothWording;

/* A count with its thousands apart: smooth_i_grouped (n).text, as an argument of what is worded. */
typedef struct
{
  char text[48];
} SmoothGrouped;

void smooth_language_bind (void);

gpointer smooth_plain_begin (void);
void smooth_plain_end (gpointer before);
gboolean smooth_i_is_plain (void);

gboolean smooth_i_wording_next (SmoothWording *wording);
void smooth_i_wording_print (SmoothWording *wording, const char *format, ...) G_GNUC_PRINTF (2, 3);
void
smooth_i_wording_print_n (SmoothWording *wording, gint64 n, const char *one, const char *many, ...) G_GNUC_PRINTF (4, 5);
void smooth_i_wording_print_valist (SmoothWording *wording, const char *format, va_list args) G_GNUC_PRINTF (2, 0);
const char *smooth_i_wording_say (const SmoothWording *wording);
void smooth_i_wording_clear (SmoothWording *wording);

SmoothGrouped smooth_i_grouped (gint64 n);

/* Fills @wording: a format, which xgettext finds by the macros below, and its arguments. They are evaluated once for each
 * wording and must do nothing beside: a word that _() translates among them is one of either language. */
#define smooth_i_word(wording, ...)                                                                                         \
  while (smooth_i_wording_next (wording))                                                                                   \
  smooth_i_wording_print (wording, __VA_ARGS__)
#define smooth_i_word_n(wording, ...)                                                                                       \
  while (smooth_i_wording_next (wording))                                                                                   \
  smooth_i_wording_print_n (wording, __VA_ARGS__)

G_END_DECLS
