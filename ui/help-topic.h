/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which page of help a part of the window belongs to. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* 'graphs' is a page; 'graphs#Edges by likeness' one of its headings. */
typedef struct
{
  const char *place; /* what parts are called: "prior", "row rho" */
  const char *topic;
} ScopeHelpTopic;

extern const ScopeHelpTopic scope_help_topics[];
extern const gsize scope_n_help_topics;

void scope_help_set_place (GtkWidget *widget, const char *place);
void scope_help_watch (GtkWindow *window);
const char *scope_help_find_topic (GtkWindow *window);
GtkWidget *scope_help_beside (GtkWidget *section, const char *place, const char *name);

G_END_DECLS
