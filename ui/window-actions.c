/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What menus, buttons and keys do. */
#include "window-private.h"

#include "access.h"
#include "dialogs.h"
#include "report-dialog.h"
#include "settings.h"
#include "suggest.h"

#include <glib/gi18n.h>

#define ZOOM_STEP 1.3
#define BRUSH_STEP 1.25

typedef void (*PathFunc) (ScopeWindow *window, const char *path);

/* A chosen path goes on to a function of the window, if that still exists. */
typedef struct
{
  ScopeWindow *window;
  PathFunc func;
} Choice;

static void
on_path (const char *path, gpointer data)
{
  Choice *choice = data;

  if (path != NULL)
    choice->func (choice->window, path);
  g_object_unref (choice->window);
  g_free (choice);
}

static Choice *
choice_new (ScopeWindow *window, PathFunc func)
{
  Choice *choice = g_new0 (Choice, 1);

  choice->window = g_object_ref (window);
  choice->func = func;
  return choice;
}

static void
on_open (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ScopeWindow *window = data;

  gtk_menu_button_popdown (GTK_MENU_BUTTON (window->open_button));
  scope_dialog_open (data, _("Open a folder"), SCOPE_DIALOG_SECTION_FOLDER, on_path, choice_new (window, scope_window_open));
}

static void
on_open_file (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ScopeWindow *window = data;

  gtk_menu_button_popdown (GTK_MENU_BUTTON (window->open_button));
  scope_dialog_open (data, _("Open a file"), SCOPE_DIALOG_SECTION_FILE, on_path, choice_new (window, scope_window_open_main));
}

static void
on_open_path (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_window_open (window, g_variant_get_string (parameter, NULL));
}

static void
open_signature (ScopeWindow *window, const char *path)
{
  scope_window_open_signature (window, path, SMOOTH_SCALE_GUESS);
}

static void
on_open_reference (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_dialog_open (window, _("Open a reference"), SCOPE_DIALOG_TABLE, on_path, choice_new (window, open_signature));
}

static void
on_remove_reference (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ScopeWindow *window = data;

  scope_document_edit_signature (window->document, NULL, SMOOTH_SCALE_GUESS, _("remove reference"));
}

static void
on_open_regions (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_dialog_open (window, _("Load regions"), SCOPE_DIALOG_REGIONS, on_path, choice_new (window, scope_window_open_regions));
}

static void
on_open_picture (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_dialog_open (window, _("Open a tissue picture"), SCOPE_DIALOG_PICTURE, on_path, choice_new (window, scope_window_open_picture));
}

static void
on_open_categories (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_dialog_open (window, _("Load categories of spots"), SCOPE_DIALOG_TABLE, on_path, choice_new (window, scope_window_open_categories));
}

static void
save_regions_as (ScopeWindow *window, const char *suffix)
{
  g_autofree char *name = g_strconcat (scope_document_get_section (window->document)->name, suffix, NULL);

  scope_dialog_save (GTK_WINDOW (window), _("Save regions"), name, on_path, choice_new (window, scope_window_save_regions));
}

static void
on_save_regions (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  save_regions_as (window, ".geojson");
}

static void
on_save_labels (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  save_regions_as (window, " regions.csv");
}

static void
on_clear_regions (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ScopeWindow *window = data;
  g_autoptr (SmoothRegions) none = smooth_regions_new ();

  scope_document_edit_regions (window->document, none, _("delete all regions"));
}

static void
on_export_figure (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_window_export_figure (window);
}

static void
on_methods (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_window_show_methods (window);
}

static void
on_export_tables (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_window_deliver (window, SCOPE_DELIVER_RESULT);
}

static void
on_export_anndata (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_window_deliver (window, SCOPE_DELIVER_ANNDATA);
}

static void
on_export_all (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_window_deliver (window, SCOPE_DELIVER_ALL);
}

static void
on_send (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_window_deliver (window, SCOPE_DELIVER_LAYERS);
}

static void
on_save (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_window_save (window, NULL, NULL);
}

static void
on_save_as (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_window_save_as (window);
}

static void
on_undo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_document_undo (((ScopeWindow *) data)->document);
}

static void
on_redo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_document_redo (((ScopeWindow *) data)->document);
}

static void
on_zoom_in (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_canvas_zoom_by (((ScopeWindow *) data)->canvas, ZOOM_STEP);
}

static void
on_zoom_out (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_canvas_zoom_by (((ScopeWindow *) data)->canvas, 1.0 / ZOOM_STEP);
}

static void
on_zoom_fit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_canvas_fit (((ScopeWindow *) data)->canvas);
}

static void
on_zoom_one (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_canvas_one_to_one (((ScopeWindow *) data)->canvas);
}

static void
on_tool (GSimpleAction *action, GVariant *value, gpointer data)
{
  static const char *const names[] = { "pan", "lasso", "polygon", "rectangle", "brush", "eraser", "wand" };
  ScopeWindow *window = data;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (g_variant_get_string (value, NULL), names[i]))
      {
        scope_canvas_set_tool (window->canvas, (ScopeTool) i);
        g_simple_action_set_state (action, value);
      }
}

static void
on_brush_smaller (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_canvas_scale_brush (((ScopeWindow *) data)->canvas, 1.0 / BRUSH_STEP);
}

static void
on_brush_larger (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_canvas_scale_brush (((ScopeWindow *) data)->canvas, BRUSH_STEP);
}

/* Escape: gives up a drawing, then the tool, then the selection, then closes the notice. */
static void
on_cancel (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ScopeWindow *window = data;

  if (scope_canvas_cancel_drawing (window->canvas))
    return;
  if (scope_canvas_get_tool (window->canvas) != SCOPE_TOOL_PAN)
    g_action_group_change_action_state (G_ACTION_GROUP (window), "tool", g_variant_new_string ("pan"));
  else if (scope_document_get_selection (window->document) != NULL)
    scope_document_set_selection (window->document, NULL);
  else
    scope_window_hide_notice (window);
}

static void
on_panels (GSimpleAction *action, GVariant *value, gpointer data)
{
  ScopeWindow *window = data;

  gtk_widget_set_visible (window->left, g_variant_get_boolean (value));
  gtk_widget_set_visible (window->right, g_variant_get_boolean (value));
  scope_settings_set_boolean ("side-panels", g_variant_get_boolean (value));
  g_simple_action_set_state (action, value);
}

static void
save_plots (ScopeWindow *window, const char *folder)
{
  g_autoptr (GError) error = NULL;
  guint n;

  if (!scope_plot_area_save (window->plot_area, folder, &n, &error))
    {
      scope_window_tell_error (window, error->message);
      return;
    }
  g_autofree char *text = n > 0 ? g_strdup_printf (ngettext ("%u plot was saved in %s.", "%u plots were saved in %s.", n), n, folder)
                                : g_strdup (_("No plot is shown: open the plots (F8) and choose some."));
  scope_window_tell (window, text);
}

static void
on_export_plots (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  scope_dialog_open (window, _("Save the plots that are shown"), SCOPE_DIALOG_EXPORT_FOLDER, on_path, choice_new (window, save_plots));
}

static void
on_plots (GSimpleAction *action, GVariant *value, gpointer data)
{
  scope_window_show_plots (data, g_variant_get_boolean (value));
  g_simple_action_set_state (action, value);
}

/* Something that a part of the window has to say: whether it is an error, and the text. */
static void
on_tell (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gboolean is_error;
  const char *text;

  g_variant_get (parameter, "(b&s)", &is_error, &text);
  if (is_error)
    scope_window_tell_error (data, text);
  else
    scope_window_tell (data, text);
}

static void
go_to_pane (ScopeWindow *window, gboolean forward)
{
  GtkWidget *panes[] = { window->left, GTK_WIDGET (window->canvas), GTK_WIDGET (window->plot_area), window->right };

  scope_access_focus_next (panes, G_N_ELEMENTS (panes), forward);
}

/* As they would lie better, and back again. */
static void
on_turn (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ScopeWindow *window = data;
  const SmoothSection *section = scope_document_get_section (window->document);

  scope_document_turn (window->document, section->turn == 0 ? section->better_turn : 0);
  scope_window_hide_notice (window);
}

static void
on_next_pane (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  go_to_pane (window, TRUE);
}

static void
on_previous_pane (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  go_to_pane (window, FALSE);
}

static void
on_graph (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ScopeWindow *window = data;
  ScopeLook look = *scope_document_get_look (window->document);

  look.colours.edges = !look.colours.edges;
  scope_document_set_look (window->document, &look);
}

static void
on_find (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ScopeWindow *window = data;

  g_action_group_change_action_state (G_ACTION_GROUP (window), "panels", g_variant_new_boolean (TRUE));
  scope_look_panel_focus_genes (window->look_panel);
}

static void
on_report (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ScopeWindow *window = data;
  const SmoothOutcome *outcome = scope_document_get_outcome (window->document);
  const SmoothSection *section = scope_document_get_section (window->document);

  GtkWidget *dialog = scope_report_dialog_new (GTK_WINDOW (window), outcome != NULL ? outcome->report : section->report);
  if (section->better_turn != 0)
    {
      const char *words = _(smooth_turn_get_words (section->turn == 0 ? section->better_turn : 0));
      g_autofree char *text = g_strdup_printf (_("Turn the spots: %s"), words);
      scope_report_dialog_add_action (SCOPE_REPORT_DIALOG (dialog), text, G_ACTION (g_action_map_lookup_action (G_ACTION_MAP (window), "turn")));
    }
  scope_access_present (GTK_WINDOW (dialog));
}

static void
on_pin (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_document_pin (((ScopeWindow *) data)->document);
}

static void
on_swap_pinned (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_document_swap_pinned (((ScopeWindow *) data)->document);
}

static void
on_return_to_pinned (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_document_return_to_pinned (((ScopeWindow *) data)->document);
}

static void
on_forget_pinned (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_document_set_pinned (((ScopeWindow *) data)->document, NULL, _("forget A"));
}

static void
on_move_legend (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_canvas_turn_card (((ScopeWindow *) data)->canvas, SCOPE_CARD_LEGEND);
}

static void
on_move_scale_bar (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  scope_canvas_turn_card (((ScopeWindow *) data)->canvas, SCOPE_CARD_SCALE_BAR);
}

/* From one way of comparing to the next: off, split, swipe, difference. */
static void
on_next_comparison (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ScopeWindow *window = data;
  ScopeLook look = *scope_document_get_look (window->document);

  look.colours.compare = (look.colours.compare + 1) % (SMOOTH_COMPARE_DIFFERENCE + 1);
  scope_document_set_look (window->document, &look);
}

static void
suggest (ScopeWindow *window, SmoothChooseMethod method)
{
  scope_access_present (GTK_WINDOW (scope_suggest_new (GTK_WINDOW (window), window->document, method)));
}

static void
on_suggest (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  suggest (window, SMOOTH_CHOOSE_AUTO);
}

/* Of the prior's reach alone: from how far expression stays alike. */
static void
on_suggest_rho (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  suggest (window, SMOOTH_CHOOSE_DECAY);
}

/* Made when it is asked for. GTK's own way keeps it hidden, and a hidden window ends the program in GTK 4.8 where a screen reader
 * asks for a window that has just closed: GTK answers with the last that it has, and one that is not shown has no address. */
static void
on_shortcuts (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/org/smoothscope/Smoothscope/shortcuts.ui");
  GtkWindow *shortcuts = GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));

  gtk_window_set_transient_for (shortcuts, GTK_WINDOW (window));
  gtk_window_present (shortcuts);
}

static const GActionEntry entries[] = {
  { .name = "suggest", .activate = on_suggest },
  { .name = "shortcuts", .activate = on_shortcuts },
  { .name = "suggest-rho", .activate = on_suggest_rho },
  { .name = "open", .activate = on_open },
  { .name = "open-file", .activate = on_open_file },
  { .name = "open-path", .activate = on_open_path, .parameter_type = "s" },
  { .name = "open-reference", .activate = on_open_reference },
  { .name = "remove-reference", .activate = on_remove_reference },
  { .name = "open-picture", .activate = on_open_picture },
  { .name = "open-categories", .activate = on_open_categories },
  { .name = "open-regions", .activate = on_open_regions },
  { .name = "save-regions", .activate = on_save_regions },
  { .name = "save-labels", .activate = on_save_labels },
  { .name = "clear-regions", .activate = on_clear_regions },
  { .name = "export-figure", .activate = on_export_figure },
  { .name = "methods", .activate = on_methods },
  { .name = "export-tables", .activate = on_export_tables },
  { .name = "export-anndata", .activate = on_export_anndata },
  { .name = "export-all", .activate = on_export_all },
  { .name = "send", .activate = on_send },
  { .name = "save", .activate = on_save },
  { .name = "save-as", .activate = on_save_as },
  { .name = "undo", .activate = on_undo },
  { .name = "redo", .activate = on_redo },
  { .name = "zoom-in", .activate = on_zoom_in },
  { .name = "zoom-out", .activate = on_zoom_out },
  { .name = "zoom-fit", .activate = on_zoom_fit },
  { .name = "zoom-one", .activate = on_zoom_one },
  { .name = "tool", .parameter_type = "s", .state = "'pan'", .change_state = on_tool },
  { .name = "brush-smaller", .activate = on_brush_smaller },
  { .name = "brush-larger", .activate = on_brush_larger },
  { .name = "cancel", .activate = on_cancel },
  { .name = "panels", .state = "true", .change_state = on_panels },
  { .name = "export-plots", .activate = on_export_plots },
  { .name = "plots", .state = "false", .change_state = on_plots },
  { .name = "tell", .activate = on_tell, .parameter_type = "(bs)" },
  { .name = "turn", .activate = on_turn },
  { .name = "next-pane", .activate = on_next_pane },
  { .name = "previous-pane", .activate = on_previous_pane },
  { .name = "graph", .activate = on_graph },
  { .name = "pin", .activate = on_pin },
  { .name = "move-legend", .activate = on_move_legend },
  { .name = "move-scale-bar", .activate = on_move_scale_bar },
  { .name = "swap-pinned", .activate = on_swap_pinned },
  { .name = "return-to-pinned", .activate = on_return_to_pinned },
  { .name = "forget-pinned", .activate = on_forget_pinned },
  { .name = "next-comparison", .activate = on_next_comparison },
  { .name = "find", .activate = on_find },
  { .name = "report", .activate = on_report },
};

void
scope_window_add_actions (ScopeWindow *window)
{
  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}

static void
enable (ScopeWindow *window, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (window), name)), enabled);
}

/* To be called when the document has changed. */
void
scope_window_update_actions (ScopeWindow *window)
{
  ScopeDocument *document = window->document;
  gboolean has_section = scope_document_get_section (document) != NULL;
  gboolean has_outcome = scope_document_get_outcome (document) != NULL;
  gboolean has_regions = smooth_regions_get_n (scope_document_get_regions (document)) > 0;
  static const char *const need_section[]
    = { "save", "save-as", "open-reference", "open-regions", "open-picture", "open-categories", "zoom-in", "zoom-out", "zoom-fit",
        "zoom-one", "tool", "graph", "export-plots", "find", "report" };

  for (gsize i = 0; i < G_N_ELEMENTS (need_section); i++)
    enable (window, need_section[i], has_section);
  enable (window, "pin", has_section);
  enable (window, "move-legend", has_section);
  enable (window, "move-scale-bar", has_section);
  enable (window, "swap-pinned", scope_document_get_pinned (document) != NULL);
  enable (window, "return-to-pinned", scope_document_get_pinned (document) != NULL);
  enable (window, "forget-pinned", scope_document_get_pinned (document) != NULL);
  enable (window, "next-comparison", scope_document_get_pinned (document) != NULL);
  const SmoothOutcome *outcome = scope_document_get_outcome (document);
  gboolean can_suggest = outcome != NULL && outcome->result != NULL && !scope_document_is_busy (document);
  enable (window, "suggest", can_suggest);
  enable (window, "suggest-rho", can_suggest);
  enable (window, "remove-reference", scope_document_get_signature (document) != NULL);
  enable (window, "save-regions", has_regions);
  enable (window, "save-labels", has_regions && has_outcome);
  enable (window, "clear-regions", has_regions);
  enable (window, "export-figure", has_outcome);
  enable (window, "methods", has_outcome);
  enable (window, "export-tables", has_outcome);
  enable (window, "export-anndata", has_outcome);
  enable (window, "export-all", has_outcome);
  enable (window, "send", has_outcome && gtk_widget_get_visible (window->send_button));
  enable (window, "turn", has_section && scope_document_get_section (document)->better_turn != 0);
  enable (window, "undo", scope_document_get_undo (document) != NULL);
  enable (window, "redo", scope_document_get_redo (document) != NULL);
}
