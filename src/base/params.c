/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading, checking and printing of declared parameters. All values pass through double, which holds every gint. */
#include "base/params.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static gpointer
field (const SmoothParam *param, gconstpointer settings)
{
  return (char *) settings + param->offset;
}

static gint
n_choices (const SmoothParam *param)
{
  return (gint) g_strv_length ((char **) param->choices);
}

/* Writes without checking. */
static void
store (const SmoothParam *param, gpointer settings, double value)
{
  if (param->type == SMOOTH_PARAM_DOUBLE)
    *(double *) field (param, settings) = value;
  else
    *(gint *) field (param, settings) = (gint) value;
}

static gboolean
is_in_range (const SmoothParam *param, double value)
{
  if (!isfinite (value))
    return FALSE;
  if (param->type == SMOOTH_PARAM_DOUBLE)
    return value >= param->min && value <= param->max;
  if (value != floor (value))
    return FALSE;
  if (param->type == SMOOTH_PARAM_BOOL)
    return value == 0.0 || value == 1.0;
  if (param->type == SMOOTH_PARAM_CHOICE)
    return value >= 0.0 && value < n_choices (param);
  return value >= param->min && value <= param->max;
}

void
smooth_params_init (const SmoothParamTable *table, gpointer settings)
{
  memset (settings, 0, table->size);
  for (gsize i = 0; i < table->n_params; i++)
    store (&table->params[i], settings, table->params[i].initial);
}

/* Both wordings of an error need the range in their own. */
static void
set_number_error (const SmoothParam *param, double found, GError **error)
{
  SmoothWording wording = { NULL };

  while (smooth_i_wording_next (&wording))
    {
      g_autofree char *range = smooth_param_dup_range (param);
      smooth_i_wording_print (&wording, "%s: expected %s, found %g", param->name, range, found);
    }
  smooth_i_error_take (error, SMOOTH_ERROR_VALUE, &wording);
}

static void
set_text_error (const SmoothParam *param, const char *found, GError **error)
{
  SmoothWording wording = { NULL };

  while (smooth_i_wording_next (&wording))
    {
      g_autofree char *range = smooth_param_dup_range (param);
      smooth_i_wording_print (&wording, "%s: expected %s, found '%s'", param->name, range, found);
    }
  smooth_i_error_take (error, SMOOTH_ERROR_VALUE, &wording);
}

/**
 * smooth_params_check:
 * @table: the declaration
 * @settings: the struct that it declares
 * @error: names the parameter, its range and the value found
 *
 * Returns: TRUE where every parameter is in its range
 */
gboolean
smooth_params_check (const SmoothParamTable *table, gconstpointer settings, GError **error)
{
  for (gsize i = 0; i < table->n_params; i++)
    {
      const SmoothParam *param = &table->params[i];
      double value = smooth_param_get (param, settings);
      if (!is_in_range (param, value))
        {
          set_number_error (param, value, error);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
smooth_params_equal (const SmoothParamTable *table, gconstpointer a, gconstpointer b)
{
  for (gsize i = 0; i < table->n_params; i++)
    if (smooth_param_get (&table->params[i], a) != smooth_param_get (&table->params[i], b))
      return FALSE;
  return TRUE;
}

const SmoothParam *
smooth_params_find (const SmoothParamTable *table, const char *name)
{
  for (gsize i = 0; i < table->n_params; i++)
    if (strcmp (table->params[i].name, name) == 0)
      return &table->params[i];
  return NULL;
}

double
smooth_param_get (const SmoothParam *param, gconstpointer settings)
{
  if (param->type == SMOOTH_PARAM_DOUBLE)
    return *(const double *) field (param, settings);
  return *(const gint *) field (param, settings);
}

/**
 * smooth_param_set:
 *
 * Sets the field of @param in @settings; a value out of range is an error and changes nothing.
 */
gboolean
smooth_param_set (const SmoothParam *param, gpointer settings, double value, GError **error)
{
  if (!is_in_range (param, value))
    {
      set_number_error (param, value, error);
      return FALSE;
    }
  store (param, settings, value);
  return TRUE;
}

/* Text to value; FALSE where the text is no value of this type (its range is not looked at). */
static gboolean
read_text (const SmoothParam *param, const char *text, double *value)
{
  if (param->type == SMOOTH_PARAM_BOOL)
    {
      gboolean yes = !g_ascii_strcasecmp (text, "true") || !g_ascii_strcasecmp (text, "yes") || !strcmp (text, "1");
      gboolean no = !g_ascii_strcasecmp (text, "false") || !g_ascii_strcasecmp (text, "no") || !strcmp (text, "0");
      *value = yes;
      return yes || no;
    }
  if (param->type == SMOOTH_PARAM_CHOICE)
    {
      for (gint i = 0; param->choices[i] != NULL; i++)
        if (g_ascii_strcasecmp (text, param->choices[i]) == 0)
          {
            *value = i;
            return TRUE;
          }
      return FALSE;
    }

  char *end = NULL;
  *value = g_ascii_strtod (text, &end);
  return end != text && *end == '\0';
}

/**
 * smooth_param_parse:
 * @text: as on a command line: a number with a decimal point, true/false, or the name of a choice
 *
 * Never depends on the locale.
 */
gboolean
smooth_param_parse (const SmoothParam *param, gpointer settings, const char *text, GError **error)
{
  double value;

  if (!read_text (param, text, &value) || !is_in_range (param, value))
    {
      set_text_error (param, text, error);
      return FALSE;
    }
  store (param, settings, value);
  return TRUE;
}

/* The shortest text that reads back as the same double. */
static char *
dup_number (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (int digits = 6; digits <= 17; digits++)
    {
      char format[8];
      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, sizeof text, format, value);
      if (g_ascii_strtod (text, NULL) == value)
        break;
    }
  return g_strdup (text);
}

/**
 * smooth_param_dup_text:
 *
 * Returns: (transfer full): @value as smooth_param_parse() reads it back, to the last bit
 */
char *
smooth_param_dup_text (const SmoothParam *param, double value)
{
  switch (param->type)
    {
    case SMOOTH_PARAM_BOOL:
      return g_strdup (value != 0.0 ? "true" : "false");
    case SMOOTH_PARAM_CHOICE:
      return g_strdup (param->choices[(gint) value]);
    case SMOOTH_PARAM_INT:
    case SMOOTH_PARAM_DOUBLE:
    default:
      return dup_number (value);
    }
}

/**
 * smooth_param_dup_range:
 *
 * Returns: (transfer full): what the parameter may be: "a number 0 to 1", "one of knn, radius"
 */
char *
smooth_param_dup_range (const SmoothParam *param)
{
  if (param->type == SMOOTH_PARAM_BOOL)
    return g_strdup (_("true or false"));
  if (param->type == SMOOTH_PARAM_CHOICE)
    {
      g_autofree char *names = g_strjoinv (", ", (char **) param->choices);
      return g_strdup_printf (_("one of %s"), names);
    }

  g_autofree char *low = dup_number (param->min);
  g_autofree char *high = dup_number (param->max);
  gboolean whole = param->type == SMOOTH_PARAM_INT;
  if (*param->unit != '\0')
    return g_strdup_printf (whole ? _("a whole number %s to %s %s") : _("a number %s to %s %s"), low, high, _(param->unit));
  return g_strdup_printf (whole ? _("a whole number %s to %s") : _("a number %s to %s"), low, high);
}
