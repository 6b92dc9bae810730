/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tool-tips of whole sentences, in lines that can be read. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void scope_tip_set (GtkWidget *widget, const char *text);

G_END_DECLS
