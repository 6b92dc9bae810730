/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What files hold is worded in the C locale of the thread: no translation, no decimal comma. What is shown is worded in the
 * locale of the program. */
#define _GNU_SOURCE
#include "base/wording.h"

#include "smooth-config.h"

#include <glib/gi18n-lib.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

static void
bind_domain (const char *domain, const char *folder)
{
  bindtextdomain (domain, folder);
  bind_textdomain_codeset (domain, "UTF-8");
}

/**
 * smooth_language_bind:
 *
 * For programs, after setlocale(): finds the translations of the library and of the programs where they are installed, or
 * in $SMOOTHSCOPE_LOCALE_DIR: the folder po of a build, with those of the help in a folder of their own. A program that uses the library without it shows English.
 */
void
smooth_language_bind (void)
{
  const char *locale_dir = g_getenv ("SMOOTHSCOPE_LOCALE_DIR"); /* of a program that is not installed */

  g_autofree char *help_dir = locale_dir != NULL ? g_build_filename (locale_dir, "help", NULL) : NULL;

  bind_domain (GETTEXT_PACKAGE, locale_dir != NULL ? locale_dir : SMOOTH_LOCALE_DIR);
  bind_domain (SMOOTH_HELP_DOMAIN, help_dir != NULL ? help_dir : SMOOTH_LOCALE_DIR);
  textdomain (GETTEXT_PACKAGE);
}

/* GLib decides at the first word whether it translates at all, so this one is asked for in the user's language. */
static gpointer
make_plain (G_GNUC_UNUSED gpointer data)
{
  g_dgettext (GETTEXT_PACKAGE, "%s: ");
  return newlocale (LC_ALL_MASK, "C", (locale_t) 0);
}

static locale_t
get_plain (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, make_plain, NULL);
}

/**
 * smooth_plain_begin:
 *
 * Until smooth_plain_end(), what this thread words and prints is English, with a decimal point.
 *
 * Returns: what smooth_plain_end() is to be given
 */
gpointer
smooth_plain_begin (void)
{
  return uselocale (get_plain ());
}

void
smooth_plain_end (gpointer before)
{
  uselocale (before);
}

/* Returns: whether this thread is between smooth_plain_begin() and smooth_plain_end() */
gboolean
smooth_i_is_plain (void)
{
  return uselocale ((locale_t) 0) == get_plain ();
}

/* Returns: TRUE once for each wording, which is printed then */
gboolean
smooth_i_wording_next (SmoothWording *wording)
{
  wording->turn++;
  if (wording->turn == 2)
    wording->before = smooth_plain_begin ();
  else if (wording->turn == 3)
    smooth_plain_end (wording->before);
  return wording->turn < 3;
}

static void
take (SmoothWording *wording, char *text)
{
  char **to = wording->turn == 2 ? &wording->plain : &wording->shown;

  g_free (*to);
  *to = text;
}

void
smooth_i_wording_print_valist (SmoothWording *wording, const char *format, va_list args)
{
  take (wording, g_strdup_vprintf (g_dgettext (GETTEXT_PACKAGE, format), args));
}

void
smooth_i_wording_print (SmoothWording *wording, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  smooth_i_wording_print_valist (wording, format, args);
  va_end (args);
}

/* The form of @n things: @one and @many take the same arguments, @n among them where it is to be seen. */
void
smooth_i_wording_print_n (SmoothWording *wording, gint64 n, const char *one, const char *many, ...)
{
  const char *format = g_dngettext (GETTEXT_PACKAGE, one, many, (gulong) ABS (n));
  va_list args;

  va_start (args, many);
  take (wording, g_strdup_vprintf (format, args));
  va_end (args);
}

/* Returns: the words of what is being worded: an argument of another wording */
const char *
smooth_i_wording_say (const SmoothWording *wording)
{
  return smooth_i_is_plain () ? wording->plain : wording->shown;
}

/* Empties @wording, which may then be filled again. */
void
smooth_i_wording_clear (SmoothWording *wording)
{
  g_clear_pointer (&wording->shown, g_free);
  g_clear_pointer (&wording->plain, g_free);
  wording->turn = 0;
}

/* Where numbers have a decimal point in every language, as on the command line, translators say what stands between
 * thousands: a comma would be a decimal one to many. */
static const char *
get_separator (void)
{
  const char *separator = nl_langinfo (THOUSEP);

  /* Translators: what stands between thousands beside a decimal point. Where a comma is the decimal sign of your
   * language, a narrow space. */
  return *separator != '\0' && strlen (separator) < 8 ? separator : C_("thousands", ",");
}

/* Returns: '12,345', in the way of the language */
SmoothGrouped
smooth_i_grouped (gint64 n)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GINT64_FORMAT, n);
  gsize n_digits = strlen (digits), first = *digits == '-';
  const char *separator = get_separator ();
  SmoothGrouped grouped = { "" };
  char *to = grouped.text;

  for (gsize i = 0; i < n_digits; i++)
    {
      if (i > first && (n_digits - i) % 3 == 0)
        to = g_stpcpy (to, separator);
      *to++ = digits[i];
    }
  *to = '\0';
  return grouped;
}
