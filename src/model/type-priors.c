/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading priors by type, and making the precision matrices of the types of a model; types with the same prior share one. */
#include "model/type-priors.h"

#include "base/error.h"
#include "files/table.h"

#include <math.h>
#include <string.h>

SmoothTypePriors *
smooth_type_priors_ref (SmoothTypePriors *priors)
{
  g_atomic_ref_count_inc (&priors->ref_count);
  return priors;
}

void
smooth_type_priors_unref (SmoothTypePriors *priors)
{
  if (priors == NULL || !g_atomic_ref_count_dec (&priors->ref_count))
    return;
  g_free (priors->path);
  g_strfreev (priors->names);
  g_free (priors->kinds);
  g_free (priors->rhos);
  g_free (priors->values);
  g_free (priors);
}

/* The columns of the table; -1: it has none of that name. */
typedef struct
{
  gint64 type, prior, rho, confidence;
} Places;

static gboolean
find_places (const SmoothTable *table, Places *places, GError **error)
{
  gint64 n = smooth_table_get_n_cols (table), n_known;

  *places = (Places){
    .type = smooth_table_find_column (table, "type"),
    .prior = smooth_table_find_column (table, "prior"),
    .rho = smooth_table_find_column (table, "rho"),
    .confidence = smooth_table_find_column (table, "confidence"),
  };
  n_known = (places->type >= 0) + (places->prior >= 0) + (places->rho >= 0) + (places->confidence >= 0);
  if (places->type >= 0 && n_known > 1 && n_known == n)
    return TRUE;
  g_autoptr (GString) found = g_string_new (NULL);
  for (gint64 col = 0; col < n; col++)
    g_string_append_printf (found, "%s%s", col > 0 ? ", " : "", smooth_table_get_column_name (table, col));
  smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                    "%s: expected the columns type and one or more of prior, rho and confidence, found %s",
                    smooth_table_get_path (table), found->str);
  return FALSE;
}

static gboolean
is_given (const SmoothTable *table, gint64 row, gint64 col)
{
  return col >= 0 && smooth_table_get_text (table, row, col)[0] != '\0';
}

static gboolean
read_row (SmoothTypePriors *priors, const SmoothTable *table, gint64 row, const Places *places, GError **error)
{
  SmoothPrecisionSettings settings;
  const char *name = smooth_table_get_text (table, row, places->type);
  g_autofree char *place = smooth_table_dup_place (table, row, places->type);

  for (gint64 other = 0; other < row; other++)
    if (strcmp (priors->names[other], name) == 0)
      {
        smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected every type once, found '%s' again", place, name);
        return FALSE;
      }
  smooth_params_init (&smooth_precision_params, &settings);
  priors->names[row] = g_strdup (name);
  priors->kinds[row] = -1;
  priors->rhos[row] = priors->values[row] = NAN;
  if (is_given (table, row, places->prior))
    {
      const SmoothParam *param = smooth_params_find (&smooth_precision_params, "prior");
      if (!smooth_param_parse (param, &settings, smooth_table_get_text (table, row, places->prior), error))
        {
          smooth_error_prefix (error, "%s: ", place);
          return FALSE;
        }
      priors->kinds[row] = settings.kind;
    }
  if (is_given (table, row, places->rho))
    {
      if (!smooth_table_get_number (table, row, places->rho, &settings.rho, error))
        return FALSE;
      if (!smooth_params_check (&smooth_precision_params, &settings, error))
        {
          smooth_error_prefix (error, "%s: ", place);
          return FALSE;
        }
      priors->rhos[row] = settings.rho;
    }
  if (!is_given (table, row, places->confidence))
    return TRUE;
  if (!smooth_table_get_number (table, row, places->confidence, &priors->values[row], error))
    return FALSE;
  if (priors->values[row] >= 0.0)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: '%s': expected a confidence of at least 0, found %g", place, name,
                    priors->values[row]);
  return FALSE;
}

/**
 * smooth_type_priors_load:
 * @path: a table with the column type and one or more of prior, rho and confidence; an empty cell: as the section's
 *
 * Returns: (transfer full): the priors; errors name file, line and what was expected
 */
SmoothTypePriors *
smooth_type_priors_load (const char *path, GError **error)
{
  g_autoptr (SmoothTable) table = smooth_table_load (path, error);
  Places places;

  if (table == NULL)
    return NULL;
  smooth_table_take_header (table);
  if (!find_places (table, &places, error))
    return NULL;
  g_autoptr (SmoothTypePriors) priors = g_new0 (SmoothTypePriors, 1);
  g_atomic_ref_count_init (&priors->ref_count);
  priors->path = g_strdup (path);
  priors->n_types = smooth_table_get_n_rows (table);
  priors->names = g_new0 (char *, priors->n_types + 1);
  priors->kinds = g_new0 (gint, priors->n_types + 1);
  priors->rhos = g_new0 (double, priors->n_types + 1);
  priors->values = g_new0 (double, priors->n_types + 1);
  priors->has_confidences = places.confidence >= 0;
  for (gint64 row = 0; row < priors->n_types; row++)
    if (!read_row (priors, table, row, &places, error))
      return NULL;
  return g_steal_pointer (&priors);
}

/* Returns: the row of the type, -1 where there is none */
static gint64
find_type (const SmoothTypePriors *priors, const char *name)
{
  for (gint64 i = 0; i < priors->n_types; i++)
    if (strcmp (priors->names[i], name) == 0)
      return i;
  return -1;
}

/* Returns: (nullable) (transfer full): n_names, 1 where nothing is said; %NULL where the table has no confidences */
double *
smooth_type_priors_dup_confidences (const SmoothTypePriors *priors, const char *const *names, gint64 n_names)
{
  double *values = priors->has_confidences ? g_new (double, MAX (n_names, 1)) : NULL;

  for (gint64 k = 0; values != NULL && k < n_names; k++)
    {
      gint64 i = find_type (priors, names[k]);
      values[k] = i >= 0 && !isnan (priors->values[i]) ? priors->values[i] : 1.0;
    }
  return values;
}

/* A row whose type is none of the model's is a mistake in a name. */
static gboolean
check_names (const SmoothTypePriors *priors, const char *const *names, gint64 n_names, GError **error)
{
  for (gint64 i = 0; i < priors->n_types; i++)
    {
      gint64 k = 0;
      while (k < n_names && strcmp (names[k], priors->names[i]) != 0)
        k++;
      if (k < n_names)
        continue;
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s: expected types of the reference such as '%s', found '%s'",
                        priors->path, n_names > 0 ? names[0] : "", priors->names[i]);
      return FALSE;
    }
  return TRUE;
}

/**
 * smooth_type_priors_dup_precisions:
 * @names: n_names types
 * @settings: of the section's prior, which a table leaves as it is where it says nothing
 * @precision: by @settings
 * @report: told what other priors have to say, once each
 *
 * Returns: (transfer full): n_names precisions, %NULL-terminated, each to be unreferenced; an error names a type that there is none of
 */
SmoothPrecision **
smooth_type_priors_dup_precisions (const SmoothTypePriors *priors, const char *const *names, gint64 n_names, const SmoothGraph *graph,
                                   const SmoothPrecisionSettings *settings, SmoothPrecision *precision, SmoothReport *report,
                                   SmoothRun *run, GError **error)
{
  g_autofree SmoothPrecisionSettings *wanted = g_new (SmoothPrecisionSettings, MAX (n_names, 1));
  g_autoptr (GPtrArray) precisions = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_precision_unref);

  if (!check_names (priors, names, n_names, error))
    return NULL;
  for (gint64 k = 0; k < n_names; k++)
    {
      gint64 i = find_type (priors, names[k]), same = 0;
      SmoothPrecision *own = NULL;
      wanted[k] = *settings;
      if (i >= 0 && priors->kinds[i] >= 0)
        wanted[k].kind = priors->kinds[i];
      if (i >= 0 && !isnan (priors->rhos[i]))
        wanted[k].rho = priors->rhos[i];
      while (same < k && !smooth_params_equal (&smooth_precision_params, &wanted[same], &wanted[k]))
        same++;
      if (same < k)
        own = smooth_precision_ref (g_ptr_array_index (precisions, same));
      else if (smooth_params_equal (&smooth_precision_params, settings, &wanted[k]))
        own = smooth_precision_ref (precision);
      else
        {
          own = smooth_precision_new (graph, &wanted[k], run, error);
          if (own == NULL)
            {
              smooth_error_prefix (error, "the prior of '%s': ", names[k]);
              return NULL;
            }
          smooth_report_append (report, own->report);
        }
      g_ptr_array_add (precisions, own);
    }
  g_ptr_array_add (precisions, NULL);
  g_ptr_array_set_free_func (precisions, NULL);
  return (SmoothPrecision **) g_ptr_array_free (g_steal_pointer (&precisions), FALSE);
}
