/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unpacking of whole chunks that zlib packed, where their size is known. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean smooth_i_inflate (const guint8 *from, gsize n_from, guint8 *to, gsize n_to);

G_END_DECLS
