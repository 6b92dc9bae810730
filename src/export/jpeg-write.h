/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Cairo surface that vector files keep as JPEG. */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

gboolean smooth_i_surface_attach_jpeg (cairo_surface_t *surface);

G_END_DECLS
