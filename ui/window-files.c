/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening, dropping and exporting. What was open stays until the new section has been read whole. */
#include "window-private.h"

#include "dialogs.h"
#include "figure-order.h"
#include "file-kind.h"
#include "loader.h"
#include "trace.h"

#include <glib/gi18n.h>

/* What is to be opened: a section, and what is to follow it. */
typedef struct
{
  ScopeWindow *window;
  guint64 serial;
  char *section;
  char *signature; /* or NULL */
  SmoothScale scale;
  char *regions;   /* or NULL */
  gboolean from_host; /* regions come from the host */
  gboolean kept; /* the signature was that of the section before */
} Plan;

static Plan *
plan_new (ScopeWindow *window, const char *section)
{
  Plan *plan = g_new0 (Plan, 1);

  plan->window = g_object_ref (window);
  plan->section = g_strdup (section);
  return plan;
}

static void
plan_free (Plan *plan)
{
  g_object_unref (plan->window);
  g_free (plan->section);
  g_free (plan->signature);
  g_free (plan->regions);
  g_free (plan);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Plan, plan_free)

static gboolean
is_cancelled (const GError *error)
{
  return g_error_matches (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED) || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Progress */

/* Returns: (transfer none) (nullable): what is told of: the reading of a section before other work, the newest of which comes first */
static ScopeProgress *
get_shown (ScopeWindow *window)
{
  if (window->progress != NULL || window->works->len == 0)
    return window->progress;
  return window->works->pdata[window->works->len - 1];
}

static void
show_progress (ScopeWindow *window)
{
  ScopeProgress *shown = get_shown (window);

  gtk_widget_set_visible (window->progress_box, shown != NULL);
  if (shown == NULL)
    return;
  g_autofree char *text = scope_progress_dup_text (shown);
  double fraction = scope_progress_get_fraction (shown);
  gtk_label_set_text (GTK_LABEL (window->progress_label), text);
  if (fraction >= 0.0)
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (window->progress_bar), MIN (fraction, 1.0));
  else
    gtk_progress_bar_pulse (GTK_PROGRESS_BAR (window->progress_bar));
}

/* @progress: (nullable): of what is being read; taken over; the one before is cancelled */
void
scope_window_set_progress (ScopeWindow *window, ScopeProgress *progress)
{
  if (window->progress != NULL)
    {
      g_signal_handlers_disconnect_by_func (window->progress, show_progress, window);
      scope_progress_cancel (window->progress);
    }
  g_clear_object (&window->progress);
  window->progress = progress;
  if (progress != NULL)
    g_signal_connect_object (progress, "changed", G_CALLBACK (show_progress), window, G_CONNECT_SWAPPED);
  show_progress (window);
}

/* Tells of work that goes on whatever else is opened, until scope_window_end_work(). */
void
scope_window_begin_work (ScopeWindow *window, ScopeProgress *progress)
{
  g_ptr_array_add (window->works, g_object_ref (progress));
  g_signal_connect_object (progress, "changed", G_CALLBACK (show_progress), window, G_CONNECT_SWAPPED);
  show_progress (window);
}

/* Nothing happens where it was not begun. */
void
scope_window_end_work (ScopeWindow *window, ScopeProgress *progress)
{
  if (!g_ptr_array_find (window->works, progress, NULL))
    return;
  g_signal_handlers_disconnect_by_func (progress, show_progress, window);
  g_ptr_array_remove (window->works, progress);
  show_progress (window);
}

/* Cancels what is told of. */
void
scope_window_cancel_loading (ScopeWindow *window)
{
  ScopeProgress *shown = get_shown (window);

  if (shown != NULL && shown != window->progress)
    {
      scope_progress_cancel (shown);
      return;
    }
  window->load_serial++;
  scope_window_set_progress (window, NULL);
}

/* Reference */

typedef enum
{
  SIGNATURE_OF_SECTION, /* found beside it, or named together with it */
  SIGNATURE_KEPT,       /* of the section before */
  SIGNATURE_CHOSEN,     /* by the user: that can be undone */
} SignatureSource;

typedef struct
{
  ScopeWindow *window;
  SmoothSection *section;
  SmoothScale scale;
  SignatureSource source;
  char *path;
  ScopeProgress *progress;
} SignatureJob;

/* The reference of the section before, where its genes are in the new one. */
static void
tell_kept (ScopeWindow *window, const char *path, const GError *error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *text = error == NULL
                              ? g_strdup_printf (_("The reference %s of the section before is used for this one, too."), name)
                              : g_strdup_printf (_("The reference %s of the section before does not fit this one: %s"), name,
                                                 error->message);

  if (error == NULL)
    scope_window_tell (window, text);
  else
    scope_window_tell_error (window, text);
}

static void
on_signature (GObject *source, GAsyncResult *result, gpointer data)
{
  SignatureJob *job = data;
  ScopeWindow *window = job->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSignature) signature = scope_load_signature_finish (result, &error);

  if (window->document != NULL)
    scope_window_end_work (window, job->progress);
  if (window->document == NULL || scope_document_get_section (window->document) != job->section)
    g_debug ("a reference came too late");
  else if (signature != NULL)
    {
      scope_trace ("signature-loaded", NULL);
      if (job->source == SIGNATURE_CHOSEN)
        scope_document_edit_signature (window->document, signature, job->scale, _("open reference"));
      else
        scope_document_set_signature (window->document, signature, job->scale);
      if (job->source == SIGNATURE_KEPT)
        tell_kept (window, job->path, NULL);
    }
  else if (is_cancelled (error))
    g_debug ("a reference was called off");
  else if (job->source == SIGNATURE_KEPT)
    tell_kept (window, job->path, error);
  else
    scope_window_tell_error (window, error->message);
  g_object_unref (job->progress);
  smooth_section_unref (job->section);
  g_object_unref (window);
  g_free (job->path);
  g_free (job);
}

/* Reads a reference for the present section. */
static void
load_signature (ScopeWindow *window, const char *path, SmoothScale scale, SignatureSource source)
{
  SmoothSection *section = scope_document_get_section (window->document);
  SignatureJob *job = g_new0 (SignatureJob, 1);
  g_autofree char *name = g_path_get_basename (path), *text = g_strdup_printf (_("Reading %s"), name);

  job->window = g_object_ref (window);
  job->section = smooth_section_ref (section);
  job->scale = scale;
  job->source = source;
  job->path = g_strdup (path);
  job->progress = scope_progress_new (text);
  scope_window_begin_work (window, job->progress);
  scope_load_signature_async (path, section, scale, job->progress, on_signature, job);
}

/* Reads another reference for the present section; that can be undone. */
void
scope_window_open_signature (ScopeWindow *window, const char *path, SmoothScale scale)
{
  if (scope_document_get_section (window->document) == NULL)
    scope_window_tell_error (window, _("Open a section first: the reference is matched to its genes."));
  else
    load_signature (window, path, scale, SIGNATURE_CHOSEN);
}

/* Regions */

static void
take_regions (ScopeWindow *window, SmoothRegions *regions, const GError *error, gboolean are_saved)
{
  if (window->document == NULL)
    return;
  if (error != NULL)
    scope_window_tell_error (window, error->message);
  else if (regions != NULL)
    {
      scope_document_edit_regions (window->document, regions, _("load regions"));
      if (are_saved)
        scope_document_mark_regions_saved (window->document);
    }
}

static void
on_regions (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ScopeWindow) window = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRegions) regions = scope_load_regions_finish (result, &error);

  take_regions (window, regions, error, TRUE);
}

/* The regions of a file take the place of those that are there; that can be undone. */
void
scope_window_open_regions (ScopeWindow *window, const char *path)
{
  if (scope_document_get_section (window->document) == NULL)
    scope_window_tell_error (window, _("Open a section first: regions belong to its picture."));
  else
    scope_load_regions_async (path, scope_document_get_section (window->document), on_regions, g_object_ref (window));
}

/* Whether a region is one that the host gave at some time, or just as one that it has now. */
static gboolean
is_of_host (const ScopeWindow *window, const SmoothRegions *now, const SmoothRegion *region)
{
  for (gint64 i = 0; window->host_regions != NULL && i < smooth_regions_get_n (window->host_regions); i++)
    if (smooth_regions_get (window->host_regions, i) == region)
      return TRUE;
  for (gint64 i = 0; i < smooth_regions_get_n (now); i++)
    if (smooth_region_equal (smooth_regions_get (now, i), region))
      return TRUE;
  return FALSE;
}

/* The regions that were drawn or changed in the window stay; those of the host are replaced by what it has now. */
static void
follow_host (ScopeWindow *window, SmoothRegions *regions)
{
  SmoothRegions *present = scope_document_get_regions (window->document);
  g_autoptr (SmoothRegions) own = smooth_regions_ref (present);

  for (gint64 i = smooth_regions_get_n (own) - 1; i >= 0; i--)
    if (is_of_host (window, regions, smooth_regions_get (own, i)))
      {
        SmoothRegions *fewer = smooth_regions_new_without (own, i);
        smooth_regions_unref (own);
        own = fewer;
      }
  g_autoptr (SmoothRegions) all = smooth_regions_new_joined (regions, own);
  if (smooth_regions_equal (all, present))
    return;
  SmoothRegions *known = smooth_regions_new_joined (window->host_regions, regions);
  g_clear_pointer (&window->host_regions, smooth_regions_unref);
  window->host_regions = known;
  scope_document_edit_regions (window->document, all, _("follow regions"));
  scope_trace ("host-regions", NULL);
}

static void
on_host_regions (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ScopeWindow) window = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRegions) regions = scope_host_load_regions_finish (SCOPE_HOST (source), result, &error);

  window->host_is_asked = FALSE;
  if (scope_host_is_live (SCOPE_HOST (source)) && window->document != NULL && regions != NULL)
    follow_host (window, regions);
  else
    take_regions (window, regions, error, TRUE);
  if (window->host_is_asked_again)
    scope_window_load_host_regions (window);
}

/* Asks the host for its regions; once more when the answer is there, where they have changed meanwhile. */
void
scope_window_load_host_regions (ScopeWindow *window)
{
  window->host_is_asked_again = window->host_is_asked;
  if (window->host_is_asked || window->document == NULL || scope_document_get_section (window->document) == NULL)
    return;
  window->host_is_asked = TRUE;
  scope_host_load_regions_async (window->host, scope_document_get_section (window->document), on_host_regions, g_object_ref (window));
}

/* Small enough to be written at once: outlines, or as a table the region of each spot. */
void
scope_window_save_regions (ScopeWindow *window, const char *path)
{
  SmoothRegions *regions = scope_document_get_regions (window->document);
  const SmoothOutcome *outcome = scope_document_get_outcome (window->document);
  gboolean is_table = g_str_has_suffix (path, ".csv") && outcome != NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *full = is_table || g_str_has_suffix (path, "json") ? g_strdup (path) : g_strconcat (path, ".geojson", NULL);
  g_autofree char *text = g_strdup_printf (_("The regions were saved as %s."), full);

  if (!(is_table ? smooth_export_regions (outcome, full, &error) : smooth_regions_save (regions, full, &error)))
    {
      scope_window_tell_error (window, error->message);
      return;
    }
  if (!is_table) /* has no outlines */
    scope_document_mark_regions_saved (window->document);
  scope_window_update_title (window);
  scope_window_tell (window, text);
}

/* Sections */

/* Whether the present reference was found beside its section, as that of the sample: it says nothing about another one. */
static gboolean
belongs_to_section (ScopeWindow *window, const SmoothSignature *signature)
{
  g_autofree char *found = smooth_section_find_reference (scope_document_get_section (window->document)->path, NULL);

  return g_strcmp0 (found, signature->path) == 0;
}

/* A reference of the folder itself comes before that which the user had chosen for the section before. */
static char *
dup_reference (ScopeWindow *window, const char *section, SmoothScale *scale, gboolean *kept)
{
  const SmoothSignature *old = scope_document_get_signature (window->document);
  char *found = smooth_section_find_reference (section, NULL);

  if (found != NULL || old == NULL || old->path == NULL || belongs_to_section (window, old))
    return found;
  *scale = scope_document_get_asked_scale (window->document);
  *kept = TRUE;
  return g_strdup (old->path);
}

static void
follow_plan (Plan *plan, ScopeLoaded *loaded)
{
  ScopeWindow *window = plan->window;

  if (plan->signature == NULL)
    plan->signature = dup_reference (window, plan->section, &plan->scale, &plan->kept);
  scope_window_note_recent (window);
  g_clear_pointer (&window->session_path, g_free);
  g_clear_pointer (&window->opened, smooth_recipe_free);
  scope_document_set_section (window->document, loaded->section, loaded->plate, loaded->genes);
  scope_window_note_opened (window);
  scope_window_offer_turn (window);
  if (plan->signature != NULL)
    load_signature (window, plan->signature, plan->scale, plan->kept ? SIGNATURE_KEPT : SIGNATURE_OF_SECTION);
  if (plan->regions != NULL)
    scope_window_open_regions (window, plan->regions);
  else if (plan->from_host || scope_host_is_live (window->host))
    scope_window_load_host_regions (window);
  while (!g_queue_is_empty (&window->later))
    {
      g_autofree char *path = g_queue_pop_head (&window->later);
      scope_window_open (window, path);
    }
}

/* Opens a path as soon as the section that is being read is there. */
void
scope_window_open_later (ScopeWindow *window, const char *path)
{
  g_queue_push_tail (&window->later, g_strdup (path));
}

static void
on_section (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Plan) plan = data;
  ScopeWindow *window = plan->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeLoaded) loaded = scope_load_section_finish (result, &error);

  if (window->document == NULL || plan->serial != window->load_serial)
    return;
  scope_window_set_progress (window, NULL);
  if (loaded != NULL)
    {
      scope_trace ("section-loaded", NULL);
      scope_window_hide_notice (window);
      follow_plan (plan, loaded);
    }
  else if (!is_cancelled (error))
    scope_window_tell_error (window, error->message);
}

/* Takes over the plan. */
static void
start_plan (Plan *plan)
{
  ScopeWindow *window = plan->window;
  g_autofree char *name = g_path_get_basename (plan->section);
  g_autofree char *text = g_strdup_printf (_("Reading %s"), name);
  ScopeProgress *progress = scope_progress_new (text);

  plan->serial = ++window->load_serial;
  scope_window_set_progress (window, progress);
  scope_load_section_async (plan->section, progress, on_section, plan);
}

static void
on_replace_decided (gboolean yes, gpointer data)
{
  Plan *plan = data;

  if (yes && plan->window->document != NULL)
    start_plan (plan);
  else
    plan_free (plan);
}

/* What would be lost is asked about. Takes over the plan. */
static void
ask_and_start (Plan *plan)
{
  scope_window_ask_to_save (plan->window, on_replace_decided, plan);
}

/* Opens whatever a path is: a table is a reference for the section that is open, and a section where none is. */
void
scope_window_open (ScopeWindow *window, const char *path)
{
  switch (scope_file_kind_of (path))
    {
    case SCOPE_FILE_SIGNATURE:
      if (scope_document_get_section (window->document) != NULL)
        scope_window_open_signature (window, path, SMOOTH_SCALE_GUESS);
      else
        ask_and_start (plan_new (window, path));
      break;
    case SCOPE_FILE_REGIONS:
      scope_window_open_regions (window, path);
      break;
    case SCOPE_FILE_PICTURE:
      scope_window_open_picture (window, path);
      break;
    case SCOPE_FILE_CATEGORIES:
      scope_window_open_categories (window, path);
      break;
    case SCOPE_FILE_RECIPE:
      scope_window_open_session (window, path);
      break;
    case SCOPE_FILE_SECTION:
    default:
      ask_and_start (plan_new (window, path));
    }
}

/* Opens a section or a session: what a dialog for these was asked for. */
void
scope_window_open_main (ScopeWindow *window, const char *path)
{
  if (scope_file_kind_of (path) == SCOPE_FILE_SIGNATURE)
    ask_and_start (plan_new (window, path));
  else
    scope_window_open (window, path);
}

/* Opens what the host has. */
void
scope_window_open_host (ScopeWindow *window)
{
  g_autofree char *section = scope_host_dup_section_path (window->host);

  if (section == NULL)
    {
      if (scope_host_is_live (window->host))
        scope_window_tell (window, _("Open the folder of the section that the picture belongs to."));
      return;
    }
  if (scope_file_kind_of (section) == SCOPE_FILE_RECIPE)
    {
      scope_window_open_session (window, section);
      return;
    }
  Plan *plan = plan_new (window, section);
  plan->signature = scope_host_dup_signature_path (window->host, &plan->scale);
  plan->from_host = TRUE;
  start_plan (plan);
}

/* @path is NULL where the sample is not installed. */
void
scope_window_open_sample (ScopeWindow *window, const char *path)
{
  if (path == NULL)
    {
      scope_window_tell_error (window, _("The sample is not installed: its folder is looked for in the program's data folder."));
      return;
    }
  ask_and_start (plan_new (window, path));
}

/* Results */

typedef struct
{
  ScopeWindow *window;
  ScopeDeliveryKind kind;
  ScopeProgress *progress;
  gboolean keeps_all; /* what is delivered can be opened again: all but the look */
  ScopeState state;   /* that is */
} DeliveryJob;

/* The place is chosen, and something is being done: told of from now on. */
static void
on_delivery_begun (DeliveryJob *job)
{
  g_signal_handlers_disconnect_by_func (job->progress, on_delivery_begun, job);
  if (job->window->document != NULL)
    scope_window_begin_work (job->window, job->progress);
}

static void
tell_called_off (ScopeWindow *window, ScopeDeliveryKind kind)
{
  scope_trace ("delivery-cancelled", NULL);
  scope_window_tell (window, kind != SCOPE_DELIVER_RESULT ? _("Saving was cancelled. Nothing was written.")
                                                          : _("Saving was cancelled. Files that were complete by then are in the folder."));
}

static void
on_delivered (GObject *source, GAsyncResult *result, gpointer data)
{
  DeliveryJob *job = data;
  ScopeWindow *window = job->window;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = scope_host_deliver_finish (SCOPE_HOST (source), result, &error);

  g_signal_handlers_disconnect_by_func (job->progress, on_delivery_begun, job);
  if (window->document != NULL)
    scope_window_end_work (window, job->progress);
  if (window->document != NULL && is_cancelled (error))
    tell_called_off (window, job->kind);
  else if (window->document != NULL && error != NULL)
    scope_window_tell_error (window, error->message);
  else if (window->document != NULL && text != NULL)
    {
      if (job->keeps_all && window->session_path == NULL)
        scope_document_mark_saved_as (window->document, &job->state, scope_document_get_look (window->document));
      scope_window_update_title (window);
      scope_window_tell (window, text);
    }
  scope_state_clear (&job->state);
  g_object_unref (job->progress);
  g_object_unref (window);
  g_free (job);
}

/* Hands the picture on the screen and its outcome to the host. */
void
scope_window_deliver (ScopeWindow *window, ScopeDeliveryKind kind)
{
  ScopeColouring *colouring = scope_canvas_get_colouring (window->canvas);
  const ScopeLook *look = scope_document_get_look (window->document);

  if (colouring == NULL || colouring->outcome == NULL)
    return;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  SmoothFigure figure;
  scope_figure_fill (&figure, colouring, look, texts);
  figure.regions = look->show_regions ? colouring->outcome->inputs.regions : NULL;
  figure.title = colouring->section->name;
  g_autoptr (GPtrArray) findings = scope_analyses_dup_findings (scope_analyses_panel_get_analyses (window->analyses_panel));
  gboolean has_session = kind == SCOPE_DELIVER_ALL || kind == SCOPE_DELIVER_ANNDATA;
  g_autofree char *session = has_session ? scope_window_dup_session_text (window) : NULL;
  DeliveryJob *job = g_new0 (DeliveryJob, 1);
  job->progress = scope_progress_new (_("Saving"));
  g_signal_connect_swapped (job->progress, "changed", G_CALLBACK (on_delivery_begun), job);
  ScopeDelivery delivery = { .outcome = colouring->outcome, .findings = findings, .figure = &figure, .session = session,
                             .run = scope_progress_get_run (job->progress) };
  job->window = g_object_ref (window);
  job->kind = kind;
  job->keeps_all = (kind == SCOPE_DELIVER_RESULT || kind == SCOPE_DELIVER_ALL) && !scope_document_is_busy (window->document);
  job->state = *scope_document_get_state (window->document);
  scope_state_ref (&job->state);
  scope_host_deliver_async (window->host, kind, &delivery, GTK_WINDOW (window), on_delivered, job);
}

/* Drag and drop */

/* Which of several files is what. Paths are borrowed. */
typedef struct
{
  const char *main;      /* a section or a session */
  gboolean is_session;
  const char *signature, *regions;
  GPtrArray *others;     /* sections and sessions that need a window of their own */
  GPtrArray *left_out;
  GPtrArray *additions; /* to the section: pictures and categories */
} Sorting;

static void
sort_path (Sorting *sorting, const char *path)
{
  switch (scope_file_kind_of (path))
    {
    case SCOPE_FILE_SIGNATURE:
      if (sorting->signature == NULL)
        sorting->signature = path;
      else
        g_ptr_array_add (sorting->left_out, (gpointer) path);
      break;
    case SCOPE_FILE_REGIONS:
      if (sorting->regions == NULL)
        sorting->regions = path;
      else
        g_ptr_array_add (sorting->left_out, (gpointer) path);
      break;
    case SCOPE_FILE_PICTURE:
    case SCOPE_FILE_CATEGORIES:
      g_ptr_array_add (sorting->additions, (gpointer) path);
      break;
    case SCOPE_FILE_RECIPE:
    case SCOPE_FILE_SECTION:
    default:
      if (sorting->main != NULL)
        {
          g_ptr_array_add (sorting->others, (gpointer) path);
          break;
        }
      sorting->main = path;
      sorting->is_session = scope_file_kind_of (path) == SCOPE_FILE_RECIPE;
    }
}

static void
open_in_new_window (ScopeWindow *window, const char *path)
{
  ScopeWindow *other = scope_window_new_empty (gtk_window_get_application (GTK_WINDOW (window)), window->host);

  gtk_window_present (GTK_WINDOW (other));
  scope_window_open (other, path);
}

static void
tell_left_out (ScopeWindow *window, const GPtrArray *paths)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < paths->len; i++)
    {
      g_autofree char *name = g_path_get_basename (paths->pdata[i]);
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
    }
  g_autofree char *text = g_strdup_printf (_("A section has one reference and one file of regions. Not opened: %s"), names->str);
  scope_window_tell_error (window, text);
}

static void
open_main (ScopeWindow *window, const Sorting *sorting)
{
  if (sorting->is_session)
    {
      scope_window_open_session (window, sorting->main);
      return;
    }
  Plan *plan = plan_new (window, sorting->main);
  plan->signature = g_strdup (sorting->signature);
  plan->regions = g_strdup (sorting->regions);
  ask_and_start (plan);
}

/* A table alone, where there is no section yet, is one: of counts, with coordinates beside it. */
static void
choose_main (ScopeWindow *window, Sorting *sorting)
{
  if (sorting->main != NULL || sorting->signature == NULL || scope_document_get_section (window->document) != NULL)
    return;
  sorting->main = sorting->signature;
  sorting->signature = NULL;
  g_ptr_array_set_size (sorting->left_out, 0); /* its partner */
}

/* Opens what was dropped: a section or session with what belongs to it, more of them in windows of their own. */
static void
open_paths (ScopeWindow *window, const char *const *paths)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new (), left_out = g_ptr_array_new (), additions = g_ptr_array_new ();
  Sorting sorting = { .others = others, .left_out = left_out, .additions = additions };

  for (gsize i = 0; paths[i] != NULL; i++)
    sort_path (&sorting, paths[i]);
  choose_main (window, &sorting);
  if (sorting.main != NULL)
    open_main (window, &sorting);
  else
    {
      if (sorting.signature != NULL)
        scope_window_open_signature (window, sorting.signature, SMOOTH_SCALE_GUESS);
      if (sorting.regions != NULL)
        scope_window_open_regions (window, sorting.regions);
    }
  for (guint i = 0; i < additions->len; i++)
    if (sorting.main != NULL && !sorting.is_session)
      scope_window_open_later (window, additions->pdata[i]);
    else
      scope_window_open (window, additions->pdata[i]);
  for (guint i = 0; i < others->len; i++)
    open_in_new_window (window, others->pdata[i]);
  if (left_out->len > 0)
    tell_left_out (window, left_out);
}

static void
open_files (ScopeWindow *window, GSList *files)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (GSList *l = files; l != NULL; l = l->next)
    {
      char *path = g_file_get_path (l->data);
      if (path != NULL)
        g_ptr_array_add (paths, path);
    }
  g_ptr_array_add (paths, NULL);
  if (paths->len > 1)
    open_paths (window, (const char *const *) paths->pdata);
  else
    scope_window_tell_error (window, _("Only files and folders of this computer can be opened."));
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, ScopeWindow *window)
{
  open_files (window, g_value_get_boxed (value));
  return TRUE;
}

static void
on_drop_hover (GtkDropTarget *target, GParamSpec *spec, ScopeWindow *window)
{
  gtk_widget_set_visible (window->drop_frame, gtk_drop_target_get_current_drop (target) != NULL);
}

void
scope_window_add_drop_target (ScopeWindow *window)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect (target, "drop", G_CALLBACK (on_drop), window);
  g_signal_connect (target, "notify::current-drop", G_CALLBACK (on_drop_hover), window);
  gtk_widget_add_controller (GTK_WIDGET (window), GTK_EVENT_CONTROLLER (target));
}
