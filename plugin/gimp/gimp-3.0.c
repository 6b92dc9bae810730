/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plug-in for GIMP 3.0: its answers to calls.h, and the procedures as it wants them declared. */
#include "calls-private.h"
#include "procedures.h"

#include <glib/gi18n.h>
#include <libgimp/gimp.h>
#include <string.h>

void
calls_i_set_error (GError **error, const char *what)
{
  const char *why = gimp_pdb_get_last_error (gimp_get_pdb ());

  if (why != NULL && *why != '\0')
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: GIMP says: %s", what, why);
  else
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: GIMP refused it", what);
}

/* Objects of images and items stay GIMP's: nothing of them is to be given back. */
static GimpImage *
find_image (gint32 image)
{
  return gimp_image_get_by_id (image);
}

/* ---- Images ---- */

gboolean
calls_image_exists (gint32 image)
{
  return gimp_image_id_is_valid (image);
}

GArray *
calls_list_images (void)
{
  g_autofree GimpImage **list = gimp_get_images ();
  GArray *images = g_array_new (FALSE, FALSE, sizeof (gint32));

  for (gsize i = 0; list != NULL && list[i] != NULL; i++)
    {
      gint32 id = gimp_image_get_id (list[i]);
      g_array_append_val (images, id);
    }
  return images;
}

char *
calls_image_dup_path (gint32 image)
{
  GFile *(*const files[]) (GimpImage *) = { gimp_image_get_imported_file, gimp_image_get_xcf_file, gimp_image_get_file };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GFile) file = files[i](find_image (image));
      char *path = file != NULL ? g_file_get_path (file) : NULL;
      if (path != NULL)
        return path;
    }
  return NULL;
}

char *
calls_image_dup_text (gint32 image, const char *name)
{
  GimpParasite *parasite = gimp_image_get_parasite (find_image (image), name);
  char *text = NULL;
  guint32 n = 0;

  if (parasite == NULL)
    return NULL;
  gconstpointer data = gimp_parasite_get_data (parasite, &n);
  text = g_strndup (data, n);
  gimp_parasite_free (parasite);
  return text;
}

void
calls_image_get_size (gint32 image, gint *width, gint *height)
{
  *width = gimp_image_get_width (find_image (image));
  *height = gimp_image_get_height (find_image (image));
}

/* The lowest layer that has pixels; NULL: that of an image without layers. */
static GimpDrawable *
find_tissue (GimpImage *image)
{
  g_autofree GimpLayer **layers = gimp_image_get_layers (image);
  GimpDrawable *found = NULL;

  for (gsize i = 0; layers != NULL && layers[i] != NULL; i++)
    if (!gimp_item_is_group (GIMP_ITEM (layers[i])))
      found = GIMP_DRAWABLE (layers[i]);
  return found;
}

guint64
calls_image_get_tissue_mark (gint32 id)
{
  GimpImage *image = find_image (id);
  GimpDrawable *tissue = find_tissue (image);
  gint values[5] = { gimp_image_get_width (image), gimp_image_get_height (image), -1, 0, 0 };

  if (tissue != NULL)
    {
      values[2] = gimp_item_get_id (GIMP_ITEM (tissue));
      gimp_drawable_get_offsets (tissue, &values[3], &values[4]);
    }
  guint64 mark = calls_mark_add (CALLS_MARK_START, values, sizeof values);
  return tissue != NULL ? calls_i_drawable_add_mark (mark, values[2]) : mark;
}

SmoothPicture *
calls_image_dup_picture (gint32 id, gint longest, GError **error)
{
  GimpDrawable *tissue = find_tissue (find_image (id));
  gint width, height, x = 0, y = 0;

  calls_image_get_size (id, &width, &height);
  if (tissue == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "the image has no layer that could show the section");
      return NULL;
    }
  double scale = MIN (1.0, (double) longest / MAX (width, height));
  SmoothPicture *picture
    = smooth_picture_new (MAX ((gint) (width * scale + 0.5), 1), MAX ((gint) (height * scale + 0.5), 1), error);
  if (picture == NULL)
    return NULL;
  gimp_drawable_get_offsets (tissue, &x, &y);
  g_autoptr (GeglBuffer) buffer = gimp_drawable_get_buffer (tissue);
  if (buffer == NULL)
    {
      smooth_picture_unref (picture);
      smooth_error_set (error, SMOOTH_ERROR_FILE, "the lowest layer was deleted in GIMP meanwhile");
      return NULL;
    }
  const GeglRectangle seen = { (gint) (-x * scale), (gint) (-y * scale), picture->width, picture->height };
  gegl_buffer_get (buffer, &seen, scale, babl_format ("cairo-ARGB32"), picture->pixels, (gint) picture->stride, GEGL_ABYSS_NONE);
  return picture;
}

/* ---- Items ---- */

/* Lists of GIMP have the uppermost first. */
GArray *
calls_i_list_items (gint32 id, CallsKind kind)
{
  GimpImage *image = find_image (id);
  GArray *items = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autofree gpointer *list = kind == CALLS_PATH ? (gpointer *) gimp_image_get_paths (image) : (gpointer *) gimp_image_get_channels (image);

  for (gsize i = 0; list != NULL && list[i] != NULL; i++)
    g_array_prepend_vals (items, &(gint32){ gimp_item_get_id (list[i]) }, 1);
  return items;
}

char *
calls_i_item_dup_name (gint32 id)
{
  GimpItem *item = gimp_item_get_by_id (id);

  return item != NULL ? gimp_item_get_name (item) : NULL;
}

/* Black is what a channel has that nobody gave a colour. */
gint64
calls_i_channel_get_colour (gint32 id)
{
  GimpChannel *channel = gimp_channel_get_by_id (id);
  GeglColor *colour = channel != NULL ? gimp_channel_get_color (channel) : NULL;
  guint8 rgb[3];

  if (colour == NULL)
    return -1;
  gegl_color_get_pixel (colour, babl_format ("R'G'B' u8"), rgb);
  g_object_unref (colour);
  gint64 value = (gint64) rgb[0] << 16 | (gint64) rgb[1] << 8 | rgb[2];
  return value != 0 ? value : -1;
}

guint64
calls_i_drawable_add_mark (guint64 mark, gint32 id)
{
  GimpDrawable *drawable = gimp_drawable_get_by_id (id);
  gint width, height, bpp;
  g_autoptr (GBytes) data = drawable != NULL ? gimp_drawable_get_thumbnail_data (drawable, CALLS_THUMBNAIL, CALLS_THUMBNAIL, &width, &height, &bpp)
                                             : NULL;

  if (data != NULL)
    mark = calls_mark_add (mark, g_bytes_get_data (data, NULL), g_bytes_get_size (data));
  return mark;
}

gint32
calls_i_image_get_selection (gint32 id, gint box[4])
{
  GimpImage *image = find_image (id);
  gboolean is_there = FALSE;

  if (image == NULL || !gimp_selection_bounds (image, &is_there, &box[0], &box[1], &box[2], &box[3]) || !is_there)
    return -1;
  GimpSelection *selection = gimp_image_get_selection (image);
  return selection != NULL ? gimp_item_get_id (GIMP_ITEM (selection)) : -1;
}

/* ---- Strokes of paths ---- */

GArray *
calls_i_path_list_strokes (gint32 id)
{
  GimpPath *path = gimp_path_get_by_id (id);
  GArray *strokes = g_array_new (FALSE, FALSE, sizeof (gint));
  gsize n = 0;
  g_autofree gint *ids = path != NULL ? gimp_path_get_strokes (path, &n) : NULL;

  if (ids != NULL)
    g_array_append_vals (strokes, ids, (guint) n);
  return strokes;
}

double *
calls_i_stroke_dup_controls (gint32 id, gint stroke, gsize *n_values, gboolean *closed)
{
  GimpPath *path = gimp_path_get_by_id (id);
  double *values = NULL;

  *n_values = 0;
  if (path != NULL)
    gimp_path_stroke_get_points (path, stroke, n_values, &values, closed);
  return values;
}

double *
calls_i_stroke_dup_line (gint32 id, gint stroke, gsize *n_values)
{
  GimpPath *path = gimp_path_get_by_id (id);
  gboolean closed;

  *n_values = 0;
  return path != NULL ? gimp_path_stroke_interpolate (path, stroke, BRIDGE_PRECISION, n_values, &closed) : NULL;
}

/* ---- Pixels ---- */

gboolean
calls_i_drawable_get_size (gint32 id, gint *width, gint *height)
{
  GimpDrawable *drawable = gimp_drawable_get_by_id (id);

  *width = drawable != NULL ? gimp_drawable_get_width (drawable) : 0;
  *height = drawable != NULL ? gimp_drawable_get_height (drawable) : 0;
  return *width > 0 && *height > 0;
}

guint8 *
calls_i_drawable_dup_mask (gint32 id, const gint box[4], const char *name, GError **error)
{
  const GeglRectangle part = { box[0], box[1], box[2] - box[0], box[3] - box[1] };
  GimpDrawable *drawable = gimp_drawable_get_by_id (id);
  const Babl *own = drawable != NULL ? gimp_drawable_get_format (drawable) : NULL;
  g_autoptr (GeglBuffer) buffer = own != NULL ? gimp_drawable_get_buffer (drawable) : NULL;

  if (buffer == NULL)
    {
      calls_i_set_error (error, name);
      return NULL;
    }
  gboolean is_linear = strstr (babl_format_get_encoding (own), "Y'") == NULL;
  guint8 *mask = g_malloc0 ((gsize) part.width * (gsize) part.height);
  gegl_buffer_get (buffer, &part, 1.0, babl_format (is_linear ? "Y u8" : "Y' u8"), mask, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  return mask;
}

/* ---- Layers ---- */

static GimpParasite *
parasite_new (const char *name, const char *text)
{
  return gimp_parasite_new (name, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE, (guint32) strlen (text) + 1, text);
}

static void
attach (GimpItem *item, const char *name, const char *text)
{
  GimpParasite *parasite = parasite_new (name, text);

  gimp_item_attach_parasite (item, parasite);
  gimp_parasite_free (parasite);
}

/* The group that was sent before, whatever it is called by now. Returns: (nullable) */
static GimpLayer *
find_group (GimpImage *image)
{
  g_autofree GimpLayer **layers = gimp_image_get_layers (image);

  for (gsize i = 0; layers != NULL && layers[i] != NULL; i++)
    {
      gboolean is_group = gimp_item_is_group (GIMP_ITEM (layers[i]));
      GimpParasite *parasite = is_group ? gimp_item_get_parasite (GIMP_ITEM (layers[i]), BRIDGE_RECIPE) : NULL;
      if (parasite != NULL)
        {
          gimp_parasite_free (parasite);
          return layers[i];
        }
    }
  return NULL;
}

/* While a layer is in no image, writing to it is ten times as fast as in one that is shown. Returns: (nullable) */
static GimpLayer *
layer_new (GimpImage *image, const BridgeLayer *layer)
{
  const SmoothPicture *picture = layer->picture;
  GimpLayer *made = gimp_layer_new (image, layer->name, picture->width, picture->height, GIMP_RGBA_IMAGE, 100.0 * layer->opacity,
                                    gimp_image_get_default_new_layer_mode (image));

  if (made == NULL)
    return NULL;
  g_autoptr (GeglBuffer) buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (made));
  gegl_buffer_set (buffer, GEGL_RECTANGLE (0, 0, picture->width, picture->height), 0, babl_format ("cairo-ARGB32"), picture->pixels,
                   (gint) picture->stride);
  gegl_buffer_flush (buffer);
  gimp_layer_set_offsets (made, layer->x, layer->y);
  attach (GIMP_ITEM (made), BRIDGE_PART, layer->parameters);
  return made;
}

/* Returns: (nullable) (transfer container): of GimpLayer */
static GPtrArray *
make_layers (GimpImage *image, const BridgeGroup *group, GError **error)
{
  g_autoptr (GPtrArray) layers = g_ptr_array_new ();

  for (guint i = 0; i < group->layers->len; i++)
    {
      GimpLayer *layer = layer_new (image, group->layers->pdata[i]);
      if (layer == NULL)
        {
          calls_i_set_error (error, ((const BridgeLayer *) group->layers->pdata[i])->name);
          for (guint k = 0; k < layers->len; k++)
            gimp_item_delete (layers->pdata[k]);
          return NULL;
        }
      g_ptr_array_add (layers, layer);
    }
  return g_steal_pointer (&layers);
}

static void
set_resolution (GimpImage *image, double dpi)
{
  if (!(dpi >= CALLS_LEAST_DPI && dpi <= CALLS_MOST_DPI))
    return;
  gimp_image_set_resolution (image, dpi, dpi);
  gimp_image_set_unit (image, gimp_unit_mm ());
}

static gboolean
insert (GimpImage *image, const BridgeGroup *group, const GPtrArray *layers, GimpLayer *made)
{
  GimpLayer *before = find_group (image);
  gint position = before != NULL ? gimp_image_get_item_position (image, GIMP_ITEM (before)) : 0;

  if (before != NULL)
    gimp_image_remove_layer (image, before);
  if (!gimp_image_insert_layer (image, made, NULL, position))
    return FALSE;
  for (guint i = 0; i < layers->len; i++)
    if (!gimp_image_insert_layer (image, layers->pdata[i], made, 0))
      return FALSE;
  gimp_item_set_name (GIMP_ITEM (made), group->name);
  set_resolution (image, group->dpi);
  if (group->section != NULL)
    {
      GimpParasite *parasite = parasite_new (BRIDGE_SECTION, group->section);
      gimp_image_attach_parasite (image, parasite);
      gimp_parasite_free (parasite);
    }
  return TRUE;
}

static gboolean
check_layers (GimpImage *image, GError **error)
{
  if (gimp_image_get_base_type (image) != GIMP_RGB)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "The image has no colours to show the spots in: choose Image > Mode > RGB in GIMP first.");
      return FALSE;
    }
  if (gimp_image_get_floating_sel (image) == NULL)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "The image has a floating selection: anchor it in GIMP first.");
  return FALSE;
}

/* What was selected to be worked on stays so, but for layers that are gone. */
static void
select_again (GimpImage *image, GimpLayer **layers, GimpChannel **channels)
{
  gsize n = 0;

  for (gsize i = 0; layers != NULL && layers[i] != NULL; i++)
    if (gimp_item_is_valid (GIMP_ITEM (layers[i])))
      layers[n++] = layers[i];
  if (n > 0)
    {
      layers[n] = NULL;
      gimp_image_set_selected_layers (image, (const GimpLayer **) layers);
    }
  if (channels != NULL && channels[0] != NULL)
    gimp_image_set_selected_channels (image, (const GimpChannel **) channels);
}

gint32
calls_image_put_group (gint32 id, const BridgeGroup *group, GError **error)
{
  GimpImage *image = find_image (id);

  if (image == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "The image was closed in GIMP.");
      return -1;
    }
  g_autoptr (GPtrArray) layers = check_layers (image, error) ? make_layers (image, group, error) : NULL;

  if (layers == NULL)
    return -1;
  g_autofree GimpLayer **selected = gimp_image_get_selected_layers (image);
  g_autofree GimpChannel **channels = gimp_image_get_selected_channels (image);
  GimpLayer *made = GIMP_LAYER (gimp_group_layer_new (image, group->name));
  attach (GIMP_ITEM (made), BRIDGE_RECIPE, group->recipe);
  gimp_image_undo_group_start (image);
  gboolean done = insert (image, group, layers, made);
  if (!done)
    calls_i_set_error (error, group->name);
  select_again (image, selected, channels);
  gimp_image_undo_group_end (image);
  gimp_displays_flush ();
  return done ? gimp_item_get_id (GIMP_ITEM (made)) : -1;
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

#define PLUG_IN_TYPE (plug_in_get_type ())
G_DECLARE_FINAL_TYPE (PlugIn, plug_in, SMOOTHSCOPE, PLUG_IN, GimpPlugIn)

struct _PlugIn
{
  GimpPlugIn parent_instance;
};

G_DEFINE_FINAL_TYPE (PlugIn, plug_in, GIMP_TYPE_PLUG_IN)

static GimpValueArray *
answer (GimpProcedure *procedure, gboolean done, GError *error)
{
  /* GIMP shows the message of an error and frees it. */
  GError *shown = error != NULL ? g_error_new_literal (error->domain, error->code, smooth_error_say (error)) : NULL;

  g_clear_error (&error);
  return gimp_procedure_new_return_values (procedure, done ? GIMP_PDB_SUCCESS : GIMP_PDB_EXECUTION_ERROR, shown);
}

static GimpValueArray *
run_window (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables, GimpProcedureConfig *config,
            gpointer data)
{
  GError *error = NULL;

  gegl_init (NULL, NULL);
  if (mode == GIMP_RUN_NONINTERACTIVE)
    smooth_error_set (&error, SMOOTH_ERROR_VALUE, "The window cannot be run without a user: use %s", PROCEDURE_OVERLAY);
  return answer (procedure, error == NULL && procedure_run_window (gimp_image_get_id (image), &error), error);
}

static GimpValueArray *
run_batch (GimpProcedure *procedure, GimpProcedureConfig *config, gpointer data)
{
  const Procedure *p = data;
  g_autoptr (GimpImage) image = NULL;
  g_autoptr (GFile) file = NULL;
  GError *error = NULL;
  gboolean done = FALSE;
  gint32 group = -1;

  gegl_init (NULL, NULL);
  g_object_get (config, "image", &image, p->argument, &file, NULL);
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (image == NULL || path == NULL)
    smooth_error_set (&error, SMOOTH_ERROR_VALUE, "%s: expected an image and the path of a file", p->name);
  else if (p == &procedures[PROCEDURES_OVERLAY])
    done = procedure_run_overlay (gimp_image_get_id (image), path, &group, &error);
  else
    done = procedure_run_export (gimp_image_get_id (image), path, &error);
  GimpValueArray *values = answer (procedure, done, error);
  if (done && group >= 0)
    GIMP_VALUES_SET_GROUP_LAYER (values, 1, gimp_group_layer_get_by_id (group));
  return values;
}

static GList *
plug_in_query_procedures (GimpPlugIn *plug_in)
{
  GList *names = NULL;

  for (gint i = N_PROCEDURES - 1; i >= 0; i--)
    names = g_list_prepend (names, g_strdup (procedures[i].name));
  return names;
}

static GimpProcedure *
batch_new (GimpPlugIn *plug_in, const Procedure *p)
{
  GimpFileChooserAction action = p == &procedures[PROCEDURES_EXPORT] ? GIMP_FILE_CHOOSER_ACTION_SAVE : GIMP_FILE_CHOOSER_ACTION_OPEN;
  GimpProcedure *procedure = gimp_procedure_new (plug_in, p->name, GIMP_PDB_PROC_TYPE_PLUGIN, run_batch, (gpointer) p, NULL);

  gimp_procedure_add_image_argument (procedure, "image", "Image", "Picture of a tissue section", FALSE, G_PARAM_READWRITE);
  gimp_procedure_add_file_argument (procedure, p->argument, p->argument, _(p->argument_help), action, FALSE, NULL, G_PARAM_READWRITE);
  if (p == &procedures[PROCEDURES_OVERLAY])
    gimp_procedure_add_group_layer_return_value (procedure, "group", "Group", "The layer group", FALSE, G_PARAM_READWRITE);
  return procedure;
}

static GimpProcedure *
plug_in_create_procedure (GimpPlugIn *plug_in, const gchar *name)
{
  for (gint i = 0; i < N_PROCEDURES; i++)
    {
      const Procedure *p = &procedures[i];
      if (strcmp (name, p->name) != 0)
        continue;
      GimpProcedure *procedure
        = i == PROCEDURES_WINDOW ? gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run_window, NULL, NULL)
                                 : batch_new (plug_in, p);
      gimp_procedure_set_documentation (procedure, _(p->blurb), _(p->help), NULL);
      gimp_procedure_set_attribution (procedure, PROCEDURE_AUTHORS, PROCEDURE_COPYRIGHT, PROCEDURE_DATE);
      if (p->label != NULL)
        {
          gimp_procedure_set_image_types (procedure, "*");
          gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE | GIMP_PROCEDURE_SENSITIVE_DRAWABLES
                                                            | GIMP_PROCEDURE_SENSITIVE_NO_DRAWABLES);
          gimp_procedure_set_menu_label (procedure, _(p->label));
          gimp_procedure_add_menu_path (procedure, PROCEDURE_MENU);
        }
      return procedure;
    }
  return NULL;
}

/* Called before all else. Translations are those of the program, not in a folder of the plug-in as GIMP has it: texts are translated
 * here. */
static gboolean
plug_in_set_i18n (GimpPlugIn *plug_in, const gchar *name, gchar **domain, gchar **folder)
{
  procedures_prepare ();
  return FALSE;
}

static void
plug_in_class_init (PlugInClass *klass)
{
  GimpPlugInClass *plug_in = GIMP_PLUG_IN_CLASS (klass);

  plug_in->query_procedures = plug_in_query_procedures;
  plug_in->create_procedure = plug_in_create_procedure;
  plug_in->set_i18n = plug_in_set_i18n;
}

static void
plug_in_init (PlugIn *plug_in)
{
}

GIMP_MAIN (PLUG_IN_TYPE)
