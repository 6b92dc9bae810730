/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was drawn in an image, as regions: the same for every API of GIMP. */
#include "calls-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define QUICK_MASK "Qmask" /* what GIMP calls the channel of its quick mask */

/* ---- Matching points ---- */

static gint32
find_points (gint32 image)
{
  g_autoptr (GArray) paths = calls_i_list_items (image, CALLS_PATH);

  for (guint i = paths->len; i-- > 0;)
    {
      gint32 path = g_array_index (paths, gint32, i);
      g_autofree char *name = calls_i_item_dup_name (path);
      if (g_strcmp0 (name, CALLS_POINTS) == 0)
        return path;
    }
  return -1;
}

/* Anchors are the middle ones of every three control points. */
gboolean
calls_image_get_points (gint32 image, double points[6], GError **error)
{
  gint32 path = find_points (image);
  gint n = 0;

  if (path < 0)
    return FALSE;
  g_autoptr (GArray) strokes = calls_i_path_list_strokes (path);
  for (guint s = 0; s < strokes->len && n < 3; s++)
    {
      gsize n_values = 0;
      gboolean closed = FALSE;
      g_autofree double *values = calls_i_stroke_dup_controls (path, g_array_index (strokes, gint, s), &n_values, &closed);
      for (gsize i = 2; i + 1 < n_values && n < 3; i += 6, n++)
        memcpy (&points[2 * n], &values[i], 2 * sizeof (double));
    }
  if (n < 3)
    smooth_error_set (error, SMOOTH_ERROR_VALUE, "the path '%s': expected three points, found %d", CALLS_POINTS, n);
  return n == 3;
}

/* ---- Lists ---- */

void
calls_drawn_free (CallsDrawn *drawn)
{
  g_free (drawn->name);
  g_free (drawn);
}

/* @name: (nullable) (transfer full): NULL of an item that is gone */
static CallsDrawn *
drawn_new (CallsKind kind, gint32 id, char *name)
{
  CallsDrawn *drawn = g_new0 (CallsDrawn, 1);

  if (name == NULL)
    name = g_strdup ("");
  *drawn = (CallsDrawn){ kind, id, name, -1, calls_mark_add (CALLS_MARK_START, name, strlen (name)) };
  return drawn;
}

static void
list_path (gint32 path, GPtrArray *list)
{
  CallsDrawn *drawn = drawn_new (CALLS_PATH, path, calls_i_item_dup_name (path));
  g_autoptr (GArray) strokes = calls_i_path_list_strokes (path);

  for (guint s = 0; s < strokes->len; s++)
    {
      gsize n_values = 0;
      gboolean closed = FALSE;
      g_autofree double *values = calls_i_stroke_dup_controls (path, g_array_index (strokes, gint, s), &n_values, &closed);
      drawn->mark = calls_mark_add (drawn->mark, values, n_values * sizeof (double));
      drawn->mark = calls_mark_add (drawn->mark, &closed, sizeof closed);
    }
  if (strcmp (drawn->name, CALLS_POINTS) != 0 && strokes->len > 0)
    g_ptr_array_add (list, drawn);
  else
    calls_drawn_free (drawn);
}

static void
list_channel (gint32 channel, GPtrArray *list)
{
  char *name = calls_i_item_dup_name (channel);
  gboolean is_quick = g_strcmp0 (name, QUICK_MASK) == 0; /* the selection in another dress */

  if (is_quick)
    {
      g_free (name);
      name = g_strdup (_("Selection"));
    }
  CallsDrawn *drawn = drawn_new (CALLS_CHANNEL, channel, name);
  drawn->colour = is_quick ? CALLS_SELECTION_COLOUR : calls_i_channel_get_colour (channel);
  drawn->mark = calls_i_drawable_add_mark (calls_mark_add (drawn->mark, &drawn->colour, sizeof drawn->colour), channel);
  g_ptr_array_add (list, drawn);
}

static void
list_selection (gint32 image, GPtrArray *list)
{
  gint box[4];
  gint32 selection = calls_i_image_get_selection (image, box);

  if (selection < 0)
    return;
  CallsDrawn *drawn = drawn_new (CALLS_SELECTION, selection, g_strdup (_("Selection")));
  drawn->colour = CALLS_SELECTION_COLOUR;
  drawn->mark = calls_i_drawable_add_mark (calls_mark_add (drawn->mark, box, sizeof box), selection);
  g_ptr_array_add (list, drawn);
}

GPtrArray *
calls_image_list_drawn (gint32 image)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) calls_drawn_free);
  g_autoptr (GArray) paths = calls_i_list_items (image, CALLS_PATH), channels = calls_i_list_items (image, CALLS_CHANNEL);

  for (guint i = 0; i < paths->len; i++)
    list_path (g_array_index (paths, gint32, i), list);
  for (guint i = 0; i < channels->len; i++)
    list_channel (g_array_index (channels, gint32, i), list);
  list_selection (image, list);
  return list;
}

/* ---- Shapes ---- */

static BridgeShape *
read_path (const CallsDrawn *drawn)
{
  BridgeShape *shape = bridge_shape_new_outline (drawn->name, drawn->colour);
  g_autoptr (GArray) strokes = calls_i_path_list_strokes (drawn->id);

  for (guint s = 0; s < strokes->len; s++)
    {
      gsize n_values = 0;
      g_autofree double *values = calls_i_stroke_dup_line (drawn->id, g_array_index (strokes, gint, s), &n_values);
      if (values != NULL)
        bridge_shape_add_ring (shape, values, (gint64) n_values / 2);
    }
  return shape;
}

/* Of the selection no more than its box; where it is gone meanwhile, that is an empty shape. */
static BridgeShape *
read_mask (gint32 image, const CallsDrawn *drawn, GError **error)
{
  gint box[4] = { 0, 0, 0, 0 };

  if (drawn->kind == CALLS_SELECTION && calls_i_image_get_selection (image, box) < 0)
    return bridge_shape_new_outline (drawn->name, drawn->colour);
  if (drawn->kind == CALLS_CHANNEL && !calls_i_drawable_get_size (drawn->id, &box[2], &box[3]))
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: it was deleted in GIMP meanwhile", drawn->name);
      return NULL;
    }
  g_autofree guint8 *mask = calls_i_drawable_dup_mask (drawn->id, box, drawn->name, error);
  if (mask == NULL)
    return NULL;
  return bridge_shape_new_mask (drawn->name, drawn->colour, box[0], box[1], box[2] - box[0], box[3] - box[1], mask);
}

BridgeShape *
calls_image_read_drawn (gint32 image, const CallsDrawn *drawn, GError **error)
{
  return drawn->kind == CALLS_PATH ? read_path (drawn) : read_mask (image, drawn, error);
}
