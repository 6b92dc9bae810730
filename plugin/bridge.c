/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Masks are traced in pixels of the image, then taken to the section; figures are drawn in pixels of the image at once. */
#include "bridge.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define TOLERANCE 0.75 /* pixels: slanting borders lose their steps */
#define UM_PER_INCH 25400.0

/* ---- From the host ---- */

static void
clear_ring (gpointer ring)
{
  g_free (((SmoothRing *) ring)->points);
}

static BridgeShape *
shape_new (const char *name, gint64 colour)
{
  BridgeShape *shape = g_new0 (BridgeShape, 1);

  shape->name = g_utf8_make_valid (name, -1);
  shape->colour = colour;
  shape->rings = g_array_new (FALSE, FALSE, sizeof (SmoothRing));
  g_array_set_clear_func (shape->rings, clear_ring);
  return shape;
}

/**
 * bridge_shape_new_mask:
 * @colour: 0xRRGGBB; -1: one that no other has
 * @mask: width x height, row by row, of the part of the image from (x, y) on
 *
 * Returns: (transfer full): outlines of what is at BRIDGE_THRESHOLD or above, holes too. O(width height)
 */
BridgeShape *
bridge_shape_new_mask (const char *name, gint64 colour, gint x, gint y, gint width, gint height, const guint8 *mask)
{
  BridgeShape *shape = shape_new (name, colour);
  gsize n = (gsize) MAX (width, 0) * (gsize) MAX (height, 0);
  g_autofree guint8 *filled = g_malloc (MAX (n, 1));

  for (gsize i = 0; i < n; i++)
    filled[i] = mask[i] >= BRIDGE_THRESHOLD;
  g_autoptr (SmoothRegions) traced = smooth_regions_new_with_mask (NULL, shape->name, 0, filled, width, height, TOLERANCE);
  const SmoothRegion *region = smooth_regions_get_n (traced) > 0 ? smooth_regions_get (traced, 0) : NULL;
  for (gint64 r = 0; region != NULL && r < region->n_rings; r++)
    {
      bridge_shape_add_ring (shape, region->rings[r].points, region->rings[r].n_points);
      SmoothRing *ring = &g_array_index (shape->rings, SmoothRing, shape->rings->len - 1);
      for (gint64 i = 0; i < ring->n_points; i++)
        {
          ring->points[2 * i] += x;
          ring->points[2 * i + 1] += y;
        }
    }
  return shape;
}

BridgeShape *
bridge_shape_new_outline (const char *name, gint64 colour)
{
  return shape_new (name, colour);
}

/* An open line is closed by a straight one. @points: n_points x 2, row-major, pixels of the image; copied */
void
bridge_shape_add_ring (BridgeShape *shape, const double *points, gint64 n_points)
{
  SmoothRing ring = { n_points, g_memdup2 (points, 2 * (gsize) n_points * sizeof (double)) };

  g_array_append_val (shape->rings, ring);
}

void
bridge_shape_free (BridgeShape *shape)
{
  if (shape == NULL)
    return;
  g_free (shape->name);
  g_array_unref (shape->rings);
  g_free (shape);
}

/* The list with one more, in pixels of the image. */
static SmoothRegions *
add_shape (const SmoothRegions *regions, const BridgeShape *shape)
{
  guint32 colour = shape->colour >= 0 ? (guint32) shape->colour : smooth_regions_next_colour (regions);

  return smooth_regions_new_with_rings (regions, shape->name, colour, (const SmoothRing *) (gpointer) shape->rings->data, shape->rings->len);
}

/**
 * bridge_regions_new:
 * @shapes: of BridgeShape; where they overlap, the later one has the spot. Empty ones are left out
 *
 * Returns: (transfer full): a region of each, in full-resolution pixels. O(points)
 */
SmoothRegions *
bridge_regions_new (const GPtrArray *shapes, const cairo_matrix_t *placement, GError **error)
{
  g_autoptr (SmoothRegions) regions = smooth_regions_new ();
  cairo_matrix_t inverse = *placement;
  double matrix[6];

  if (cairo_matrix_invert (&inverse) != CAIRO_STATUS_SUCCESS)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "the image has no size on the section");
      return NULL;
    }
  for (guint i = 0; i < shapes->len; i++)
    {
      SmoothRegions *next = add_shape (regions, shapes->pdata[i]);
      smooth_regions_unref (regions);
      regions = next;
    }
  bridge_placement_get_array (&inverse, matrix);
  return smooth_regions_new_transformed (regions, matrix);
}

/* ---- To the host ---- */

static void
layer_free (gpointer data)
{
  BridgeLayer *layer = data;

  g_free (layer->name);
  smooth_picture_unref (layer->picture);
  g_free (layer->parameters);
  g_free (layer);
}

void
bridge_group_free (BridgeGroup *group)
{
  if (group == NULL)
    return;
  g_free (group->name);
  g_free (group->recipe);
  g_free (group->section);
  g_ptr_array_unref (group->layers);
  g_free (group);
}

static char *
dup_name (const SmoothFigure *figure, SmoothOverlayPart part)
{
  switch (part)
    {
    case SMOOTH_OVERLAY_SPOTS:
      return figure->value_name != NULL ? g_strdup_printf (_("Spots: %s"), figure->value_name) : g_strdup (_("Spots"));
    case SMOOTH_OVERLAY_OUTLINES:
      return g_strdup (_("Outlines of regions"));
    case SMOOTH_OVERLAY_LEGEND:
      return g_strdup (_("Legend"));
    case SMOOTH_OVERLAY_SCALE_BAR:
    case SMOOTH_N_OVERLAYS:
    default:
      return g_strdup (_("Scale bar"));
    }
}

static void
add_colours (JsonBuilder *builder, const SmoothFigure *figure)
{
  if (figure->n_entries > 0)
    {
      json_builder_set_member_name (builder, "categories");
      json_builder_begin_array (builder);
      for (gint64 i = 0; i < figure->n_entries; i++)
        {
          g_autofree char *name = g_utf8_make_valid (figure->entries[i].name, -1);
          json_builder_add_string_value (builder, name);
        }
      json_builder_end_array (builder);
      return;
    }
  smooth_json_add_string (builder, "map", smooth_colourmap_get_name (figure->map));
  smooth_json_add_double (builder, "low", figure->low);
  smooth_json_add_double (builder, "high", figure->high);
  smooth_json_add_boolean (builder, "log", figure->is_log);
  smooth_json_add_boolean (builder, "reversed", figure->is_reversed);
}

/* Returns: (transfer full): what a layer shows, as JSON */
static char *
dup_parameters (const SmoothFigure *figure, const SmoothOverlay *overlay, const cairo_matrix_t *placement)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  double scale = bridge_placement_get_scale (placement);

  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "part", smooth_overlay_part_get_name (overlay->part));
  smooth_json_add_string (builder, "section", figure->section->name);
  smooth_json_add_double (builder, "pixels_in_a_full_resolution_pixel", scale);
  if (figure->section->um_is_known)
    smooth_json_add_double (builder, "um_per_pixel", figure->section->um_per_pixel / scale);
  if (overlay->part == SMOOTH_OVERLAY_SPOTS || overlay->part == SMOOTH_OVERLAY_LEGEND)
    {
      if (figure->value_name != NULL)
        smooth_json_add_string (builder, "value", figure->value_name);
      add_colours (builder, figure);
    }
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return smooth_json_dup_text (root);
}

static void
add_layer (BridgeGroup *group, const SmoothFigure *figure, const SmoothOverlay *overlay, const cairo_matrix_t *placement)
{
  BridgeLayer *layer = g_new0 (BridgeLayer, 1);

  layer->name = dup_name (figure, overlay->part);
  layer->part = smooth_overlay_part_get_name (overlay->part);
  layer->x = overlay->x;
  layer->y = overlay->y;
  layer->picture = smooth_picture_ref (overlay->picture);
  layer->opacity = overlay->opacity;
  layer->parameters = dup_parameters (figure, overlay, placement);
  g_ptr_array_add (group->layers, layer);
}

/**
 * bridge_group_new:
 * @figure: what is to be seen
 * @outcome: that it shows: its recipe goes with the group
 * @width: of the image, pixels
 * @height: of the image, pixels
 *
 * Returns: (transfer full): the layers. O(pixels of the image)
 */
BridgeGroup *
bridge_group_new (const SmoothFigure *figure, const SmoothOutcome *outcome, const cairo_matrix_t *placement, gint width, gint height,
                  GError **error)
{
  g_autoptr (BridgeGroup) group = g_new0 (BridgeGroup, 1);
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new_of_inputs (&outcome->inputs, &outcome->parameters);
  double matrix[6], um = figure->section->um_per_pixel / bridge_placement_get_scale (placement);

  bridge_placement_get_array (placement, matrix);
  group->layers = g_ptr_array_new_with_free_func (layer_free);
  g_autoptr (GPtrArray) overlays = smooth_overlays_draw (figure, matrix, width, height, error);
  if (overlays == NULL)
    return NULL;
  recipe->flags = SMOOTH_RECIPE_ABSOLUTE | SMOOTH_RECIPE_QUICK;
  group->recipe = smooth_recipe_dup_json (recipe, "/", error);
  if (group->recipe == NULL)
    return NULL;
  group->name = g_strdup_printf (_("Smoothscope: %s"), figure->section->name);
  group->section = g_strdup (figure->section->path);
  group->dpi = figure->section->um_is_known && um > 0.0 ? UM_PER_INCH / um : 0.0;
  for (guint i = 0; i < overlays->len; i++)
    add_layer (group, figure, overlays->pdata[i], placement);
  return g_steal_pointer (&group);
}
