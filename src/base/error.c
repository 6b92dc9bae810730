/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The core's error domain: messages are in the user's language, and each error keeps its English wording for files. */
#include "base/error.h"

/* Of what GLib's macro makes: it casts, and gives no private part for errors of other domains, which come to none of these. */
#pragma GCC diagnostic ignored "-Wcast-align"
#pragma GCC diagnostic ignored "-Wnull-dereference"

typedef struct
{
  char *plain;
} SmoothErrorPrivate;

static void
smooth_error_private_init (SmoothErrorPrivate *words)
{
  words->plain = NULL;
}

static void
smooth_error_private_copy (const SmoothErrorPrivate *from, SmoothErrorPrivate *to)
{
  to->plain = g_strdup (from->plain);
}

static void
smooth_error_private_clear (SmoothErrorPrivate *words)
{
  g_free (words->plain);
}

G_DEFINE_EXTENDED_ERROR (SmoothError, smooth_error)

/* Returns: the message in the words of what is being worded: a line of a report that tells an error says it by this */
const char *
smooth_error_say (const GError *error)
{
  const SmoothErrorPrivate *words = error->domain == SMOOTH_ERROR ? smooth_error_get_private (error) : NULL;

  return smooth_i_is_plain () && words != NULL && words->plain != NULL ? words->plain : error->message;
}

/* Makes an error of @wording, which it empties. */
void
smooth_i_error_take (GError **error, SmoothError code, SmoothWording *wording)
{
  if (error != NULL)
    {
      GError *made = g_error_new_literal (SMOOTH_ERROR, (gint) code, wording->shown);
      smooth_error_get_private (made)->plain = g_steal_pointer (&wording->plain);
      g_propagate_error (error, made);
    }
  smooth_i_wording_clear (wording);
}

/* For functions that have a format and arguments of their own: these are the same in both wordings. */
void
smooth_i_error_set_valist (GError **error, SmoothError code, const char *format, va_list args)
{
  SmoothWording wording = { NULL };

  while (smooth_i_wording_next (&wording))
    {
      va_list again;
      va_copy (again, args);
      smooth_i_wording_print_valist (&wording, format, again);
      va_end (again);
    }
  smooth_i_error_take (error, code, &wording);
}

static void
put_before (char **text, const char *place)
{
  char *whole = g_strconcat (place, *text, NULL);

  g_free (*text);
  *text = whole;
}

/* Puts @wording, which it empties, before what @error says, if there is one. */
void
smooth_i_error_take_place (GError **error, SmoothWording *wording)
{
  if (error != NULL && *error != NULL)
    {
      SmoothErrorPrivate *words = (*error)->domain == SMOOTH_ERROR ? smooth_error_get_private (*error) : NULL;
      put_before (&(*error)->message, wording->shown);
      if (words != NULL && words->plain != NULL)
        put_before (&words->plain, wording->plain);
    }
  smooth_i_wording_clear (wording);
}

/* What smooth_i_refuse() does with its wording. Returns: FALSE */
gboolean
smooth_i_refuse_taken (const char *place, GError **error, SmoothWording *wording)
{
  smooth_i_error_take (error, SMOOTH_ERROR_FORMAT, wording);
  smooth_error_prefix (error, "%s: ", place);
  return FALSE;
}
