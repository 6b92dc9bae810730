/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plug-in for GIMP 2.10: its answers to calls.h, and the procedures as it wants them registered. */
#include "calls.h"
#include "procedures.h"

#include "smooth-config.h"

#include <glib/gi18n.h>
#include <libgimp/gimp.h>
#include <string.h>

#define THUMBNAIL 128
#define MOST_DPI 1048576.0 /* that GIMP takes */
#define LEAST_DPI 0.005
#define QUICK_MASK "Qmask" /* what GIMP calls the channel of its quick mask */

/* GIMP's own words of why a call failed. */
static void
set_error (GError **error, const char *what)
{
  const char *why = gimp_get_pdb_error ();

  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, "%s: %s", what, why != NULL && *why != '\0' ? why : "GIMP refused it");
}

/* ---- Images ---- */

gboolean
calls_image_exists (gint32 image)
{
  return gimp_image_is_valid (image);
}

GArray *
calls_list_images (void)
{
  gint n = 0;
  gint *ids = gimp_image_list (&n);
  GArray *images = g_array_new (FALSE, FALSE, sizeof (gint32));

  for (gint i = 0; i < n; i++)
    {
      gint32 id = ids[i];
      g_array_append_val (images, id);
    }
  g_free (ids);
  return images;
}

char *
calls_image_dup_path (gint32 image)
{
  char *(*const uris[]) (gint32) = { gimp_image_get_imported_uri, gimp_image_get_xcf_uri, gimp_image_get_uri };

  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autofree char *uri = uris[i](image);
      char *path = uri != NULL && *uri != '\0' ? g_filename_from_uri (uri, NULL, NULL) : NULL;
      if (path != NULL)
        return path;
    }
  return NULL;
}

char *
calls_image_dup_text (gint32 image, const char *name)
{
  GimpParasite *parasite = gimp_image_get_parasite (image, name);
  char *text = NULL;

  if (parasite != NULL)
    text = g_strndup (gimp_parasite_data (parasite), (gsize) gimp_parasite_data_size (parasite));
  g_clear_pointer (&parasite, gimp_parasite_free);
  return text;
}

void
calls_image_get_size (gint32 image, gint *width, gint *height)
{
  *width = gimp_image_width (image);
  *height = gimp_image_height (image);
}

/* The lowest layer that has pixels, or -1: that of an image without layers. */
static gint32
find_tissue (gint32 image)
{
  gint n = 0;
  gint *layers = gimp_image_get_layers (image, &n);
  gint32 found = -1;

  for (gint i = n - 1; i >= 0 && found < 0; i--)
    if (!gimp_item_is_group (layers[i]))
      found = layers[i];
  g_free (layers);
  return found;
}

static guint64
add_thumbnail (guint64 mark, gint32 drawable)
{
  gint width = THUMBNAIL, height = THUMBNAIL, bpp = 0;
  guchar *data = gimp_drawable_get_thumbnail_data (drawable, &width, &height, &bpp);

  if (data != NULL)
    mark = calls_mark_add (mark, data, (gsize) width * (gsize) height * (gsize) bpp);
  g_free (data);
  return mark;
}

guint64
calls_image_get_tissue_mark (gint32 image)
{
  gint32 tissue = find_tissue (image);
  gint values[5] = { gimp_image_width (image), gimp_image_height (image), tissue, 0, 0 };

  if (tissue >= 0)
    gimp_drawable_offsets (tissue, &values[3], &values[4]);
  guint64 mark = calls_mark_add (CALLS_MARK_START, values, sizeof values);
  return tissue >= 0 ? add_thumbnail (mark, tissue) : mark;
}

SmoothPicture *
calls_image_dup_picture (gint32 image, gint longest, GError **error)
{
  gint width = gimp_image_width (image), height = gimp_image_height (image), x = 0, y = 0;
  double scale = MIN (1.0, (double) longest / MAX (width, height));
  gint32 tissue = find_tissue (image);

  if (tissue < 0)
    {
      g_set_error_literal (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "the image has no layer that could show the section");
      return NULL;
    }
  GeglBuffer *buffer = gimp_drawable_get_buffer (tissue);
  if (buffer == NULL)
    {
      set_error (error, "the lowest layer");
      return NULL;
    }
  SmoothPicture *picture
    = smooth_picture_new (MAX ((gint) (width * scale + 0.5), 1), MAX ((gint) (height * scale + 0.5), 1), error);
  if (picture == NULL)
    {
      g_object_unref (buffer);
      return NULL;
    }
  gimp_drawable_offsets (tissue, &x, &y);
  const GeglRectangle seen = { (gint) (-x * scale), (gint) (-y * scale), picture->width, picture->height };
  gegl_buffer_get (buffer, &seen, scale, babl_format ("cairo-ARGB32"), picture->pixels, (gint) picture->stride, GEGL_ABYSS_NONE);
  g_object_unref (buffer);
  return picture;
}

static gint32
find_points (gint32 image)
{
  gint n = 0;
  gint *paths = gimp_image_get_vectors (image, &n);
  gint32 found = -1;

  for (gint i = 0; i < n && found < 0; i++)
    {
      g_autofree char *name = gimp_item_get_name (paths[i]);
      if (g_strcmp0 (name, CALLS_POINTS) == 0)
        found = paths[i];
    }
  g_free (paths);
  return found;
}

/* Anchors are the middle ones of every three control points. */
gboolean
calls_image_get_points (gint32 image, double points[6], GError **error)
{
  gint32 path = find_points (image);
  gint n_strokes = 0, n = 0;

  if (path < 0)
    return FALSE;
  gint *strokes = gimp_vectors_get_strokes (path, &n_strokes);
  for (gint s = 0; s < n_strokes && n < 3; s++)
    {
      gint n_values = 0;
      gboolean closed;
      gdouble *values = NULL;
      gimp_vectors_stroke_get_points (path, strokes[s], &n_values, &values, &closed);
      for (gint i = 2; i + 1 < n_values && n < 3; i += 6, n++)
        {
          points[2 * n] = values[i];
          points[2 * n + 1] = values[i + 1];
        }
      g_free (values);
    }
  g_free (strokes);
  if (n < 3)
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "the path '%s': expected three points, found %d", CALLS_POINTS, n);
  return n == 3;
}

/* ---- What was drawn ---- */

void
calls_drawn_free (CallsDrawn *drawn)
{
  g_free (drawn->name);
  g_free (drawn);
}

/* @name: (nullable) (transfer full): NULL of an item that is gone: the image may be closed between any two calls */
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
list_paths (gint32 image, GPtrArray *list)
{
  gint n = 0;
  gint *paths = gimp_image_get_vectors (image, &n);

  for (gint i = n - 1; i >= 0; i--)
    {
      CallsDrawn *drawn = drawn_new (CALLS_PATH, paths[i], gimp_item_get_name (paths[i]));
      gint n_strokes = 0;
      gint *strokes = gimp_vectors_get_strokes (paths[i], &n_strokes);
      for (gint s = 0; s < n_strokes; s++)
        {
          gint n_values = 0;
          gboolean closed = FALSE;
          gdouble *values = NULL;
          gimp_vectors_stroke_get_points (paths[i], strokes[s], &n_values, &values, &closed);
          drawn->mark = calls_mark_add (drawn->mark, values, (gsize) n_values * sizeof (gdouble));
          drawn->mark = calls_mark_add (drawn->mark, &closed, sizeof closed);
          g_free (values);
        }
      g_free (strokes);
      if (strcmp (drawn->name, CALLS_POINTS) != 0 && n_strokes > 0)
        g_ptr_array_add (list, drawn);
      else
        calls_drawn_free (drawn);
    }
  g_free (paths);
}

/* Black is what a channel has that nobody gave a colour. */
static gint64
find_colour (gint32 channel)
{
  GimpRGB rgb;
  guchar r, g, b;

  if (!gimp_channel_get_color (channel, &rgb))
    return -1;
  gimp_rgb_get_uchar (&rgb, &r, &g, &b);
  gint64 colour = (gint64) r << 16 | (gint64) g << 8 | b;
  return colour != 0 ? colour : -1;
}

static void
list_channels (gint32 image, GPtrArray *list)
{
  gint n = 0;
  gint *channels = gimp_image_get_channels (image, &n);

  for (gint i = n - 1; i >= 0; i--)
    {
      char *name = gimp_item_get_name (channels[i]);
      gboolean is_quick = g_strcmp0 (name, QUICK_MASK) == 0; /* the selection in another dress */
      CallsDrawn *drawn = drawn_new (CALLS_CHANNEL, channels[i], is_quick ? g_strdup (_("Selection")) : g_strdup (name));
      g_free (name);
      drawn->colour = is_quick ? CALLS_SELECTION_COLOUR : find_colour (channels[i]);
      drawn->mark = add_thumbnail (calls_mark_add (drawn->mark, &drawn->colour, sizeof drawn->colour), channels[i]);
      g_ptr_array_add (list, drawn);
    }
  g_free (channels);
}

static void
list_selection (gint32 image, GPtrArray *list)
{
  gboolean is_there = FALSE;
  gint box[4];

  if (!gimp_selection_bounds (image, &is_there, &box[0], &box[1], &box[2], &box[3]) || !is_there)
    return;
  CallsDrawn *drawn = drawn_new (CALLS_SELECTION, gimp_image_get_selection (image), g_strdup (_("Selection")));
  drawn->colour = CALLS_SELECTION_COLOUR;
  drawn->mark = add_thumbnail (calls_mark_add (drawn->mark, box, sizeof box), drawn->id);
  g_ptr_array_add (list, drawn);
}

GPtrArray *
calls_image_list_drawn (gint32 image)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) calls_drawn_free);

  list_paths (image, list);
  list_channels (image, list);
  list_selection (image, list);
  return list;
}

static BridgeShape *
read_path (const CallsDrawn *drawn)
{
  BridgeShape *shape = bridge_shape_new_outline (drawn->name, drawn->colour);
  gint n_strokes = 0;
  gint *strokes = gimp_vectors_get_strokes (drawn->id, &n_strokes);

  for (gint s = 0; s < n_strokes; s++)
    {
      gint n_values = 0;
      gboolean closed;
      gdouble *values = gimp_vectors_stroke_interpolate (drawn->id, strokes[s], BRIDGE_PRECISION, &n_values, &closed);
      if (values != NULL)
        bridge_shape_add_ring (shape, values, n_values / 2);
      g_free (values);
    }
  g_free (strokes);
  return shape;
}

/* Values as GIMP stores them: the selection is linear, a saved channel perceptual, and turning one into the other would move
 * feathered edges. */
static BridgeShape *
read_mask (gint32 image, const CallsDrawn *drawn, GError **error)
{
  gboolean is_there = TRUE;
  gint x1 = 0, y1 = 0, x2 = gimp_drawable_width (drawn->id), y2 = gimp_drawable_height (drawn->id);
  const Babl *own = gimp_drawable_get_format (drawn->id);

  if (own == NULL || (drawn->kind == CALLS_SELECTION && !gimp_selection_bounds (image, &is_there, &x1, &y1, &x2, &y2)))
    {
      set_error (error, drawn->name);
      return NULL;
    }
  gboolean is_linear = strstr (babl_format_get_encoding (own), "Y'") == NULL;
  GeglBuffer *buffer = x2 >= x1 && y2 >= y1 ? gimp_drawable_get_buffer (drawn->id) : NULL;
  if (buffer == NULL)
    {
      set_error (error, drawn->name);
      return NULL;
    }
  g_autofree guint8 *mask = g_malloc0 (MAX ((gsize) (x2 - x1) * (gsize) (y2 - y1), 1));
  gegl_buffer_get (buffer, GEGL_RECTANGLE (x1, y1, x2 - x1, y2 - y1), 1.0, babl_format (is_linear ? "Y u8" : "Y' u8"), mask,
                   GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  g_object_unref (buffer);
  return bridge_shape_new_mask (drawn->name, drawn->colour, x1, y1, x2 - x1, y2 - y1, mask);
}

BridgeShape *
calls_image_read_drawn (gint32 image, const CallsDrawn *drawn, GError **error)
{
  return drawn->kind == CALLS_PATH ? read_path (drawn) : read_mask (image, drawn, error);
}

/* ---- Layers ---- */

static void
attach (gint32 item, const char *name, const char *text)
{
  GimpParasite *parasite
    = gimp_parasite_new (name, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE, (guint32) strlen (text) + 1, text);

  gimp_item_attach_parasite (item, parasite);
  gimp_parasite_free (parasite);
}

/* The group that was sent before, whatever it is called by now; -1: none. */
static gint32
find_group (gint32 image)
{
  gint n = 0;
  gint *layers = gimp_image_get_layers (image, &n);
  gint32 found = -1;

  for (gint i = 0; i < n && found < 0; i++)
    {
      GimpParasite *parasite = gimp_item_is_group (layers[i]) ? gimp_item_get_parasite (layers[i], BRIDGE_RECIPE) : NULL;
      if (parasite != NULL)
        found = layers[i];
      g_clear_pointer (&parasite, gimp_parasite_free);
    }
  g_free (layers);
  return found;
}

/* While a layer is in no image, writing to it is ten times as fast as in one that is shown. */
static gint32
layer_new (gint32 image, const BridgeLayer *layer)
{
  SmoothPicture *picture = layer->picture;
  gint32 id = gimp_layer_new (image, layer->name, picture->width, picture->height, GIMP_RGBA_IMAGE, 100.0 * layer->opacity,
                              gimp_image_get_default_new_layer_mode (image));

  GeglBuffer *buffer = id >= 0 ? gimp_drawable_get_buffer (id) : NULL;
  if (buffer == NULL)
    return -1;
  gegl_buffer_set (buffer, GEGL_RECTANGLE (0, 0, picture->width, picture->height), 0, babl_format ("cairo-ARGB32"), picture->pixels,
                   (gint) picture->stride);
  gegl_buffer_flush (buffer);
  g_object_unref (buffer);
  gimp_layer_set_offsets (id, layer->x, layer->y);
  attach (id, BRIDGE_PART, layer->parameters);
  return id;
}

static void
delete_layers (GArray *layers)
{
  for (guint i = 0; i < layers->len; i++)
    gimp_item_delete (g_array_index (layers, gint32, i));
}

/* Returns: (nullable) (transfer full): of gint32 */
static GArray *
make_layers (gint32 image, const BridgeGroup *group, GError **error)
{
  g_autoptr (GArray) layers = g_array_new (FALSE, FALSE, sizeof (gint32));

  for (guint i = 0; i < group->layers->len; i++)
    {
      gint32 id = layer_new (image, group->layers->pdata[i]);
      if (id < 0)
        {
          set_error (error, ((BridgeLayer *) group->layers->pdata[i])->name);
          delete_layers (layers);
          return NULL;
        }
      g_array_append_val (layers, id);
    }
  return g_steal_pointer (&layers);
}

static void
set_resolution (gint32 image, double dpi)
{
  if (!(dpi >= LEAST_DPI && dpi <= MOST_DPI))
    return;
  gimp_image_set_resolution (image, dpi, dpi);
  gimp_image_set_unit (image, GIMP_UNIT_MM);
}

static gboolean
insert (gint32 image, const BridgeGroup *group, const GArray *layers, gint32 id)
{
  gint32 before = find_group (image);
  gint position = before >= 0 ? gimp_image_get_item_position (image, before) : 0;

  if (before >= 0)
    gimp_image_remove_layer (image, before);
  if (!gimp_image_insert_layer (image, id, 0, position))
    return FALSE;
  for (guint i = 0; i < layers->len; i++)
    if (!gimp_image_insert_layer (image, g_array_index (layers, gint32, i), id, 0))
      return FALSE;
  gimp_item_set_name (id, group->name);
  set_resolution (image, group->dpi);
  if (group->section != NULL)
    {
      GimpParasite *parasite = gimp_parasite_new (BRIDGE_SECTION, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE,
                                                  (guint32) strlen (group->section) + 1, group->section);
      gimp_image_attach_parasite (image, parasite);
      gimp_parasite_free (parasite);
    }
  return TRUE;
}

static gboolean
check_layers (gint32 image, GError **error)
{
  if (gimp_image_base_type (image) != GIMP_RGB)
    {
      g_set_error_literal (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE,
                           _("The image has no colours to show the spots in: choose Image > Mode > RGB in GIMP first."));
      return FALSE;
    }
  if (gimp_image_get_floating_sel (image) < 0)
    return TRUE;
  g_set_error_literal (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, _("The image has a floating selection: anchor it in GIMP first."));
  return FALSE;
}

gint32
calls_image_put_group (gint32 image, const BridgeGroup *group, GError **error)
{
  g_autoptr (GArray) layers = check_layers (image, error) ? make_layers (image, group, error) : NULL;

  if (layers == NULL)
    return -1;
  gint32 active = gimp_image_get_active_drawable (image);
  gint32 id = gimp_layer_group_new (image);
  attach (id, BRIDGE_RECIPE, group->recipe);
  gimp_image_undo_group_start (image);
  gboolean done = insert (image, group, layers, id);
  if (!done)
    set_error (error, group->name);
  if (active >= 0 && gimp_item_is_valid (active) && gimp_item_is_layer (active))
    gimp_image_set_active_layer (image, active);
  else if (active >= 0 && gimp_item_is_valid (active) && gimp_item_is_channel (active))
    gimp_image_set_active_channel (image, active);
  gimp_image_undo_group_end (image);
  gimp_displays_flush ();
  return done ? id : -1;
}

void
calls_tell (const char *text)
{
  gimp_message (text);
}

/* ---- Procedures ---- */

static void
query (void)
{
  static const GimpParamDef window[] = { { GIMP_PDB_INT32, (gchar *) "run-mode", (gchar *) "RUN-INTERACTIVE (0)" },
                                         { GIMP_PDB_IMAGE, (gchar *) "image", (gchar *) "Picture of a tissue section" },
                                         { GIMP_PDB_DRAWABLE, (gchar *) "drawable", (gchar *) "Not used" } };
  static const GimpParamDef returned[] = { { GIMP_PDB_LAYER, (gchar *) "group", (gchar *) "The layer group" } };

  gimp_plugin_domain_register (GETTEXT_PACKAGE, SMOOTH_LOCALE_DIR);
  for (gint i = 0; i < N_PROCEDURES; i++)
    {
      const Procedure *p = &procedures[i];
      const GimpParamDef batch[] = { { GIMP_PDB_IMAGE, (gchar *) "image", (gchar *) "Picture of a tissue section" },
                                     { GIMP_PDB_STRING, (gchar *) p->argument, (gchar *) p->argument_help } };
      gimp_install_procedure (p->name, p->blurb, p->help, PROCEDURE_AUTHORS, PROCEDURE_COPYRIGHT, PROCEDURE_DATE, p->label, "*", GIMP_PLUGIN,
                              i == PROCEDURES_WINDOW ? (gint) G_N_ELEMENTS (window) : (gint) G_N_ELEMENTS (batch),
                              i == PROCEDURES_OVERLAY ? (gint) G_N_ELEMENTS (returned) : 0, i == PROCEDURES_WINDOW ? window : batch,
                              i == PROCEDURES_OVERLAY ? returned : NULL);
      if (p->label != NULL)
        gimp_plugin_menu_register (p->name, PROCEDURE_MENU);
    }
}

static gboolean
run_procedure (const char *name, const GimpParam *in, gint32 *group, GError **error)
{
  if (strcmp (name, PROCEDURE_OVERLAY) == 0)
    return procedure_run_overlay (in[0].data.d_image, in[1].data.d_string, group, error);
  if (strcmp (name, PROCEDURE_EXPORT) == 0)
    return procedure_run_export (in[0].data.d_image, in[1].data.d_string, error);
  if (in[0].data.d_int32 != GIMP_RUN_NONINTERACTIVE)
    return procedure_run_window (in[1].data.d_image, error);
  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, _("The window cannot be run without a user: use %s"), PROCEDURE_OVERLAY);
  return FALSE;
}

static void
run (const gchar *name, gint n_in, const GimpParam *in, gint *n_out, GimpParam **out)
{
  static GimpParam values[2]; /* GIMP reads them after the return */
  static char text[2048];
  g_autoptr (GError) error = NULL;
  gint32 group = -1;

  gegl_init (NULL, NULL);
  gimp_plugin_set_pdb_error_handler (GIMP_PDB_ERROR_HANDLER_PLUGIN); /* an image that was closed is no message of GIMP */
  procedures_prepare ();
  gboolean done = run_procedure (name, in, &group, &error);
  values[0].type = GIMP_PDB_STATUS;
  values[0].data.d_status = done ? GIMP_PDB_SUCCESS : GIMP_PDB_EXECUTION_ERROR;
  *n_out = 1;
  *out = values;
  if (done && strcmp (name, PROCEDURE_OVERLAY) == 0)
    {
      values[1].type = GIMP_PDB_LAYER;
      values[1].data.d_layer = group;
      *n_out = 2;
    }
  else if (!done)
    {
      g_strlcpy (text, error->message, sizeof text);
      values[1].type = GIMP_PDB_STRING;
      values[1].data.d_string = text;
      *n_out = 2;
    }
}

const GimpPlugInInfo PLUG_IN_INFO = { NULL, NULL, query, run };

MAIN ()
