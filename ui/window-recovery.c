/* SPDX-License-Identifier: GPL-3.0-or-later */
/* After a crash: asks whether to go on where the windows were. */
#include "window-private.h"

#include "dialogs.h"

#include <glib/gi18n.h>

typedef struct
{
  ScopeWindow *window;
  GPtrArray *all; /* of ScopeRecovery */
} Offer;

/* The first in this window, each other one in a window of its own. */
static void
restore (Offer *offer)
{
  GtkApplication *app = gtk_window_get_application (GTK_WINDOW (offer->window));

  for (guint i = 0; i < offer->all->len; i++)
    {
      ScopeWindow *window = i == 0 ? offer->window : scope_window_new_empty (app, offer->window->host);
      gtk_window_present (GTK_WINDOW (window));
      scope_window_recover (window, offer->all->pdata[i]);
    }
}

static void
on_decided (gboolean yes, gpointer data)
{
  Offer *offer = data;

  if (offer->window->document != NULL && yes)
    restore (offer);
  else
    for (guint i = 0; i < offer->all->len; i++)
      (offer->window->document != NULL ? scope_recovery_put_aside : scope_recovery_free) (offer->all->pdata[i]);
  g_ptr_array_unref (offer->all);
  g_object_unref (offer->window);
  g_free (offer);
}

/* One line of the list: what it is and when it was kept. */
static void
append_line (GString *text, const ScopeRecovery *recovery)
{
  const char *section = smooth_recipe_get_input (recovery->recipe, "section");
  g_autofree char *name = g_path_get_basename (recovery->session != NULL ? recovery->session : section);
  g_autofree char *when = recovery->saved != NULL ? g_date_time_format (recovery->saved, "%c") : g_strdup ("");
  gint64 n = recovery->recipe->regions != NULL ? smooth_regions_get_n (recovery->recipe->regions) : 0;
  g_autofree char *regions = g_strdup_printf (ngettext ("%d region", "%d regions", (gulong) n), (int) n);

  /* TRANSLATORS: name of a session, how many regions it has, when it was kept */
  g_string_append_printf (text, _("%s, with %s, as of %s\n"), name, regions, when);
}

static char *
dup_explanation (const GPtrArray *all)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *folder = scope_journal_dup_aside ();

  g_string_append_printf (text, "%s\n\n",
                          ngettext ("The program ended without closing this window. What it showed was kept:",
                                    "The program ended without closing these windows. What they showed was kept:", all->len));
  for (guint i = 0; i < all->len; i++)
    append_line (text, all->pdata[i]);
  g_string_append_printf (text, _("\nIf you do not restore it now, it is put aside in %s."), folder);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Asks at once, while the first section is being read. */
void
scope_window_offer_recovery (ScopeWindow *window)
{
  g_autoptr (GPtrArray) all = scope_recovery_find_all ();

  if (all->len == 0)
    return;
  g_autofree char *explanation = dup_explanation (all);
  Offer *offer = g_new0 (Offer, 1);
  offer->window = g_object_ref (window);
  offer->all = g_steal_pointer (&all);
  scope_dialog_offer (GTK_WINDOW (window), _("Restore what was not saved?"), explanation, _("_Restore"), _("_Not now"),
                      on_decided, offer);
}
