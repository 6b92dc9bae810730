/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the most variable genes of a section and brings their counts to the scale of the preparation. */
#include "section/expression.h"

#include "base/error.h"
#include "section/prepare-private.h"
#include "section/section-private.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

#define LEAST_SPOTS 3 /* that a chosen gene is found in: fewer say nothing about a pattern */

static const SmoothParam params[] = {
  { "variable-genes", N_ ("Variable genes"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothExpressionSettings, n_genes), 2000, 0, 1000000, N_ ("genes"),
    NULL,
    N_ ("Number of genes that are used, those first that vary most beyond counting noise: more of them add finer patterns and more noise; "
        "0 uses every gene that is found in the tissue"),
    SMOOTH_PARAM_LOG, 50, 20000 },
};

const SmoothParamTable smooth_expression_params = {
  "expression", N_ ("Genes"), sizeof (SmoothExpressionSettings), params, G_N_ELEMENTS (params),
};

SmoothExpression *
smooth_expression_ref (SmoothExpression *expression)
{
  g_atomic_ref_count_inc (&expression->ref_count);
  return expression;
}

void
smooth_expression_unref (SmoothExpression *expression)
{
  if (expression == NULL || !g_atomic_ref_count_dec (&expression->ref_count))
    return;
  g_free (expression->spots);
  g_free (expression->genes);
  g_free (expression->variability);
  smooth_sparse_unref (expression->values);
  smooth_report_unref (expression->report);
  g_free (expression);
}

typedef struct
{
  double variability;
  gint32 gene;
} Ranked;

static int
compare_ranked (const void *a, const void *b)
{
  const Ranked *x = a, *y = b;

  if (x->variability != y->variability)
    return x->variability > y->variability ? -1 : 1;
  return (x->gene > y->gene) - (x->gene < y->gene);
}

static int
compare_genes (const void *a, const void *b)
{
  return (((const Ranked *) a)->gene > ((const Ranked *) b)->gene) - (((const Ranked *) a)->gene < ((const Ranked *) b)->gene);
}

/* In how many of the spots each gene is found. */
static gint64 *
count_spots (const SmoothSection *section, const gint32 *spots, gint64 n_spots)
{
  const SmoothSparse *counts = section->counts;
  gint64 *n_found = g_new0 (gint64, section->n_genes + 1);

  for (gint64 s = 0; s < n_spots; s++)
    for (gint64 e = counts->starts[spots[s]]; e < counts->starts[spots[s] + 1]; e++)
      n_found[counts->rows[e]] += counts->values[e] != 0.0;
  return n_found;
}

/* Fills genes and their variability, ascending by number. */
static gboolean
choose_genes (SmoothExpression *expression, const SmoothSection *section, gint n_wanted, SmoothRun *run, GError **error)
{
  g_autofree gint64 *n_found = count_spots (section, expression->spots, expression->n_spots);
  g_autofree double *variability = smooth_section_dup_variability (section, expression->spots, expression->n_spots, run);
  g_autofree Ranked *ranked = g_new (Ranked, section->n_genes + 1);
  gint64 least = n_wanted == 0 ? 1 : MIN (LEAST_SPOTS, expression->n_spots), n = 0, n_expressed = 0;

  for (gint64 g = 0; g < section->n_genes; g++)
    {
      n_expressed += n_found[g] > 0;
      if (n_found[g] >= least)
        ranked[n++] = (Ranked){ variability[g], (gint32) g };
    }
  if (n == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "%s: expected genes that are found in at least %" PRId64
                        " spots of the tissue, found none among %" PRId64,
                        section->name, least, section->n_genes);
      return FALSE;
    }
  qsort (ranked, (gsize) n, sizeof *ranked, compare_ranked);
  if (n_wanted > 0)
    n = MIN (n, n_wanted);
  qsort (ranked, (gsize) n, sizeof *ranked, compare_genes);
  expression->n_genes = n;
  expression->genes = g_new (gint32, n);
  expression->variability = g_new (double, n);
  for (gint64 i = 0; i < n; i++)
    {
      expression->genes[i] = ranked[i].gene;
      expression->variability[i] = ranked[i].variability;
    }
  smooth_report_count (expression->report, "expressed_genes", n_expressed);
  smooth_report_count (expression->report, "used_genes", n);
  smooth_report_add (expression->report, SMOOTH_REPORT_NOTE, "%" PRId64 " of %" PRId64 " genes are used: %s", n,
                     section->n_genes,
                     n_wanted > 0 ? _("the most variable ones beyond counting noise") : _("all that are found in the tissue"));
  return smooth_run_check (run, error);
}

/* What both ways begin with: the analysed spots and their depth. */
static SmoothExpression *
expression_alloc (const SmoothSection *section, const SmoothPrepareSettings *prepare, GError **error)
{
  g_autoptr (SmoothExpression) expression = g_new0 (SmoothExpression, 1);

  g_atomic_ref_count_init (&expression->ref_count);
  if (!smooth_params_check (&smooth_prepare_params, prepare, error))
    return NULL;
  expression->report = smooth_report_new ();
  expression->spots = smooth_section_dup_analysed (section, &expression->n_spots);
  if (expression->n_spots < 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected spots in the tissue with counts, found none",
                        section->name);
      return NULL;
    }
  expression->depth = smooth_prepare_get_depth (section, NULL, prepare);
  return g_steal_pointer (&expression);
}

/* What both ways end with: the values of the genes that are set. */
static gboolean
fill_values (SmoothExpression *expression, const SmoothSection *section, const SmoothPrepareSettings *prepare, SmoothRun *run, GError **error)
{
  SmoothPreparation preparation = {
    .section = section, .settings = prepare, .report = expression->report, .run = run, .n_spots = expression->n_spots,
    .spots = expression->spots, .depth = expression->depth,
  };

  expression->values = smooth_i_prepare_expression (&preparation, expression->genes, expression->n_genes, error);
  return expression->values != NULL && smooth_run_check (run, error);
}

/**
 * smooth_expression_new:
 * @prepare: (nullable): %NULL for the defaults; scale and depth are used as in smooth_prepared_new()
 * @settings: (nullable): %NULL for the defaults
 *
 * Genes are ranked by smooth_section_dup_variability() of the raw counts; of equal ones the first in the section comes first,
 * and genes that fewer than 3 spots have are not chosen. O(counts + genes min (n_spots, 1024)).
 *
 * Returns: (transfer full): log (1 + D C_gs / t_s) or raw counts of the chosen genes in the analysed spots. Errors: no analysed
 *   spot, no such gene
 */
SmoothExpression *
smooth_expression_new (const SmoothSection *section, const SmoothPrepareSettings *prepare, const SmoothExpressionSettings *settings,
                       SmoothRun *run, GError **error)
{
  SmoothPrepareSettings prepare_defaults;
  SmoothExpressionSettings defaults;

  smooth_params_init (&smooth_prepare_params, &prepare_defaults);
  smooth_params_init (&smooth_expression_params, &defaults);
  prepare = prepare != NULL ? prepare : &prepare_defaults;
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_expression_params, settings, error))
    return NULL;

  g_autoptr (SmoothExpression) expression = expression_alloc (section, prepare, error);
  if (expression == NULL || !choose_genes (expression, section, settings->n_genes, run, error)
      || !fill_values (expression, section, prepare, run, error))
    return NULL;
  return g_steal_pointer (&expression);
}

/**
 * smooth_expression_new_of_genes:
 * @genes: n_genes numbers in the section, ascending
 * @prepare: (nullable): %NULL for the defaults
 *
 * As smooth_expression_new(), of given genes; their variability is not measured. O(counts).
 */
SmoothExpression *
smooth_expression_new_of_genes (const SmoothSection *section, const gint32 *genes, gint64 n_genes, const SmoothPrepareSettings *prepare,
                                SmoothRun *run, GError **error)
{
  SmoothPrepareSettings defaults;

  smooth_params_init (&smooth_prepare_params, &defaults);
  prepare = prepare != NULL ? prepare : &defaults;
  for (gint64 i = 0; i < n_genes; i++)
    g_return_val_if_fail (genes[i] >= 0 && genes[i] < section->n_genes && (i == 0 || genes[i] > genes[i - 1]), NULL);

  g_autoptr (SmoothExpression) expression = expression_alloc (section, prepare, error);
  if (expression == NULL)
    return NULL;
  expression->n_genes = n_genes;
  expression->genes = g_memdup2 (genes, (gsize) MAX (n_genes, 1) * sizeof (gint32));
  smooth_report_count (expression->report, "used_genes", n_genes);
  return fill_values (expression, section, prepare, run, error) ? g_steal_pointer (&expression) : NULL;
}

/* Returns: (transfer full): NULL-terminated: symbols of the genes, ids where several genes of the section share one */
char **
smooth_section_dup_gene_labels (const SmoothSection *section, const gint32 *genes, gint64 n_genes)
{
  g_autoptr (GHashTable) uses = g_hash_table_new (g_str_hash, g_str_equal);
  char **labels = g_new0 (char *, n_genes + 1);

  for (gint64 g = 0; g < section->n_genes; g++)
    {
      gint n = GPOINTER_TO_INT (g_hash_table_lookup (uses, section->gene_names[g]));
      g_hash_table_insert (uses, section->gene_names[g], GINT_TO_POINTER (n + 1));
    }
  for (gint64 i = 0; i < n_genes; i++)
    {
      const char *symbol = section->gene_names[genes[i]];
      gboolean is_unique = GPOINTER_TO_INT (g_hash_table_lookup (uses, symbol)) == 1;
      labels[i] = g_strdup (is_unique ? symbol : section->gene_ids[genes[i]]);
    }
  return labels;
}
