/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions within another JSON document, as GeoJSON. */
#pragma once

#include "files/json.h"
#include "section/regions.h"

G_BEGIN_DECLS

void smooth_i_regions_add_json (const SmoothRegions *regions, JsonBuilder *builder);
SmoothRegions *smooth_i_regions_new_from_json (const SmoothJson *json, GError **error);

G_END_DECLS
