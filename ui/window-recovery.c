/* SPDX-License-Identifier: GPL-3.0-or-later */
/* After a crash: asks whether to go on where the window was. */
#include "window-private.h"

#include "dialogs.h"

#include <glib/gi18n.h>

typedef struct
{
  ScopeWindow *window;
  ScopeRecovery *recovery;
} Offer;

static void
on_decided (gboolean yes, gpointer data)
{
  Offer *offer = data;

  if (offer->window->document == NULL)
    scope_recovery_free (offer->recovery);
  else if (yes)
    scope_window_recover (offer->window, offer->recovery);
  else
    scope_recovery_put_aside (offer->recovery);
  g_object_unref (offer->window);
  g_free (offer);
}

static char *
dup_explanation (const ScopeRecovery *recovery)
{
  g_autofree char *name = g_path_get_basename (recovery->section);
  g_autofree char *when = recovery->saved != NULL ? g_date_time_format (recovery->saved, "%c") : g_strdup ("");
  g_autofree char *folder = scope_journal_dup_aside ();
  gint64 n = smooth_regions_get_n (recovery->regions);
  g_autofree char *what = g_strdup_printf (ngettext ("%d region", "%d regions", (gulong) n), (int) n);

  return g_strdup_printf (_("The program ended without closing %s. Its parameters and %s were kept at %s.\n\n"
                             "If you do not restore them now, they are put aside in %s."),
                          name, what, when, folder);
}

/* Asks at once, while the first section is being read. */
void
scope_window_offer_recovery (ScopeWindow *window)
{
  ScopeRecovery *recovery = scope_recovery_find ();

  if (recovery == NULL)
    return;
  g_autofree char *explanation = dup_explanation (recovery);
  Offer *offer = g_new0 (Offer, 1);
  offer->window = g_object_ref (window);
  offer->recovery = recovery;
  scope_dialog_offer (GTK_WINDOW (window), _("Restore what was not saved?"), explanation, _("_Restore"), _("_Not now"),
                      on_decided, offer);
}
