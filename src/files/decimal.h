/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shortest decimal text of a double that reads back to the same bits. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SMOOTH_I_DECIMAL_SIZE 32 /* room for every number and the NUL */

gsize smooth_i_format_number (double value, char text[SMOOTH_I_DECIMAL_SIZE]);

G_END_DECLS
