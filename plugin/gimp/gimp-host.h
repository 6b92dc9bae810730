/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host of the window: an image of GIMP. Regions come from what is drawn there, and pictures go there as layers. */
#pragma once

#include <scope.h>

G_BEGIN_DECLS

#define GIMP_TYPE_HOST (gimp_host_get_type ())
G_DECLARE_FINAL_TYPE (GimpHost, gimp_host, GIMP, HOST, GObject)

GimpHost *gimp_host_new (gint32 image);
void gimp_host_finish (GimpHost *host);

G_END_DECLS
