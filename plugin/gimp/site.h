/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which section an image of GIMP belongs to, and where in the image it lies. */
#pragma once

#include "calls.h"

G_BEGIN_DECLS

char *site_dup_section_path (gint32 image);

/* What has to be asked of GIMP to place a section; the placing itself asks nothing. */
typedef struct _SiteLook SiteLook;

SiteLook *site_look_new (gint32 image, GError **error);
void site_look_free (SiteLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiteLook, site_look_free)

gboolean site_look_place (const SiteLook *look, const SmoothSection *section, cairo_matrix_t *placement, char **how, GError **error);

G_END_DECLS
