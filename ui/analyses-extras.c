/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of every analysis, regions of clusters, the names of genes to impute, and how training goes. */
#include "analyses-extras.h"

#include "access.h"
#include "dialogs.h"
#include "plot-view.h"
#include "tip.h"

#include <glib/gi18n.h>
#include <math.h>

#define LOSS_COLOUR 0x3584e4u
#define FIRST_SHARE 20 /* the steep first 1/20 of the epochs may leave the plot */

struct _ScopeAnalysesExtras
{
  GtkBox parent_instance;
  GtkWidget *genes, *show, *regions, *save, *losses; /* (nullable) */

  SmoothAnalysisKind kind;
  ScopeDocument *document;
  ScopeAnalyses *analyses;
};

G_DEFINE_FINAL_TYPE (ScopeAnalysesExtras, scope_analyses_extras, GTK_TYPE_BOX)

enum
{
  FAILED,
  TOLD,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- Genes to impute ---- */

static void
show_genes (ScopeAnalysesExtras *extras)
{
  const char *genes = scope_document_get_analyses (extras->document)->genes;

  if (extras->genes != NULL && g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (extras->genes)), genes) != 0)
    gtk_editable_set_text (GTK_EDITABLE (extras->genes), genes);
}

static void
on_genes (ScopeAnalysesExtras *extras)
{
  SmoothAnalysisSettings settings = *scope_document_get_analyses (extras->document);
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (extras->genes))));

  settings.genes = g_intern_string (text);
  scope_document_set_analyses (extras->document, &settings, _("genes to impute"), NULL);
}

static void
add_genes (ScopeAnalysesExtras *extras)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  extras->genes = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (extras->genes), _("The gene that is looked at"));
  scope_tip_set (extras->genes, _("Genes to impute, separated by commas; Enter takes them. Without any it is the gene that the spots are coloured by."));
  gtk_accessible_update_property (GTK_ACCESSIBLE (extras->genes), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Genes to impute"), -1);
  g_signal_connect_swapped (extras->genes, "activate", G_CALLBACK (on_genes), extras);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (on_genes), extras);
  gtk_widget_add_controller (extras->genes, focus);
  gtk_box_append (GTK_BOX (extras), extras->genes);
}

/* ---- Regions of clusters ---- */

/* A region a cluster, in its colour, over what is there. */
static SmoothRegions *
make_regions (ScopeAnalysesExtras *extras, const SmoothLayer *layer)
{
  const SmoothSection *section = scope_document_get_section (extras->document);
  const ScopeLook *look = scope_document_get_look (extras->document);
  SmoothRegions *regions = smooth_regions_ref (scope_document_get_regions (extras->document));
  g_autofree guint8 *touched = g_new (guint8, MAX (section->n_spots, 1));
  double pitch = (section->pitch > 0.0 ? section->pitch : MAX (section->spot_diameter, 1.0)) / section->um_per_pixel;

  for (gint k = 0; layer->categories[k] != NULL; k++)
    {
      SmoothStroke stroke = { section->n_spots, section->coords, touched, pitch };
      g_autofree char *name = g_strdup_printf (_("Cluster %s"), layer->categories[k]);
      gint64 n = 0;
      for (gint64 i = 0; i < section->n_spots; i++)
        n += touched[i] = smooth_layer_column (layer, 0)[i] == k;
      if (n == 0)
        continue;
      SmoothRegions *more = smooth_regions_new_with_spots (regions, name, scope_look_get_category_colour (look, k) & 0xffffff, &stroke);
      smooth_regions_unref (regions);
      regions = more;
    }
  return regions;
}

static void
on_regions (ScopeAnalysesExtras *extras)
{
  const SmoothLayer *layer = scope_document_get_layer (extras->document, "clusters");

  if (layer == NULL)
    return;
  g_autoptr (SmoothRegions) regions = make_regions (extras, layer);
  scope_document_edit_regions (extras->document, regions, _("regions of clusters"));
}

/* ---- Training ---- */

static double
get_greatest (const SmoothFindings *findings)
{
  double greatest = -HUGE_VAL;

  for (gint64 t = findings->n_epochs / FIRST_SHARE; t < findings->n_epochs; t++)
    greatest = MAX (greatest, findings->losses[t]);
  return greatest;
}

static SmoothPlot *
plot_losses (const SmoothFindings *findings)
{
  SmoothPlot *plot = smooth_plot_new (_("Loss of training"));
  g_autofree double *x = g_new (double, findings->n_epochs), *y = g_new (double, findings->n_epochs);
  double least = HUGE_VAL, greatest = get_greatest (findings);

  for (gint64 t = 0; t < findings->n_epochs; t++)
    {
      x[t] = (double) (t + 1);
      y[t] = MIN (findings->losses[t], greatest);
      least = MIN (least, y[t]);
    }
  double margin = MAX (0.05 * (greatest - least), 1e-6 * MAX (fabs (greatest), 1.0));
  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, _("epoch"), 0.0, MAX (findings->settings.vae.n_epochs, 1), SMOOTH_PLOT_LINEAR);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_Y, _("loss, a spot"), least - margin, greatest + margin, SMOOTH_PLOT_LINEAR);
  smooth_plot_add_line (plot, NULL, x, y, findings->n_epochs, LOSS_COLOUR);
  return plot;
}

static char *
dup_epoch (double x, double y, gpointer data)
{
  const ScopeAnalysesExtras *extras = data;
  const SmoothFindings *findings = scope_analyses_get_findings (extras->analyses, extras->kind);
  gint64 epoch = llround (x);

  (void) y;
  if (findings == NULL || epoch < 1 || epoch > findings->n_epochs)
    return NULL;
  return g_strdup_printf (_("epoch %d: %.6g"), (gint) epoch, findings->losses[epoch - 1]);
}

static void
show_losses (ScopeAnalysesExtras *extras)
{
  const SmoothFindings *findings = scope_analyses_get_findings (extras->analyses, extras->kind);

  gtk_widget_set_visible (extras->losses, findings != NULL && findings->n_epochs > 1);
  if (!gtk_widget_get_visible (extras->losses))
    return;
  g_autoptr (SmoothPlot) plot = plot_losses (findings);
  scope_plot_view_show (SCOPE_PLOT_VIEW (extras->losses), plot, findings->certificate);
}

static void
add_losses (ScopeAnalysesExtras *extras)
{
  extras->losses = scope_plot_view_new (_("Loss of training"));
  scope_plot_view_set_hover_func (SCOPE_PLOT_VIEW (extras->losses), dup_epoch, extras);
  gtk_box_append (GTK_BOX (extras), extras->losses);
}

/* ---- Looking and saving ---- */

static void
on_show (ScopeAnalysesExtras *extras)
{
  scope_analyses_show (extras->analyses, extras->kind);
}

/* The layer that is looked at where it is one of the findings, else their first. */
static SmoothLayer *
get_layer (ScopeAnalysesExtras *extras)
{
  const SmoothFindings *findings = scope_analyses_get_findings (extras->analyses, extras->kind);
  SmoothLayer *looked_at = scope_document_get_looked_at_layer (extras->document);

  if (findings == NULL)
    return NULL;
  if (looked_at != NULL && smooth_findings_get_layer (findings, looked_at->key) == looked_at)
    return looked_at;
  return findings->layers->pdata[0];
}

static void
on_path (const char *path, gpointer data)
{
  g_autoptr (ScopeAnalysesExtras) extras = data;
  g_autoptr (GError) error = NULL;
  SmoothLayer *layer = extras->document != NULL ? get_layer (extras) : NULL;

  if (path == NULL || layer == NULL)
    return;
  g_autofree char *full = g_str_has_suffix (path, ".csv") ? g_strdup (path) : g_strconcat (path, ".csv", NULL);
  g_autofree char *text = g_strdup_printf (_("The table was saved as %s."), full);
  if (smooth_export_layer (layer, scope_document_get_section (extras->document), full, &error))
    g_signal_emit (extras, signals[TOLD], 0, text);
  else
    g_signal_emit (extras, signals[FAILED], 0, error->message);
}

static void
on_save (ScopeAnalysesExtras *extras)
{
  const SmoothLayer *layer = get_layer (extras);

  if (layer == NULL)
    return;
  g_autofree char *name = g_strdup_printf ("%s-%s.csv", scope_document_get_section (extras->document)->name, layer->key);
  scope_dialog_save (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (extras))), _("Save table"), name, on_path, g_object_ref (extras));
}

static GtkWidget *
add_button (ScopeAnalysesExtras *extras, GtkWidget *box, const char *label, const char *tip, GCallback clicked)
{
  GtkWidget *button = gtk_button_new_with_label (label);
  g_autofree char *name = g_strdup_printf ("%s: %s", g_dgettext (GETTEXT_PACKAGE, smooth_analyses[extras->kind].label), label);

  scope_tip_set (button, tip);
  scope_access_name (button, name);
  g_signal_connect_swapped (button, "clicked", clicked, extras);
  gtk_box_append (GTK_BOX (box), button);
  return button;
}

/* ---- The box ---- */

static void
update (ScopeAnalysesExtras *extras)
{
  gboolean has_findings = scope_analyses_get_findings (extras->analyses, extras->kind) != NULL;

  gtk_widget_set_sensitive (extras->show, has_findings);
  gtk_widget_set_sensitive (extras->save, has_findings);
  if (extras->regions != NULL)
    gtk_widget_set_sensitive (extras->regions, has_findings);
  if (extras->losses != NULL)
    show_losses (extras);
}

static void
on_analysis_changed (ScopeAnalysesExtras *extras, guint kind)
{
  if (kind == extras->kind)
    update (extras);
}

static void
on_document_changed (ScopeAnalysesExtras *extras, guint changes)
{
  if (changes & SCOPE_CHANGED_ANALYSES)
    show_genes (extras);
}

GtkWidget *
scope_analyses_extras_new (SmoothAnalysisKind kind, ScopeDocument *document, ScopeAnalyses *analyses)
{
  ScopeAnalysesExtras *extras = g_object_new (SCOPE_TYPE_ANALYSES_EXTRAS, "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 6, NULL);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  extras->kind = kind;
  extras->document = g_object_ref (document);
  extras->analyses = g_object_ref (analyses);
  if (kind == SMOOTH_ANALYSIS_IMPUTATION)
    add_genes (extras);
  if (kind == SMOOTH_ANALYSIS_AUTOENCODER)
    add_losses (extras);
  if (kind == SMOOTH_ANALYSIS_CLUSTERS)
    extras->regions = add_button (extras, GTK_WIDGET (extras), _("Make regions of clusters"),
                                  _("Adds a region for each cluster; smoothing then stops at their borders. One undo takes them back."),
                                  G_CALLBACK (on_regions));
  gtk_box_set_homogeneous (GTK_BOX (line), TRUE);
  gtk_box_append (GTK_BOX (extras), line);
  extras->show = add_button (extras, line, _("Show"), _("Colours the spots by what was found"), G_CALLBACK (on_show));
  extras->save = add_button (extras, line, _("Save table…"), _("Saves the values of all spots as a CSV file"), G_CALLBACK (on_save));
  g_signal_connect_object (document, "changed", G_CALLBACK (on_document_changed), extras, G_CONNECT_SWAPPED);
  g_signal_connect_object (analyses, "changed", G_CALLBACK (on_analysis_changed), extras, G_CONNECT_SWAPPED);
  show_genes (extras);
  update (extras);
  return GTK_WIDGET (extras);
}

static void
scope_analyses_extras_dispose (GObject *object)
{
  ScopeAnalysesExtras *extras = SCOPE_ANALYSES_EXTRAS (object);

  g_clear_object (&extras->document);
  g_clear_object (&extras->analyses);
  G_OBJECT_CLASS (scope_analyses_extras_parent_class)->dispose (object);
}

static void
scope_analyses_extras_class_init (ScopeAnalysesExtrasClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_analyses_extras_dispose;

  /* failed (const char *text), told (const char *text): what the user should hear of */
  signals[FAILED] = g_signal_new ("failed", SCOPE_TYPE_ANALYSES_EXTRAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[TOLD] = g_signal_new ("told", SCOPE_TYPE_ANALYSES_EXTRAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
scope_analyses_extras_init (ScopeAnalysesExtras *extras)
{
}
