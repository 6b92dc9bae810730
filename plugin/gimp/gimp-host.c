/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GIMP tells of no change: a timer asks for marks, which costs a millisecond, and only what has another mark is read again. GIMP
 * hears one call at a time, so a lock goes around all of them; the timer never waits for it. */
#include "gimp-host.h"

#include "site.h"

#include <glib/gi18n.h>

#define STEP 100 /* ms, from look to look */

/* A shape as it was read last. */
typedef struct
{
  guint64 mark;
  BridgeShape *shape;
} Known;

struct _GimpHost
{
  GObject parent_instance;
  gint32 image;
  ScopeHost *files; /* what does not go to GIMP goes there */
  guint timer;
  guint64 mark;     /* of all that was drawn, when the timer looked last */
  gboolean is_gone; /* the image was closed */

  GMutex lock;      /* around calls, and over what follows */
  GHashTable *known; /* of Known by kind and number */
  SmoothSection *section; /* (nullable): that was placed last */
  cairo_matrix_t placement;
  guint64 tissue;   /* mark of the image that it was placed on */
};

static void gimp_host_init_host (ScopeHostInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (GimpHost, gimp_host, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SCOPE_TYPE_HOST, gimp_host_init_host))

static void
known_free (gpointer data)
{
  Known *known = data;

  bridge_shape_free (known->shape);
  g_free (known);
}

/* ---- With the lock held ---- */

static gboolean
check_image (const GimpHost *host, GError **error)
{
  if (calls_image_exists (host->image))
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_FILE, "The image was closed in GIMP. Regions and results stay in this window until you close it.");
  return FALSE;
}

/* The place of the section; found again where the section or the tissue in the image is another. */
static gboolean
place (GimpHost *host, SmoothSection *section, GError **error)
{
  guint64 tissue = calls_image_get_tissue_mark (host->image);
  g_autofree char *how = NULL;
  double points[6];

  if (calls_image_get_points (host->image, points, NULL))
    tissue = calls_mark_add (tissue, points, sizeof points);
  if (host->section == section && host->tissue == tissue)
    return TRUE;
  g_clear_pointer (&host->section, smooth_section_unref);
  g_autoptr (SiteLook) look = site_look_new (host->image, error);
  if (look == NULL || !site_look_place (look, section, &host->placement, &how, error))
    return FALSE;
  g_debug ("the image is %s", how);
  host->section = smooth_section_ref (section);
  host->tissue = tissue;
  return TRUE;
}

static gint64
key_of (const CallsDrawn *drawn)
{
  return (gint64) drawn->id * 4 + drawn->kind;
}

/* Reads what is new. Returns: (transfer none): the shape of @drawn */
static BridgeShape *
find_shape (GimpHost *host, const CallsDrawn *drawn, GError **error)
{
  gint64 key = key_of (drawn);
  Known *known = g_hash_table_lookup (host->known, &key);

  if (known != NULL && known->mark == drawn->mark)
    return known->shape;
  BridgeShape *shape = calls_image_read_drawn (host->image, drawn, error);
  if (shape == NULL)
    return NULL;
  known = g_new0 (Known, 1);
  known->mark = drawn->mark;
  known->shape = shape;
  g_hash_table_replace (host->known, g_memdup2 (&key, sizeof key), known);
  return shape;
}

/* What is no longer there need not be known. */
static void
forget_others (GimpHost *host, const GPtrArray *drawn)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, host->known);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      gboolean is_there = FALSE;
      for (guint i = 0; i < drawn->len && !is_there; i++)
        is_there = key_of (drawn->pdata[i]) == *(gint64 *) key;
      if (!is_there)
        g_hash_table_iter_remove (&iter);
    }
}

static SmoothRegions *
read_regions (GimpHost *host, SmoothSection *section, GError **error)
{
  if (!check_image (host, error) || !place (host, section, error))
    return NULL;
  g_autoptr (GPtrArray) drawn = calls_image_list_drawn (host->image);
  g_autoptr (GPtrArray) shapes = g_ptr_array_new ();
  for (guint i = 0; i < drawn->len; i++)
    {
      BridgeShape *shape = find_shape (host, drawn->pdata[i], error);
      if (shape == NULL)
        return NULL;
      g_ptr_array_add (shapes, shape);
    }
  forget_others (host, drawn);
  return bridge_regions_new (shapes, &host->placement, error);
}

static gboolean
send (GimpHost *host, const ScopeDelivery *delivery, GError **error)
{
  gint width, height;

  if (!check_image (host, error) || !place (host, delivery->figure->section, error))
    return FALSE;
  calls_image_get_size (host->image, &width, &height);
  g_autoptr (BridgeGroup) group = bridge_group_new (delivery->figure, delivery->outcome, &host->placement, width, height, error);
  return group != NULL && calls_image_put_group (host->image, group, error) >= 0;
}

/* ---- The interface ---- */

static char *
gimp_host_dup_section_path (ScopeHost *base)
{
  GimpHost *host = GIMP_HOST (base);

  g_mutex_lock (&host->lock);
  char *path = site_dup_section_path (host->image);
  g_mutex_unlock (&host->lock);
  return path;
}

static char *
gimp_host_dup_signature_path (ScopeHost *base, SmoothScale *scale)
{
  return NULL;
}

static SmoothRegions *
gimp_host_load_regions (ScopeHost *base, SmoothSection *section, GError **error)
{
  GimpHost *host = GIMP_HOST (base);

  g_mutex_lock (&host->lock);
  SmoothRegions *regions = read_regions (host, section, error);
  g_mutex_unlock (&host->lock);
  return regions;
}

static const char *
gimp_host_get_send_label (ScopeHost *base)
{
  return _("Send to GIMP");
}

static void
send_in_thread (GTask *task, gpointer source, gpointer delivery, GCancellable *cancellable)
{
  GimpHost *host = GIMP_HOST (source);
  GError *error = NULL;

  g_mutex_lock (&host->lock);
  gboolean done = send (host, delivery, &error);
  g_mutex_unlock (&host->lock);
  if (done)
    g_task_return_pointer (task, g_strdup (_("The layers are in GIMP. Undo there takes them back in one step.")), g_free);
  else
    g_task_return_error (task, error);
}

static void
gimp_host_deliver_async (ScopeHost *base, ScopeDeliveryKind kind, const ScopeDelivery *delivery, GtkWindow *parent,
                         GAsyncReadyCallback callback, gpointer data)
{
  if (kind != SCOPE_DELIVER_LAYERS)
    {
      scope_host_deliver_async (GIMP_HOST (base)->files, kind, delivery, parent, callback, data);
      return;
    }
  g_autoptr (GTask) task = g_task_new (base, NULL, callback, data);
  g_task_set_priority (task, G_PRIORITY_DEFAULT);
  g_task_set_task_data (task, scope_delivery_copy (delivery), (GDestroyNotify) scope_delivery_free);
  g_task_run_in_thread (task, send_in_thread);
}

static char *
gimp_host_deliver_finish (ScopeHost *base, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
gimp_host_init_host (ScopeHostInterface *interface)
{
  interface->dup_section_path = gimp_host_dup_section_path;
  interface->dup_signature_path = gimp_host_dup_signature_path;
  interface->load_regions = gimp_host_load_regions;
  interface->is_live = TRUE;
  interface->get_send_label = gimp_host_get_send_label;
  interface->deliver_async = gimp_host_deliver_async;
  interface->deliver_finish = gimp_host_deliver_finish;
}

/* ---- Following ---- */

static guint64
mark_all (const GimpHost *host)
{
  g_autoptr (GPtrArray) drawn = calls_image_list_drawn (host->image);
  guint64 mark = calls_image_get_tissue_mark (host->image);
  double points[6];

  for (guint i = 0; i < drawn->len; i++)
    {
      const CallsDrawn *one = drawn->pdata[i];
      gint64 key = key_of (one);
      mark = calls_mark_add (mark, &key, sizeof key);
      mark = calls_mark_add (mark, &one->mark, sizeof one->mark);
    }
  if (calls_image_get_points (host->image, points, NULL))
    mark = calls_mark_add (mark, points, sizeof points);
  return mark;
}

static gboolean
on_step (gpointer data)
{
  GimpHost *host = data;
  guint64 mark = host->mark;

  if (!g_mutex_trylock (&host->lock)) /* another call is under way */
    return G_SOURCE_CONTINUE;
  host->is_gone = !calls_image_exists (host->image);
  if (!host->is_gone)
    mark = mark_all (host);
  g_mutex_unlock (&host->lock);
  if (host->is_gone)
    {
      host->timer = 0;
      scope_host_tell (SCOPE_HOST (host), TRUE, _("The image was closed in GIMP. Regions and results stay in this window until you close it."));
      return G_SOURCE_REMOVE;
    }
  if (mark != host->mark)
    {
      host->mark = mark;
      scope_host_regions_changed (SCOPE_HOST (host));
    }
  return G_SOURCE_CONTINUE;
}

/* To be called when the window is closed: waits for the call that may be under way. */
void
gimp_host_finish (GimpHost *host)
{
  g_clear_handle_id (&host->timer, g_source_remove);
  g_mutex_lock (&host->lock);
  g_mutex_unlock (&host->lock);
}

static void
gimp_host_finalize (GObject *object)
{
  GimpHost *host = GIMP_HOST (object);

  g_clear_handle_id (&host->timer, g_source_remove);
  g_clear_object (&host->files);
  g_clear_pointer (&host->known, g_hash_table_unref);
  g_clear_pointer (&host->section, smooth_section_unref);
  g_mutex_clear (&host->lock);
  G_OBJECT_CLASS (gimp_host_parent_class)->finalize (object);
}

static void
gimp_host_class_init (GimpHostClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gimp_host_finalize;
}

static void
gimp_host_init (GimpHost *host)
{
  g_mutex_init (&host->lock);
  host->known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, known_free);
  host->files = scope_file_host_new (NULL, NULL, SMOOTH_SCALE_GUESS, NULL);
  host->timer = g_timeout_add (STEP, on_step, host);
}

/* @image: the number that GIMP gave to it */
GimpHost *
gimp_host_new (gint32 image)
{
  GimpHost *host = g_object_new (GIMP_TYPE_HOST, NULL);

  host->image = image;
  host->mark = mark_all (host);
  return host;
}
