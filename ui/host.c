/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls of the host interface, and its signals: 'regions-changed', the host has other regions now; 'told', the host has
 * something to say to the user. */
#include "host.h"

G_DEFINE_INTERFACE (ScopeHost, scope_host, G_TYPE_OBJECT)

static guint regions_changed_signal, told_signal;

static void
scope_host_default_init (ScopeHostInterface *interface)
{
  regions_changed_signal
    = g_signal_new ("regions-changed", SCOPE_TYPE_HOST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  told_signal = g_signal_new ("told", SCOPE_TYPE_HOST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN,
                              G_TYPE_STRING);
}

/* Returns: (transfer full) (nullable): what to open first */
char *
scope_host_dup_section_path (ScopeHost *host)
{
  return SCOPE_HOST_GET_IFACE (host)->dup_section_path (host);
}

/**
 * scope_host_dup_signature_path:
 * @scale: (out): the scale of the reference, or SMOOTH_SCALE_GUESS
 *
 * Returns: (transfer full) (nullable): the reference to open with the section
 */
char *
scope_host_dup_signature_path (ScopeHost *host, SmoothScale *scale)
{
  *scale = SMOOTH_SCALE_GUESS;
  return SCOPE_HOST_GET_IFACE (host)->dup_signature_path (host, scale);
}

/* Whether its regions are asked for with every section, and are in no file. */
gboolean
scope_host_is_live (ScopeHost *host)
{
  return SCOPE_HOST_GET_IFACE (host)->is_live;
}

/* Returns: (transfer none) (nullable): what the button says that delivers layers */
const char *
scope_host_get_send_label (ScopeHost *host)
{
  ScopeHostInterface *interface = SCOPE_HOST_GET_IFACE (host);

  return interface->get_send_label != NULL ? interface->get_send_label (host) : NULL;
}

static void
load_regions (GTask *task, gpointer source, gpointer section, GCancellable *cancellable)
{
  GError *error = NULL;
  SmoothRegions *regions = SCOPE_HOST_GET_IFACE (source)->load_regions (source, section, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, regions, (GDestroyNotify) smooth_regions_unref);
}

/* @section: that is open; referenced */
void
scope_host_load_regions_async (ScopeHost *host, SmoothSection *section, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (host, NULL, callback, data);

  g_task_set_priority (task, G_PRIORITY_DEFAULT);
  g_task_set_task_data (task, smooth_section_ref (section), (GDestroyNotify) smooth_section_unref);
  g_task_run_in_thread (task, load_regions);
}

/* Returns: (transfer full) (nullable): NULL without an error: the host has none */
SmoothRegions *
scope_host_load_regions_finish (ScopeHost *host, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* To be called by implementations, on the main loop: the window then asks for the regions again. */
void
scope_host_regions_changed (ScopeHost *host)
{
  g_signal_emit (host, regions_changed_signal, 0);
}

/* To be called by implementations, on the main loop. */
void
scope_host_tell (ScopeHost *host, gboolean is_error, const char *text)
{
  g_signal_emit (host, told_signal, 0, is_error, text);
}

void
scope_host_deliver_async (ScopeHost *host, ScopeDeliveryKind kind, const ScopeDelivery *delivery, GtkWindow *parent,
                          GAsyncReadyCallback callback, gpointer data)
{
  SCOPE_HOST_GET_IFACE (host)->deliver_async (host, kind, delivery, parent, callback, data);
}

/* Returns: (transfer full) (nullable): what to tell the user; NULL without an error: called off */
char *
scope_host_deliver_finish (ScopeHost *host, GAsyncResult *result, GError **error)
{
  return SCOPE_HOST_GET_IFACE (host)->deliver_finish (host, result, error);
}
