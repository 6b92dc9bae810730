/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing of regions as GeoJSON, the way QuPath reads annotations: coordinates are full-resolution pixels. */
#include "files/json-write.h"
#include "section/regions-json.h"

/* A ring, closed: its first point comes again. */
static void
add_ring (JsonBuilder *builder, const SmoothRing *ring)
{
  json_builder_begin_array (builder);
  for (gint64 i = 0; i <= ring->n_points; i++)
    {
      const double *point = ring->points + 2 * (i % ring->n_points);
      json_builder_begin_array (builder);
      json_builder_add_double_value (builder, point[0]);
      json_builder_add_double_value (builder, point[1]);
      json_builder_end_array (builder);
    }
  json_builder_end_array (builder);
}

/* Whether more than half of the points of @inner lie in @outer: single points may lie on a common border. */
static gboolean
ring_lies_in (const SmoothRing *inner, const SmoothRing *outer)
{
  SmoothRegion region = { .n_rings = 1, .rings = (SmoothRing *) outer };
  gint64 n_inside = 0;

  for (gint64 i = 0; i < inner->n_points; i++)
    n_inside += smooth_region_contains (&region, inner->points[2 * i], inner->points[2 * i + 1]);
  return 2 * n_inside > inner->n_points;
}

/* For each ring its outer ring: itself where an even number of rings is around it, else, as it is a hole, the one of
 * them that has the most rings around itself. Rings that cross have no true answer; any grouping reads back the same. */
static gint64 *
dup_owners (const SmoothRegion *region)
{
  gint64 n = region->n_rings;
  g_autofree gint64 *depths = g_new0 (gint64, n);
  gint64 *owners = g_new (gint64, n);

  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      depths[i] += i != j && ring_lies_in (&region->rings[i], &region->rings[j]);
  for (gint64 i = 0; i < n; i++)
    {
      owners[i] = i;
      for (gint64 j = 0; j < n && depths[i] % 2 == 1; j++)
        if (depths[j] % 2 == 0 && depths[j] < depths[i] && (owners[i] == i || depths[j] > depths[owners[i]])
            && ring_lies_in (&region->rings[i], &region->rings[j]))
          owners[i] = j;
    }
  return owners;
}

/* One polygon: the outer ring and its holes. */
static void
add_polygon (JsonBuilder *builder, const SmoothRegion *region, const gint64 *owners, gint64 outer)
{
  json_builder_begin_array (builder);
  add_ring (builder, &region->rings[outer]);
  for (gint64 i = 0; i < region->n_rings; i++)
    if (i != outer && owners[i] == outer)
      add_ring (builder, &region->rings[i]);
  json_builder_end_array (builder);
}

static void
add_geometry (JsonBuilder *builder, const SmoothRegion *region)
{
  g_autofree gint64 *owners = dup_owners (region);
  gint64 n_outer = 0;

  for (gint64 i = 0; i < region->n_rings; i++)
    n_outer += owners[i] == i;
  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "type", n_outer == 1 ? "Polygon" : "MultiPolygon");
  json_builder_set_member_name (builder, "coordinates");
  if (n_outer != 1)
    json_builder_begin_array (builder);
  for (gint64 i = 0; i < region->n_rings; i++)
    if (owners[i] == i)
      add_polygon (builder, region, owners, i);
  if (n_outer != 1)
    json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_properties (JsonBuilder *builder, const SmoothRegion *region)
{
  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "objectType", "annotation");
  json_builder_set_member_name (builder, "classification");
  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "name", region->name);
  json_builder_set_member_name (builder, "color");
  json_builder_begin_array (builder);
  for (int shift = 16; shift >= 0; shift -= 8)
    json_builder_add_int_value (builder, region->colour >> shift & 0xff);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

static void
add_feature (JsonBuilder *builder, const SmoothRegion *region)
{
  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "type", "Feature");
  json_builder_set_member_name (builder, "geometry");
  add_geometry (builder, region);
  json_builder_set_member_name (builder, "properties");
  add_properties (builder, region);
  json_builder_end_object (builder);
}

/* Adds a FeatureCollection of Polygons and MultiPolygons as the next value of @builder. */
void
smooth_i_regions_add_json (const SmoothRegions *regions, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "type", "FeatureCollection");
  json_builder_set_member_name (builder, "features");
  json_builder_begin_array (builder);
  for (gint64 i = 0; i < smooth_regions_get_n (regions); i++)
    add_feature (builder, smooth_regions_get (regions, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/**
 * smooth_regions_save:
 * @path: is replaced as a whole once all is written, or stays as it was
 *
 * Writes a FeatureCollection of Polygons and MultiPolygons. Coordinates read back to the bit.
 */
gboolean
smooth_regions_save (const SmoothRegions *regions, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  smooth_i_regions_add_json (regions, builder);
  return smooth_json_save (builder, path, error);
}

/* Returns: (transfer full): what smooth_regions_save() would write */
char *
smooth_regions_dup_json (const SmoothRegions *regions)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  smooth_i_regions_add_json (regions, builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return smooth_json_dup_text (root);
}
