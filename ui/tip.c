/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK gives a tool-tip as much width as its longest line asks for: a sentence would leave the screen. */
#include "tip.h"

#define LINE 60 /* letters */

static gboolean
on_query (GtkWidget *widget, gint x, gint y, gboolean by_keyboard, GtkTooltip *tooltip, gpointer data)
{
  GtkWidget *label = gtk_label_new (gtk_widget_get_tooltip_text (widget));

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), LINE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_tooltip_set_custom (tooltip, label);
  return TRUE;
}

/**
 * scope_tip_set:
 * @text: of any length; replaces the former one
 */
void
scope_tip_set (GtkWidget *widget, const char *text)
{
  gtk_widget_set_tooltip_text (widget, text);
  g_signal_handlers_disconnect_by_func (widget, on_query, NULL);
  g_signal_connect (widget, "query-tooltip", G_CALLBACK (on_query), NULL);
}
