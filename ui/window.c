/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts the panels around the canvas and shows what concerns all of them: title, notices, progress. */
#include "window-private.h"

#include "access.h"
#include "help-topic.h"
#include "recent-list.h"
#include "report-dialog.h"
#include "trace.h"

#include <glib/gi18n.h>

#define NOTICE_SECONDS 6

G_DEFINE_FINAL_TYPE (ScopeWindow, scope_window, GTK_TYPE_APPLICATION_WINDOW)

void
scope_window_hide_notice (ScopeWindow *window)
{
  g_clear_handle_id (&window->notice_timeout, g_source_remove);
  gtk_revealer_set_reveal_child (GTK_REVEALER (window->notice), FALSE);
  window->notice_is_failure = FALSE;
}

static gboolean
on_notice_timeout (gpointer data)
{
  ScopeWindow *window = data;

  window->notice_timeout = 0;
  scope_window_hide_notice (window);
  return G_SOURCE_REMOVE;
}

static void
show_notice (ScopeWindow *window, const char *text, gboolean is_error)
{
  GtkWidget *box = gtk_revealer_get_child (GTK_REVEALER (window->notice));

  g_clear_handle_id (&window->notice_timeout, g_source_remove);
  gtk_label_set_text (GTK_LABEL (window->notice_label), text);
  gtk_widget_set_visible (window->notice_button, FALSE);
  gtk_image_set_from_icon_name (GTK_IMAGE (window->notice_icon), is_error ? "dialog-error-symbolic" : "object-select-symbolic");
  if (is_error)
    gtk_widget_add_css_class (box, "error-notice");
  else
    gtk_widget_remove_css_class (box, "error-notice");
  gtk_widget_set_visible (window->notice_folder, FALSE);
  gtk_revealer_set_reveal_child (GTK_REVEALER (window->notice), TRUE);
  window->notice_is_failure = FALSE;
  scope_trace (is_error ? "error-shown" : "notice-shown", NULL);
}

/* Tells something good; goes away by itself. */
void
scope_window_tell (ScopeWindow *window, const char *text)
{
  show_notice (window, text, FALSE);
  window->notice_timeout = g_timeout_add_seconds (NOTICE_SECONDS, on_notice_timeout, window);
}

/* Tells of a file that was written, with a button that shows it in its folder; stays until it is closed. */
void
scope_window_tell_file (ScopeWindow *window, const char *text, const char *path)
{
  show_notice (window, text, FALSE);
  g_free (window->told_path);
  window->told_path = g_strdup (path);
  gtk_widget_set_visible (window->notice_folder, TRUE);
}

/* Tells where the spots of a section that was just opened would lie better, with a button that turns them. */
void
scope_window_offer_turn (ScopeWindow *window)
{
  const SmoothSection *section = scope_document_get_section (window->document);

  if (section == NULL || section->better_turn == 0 || section->turn != 0)
    return;
  g_autofree char *text = g_strdup_printf (_("The spots would lie better on the tissue %s. Nothing was changed."),
                                           _(smooth_turn_get_words (section->better_turn)));
  show_notice (window, text, TRUE);
  gtk_widget_set_visible (window->notice_button, TRUE);
}

/* Stays until it is closed or something else is told. */
void
scope_window_tell_error (ScopeWindow *window, const char *text)
{
  show_notice (window, text, TRUE);
}

static void
update_subtitle (ScopeWindow *window)
{
  const SmoothSection *section = scope_document_get_section (window->document);
  gint64 n_tissue = 0;

  if (section == NULL)
    return;
  for (gint64 i = 0; i < section->n_spots; i++)
    n_tissue += (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE) != 0;
  g_autofree char *subtitle
    = g_strdup_printf (_("%'d spots on the tissue, %'d genes"), (int) n_tissue, (int) section->n_genes);
  gtk_label_set_text (GTK_LABEL (window->subtitle), subtitle);
  gtk_widget_set_visible (window->subtitle, TRUE);
  gtk_stack_set_visible_child_name (GTK_STACK (window->canvas_stack), "canvas");
  gtk_widget_set_visible (window->toolbar, TRUE);
}

/* The warnings of the newest outcome are a number in the header that opens the report. */
static void
update_report (ScopeWindow *window)
{
  const SmoothSection *section = scope_document_get_section (window->document);
  const SmoothOutcome *outcome = scope_document_get_outcome (window->document);
  const SmoothReport *report = outcome != NULL ? outcome->report : section != NULL ? section->report : NULL;

  gtk_widget_set_visible (window->report_button, report != NULL);
  if (report == NULL)
    return;
  guint n = scope_report_count_warnings (report);
  g_autofree char *number = g_strdup_printf ("%u", n);
  g_autofree char *tip = n > 0 ? g_strdup_printf (ngettext ("Report: %u warning", "Report: %u warnings", n), n)
                               : g_strdup (_("Report: no warnings"));
  gtk_label_set_text (GTK_LABEL (window->report_label), number);
  gtk_widget_set_visible (window->report_label, n > 0);
  gtk_image_set_from_icon_name (GTK_IMAGE (window->report_icon), n > 0 ? "dialog-warning-symbolic" : "object-select-symbolic");
  gtk_widget_set_tooltip_text (window->report_button, tip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (window->report_button), GTK_ACCESSIBLE_PROPERTY_LABEL, tip, -1);
}

/* A failed computation is told once, and taken back when the next one succeeds. */
static void
update_failure (ScopeWindow *window)
{
  const GError *failure = scope_document_get_failure (window->document);

  if (failure != NULL && !window->notice_is_failure)
    {
      scope_window_tell_error (window, failure->message);
      window->notice_is_failure = TRUE;
    }
  else if (failure == NULL && window->notice_is_failure && !scope_document_is_busy (window->document))
    scope_window_hide_notice (window);
}

static void
on_changed (ScopeWindow *window, guint changes)
{
  if (changes & SCOPE_CHANGED_SECTION)
    update_subtitle (window);
  if (changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_OUTCOME))
    {
      update_failure (window);
      if (!scope_document_is_busy (window->document) || (changes & SCOPE_CHANGED_SECTION))
        update_report (window);
    }
  scope_window_update_title (window);
  scope_window_follow_journal (window, changes);
  scope_window_update_actions (window);
}

static void
on_journal_failed (const GError *error, gpointer data)
{
  g_autofree char *text = g_strdup_printf (_("Changes are not safe from a crash: %s"), error->message);

  scope_window_tell_error (data, text);
}

static void
on_scale_asked (ScopeWindow *window, guint scale)
{
  const SmoothSignature *signature = scope_document_get_signature (window->document);

  if (signature != NULL && signature->path != NULL)
    scope_window_open_signature (window, signature->path, (SmoothScale) scale);
}

/* Plain keys, for wherever the focus is, unless what has it uses them itself. */
static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, ScopeWindow *window)
{
  static const struct
  {
    guint key;
    const char *action;
  } keys[] = {
    { GDK_KEY_plus, "win.zoom-in" },    { GDK_KEY_equal, "win.zoom-in" }, { GDK_KEY_KP_Add, "win.zoom-in" },
    { GDK_KEY_minus, "win.zoom-out" },  { GDK_KEY_KP_Subtract, "win.zoom-out" },
    { GDK_KEY_0, "win.zoom-fit" },      { GDK_KEY_KP_0, "win.zoom-fit" }, { GDK_KEY_1, "win.zoom-one" },
    { GDK_KEY_KP_1, "win.zoom-one" },   { GDK_KEY_h, "win.tool::pan" },   { GDK_KEY_l, "win.tool::lasso" },
    { GDK_KEY_p, "win.tool::polygon" }, { GDK_KEY_r, "win.tool::rectangle" }, { GDK_KEY_b, "win.tool::brush" },
    { GDK_KEY_e, "win.tool::eraser" },  { GDK_KEY_w, "win.tool::wand" },  { GDK_KEY_bracketleft, "win.brush-smaller" },
    { GDK_KEY_bracketright, "win.brush-larger" }, { GDK_KEY_g, "win.graph" }, { GDK_KEY_Escape, "win.cancel" },
    { GDK_KEY_k, "win.pin" },           { GDK_KEY_c, "win.next-comparison" },
    { GDK_KEY_m, "win.move-legend" },   { GDK_KEY_M, "win.move-scale-bar" },
  };

  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].key == key)
      {
        g_autofree char *name = NULL;
        g_autoptr (GVariant) target = NULL;
        g_action_parse_detailed_name (keys[i].action, &name, &target, NULL);
        return gtk_widget_activate_action_variant (GTK_WIDGET (window), name, target);
      }
  return FALSE;
}

static void
on_close_decided (gboolean yes, gpointer data)
{
  g_autoptr (ScopeWindow) window = data;

  window->may_close = yes;
  if (yes)
    gtk_window_close (GTK_WINDOW (window));
}

static gboolean
scope_window_close_request (GtkWindow *base)
{
  ScopeWindow *window = SCOPE_WINDOW (base);

  if (!window->may_close && scope_window_is_modified (window))
    {
      scope_window_ask_to_save (window, on_close_decided, g_object_ref (window));
      return TRUE;
    }
  scope_window_save_size (window);
  scope_window_note_recent (window);
  window->load_serial++; /* what is read is called off; what is saved goes on */
  scope_window_set_progress (window, NULL);
  scope_journal_discard (window->journal);
  return GTK_WINDOW_CLASS (scope_window_parent_class)->close_request (base);
}

static void
scope_window_dispose (GObject *object)
{
  ScopeWindow *window = SCOPE_WINDOW (object);

  g_clear_handle_id (&window->note_timeout, g_source_remove);
  g_clear_handle_id (&window->notice_timeout, g_source_remove);
  g_clear_pointer (&window->told_path, g_free);
  if (window->progress != NULL)
    scope_progress_cancel (window->progress);
  g_clear_object (&window->progress);
  g_clear_pointer (&window->works, g_ptr_array_unref);
  g_queue_clear_full (&window->later, g_free);
  if (window->document != NULL)
    g_signal_handlers_disconnect_by_data (window->document, window);
  g_clear_pointer (&window->journal, scope_journal_free);
  g_clear_pointer (&window->session_path, g_free);
  g_clear_pointer (&window->opened, smooth_recipe_free);
  g_clear_object (&window->document);
  g_clear_pointer (&window->host_regions, smooth_regions_unref);
  g_clear_object (&window->host);
  G_OBJECT_CLASS (scope_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, open_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, send_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, title);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, subtitle);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, report_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, report_label);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, report_icon);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, notice);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, notice_icon);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, notice_label);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, notice_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, notice_folder);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, left_pane);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, right_pane);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, left);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, right);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, canvas_stack);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, toolbar);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, drop_frame);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, progress_box);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, progress_label);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, progress_bar);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, canvas);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, look_panel);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, compare_panel);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, regions_panel);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, reference_panel);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, param_panel);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, plot_pane);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, plot_area);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, analyses_panel);
  gtk_widget_class_bind_template_child (widget_class, ScopeWindow, status_bar);
}

static void
scope_window_class_init (ScopeWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = scope_window_close_request;
  g_type_ensure (SCOPE_TYPE_CANVAS);
  g_type_ensure (SCOPE_TYPE_LOOK_PANEL);
  g_type_ensure (SCOPE_TYPE_COMPARE_PANEL);
  g_type_ensure (SCOPE_TYPE_REGIONS_PANEL);
  g_type_ensure (SCOPE_TYPE_REFERENCE_PANEL);
  g_type_ensure (SCOPE_TYPE_PARAM_PANEL);
  g_type_ensure (SCOPE_TYPE_PLOT_AREA);
  g_type_ensure (SCOPE_TYPE_ANALYSES_PANEL);
  g_type_ensure (SCOPE_TYPE_STATUS_BAR);
  g_type_ensure (SCOPE_TYPE_RECENT_LIST);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/window.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, scope_window_hide_notice);
  gtk_widget_class_bind_template_callback (widget_class, scope_window_show_told_file);
  gtk_widget_class_bind_template_callback (widget_class, scope_window_cancel_loading);
}

/* For F1. */
static void
name_places (ScopeWindow *window)
{
  scope_help_set_place (GTK_WIDGET (window->canvas), "canvas");
  scope_help_set_place (GTK_WIDGET (window->look_panel), "look");
  scope_help_set_place (GTK_WIDGET (window->compare_panel), "compare");
  scope_help_set_place (GTK_WIDGET (window->regions_panel), "regions");
  scope_help_set_place (GTK_WIDGET (window->reference_panel), "reference");
  scope_help_set_place (GTK_WIDGET (window->plot_area), "plots");
  scope_help_watch (GTK_WINDOW (window));
}

static void
scope_window_init (ScopeWindow *window)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  window->works = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (window));
  window->document = scope_document_new ();
  window->journal = scope_journal_new (scope_window_new_journal_recipe, on_journal_failed, window);
  scope_canvas_set_document (window->canvas, window->document);
  scope_look_panel_set_document (window->look_panel, window->document);
  scope_compare_panel_set_document (window->compare_panel, window->document);
  scope_regions_panel_set_document (window->regions_panel, window->document);
  scope_reference_panel_set_document (window->reference_panel, window->document);
  scope_param_panel_set_document (window->param_panel, window->document);
  scope_plot_area_set_document (window->plot_area, window->document, window->canvas);
  scope_analyses_panel_set_document (window->analyses_panel, window->document);
  scope_status_bar_set_document (window->status_bar, window->document);
  g_signal_connect_object (window->document, "changed", G_CALLBACK (on_changed), window, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (window->param_panel, "failed", G_CALLBACK (scope_window_tell_error), window);
  g_signal_connect_swapped (window->analyses_panel, "failed", G_CALLBACK (scope_window_tell_error), window);
  g_signal_connect_swapped (window->analyses_panel, "told", G_CALLBACK (scope_window_tell), window);
  g_signal_connect_swapped (window->canvas, "failed", G_CALLBACK (scope_window_tell_error), window);
  g_signal_connect_swapped (window->reference_panel, "scale-asked", G_CALLBACK (on_scale_asked), window);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), window);
  gtk_widget_add_controller (GTK_WIDGET (window), keys);
  name_places (window);
  scope_window_add_drop_target (window);
  scope_window_add_actions (window);
  scope_window_update_actions (window);
  scope_window_restore_size (window);
  scope_access_name_parts (GTK_WIDGET (window));
}

static void
on_host_told (ScopeWindow *window, gboolean is_error, const char *text)
{
  (is_error ? scope_window_tell_error : scope_window_tell) (window, text);
}

/* A window that opens nothing by itself; @host as for scope_window_new(). */
ScopeWindow *
scope_window_new_empty (GtkApplication *app, ScopeHost *host)
{
  ScopeWindow *window = g_object_new (SCOPE_TYPE_WINDOW, "application", app, NULL);
  const char *send = scope_host_get_send_label (host);

  window->host = g_object_ref (host);
  gtk_widget_set_visible (window->send_button, send != NULL);
  if (send != NULL)
    gtk_button_set_label (GTK_BUTTON (window->send_button), send);
  g_signal_connect_object (host, "told", G_CALLBACK (on_host_told), window, G_CONNECT_SWAPPED);
  g_signal_connect_object (host, "regions-changed", G_CALLBACK (scope_window_load_host_regions), window, G_CONNECT_SWAPPED);
  return window;
}

/**
 * scope_window_new:
 * @host: where section and regions come from and where results go; referenced
 *
 * Begins at once to read what the host has.
 */
ScopeWindow *
scope_window_new (GtkApplication *app, ScopeHost *host)
{
  ScopeWindow *window = scope_window_new_empty (app, host);

  scope_window_open_host (window);
  return window;
}
