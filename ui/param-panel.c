/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows come from the declared tables; a row that has no effect under the present choices is hidden. */
#include "param-panel.h"

#include "file-row.h"
#include "help-topic.h"
#include "loader.h"
#include "param-row.h"
#include "tip.h"

#include <glib/gi18n.h>

struct _ScopeParamPanel
{
  GtkBox parent_instance;
  GtkWidget *groups, *expert;
  ScopeDocument *document;
  GPtrArray *rows; /* of ScopeParamRow, borrowed */
  GtkWidget *files[SMOOTH_N_INPUT_FILES]; /* ScopeFileRow */
};

G_DEFINE_FINAL_TYPE (ScopeParamPanel, scope_param_panel, GTK_TYPE_BOX)

enum
{
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* A parameter that matters only while another one has a certain value. */
static const struct
{
  const char *name, *master, *choice;
} conditions[] = {
  { "k", "graph", "knn" },         { "ties", "graph", "knn" },         { "mutual", "graph", "knn" },
  { "radius", "graph", "radius" }, { "bandwidth", "graph", "radius" }, { "depth", "scale", "log1p" },
};

/* Settings that go together, under the name of what they are for. */
static const struct
{
  const char *group; /* whose section shows the button */
  const char *label, *tip;
  struct
  {
    const char *name, *text;
  } values[2];
} presets[] = {
  { "prior", N_ ("Clear anatomy"), N_ ("ICAR, ρ 0.99: for tissue in layers and other large, distinct structures"),
    { { "prior", "icar" }, { "rho", "0.99" } } },
  { "prior", N_ ("Tumour"), N_ ("ICAR, ρ 0.9: for tissue that changes within a few spots"),
    { { "prior", "icar" }, { "rho", "0.9" } } },
};

static gboolean
has_effect (const char *name, const SmoothParameters *parameters)
{
  for (gsize i = 0; i < G_N_ELEMENTS (conditions); i++)
    {
      const SmoothParameterGroup *group;
      const SmoothParam *master;
      if (!g_str_equal (conditions[i].name, name))
        continue;
      master = smooth_parameters_find (conditions[i].master, &group);
      if (master == NULL || master->type != SMOOTH_PARAM_CHOICE)
        continue;
      double value = smooth_param_get (master, (const char *) parameters + group->offset);
      if (!g_str_equal (master->choices[(gint) value], conditions[i].choice))
        return FALSE;
    }
  return TRUE;
}

/* What does nothing unless it is asked for takes no room either. */
static gboolean
is_optional (const SmoothParamTable *table)
{
  const SmoothParam *first = &table->params[0];

  return first->type == SMOOTH_PARAM_CHOICE && g_str_equal (first->choices[(gint) first->initial], "off");
}

static void
update_rows (ScopeParamPanel *panel)
{
  const SmoothParameters *parameters = scope_document_get_parameters (panel->document);
  gboolean expert = gtk_check_button_get_active (GTK_CHECK_BUTTON (panel->expert));

  for (guint i = 0; i < panel->rows->len; i++)
    {
      ScopeParamRow *row = panel->rows->pdata[i];
      const SmoothParam *param = scope_param_row_get_param (row);
      const char *settings = (const char *) parameters + scope_param_row_get_group (row)->offset;
      scope_param_row_set_value (row, smooth_param_get (param, settings));
      gtk_widget_set_visible (GTK_WIDGET (row), has_effect (param->name, parameters)
                                                    && (expert || !(param->flags & SMOOTH_PARAM_EXPERT)));
    }
  for (gint i = 0; i < SMOOTH_N_INPUT_FILES; i++)
    {
      const char *path = smooth_input_files_get_path (scope_document_get_state (panel->document)->files, (SmoothInputFile) i);
      scope_file_row_set_path (SCOPE_FILE_ROW (panel->files[i]), path);
      gtk_widget_set_visible (panel->files[i], expert || path != NULL || is_optional (smooth_input_files[i].table));
      gtk_widget_set_sensitive (panel->files[i], scope_document_get_section (panel->document) != NULL);
    }
}

static void
on_expert (ScopeParamPanel *panel)
{
  update_rows (panel);
}

static void
on_defaults (ScopeParamPanel *panel)
{
  SmoothParameters parameters;

  smooth_parameters_init (&parameters);
  scope_document_set_parameters (panel->document, &parameters, _("restore defaults"));
}

static void
on_preset (GtkButton *button, ScopeParamPanel *panel)
{
  guint i = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "preset"));
  SmoothParameters parameters = *scope_document_get_parameters (panel->document);

  for (gsize v = 0; v < G_N_ELEMENTS (presets[i].values); v++)
    {
      const SmoothParameterGroup *group;
      const SmoothParam *param = smooth_parameters_find (presets[i].values[v].name, &group);
      smooth_param_parse (param, (char *) &parameters + group->offset, presets[i].values[v].text, NULL);
    }
  scope_document_set_parameters (panel->document, &parameters, _(presets[i].label));
}

static void
add_presets (ScopeParamPanel *panel, GtkWidget *box, const char *group)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  gtk_box_set_homogeneous (GTK_BOX (line), TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    if (g_str_equal (presets[i].group, group))
      {
        GtkWidget *button = gtk_button_new_with_label (_(presets[i].label));
        scope_tip_set (button, _(presets[i].tip));
        g_object_set_data (G_OBJECT (button), "preset", GUINT_TO_POINTER (i));
        g_signal_connect (button, "clicked", G_CALLBACK (on_preset), panel);
        gtk_box_append (GTK_BOX (line), button);
      }
  gtk_widget_set_visible (line, gtk_widget_get_first_child (line) != NULL);
  gtk_box_append (GTK_BOX (box), line);
}

static void
on_row_changed (ScopeParamPanel *panel, double value, ScopeParamRow *row)
{
  g_autoptr (GError) error = NULL;

  if (!scope_document_set_parameter (panel->document, scope_param_row_get_group (row), scope_param_row_get_param (row), value,
                                     &error))
    {
      g_warning ("%s", error->message);
      update_rows (panel);
    }
}

static void
on_row_held (ScopeParamPanel *panel, gboolean is_held)
{
  scope_document_set_held (panel->document, is_held);
}

/* ---- Tables ---- */

typedef struct
{
  ScopeParamPanel *panel; /* referenced */
  SmoothSection *section; /* the same: for which they were chosen */
  const char *what;       /* the edit, for undo */
} Reading;

static void
on_files (GObject *source, GAsyncResult *result, gpointer data)
{
  Reading *reading = data;
  ScopeParamPanel *panel = reading->panel;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothInputFiles) files = scope_load_files_finish (result, &error);

  if (panel->document != NULL && reading->section == scope_document_get_section (panel->document))
    {
      if (files != NULL)
        scope_document_edit_files (panel->document, files, reading->what);
      else
        g_signal_emit (panel, signals[FAILED], 0, error->message);
      update_rows (panel);
    }
  smooth_section_unref (reading->section);
  g_object_unref (panel);
  g_free (reading);
}

/* One table is another one, or none: all are read together, as they may exclude each other. */
static void
on_path_chosen (ScopeParamPanel *panel, const char *path, ScopeFileRow *row)
{
  const char *paths[SMOOTH_N_INPUT_FILES];
  gboolean any = FALSE;
  const char *what = NULL;

  if (scope_document_get_section (panel->document) == NULL)
    return;
  for (gint i = 0; i < SMOOTH_N_INPUT_FILES; i++)
    {
      gboolean is_row = panel->files[i] == GTK_WIDGET (row);
      paths[i] = is_row ? path : smooth_input_files_get_path (scope_document_get_state (panel->document)->files, (SmoothInputFile) i);
      any = any || paths[i] != NULL;
      if (is_row)
        what = g_dgettext (GETTEXT_PACKAGE, smooth_input_files[i].label);
    }
  if (!any)
    {
      scope_document_edit_files (panel->document, NULL, what);
      return;
    }
  Reading *reading = g_new0 (Reading, 1);
  reading->panel = g_object_ref (panel);
  reading->section = smooth_section_ref (scope_document_get_section (panel->document));
  reading->what = what;
  scope_load_files_async (paths, on_files, reading);
}

static void
add_files (ScopeParamPanel *panel, GtkWidget *box, const SmoothParamTable *table)
{
  for (gint i = 0; i < SMOOTH_N_INPUT_FILES; i++)
    if (smooth_input_files[i].table == table)
      {
        panel->files[i] = scope_file_row_new (&smooth_input_files[i]);
        g_signal_connect_swapped (panel->files[i], "chosen", G_CALLBACK (on_path_chosen), panel);
        gtk_box_append (GTK_BOX (box), panel->files[i]);
      }
}

static void
add_suggest (ScopeParamRow *row, const char *name, const char *action)
{
  scope_param_row_add_button (row, _("Suggest…"), name, _("Finds values that suit the data, and says why; you may take or leave them"), action);
}

static void
add_group (ScopeParamPanel *panel, const SmoothParameterGroup *group)
{
  GtkWidget *section = gtk_expander_new (g_dgettext (GETTEXT_PACKAGE, group->table->label));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  gtk_widget_add_css_class (section, "panel-section");
  gtk_expander_set_expanded (GTK_EXPANDER (section), !is_optional (group->table));
  for (gsize i = 0; i < group->table->n_params; i++)
    {
      GtkWidget *row = scope_param_row_new (group, &group->table->params[i]);
      g_signal_connect_swapped (row, "changed", G_CALLBACK (on_row_changed), panel);
      g_signal_connect_swapped (row, "held", G_CALLBACK (on_row_held), panel);
      if (i == 0 && group->table->params[i].type == SMOOTH_PARAM_CHOICE && !is_optional (group->table))
        scope_param_row_hide_name (SCOPE_PARAM_ROW (row));
      if (group->table->params[i].offset == G_STRUCT_OFFSET (SmoothPrecisionSettings, rho) && group->table == &smooth_precision_params)
        add_suggest (SCOPE_PARAM_ROW (row), _("Suggest ρ"), "win.suggest-rho");
      if (group->table->params[i].offset == G_STRUCT_OFFSET (SmoothDeconvolutionSettings, lambda) && group->table == &smooth_deconvolution_params)
        add_suggest (SCOPE_PARAM_ROW (row), _("Suggest λ"), "win.suggest");
      g_autofree char *place = g_strconcat ("row ", group->table->params[i].name, NULL);
      scope_help_set_place (row, place);
      gtk_box_append (GTK_BOX (box), row);
      g_ptr_array_add (panel->rows, row);
    }
  add_files (panel, box, group->table);
  add_presets (panel, box, group->table->name);
  gtk_expander_set_child (GTK_EXPANDER (section), box);
  gtk_box_append (GTK_BOX (panel->groups), scope_help_beside (section, group->table->name, g_dgettext (GETTEXT_PACKAGE, group->table->label)));
}

static void
on_changed (ScopeParamPanel *panel, guint changes)
{
  if (changes & SCOPE_CHANGED_PARAMETERS)
    update_rows (panel);
}

void
scope_param_panel_set_document (ScopeParamPanel *panel, ScopeDocument *document)
{
  g_return_if_fail (panel->document == NULL);
  panel->document = g_object_ref (document);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_changed), panel, G_CONNECT_SWAPPED);
  update_rows (panel);
}

static void
scope_param_panel_dispose (GObject *object)
{
  ScopeParamPanel *panel = SCOPE_PARAM_PANEL (object);

  g_clear_object (&panel->document);
  g_clear_pointer (&panel->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (scope_param_panel_parent_class)->dispose (object);
}

static void
scope_param_panel_class_init (ScopeParamPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_param_panel_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/param-panel.ui");
  signals[FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_bind_template_child (widget_class, ScopeParamPanel, groups);
  gtk_widget_class_bind_template_child (widget_class, ScopeParamPanel, expert);
  gtk_widget_class_bind_template_callback (widget_class, on_expert);
  gtk_widget_class_bind_template_callback (widget_class, on_defaults);
}

static void
scope_param_panel_init (ScopeParamPanel *panel)
{
  panel->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (panel));
  for (gsize i = 0; i < smooth_n_parameter_groups; i++)
    add_group (panel, &smooth_parameter_groups[i]);
}
