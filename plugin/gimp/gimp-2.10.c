/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plug-in for GIMP 2.10: its answers to calls.h, and the procedures as it wants them registered. */
#include "calls-private.h"
#include "procedures.h"

#include "smooth-config.h"

#include <glib/gi18n.h>
#include <libgimp/gimp.h>
#include <string.h>

void
calls_i_set_error (GError **error, const char *what)
{
  const char *why = gimp_get_pdb_error ();

  if (why != NULL && *why != '\0')
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: GIMP says: %s", what, why);
  else
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: GIMP refused it", what);
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

guint64
calls_image_get_tissue_mark (gint32 image)
{
  gint32 tissue = find_tissue (image);
  gint values[5] = { gimp_image_width (image), gimp_image_height (image), tissue, 0, 0 };

  if (tissue >= 0)
    gimp_drawable_offsets (tissue, &values[3], &values[4]);
  guint64 mark = calls_mark_add (CALLS_MARK_START, values, sizeof values);
  return tissue >= 0 ? calls_i_drawable_add_mark (mark, tissue) : mark;
}

SmoothPicture *
calls_image_dup_picture (gint32 image, gint longest, GError **error)
{
  gint width = gimp_image_width (image), height = gimp_image_height (image), x = 0, y = 0;
  double scale = MIN (1.0, (double) longest / MAX (width, height));
  gint32 tissue = find_tissue (image);

  if (tissue < 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "the image has no layer that could show the section");
      return NULL;
    }
  GeglBuffer *buffer = gimp_drawable_get_buffer (tissue);
  if (buffer == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "the lowest layer was deleted in GIMP meanwhile");
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

/* ---- Items ---- */

/* Lists of GIMP have the uppermost first. */
GArray *
calls_i_list_items (gint32 image, CallsKind kind)
{
  GArray *items = g_array_new (FALSE, FALSE, sizeof (gint32));
  gint n = 0;
  gint *ids = kind == CALLS_PATH ? gimp_image_get_vectors (image, &n) : gimp_image_get_channels (image, &n);

  for (gint i = n - 1; i >= 0; i--)
    g_array_append_vals (items, &(gint32){ ids[i] }, 1);
  g_free (ids);
  return items;
}

char *
calls_i_item_dup_name (gint32 item)
{
  return gimp_item_get_name (item);
}

/* Black is what a channel has that nobody gave a colour. */
gint64
calls_i_channel_get_colour (gint32 channel)
{
  GimpRGB rgb;
  guchar r, g, b;

  if (!gimp_channel_get_color (channel, &rgb))
    return -1;
  gimp_rgb_get_uchar (&rgb, &r, &g, &b);
  gint64 colour = (gint64) r << 16 | (gint64) g << 8 | b;
  return colour != 0 ? colour : -1;
}

guint64
calls_i_drawable_add_mark (guint64 mark, gint32 drawable)
{
  gint width = CALLS_THUMBNAIL, height = CALLS_THUMBNAIL, bpp = 0;
  guchar *data = gimp_drawable_get_thumbnail_data (drawable, &width, &height, &bpp);

  if (data != NULL)
    mark = calls_mark_add (mark, data, (gsize) width * (gsize) height * (gsize) bpp);
  g_free (data);
  return mark;
}

gint32
calls_i_image_get_selection (gint32 image, gint box[4])
{
  gboolean is_there = FALSE;

  if (!gimp_selection_bounds (image, &is_there, &box[0], &box[1], &box[2], &box[3]) || !is_there)
    return -1;
  return gimp_image_get_selection (image);
}

/* ---- Strokes of paths ---- */

GArray *
calls_i_path_list_strokes (gint32 path)
{
  GArray *strokes = g_array_new (FALSE, FALSE, sizeof (gint));
  gint n = 0;
  gint *ids = gimp_vectors_get_strokes (path, &n);

  g_array_append_vals (strokes, ids, (guint) MAX (n, 0));
  g_free (ids);
  return strokes;
}

double *
calls_i_stroke_dup_controls (gint32 path, gint stroke, gsize *n_values, gboolean *closed)
{
  gint n = 0;
  double *values = NULL;

  gimp_vectors_stroke_get_points (path, stroke, &n, &values, closed);
  *n_values = values != NULL ? (gsize) n : 0;
  return values;
}

double *
calls_i_stroke_dup_line (gint32 path, gint stroke, gsize *n_values)
{
  gint n = 0;
  gboolean closed;
  double *values = gimp_vectors_stroke_interpolate (path, stroke, BRIDGE_PRECISION, &n, &closed);

  *n_values = values != NULL ? (gsize) n : 0;
  return values;
}

/* ---- Pixels ---- */

gboolean
calls_i_drawable_get_size (gint32 drawable, gint *width, gint *height)
{
  *width = gimp_drawable_width (drawable);
  *height = gimp_drawable_height (drawable);
  return *width > 0 && *height > 0;
}

guint8 *
calls_i_drawable_dup_mask (gint32 drawable, const gint box[4], const char *name, GError **error)
{
  const GeglRectangle part = { box[0], box[1], box[2] - box[0], box[3] - box[1] };
  const Babl *own = gimp_drawable_get_format (drawable);
  GeglBuffer *buffer = own != NULL ? gimp_drawable_get_buffer (drawable) : NULL;

  if (buffer == NULL)
    {
      calls_i_set_error (error, name);
      return NULL;
    }
  gboolean is_linear = strstr (babl_format_get_encoding (own), "Y'") == NULL;
  guint8 *mask = g_malloc0 ((gsize) part.width * (gsize) part.height);
  gegl_buffer_get (buffer, &part, 1.0, babl_format (is_linear ? "Y u8" : "Y' u8"), mask, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  g_object_unref (buffer);
  return mask;
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
          calls_i_set_error (error, ((BridgeLayer *) group->layers->pdata[i])->name);
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
  if (!(dpi >= CALLS_LEAST_DPI && dpi <= CALLS_MOST_DPI))
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
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "The image has no colours to show the spots in: choose Image > Mode > RGB in GIMP first.");
      return FALSE;
    }
  if (gimp_image_get_floating_sel (image) < 0)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "The image has a floating selection: anchor it in GIMP first.");
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
    calls_i_set_error (error, group->name);
  if (active >= 0 && gimp_item_is_valid (active) && gimp_item_is_layer (active))
    gimp_image_set_active_layer (image, active);
  else if (active >= 0 && gimp_item_is_valid (active) && gimp_item_is_channel (active))
    gimp_image_set_active_channel (image, active);
  gimp_image_undo_group_end (image);
  gimp_displays_flush ();
  return done ? id : -1;
}

void
calls_progress_start (const char *text)
{
  gimp_progress_init (text);
}

void
calls_progress_update (double fraction)
{
  if (fraction >= 0.0)
    gimp_progress_update (MIN (fraction, 1.0));
  else
    gimp_progress_pulse ();
}

void
calls_progress_end (void)
{
  gimp_progress_end ();
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
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "The window cannot be run without a user: use %s", PROCEDURE_OVERLAY);
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
      g_strlcpy (text, smooth_error_say (error), sizeof text);
      values[1].type = GIMP_PDB_STRING;
      values[1].data.d_string = text;
      *n_out = 2;
    }
}

const GimpPlugInInfo PLUG_IN_INFO = { NULL, NULL, query, run };

MAIN ()
