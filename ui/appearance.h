/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dark or light as the desktop asks for it. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void scope_appearance_follow_desktop (void);

G_END_DECLS
