/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which instruction set inner loops use: they are compiled for several, and the best is taken at start. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

const char *const *smooth_i_isa_list (void);
const char *smooth_i_isa_get_default (void);

G_END_DECLS
