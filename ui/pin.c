/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pin is small: parameters and shared regions. The result that belongs to it is the document's to compute. */
#include "pin.h"

#include "param-row.h"

#include <glib/gi18n.h>
#include <string.h>

/**
 * scope_pin_new:
 * @parameters: copied
 * @regions: referenced
 */
ScopePin *
scope_pin_new (const SmoothParameters *parameters, SmoothRegions *regions)
{
  ScopePin *pin = g_new0 (ScopePin, 1);

  g_atomic_ref_count_init (&pin->ref_count);
  pin->parameters = *parameters;
  pin->regions = smooth_regions_ref (regions);
  return pin;
}

ScopePin *
scope_pin_ref (ScopePin *pin)
{
  g_atomic_ref_count_inc (&pin->ref_count);
  return pin;
}

void
scope_pin_unref (ScopePin *pin)
{
  if (!g_atomic_ref_count_dec (&pin->ref_count))
    return;
  smooth_regions_unref (pin->regions);
  g_free (pin);
}

/* Whether it is this setting. */
gboolean
scope_pin_fits (const ScopePin *pin, const SmoothParameters *parameters, const SmoothRegions *regions)
{
  return smooth_parameters_equal (&pin->parameters, parameters) && smooth_regions_equal (pin->regions, regions);
}

/* The symbol of a parameter where its label ends with one ('Correlation ρ'), else the label. */
static const char *
short_name (const SmoothParam *param)
{
  const char *label = g_dgettext (GETTEXT_PACKAGE, param->label);
  const char *space = strrchr (label, ' ');

  return space != NULL && g_utf8_strlen (space + 1, -1) == 1 ? space + 1 : label;
}

static void
append_value (GString *text, const SmoothParam *param, double value)
{
  if (text->len > 0)
    g_string_append (text, ", ");
  if (param->type == SMOOTH_PARAM_BOOL)
    g_string_append_printf (text, value != 0.0 ? _("%s: yes") : _("%s: no"), short_name (param));
  else if (param->type == SMOOTH_PARAM_CHOICE)
    {
      g_autofree char *name = smooth_param_dup_text (param, value);
      g_autofree char *upper = g_ascii_strup (name, -1);
      g_string_append (text, upper);
    }
  else
    g_string_append_printf (text, "%s %.4g%s%s", short_name (param), value, *param->unit != '\0' ? " " : "",
                            scope_unit_text (param->unit));
}

static void
append_regions (GString *text, const SmoothRegions *regions)
{
  gulong n = (gulong) smooth_regions_get_n (regions);

  if (text->len > 0)
    g_string_append (text, ", ");
  g_string_append_printf (text, ngettext ("%d region", "%d regions", n), (int) n);
}

/**
 * scope_pin_describe:
 * @a: the setting A
 * @parameters: of the present setting B
 * @regions: of B
 * @a_text: (out): A in words: only what differs, 'ρ 0.9, λ 0.1'
 * @b_text: (out): B in words
 */
void
scope_pin_describe (const ScopePin *a, const SmoothParameters *parameters, const SmoothRegions *regions, char **a_text,
                    char **b_text)
{
  GString *texts[2] = { g_string_new (NULL), g_string_new (NULL) };

  for (gsize i = 0; i < smooth_n_parameter_groups; i++)
    {
      const SmoothParameterGroup *group = &smooth_parameter_groups[i];
      for (gsize j = 0; j < group->table->n_params; j++)
        {
          const SmoothParam *param = &group->table->params[j];
          double at_a = smooth_param_get (param, (const char *) &a->parameters + group->offset);
          double at_b = smooth_param_get (param, (const char *) parameters + group->offset);
          if (at_a == at_b)
            continue;
          append_value (texts[0], param, at_a);
          append_value (texts[1], param, at_b);
        }
    }
  if (!smooth_regions_equal (a->regions, regions))
    {
      gboolean same_number = smooth_regions_get_n (a->regions) == smooth_regions_get_n (regions);
      append_regions (texts[0], a->regions);
      append_regions (texts[1], regions);
      if (same_number)
        g_string_append (texts[1], _(", changed"));
    }
  if (texts[0]->len == 0)
    {
      g_string_append (texts[0], _("kept setting"));
      g_string_append (texts[1], _("the same"));
    }
  *a_text = g_string_free (texts[0], FALSE);
  *b_text = g_string_free (texts[1], FALSE);
}
