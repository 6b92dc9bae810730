/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unpacking of what zlib or gzip packed and what lies in memory as a whole. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean smooth_i_inflate_into (const guint8 *from, gsize n_from, guint8 *to, gsize n_to);
guint8 *smooth_i_inflate (const guint8 *from, gsize n_from, gsize most, gsize *n_to);

G_END_DECLS
