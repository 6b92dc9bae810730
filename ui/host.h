/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the window works for: where the section comes from, where regions come from, where results go. The program
 * implements it with files; a plug-in implements it with the host application's image, selections and layers. */
#pragma once

#include <gtk/gtk.h>
#include <smooth.h>

G_BEGIN_DECLS

typedef enum
{
  SCOPE_DELIVER_RESULT,  /* all numbers: tables, regions, recipe */
  SCOPE_DELIVER_ALL,     /* these, the picture, an .h5ad file and the session */
  SCOPE_DELIVER_ANNDATA, /* the .h5ad file alone */
  SCOPE_DELIVER_LAYERS,  /* what is on the screen, over the host's own image: for hosts that have a send_label */
} ScopeDeliveryKind;

/* What the window hands over. All pointers are borrowed for the call and may be referenced; `figure` points into them. */
typedef struct
{
  SmoothOutcome *outcome;     /* that the picture was made from */
  GPtrArray *findings;        /* (nullable): of SmoothFindings: what analyses found */
  const SmoothFigure *figure; /* its section and regions are those of the outcome */
  SmoothRun *run;             /* (nullable): cancels it, and hears of it from when the user has chosen a place */
  const char *session;        /* (nullable): the session, as smooth_recipe_dup_json() writes it relative to the root */
} ScopeDelivery;

ScopeDelivery *scope_delivery_copy (const ScopeDelivery *delivery);
void scope_delivery_free (ScopeDelivery *delivery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeDelivery, scope_delivery_free)

#define SCOPE_TYPE_HOST (scope_host_get_type ())
G_DECLARE_INTERFACE (ScopeHost, scope_host, SCOPE, HOST, GObject)

struct _ScopeHostInterface
{
  GTypeInterface parent_interface;

  /* Where the section comes from; (nullable): the window asks the user. The signature's path may be NULL too. */
  char *(*dup_section_path) (ScopeHost *host);
  char *(*dup_signature_path) (ScopeHost *host, SmoothScale *scale);

  /* Where regions come from: called on a thread, with the section that is open. NULL without an error: there are none. */
  SmoothRegions *(*load_regions) (ScopeHost *host, SmoothSection *section, GError **error);

  /* The user draws in the host: its regions are asked for with every section and follow as they change there, and they are in no
   * file, so that they are worth a question and go to the journal. Those that were drawn in the window stay beside them. */
  gboolean is_live;

  /* (nullable): what the button says that delivers layers: "Send to GIMP", in the user's language; NULL: there is none. */
  const char *(*get_send_label) (ScopeHost *host);

  /* Where results go: may ask the user for a place. The answer is what to tell the user, or NULL if the user
   * called it off. */
  void (*deliver_async) (ScopeHost *host, ScopeDeliveryKind kind, const ScopeDelivery *delivery, GtkWindow *parent,
                         GAsyncReadyCallback callback, gpointer data);
  char *(*deliver_finish) (ScopeHost *host, GAsyncResult *result, GError **error);
};

char *scope_host_dup_section_path (ScopeHost *host);
char *scope_host_dup_signature_path (ScopeHost *host, SmoothScale *scale);
gboolean scope_host_is_live (ScopeHost *host);
const char *scope_host_get_send_label (ScopeHost *host);
void scope_host_load_regions_async (ScopeHost *host, SmoothSection *section, GAsyncReadyCallback callback, gpointer data);
SmoothRegions *scope_host_load_regions_finish (ScopeHost *host, GAsyncResult *result, GError **error);
void scope_host_regions_changed (ScopeHost *host);
void scope_host_tell (ScopeHost *host, gboolean is_error, const char *text);
void scope_host_deliver_async (ScopeHost *host, ScopeDeliveryKind kind, const ScopeDelivery *delivery, GtkWindow *parent,
                               GAsyncReadyCallback callback, gpointer data);
char *scope_host_deliver_finish (ScopeHost *host, GAsyncResult *result, GError **error);

G_END_DECLS
