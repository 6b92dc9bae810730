/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dark or light: as the desktop asks for it, or as the user chose. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void scope_appearance_start (void);
void scope_appearance_choose (const char *choice);

G_END_DECLS
