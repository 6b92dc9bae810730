/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A slider moves over the usual range of its parameter - linearly, by powers of ten with 0 at the left end, or by powers
 * of ten of what is missing to 1; the entry takes any value of the whole range. */
#include "param-row.h"

#include "access.h"

#include "tip.h"

#include <glib/gi18n.h>
#include <math.h>

#define POSITIONS 1000.0 /* of a slider that is not linear */
#define ZERO_END 40.0    /* of these, where 0 is at the left end of a logarithmic slider */
#define DECADES_TO_ONE 3.0
#define MOST_LETTERS 20 /* on buttons side by side */

struct _ScopeParamRow
{
  GtkBox parent_instance;
  GtkWidget *top, *name, *unit;

  const SmoothParameterGroup *group;
  const SmoothParam *param;
  double value;
  gboolean is_updating; /* a control is being set, not moved */

  GtkAdjustment *adjustment; /* of the slider; NULL for choices and switches */
  GtkWidget *slider, *entry, *check;
  GtkWidget *list; /* of choices that buttons have no room for; NULL otherwise */
  GtkWidget *choices[8];
};

G_DEFINE_FINAL_TYPE (ScopeParamRow, scope_param_row, GTK_TYPE_BOX)

static guint changed_signal, held_signal;

static gboolean
is_log (const SmoothParam *param)
{
  return (param->flags & SMOOTH_PARAM_LOG) != 0;
}

static gboolean
is_linear (const SmoothParam *param)
{
  return (param->flags & (SMOOTH_PARAM_LOG | SMOOTH_PARAM_TO_ONE)) == 0;
}

static void
get_slider_range (const SmoothParam *param, double *low, double *high)
{
  gboolean is_limited = param->slider_max > param->slider_min;

  *low = is_limited ? param->slider_min : param->min;
  *high = is_limited ? param->slider_max : param->max;
  if (is_log (param) && *low <= 0.0)
    *low = *high * 1e-6;
}

/* Where the logarithmic part begins: behind the place of 0. */
static double
log_begin (const SmoothParam *param)
{
  return param->min > 0.0 ? 0.0 : ZERO_END;
}

static double
to_position (const SmoothParam *param, double value)
{
  double low, high;

  get_slider_range (param, &low, &high);
  if (is_linear (param))
    return value;
  if (!is_log (param))
    return POSITIONS * MIN (-log10 (MAX (1.0 - value, 1e-12)) / DECADES_TO_ONE, 1.0);
  if (value < low)
    return param->min > 0.0 || value <= 0.0 ? 0.0 : log_begin (param);
  return log_begin (param) + (POSITIONS - log_begin (param)) * log (MIN (value, high) / low) / log (high / low);
}

/* Three digits are enough for a hand. */
static double
round_digits (double value, int digits)
{
  double power = pow (10.0, digits - 1 - floor (log10 (fabs (value))));

  return value == 0.0 || !isfinite (power) ? value : round (value * power) / power;
}

static double
from_position (const SmoothParam *param, double position)
{
  double low, high, value = position;

  get_slider_range (param, &low, &high);
  if (is_log (param))
    {
      double begin = log_begin (param), t = (position - begin) / (POSITIONS - begin);
      value = position < begin / 2.0 ? 0.0 : round_digits (low * pow (high / low, MAX (t, 0.0)), 2);
    }
  else if (!is_linear (param))
    value = position >= POSITIONS ? 1.0 : 1.0 - round_digits (pow (10.0, -DECADES_TO_ONE * position / POSITIONS), 2);
  else if (param->type == SMOOTH_PARAM_DOUBLE)
    value = round (value / (high - low) * 1000.0) / 1000.0 * (high - low);
  if (param->type == SMOOTH_PARAM_INT)
    value = round (value);
  return CLAMP (value, param->min, param->max);
}

static void
change (ScopeParamRow *row, double value)
{
  if (!row->is_updating && value != row->value)
    g_signal_emit (row, changed_signal, 0, value);
}

static void
show_entry_text (ScopeParamRow *row)
{
  g_autofree char *text = g_strdup_printf ("%.5g", row->value);

  gtk_editable_set_text (GTK_EDITABLE (row->entry), text);
  gtk_widget_remove_css_class (row->entry, "error");
}

/**
 * scope_param_row_set_value:
 *
 * Shows a value; tells nobody.
 */
void
scope_param_row_set_value (ScopeParamRow *row, double value)
{
  const SmoothParam *param = row->param;

  row->is_updating = TRUE;
  row->value = value;
  if (param->type == SMOOTH_PARAM_BOOL)
    gtk_check_button_set_active (GTK_CHECK_BUTTON (row->check), value != 0.0);
  else if (row->list != NULL)
    gtk_drop_down_set_selected (GTK_DROP_DOWN (row->list), (guint) value);
  else if (param->type == SMOOTH_PARAM_CHOICE)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (row->choices[(gint) value]), TRUE);
  else
    {
      double position = gtk_adjustment_get_value (row->adjustment);
      if (from_position (param, position) != value)
        gtk_adjustment_set_value (row->adjustment, to_position (param, value));
      show_entry_text (row);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row->slider), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                      gtk_editable_get_text (GTK_EDITABLE (row->entry)), -1);
    }
  row->is_updating = FALSE;
}

static void
on_slider (ScopeParamRow *row)
{
  change (row, from_position (row->param, gtk_adjustment_get_value (row->adjustment)));
}

/* A decimal comma is understood; what is no number of the range is marked and stays to be corrected. */
static void
on_entry (ScopeParamRow *row)
{
  g_autofree char *text = g_strdelimit (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row->entry))), ",", '.');
  g_autofree gpointer settings = g_malloc0 (row->group->table->size);

  g_strstrip (text);
  if (!smooth_param_parse (row->param, settings, text, NULL))
    {
      gtk_widget_add_css_class (row->entry, "error");
      gtk_widget_error_bell (row->entry);
      return;
    }
  gtk_widget_remove_css_class (row->entry, "error");
  change (row, smooth_param_get (row->param, settings));
}

static void
on_entry_left (ScopeParamRow *row)
{
  on_entry (row);
  if (gtk_widget_has_css_class (row->entry, "error"))
    show_entry_text (row);
}

static void
on_check (ScopeParamRow *row)
{
  change (row, gtk_check_button_get_active (GTK_CHECK_BUTTON (row->check)));
}

static void
on_choice (GtkToggleButton *button, ScopeParamRow *row)
{
  for (gint i = 0; row->choices[i] != NULL && gtk_toggle_button_get_active (button); i++)
    if (row->choices[i] == GTK_WIDGET (button))
      change (row, i);
}

static void
on_listed (ScopeParamRow *row)
{
  change (row, gtk_drop_down_get_selected (GTK_DROP_DOWN (row->list)));
}

static void
on_name_pressed (GtkGestureClick *gesture, int n_press, double x, double y, ScopeParamRow *row)
{
  if (n_press == 2)
    change (row, row->param->initial);
}

/* Names of choices are words of the command line; here they may be words of the user's language. */
static const char *
choice_label (const char *choice)
{
  static const struct
  {
    const char *choice, *label;
  } labels[] = {
    { "knn", N_ ("Nearest") }, { "radius", N_ ("Radius") }, { "inclusive", N_ ("Inclusive") }, { "strict", N_ ("Strict") },
    { "log1p", N_ ("Log") },   { "counts", N_ ("Counts") }, { "icar", "ICAR" },                { "car", "CAR" },
    { "sar", "SAR" },          { "isar", "ISAR" },           { "sma", "SMA" },                { "off", N_ ("Off") },
    { "all", N_ ("All") },     { "pca", "PCA" },             { "mean", N_ ("Mean") },         { "pixels", N_ ("Pixels") },
    { "cosine", N_ ("Cosine") }, { "euclidean", N_ ("Euclidean") }, { "nnls", "NNLS" },     { "linear", N_ ("Linear") },
    { "k-means", "k-means" },    { "leiden", "Leiden" },             { "scores", N_ ("Posterior scores") },  { "components", N_ ("Components") },
    { "proportions", N_ ("Proportions") }, { "auto", N_ ("Automatic") },   { "coupled", N_ ("Coupled") }, { "blocks", N_ ("Blocks") },
    { "genes", N_ ("Halves of genes") }, { "thinning", N_ ("Halves of counts") }, { "evidence", N_ ("Evidence") }, { "decay", N_ ("Decay") },
    { "png", "PNG" },            { "pdf", "PDF" },                   { "svg", "SVG" },                { "light", N_ ("Light") },
    { "dark", N_ ("Dark") },     { "dwls", "DWLS" },          { "nusvr", "ν-SVR" },               { "lognormal", N_ ("Log-normal") },
    { "nb", "NB" },              { "zinb", "ZINB" },          { "poisson", "Poisson" },           { "gaussian", N_ ("Gaussian") },
    { "normal", N_ ("Normal") }, { "logistic-normal", N_ ("Logistic-normal") }, { "beside", N_ ("Beside") }, { "joint", N_ ("Joint") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
    if (g_str_equal (labels[i].choice, choice))
      return _(labels[i].label);
  return choice;
}

/* A wheel that scrolls the panel must not move the sliders that it passes. */
static void
ignore_wheel (GtkWidget *slider)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (slider);

  for (guint i = g_list_model_get_n_items (controllers); i-- > 0;)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        gtk_widget_remove_controller (slider, controller);
    }
}

/* Watches the pointer on its way to the slider, whose own gestures keep it from others. */
static gboolean
on_slider_event (GtkEventControllerLegacy *controller, GdkEvent *event, ScopeParamRow *row)
{
  GdkEventType type = gdk_event_get_event_type (event);

  if (type == GDK_BUTTON_PRESS || type == GDK_TOUCH_BEGIN)
    g_signal_emit (row, held_signal, 0, TRUE);
  else if (type == GDK_BUTTON_RELEASE || type == GDK_TOUCH_END || type == GDK_TOUCH_CANCEL || type == GDK_GRAB_BROKEN)
    g_signal_emit (row, held_signal, 0, FALSE);
  return GDK_EVENT_PROPAGATE;
}

static void
tell_holds (ScopeParamRow *row)
{
  GtkEventController *watch = gtk_event_controller_legacy_new ();

  gtk_event_controller_set_propagation_phase (watch, GTK_PHASE_CAPTURE);
  g_signal_connect (watch, "event", G_CALLBACK (on_slider_event), row);
  gtk_widget_add_controller (row->slider, watch);
}

static void
add_slider (ScopeParamRow *row, const char *label)
{
  const SmoothParam *param = row->param;
  double low, high;
  g_autofree char *entry_label = g_strdup_printf (_("%s, value"), label);
  GtkEventController *focus = gtk_event_controller_focus_new ();

  get_slider_range (param, &low, &high);
  if (!is_linear (param))
    {
      low = 0.0;
      high = POSITIONS;
    }
  double step = param->type == SMOOTH_PARAM_INT && is_linear (param) ? 1.0 : (high - low) / 100.0;
  row->adjustment = gtk_adjustment_new (low, low, high, step, 10.0 * step, 0.0);
  row->slider = gtk_scale_new (GTK_ORIENTATION_HORIZONTAL, row->adjustment);
  gtk_scale_set_draw_value (GTK_SCALE (row->slider), FALSE);
  gtk_range_set_round_digits (GTK_RANGE (row->slider), -1);
  scope_access_name (row->slider, label);
  ignore_wheel (row->slider);
  tell_holds (row);
  gtk_box_append (GTK_BOX (row), row->slider);
  g_signal_connect_swapped (row->adjustment, "value-changed", G_CALLBACK (on_slider), row);

  row->entry = gtk_entry_new ();
  gtk_editable_set_width_chars (GTK_EDITABLE (row->entry), 6);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (row->entry), 6);
  gtk_editable_set_alignment (GTK_EDITABLE (row->entry), 1.0f);
  gtk_entry_set_input_purpose (GTK_ENTRY (row->entry), GTK_INPUT_PURPOSE_NUMBER);
  scope_access_name (row->entry, entry_label);
  gtk_box_insert_child_after (GTK_BOX (row->top), row->entry, row->name);
  g_signal_connect_swapped (row->entry, "activate", G_CALLBACK (on_entry), row);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (on_entry_left), row);
  gtk_widget_add_controller (row->entry, focus);
}

static void
add_choices (ScopeParamRow *row, const char *label)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *first = NULL;

  gtk_widget_add_css_class (box, "linked");
  gtk_box_set_homogeneous (GTK_BOX (box), TRUE);
  for (gint i = 0; row->param->choices[i] != NULL && i + 1 < (gint) G_N_ELEMENTS (row->choices); i++)
    {
      const char *text = choice_label (row->param->choices[i]);
      g_autofree char *full = g_strdup_printf ("%s: %s", label, text);
      GtkWidget *button = gtk_toggle_button_new_with_label (text);
      gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button), (GtkToggleButton *) first);
      first = first != NULL ? first : button;
      scope_access_name (button, full);
      g_signal_connect (button, "toggled", G_CALLBACK (on_choice), row);
      gtk_box_append (GTK_BOX (box), button);
      row->choices[i] = button;
    }
  gtk_box_append (GTK_BOX (row), box);
}

/* Buttons side by side show all choices at once, if the panel is wide enough for their names. */
static gboolean
has_room_for_buttons (const SmoothParam *param)
{
  glong n_letters = 0;
  gint n = 0;

  for (; param->choices[n] != NULL; n++)
    n_letters += g_utf8_strlen (choice_label (param->choices[n]), -1);
  return n_letters <= MOST_LETTERS && n < (gint) G_N_ELEMENTS (((ScopeParamRow *) NULL)->choices);
}

static void
add_list (ScopeParamRow *row)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (gint i = 0; row->param->choices[i] != NULL; i++)
    gtk_string_list_append (names, choice_label (row->param->choices[i]));
  row->list = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&names)), NULL);
  scope_access_name_by (row->list, row->name); /* a label besides would be read, too */
  gtk_box_append (GTK_BOX (row), row->list);
  g_signal_connect_swapped (row->list, "notify::selected", G_CALLBACK (on_listed), row);
}

static void
add_check (ScopeParamRow *row, const char *label)
{
  row->check = gtk_check_button_new ();
  scope_access_name (row->check, label);
  gtk_box_insert_child_after (GTK_BOX (row->top), row->check, row->name);
  g_signal_connect_swapped (row->check, "toggled", G_CALLBACK (on_check), row);
}

/* A unit as it is shown: in the user's language. */
const char *
scope_unit_text (const char *unit)
{
  if (g_str_equal (unit, "um"))
    return "µm";
  return *unit != '\0' ? g_dgettext (GETTEXT_PACKAGE, unit) : "";
}

static void
describe (ScopeParamRow *row, const char *label)
{
  const SmoothParam *param = row->param;
  const char *help = g_dgettext (GETTEXT_PACKAGE, param->help);
  g_autofree char *initial = smooth_param_dup_text (param, param->initial);
  g_autofree char *tip = g_strdup_printf (_("%s.\n\nDefault: %s%s%s. A double click on the name restores it."), help, initial,
                                          *param->unit != '\0' ? " " : "", scope_unit_text (param->unit));

  gtk_label_set_text (GTK_LABEL (row->name), label);
  gtk_label_set_text (GTK_LABEL (row->unit), scope_unit_text (param->unit));
  gtk_widget_set_visible (row->unit, *param->unit != '\0');
  scope_tip_set (GTK_WIDGET (row), tip);
}

GtkWidget *
scope_param_row_new (const SmoothParameterGroup *group, const SmoothParam *param)
{
  ScopeParamRow *row = g_object_new (SCOPE_TYPE_PARAM_ROW, NULL);
  const char *label = g_dgettext (GETTEXT_PACKAGE, param->label);

  row->group = group;
  row->param = param;
  row->value = param->initial;
  row->is_updating = TRUE;
  describe (row, label);
  if (param->type == SMOOTH_PARAM_BOOL)
    add_check (row, label);
  else if (param->type == SMOOTH_PARAM_CHOICE && !has_room_for_buttons (param))
    add_list (row);
  else if (param->type == SMOOTH_PARAM_CHOICE)
    add_choices (row, label);
  else
    add_slider (row, label);
  scope_param_row_set_value (row, param->initial);
  return GTK_WIDGET (row);
}

/* For a choice that needs no words besides the heading over it. */
void
scope_param_row_hide_name (ScopeParamRow *row)
{
  gtk_widget_set_visible (row->top, FALSE);
}

/**
 * scope_param_row_add_button:
 * @name: for screen readers
 * @action: what it does: 'win.suggest'
 *
 * Adds a button behind the name.
 */
void
scope_param_row_add_button (ScopeParamRow *row, const char *label, const char *name, const char *tip, const char *action)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  scope_tip_set (button, tip);
  scope_access_name (button, name);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "inline");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_box_insert_child_after (GTK_BOX (row->top), button, row->name);
}

const SmoothParameterGroup *
scope_param_row_get_group (ScopeParamRow *row)
{
  return row->group;
}

const SmoothParam *
scope_param_row_get_param (ScopeParamRow *row)
{
  return row->param;
}

static void
scope_param_row_class_init (ScopeParamRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/param-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeParamRow, top);
  gtk_widget_class_bind_template_child (widget_class, ScopeParamRow, name);
  gtk_widget_class_bind_template_child (widget_class, ScopeParamRow, unit);
  gtk_widget_class_bind_template_callback (widget_class, on_name_pressed);

  /* changed (double value): by the user */
  changed_signal = g_signal_new ("changed", SCOPE_TYPE_PARAM_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 G_TYPE_DOUBLE);
  /* held (gboolean is_held): a hand has taken hold of the slider, or let it go */
  held_signal = g_signal_new ("held", SCOPE_TYPE_PARAM_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                              G_TYPE_BOOLEAN);
}

static void
scope_param_row_init (ScopeParamRow *row)
{
  gtk_widget_init_template (GTK_WIDGET (row));
}
