/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The box writes the document's look, and follows it where it changes elsewhere. Limits are typed as the legend writes
 * them: shares in per cent. */
#include "scale-box.h"

#include "access.h"
#include "palette.h"

#include <glib/gi18n.h>
#include <math.h>

struct _ScopeScaleBox
{
  GtkBox parent_instance;
  GtkWidget *limits, *entries, *low, *high, *unit, *is_log, *is_reversed, *missing_swatch;
  ScopeDocument *document;
  gboolean is_updating; /* controls are being set, not used */
};

G_DEFINE_FINAL_TYPE (ScopeScaleBox, scope_scale_box, GTK_TYPE_BOX)

/* Whether the values are shares of 1. */
static gboolean
is_share (ScopeScaleBox *box, const ScopeLook *look)
{
  const SmoothLayer *layer = scope_document_get_looked_at_layer (box->document);

  if (layer != NULL)
    return layer->kind == SMOOTH_LAYER_SHARES || layer->kind == SMOOTH_LAYER_DEVIATIONS;
  return look->by == SCOPE_BY_TYPE || look->by == SCOPE_BY_MITOCHONDRIAL;
}

static double
typed_factor (ScopeScaleBox *box, const ScopeLook *look)
{
  return look->colours.limits == SMOOTH_LIMITS_TYPED && is_share (box, look) ? 100.0 : 1.0;
}

static void
show_number (GtkWidget *entry, double number)
{
  g_autofree char *text = g_strdup_printf ("%.6g", number);

  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  gtk_widget_remove_css_class (entry, "error");
}

static void
show_look (ScopeScaleBox *box)
{
  const ScopeLook *look = scope_document_get_look (box->document);
  const double *numbers = look->colours.limits == SMOOTH_LIMITS_PERCENTILE ? look->colours.percentiles : look->colours.typed;

  box->is_updating = TRUE;
  gtk_drop_down_set_selected (GTK_DROP_DOWN (box->limits), look->colours.limits);
  gtk_widget_set_visible (box->entries, look->colours.limits != SMOOTH_LIMITS_AUTO);
  show_number (box->low, numbers[0] * typed_factor (box, look));
  show_number (box->high, numbers[1] * typed_factor (box, look));
  gtk_label_set_text (GTK_LABEL (box->unit),
                      look->colours.limits == SMOOTH_LIMITS_PERCENTILE || typed_factor (box, look) > 1.0 ? "%" : "");
  gtk_check_button_set_active (GTK_CHECK_BUTTON (box->is_log), look->colours.is_log);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (box->is_reversed), look->colours.is_reversed);
  scope_swatch_set_colour (box->missing_swatch, look->own.missing);
  box->is_updating = FALSE;
}

static gboolean
read_number (GtkWidget *entry, double *number)
{
  g_autofree char *text = g_strstrip (g_strdelimit (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))), ",", '.'));
  char *end;

  *number = g_ascii_strtod (text, &end);
  return *text != '\0' && *end == '\0' && isfinite (*number);
}

static void
mark (GtkWidget *entry, gboolean is_good)
{
  if (is_good)
    gtk_widget_remove_css_class (entry, "error");
  else
    gtk_widget_add_css_class (entry, "error");
}

/* What is no range is marked and stays to be corrected. */
static void
on_entry (ScopeScaleBox *box)
{
  ScopeLook look = *scope_document_get_look (box->document);
  gboolean are_percentiles = look.colours.limits == SMOOTH_LIMITS_PERCENTILE;
  double low, high;

  if (box->is_updating)
    return;
  gboolean low_is_good = read_number (box->low, &low), high_is_good = read_number (box->high, &high);
  if (low_is_good && high_is_good && are_percentiles)
    {
      low_is_good = low >= 0.0 && low <= 100.0;
      high_is_good = high >= 0.0 && high <= 100.0;
    }
  high_is_good = high_is_good && (!low_is_good || high > low);
  mark (box->low, low_is_good);
  mark (box->high, high_is_good);
  if (!low_is_good || !high_is_good)
    {
      gtk_widget_error_bell (box->high);
      return;
    }
  double *numbers = are_percentiles ? look.colours.percentiles : look.colours.typed;
  numbers[0] = low / typed_factor (box, &look);
  numbers[1] = high / typed_factor (box, &look);
  scope_document_set_look (box->document, &look);
}

static void
on_used (ScopeScaleBox *box)
{
  if (box->is_updating || box->document == NULL)
    return;
  ScopeLook look = *scope_document_get_look (box->document);
  look.colours.limits = (gint) gtk_drop_down_get_selected (GTK_DROP_DOWN (box->limits));
  look.colours.is_log = gtk_check_button_get_active (GTK_CHECK_BUTTON (box->is_log));
  look.colours.is_reversed = gtk_check_button_get_active (GTK_CHECK_BUTTON (box->is_reversed));
  scope_document_set_look (box->document, &look);
}

static void
on_missing (ScopeScaleBox *box, guint rgb)
{
  ScopeLook look = *scope_document_get_look (box->document);

  look.own.missing = (look.own.missing & 0xff000000u) | rgb;
  scope_document_set_look (box->document, &look);
}

static void
on_changed (ScopeScaleBox *box, guint changes)
{
  if (changes & SCOPE_CHANGED_LOOK)
    show_look (box);
}

void
scope_scale_box_set_document (ScopeScaleBox *box, ScopeDocument *document)
{
  g_return_if_fail (box->document == NULL);
  box->document = g_object_ref (document);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_changed), box, G_CONNECT_SWAPPED);
  show_look (box);
}

static void
scope_scale_box_dispose (GObject *object)
{
  g_clear_object (&SCOPE_SCALE_BOX (object)->document);
  G_OBJECT_CLASS (scope_scale_box_parent_class)->dispose (object);
}

static void
scope_scale_box_class_init (ScopeScaleBoxClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_scale_box_dispose;
  g_type_ensure (SCOPE_TYPE_PALETTE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/scale-box.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeScaleBox, limits);
  gtk_widget_class_bind_template_child (widget_class, ScopeScaleBox, entries);
  gtk_widget_class_bind_template_child (widget_class, ScopeScaleBox, low);
  gtk_widget_class_bind_template_child (widget_class, ScopeScaleBox, high);
  gtk_widget_class_bind_template_child (widget_class, ScopeScaleBox, unit);
  gtk_widget_class_bind_template_child (widget_class, ScopeScaleBox, is_log);
  gtk_widget_class_bind_template_child (widget_class, ScopeScaleBox, is_reversed);
  gtk_widget_class_bind_template_child (widget_class, ScopeScaleBox, missing_swatch);
  gtk_widget_class_bind_template_callback (widget_class, on_used);
  gtk_widget_class_bind_template_callback (widget_class, on_entry);
  gtk_widget_class_bind_template_callback (widget_class, on_missing);
}

static void
scope_scale_box_init (ScopeScaleBox *box)
{
  box->is_updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (box));
  scope_access_name (box->limits, _("Limits of the colours"));
  box->is_updating = FALSE;
}
