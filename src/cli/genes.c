/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds genes by name and takes their expression. */
#include "cli/genes.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

static int
compare_numbers (const void *a, const void *b)
{
  gint32 x = *(const gint32 *) a, y = *(const gint32 *) b;

  return (x > y) - (x < y);
}

/**
 * cli_find_genes:
 * @names: %NULL-terminated symbols or ids
 * @source: what errors and warnings name
 *
 * Returns: (transfer full): the different genes, ascending; those that are not there are warned of, none at all is an error
 */
gint32 *
cli_find_genes (const SmoothSection *section, const char *const *names, const char *source, SmoothReport *report, gint64 *n_genes,
                GError **error)
{
  g_autofree gint32 *genes = g_new (gint32, g_strv_length ((char **) names) + 1);
  gint64 n = 0, n_found = 0, n_missing = 0;
  const char *missing = NULL;

  for (gsize i = 0; names[i] != NULL; i++)
    {
      gint64 gene = smooth_section_find_gene (section, names[i]);
      if (gene >= 0)
        genes[n_found++] = (gint32) gene;
      else if (n_missing++ == 0)
        missing = names[i];
    }
  if (n_found == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "%s: expected genes of %s such as %s, found none of them among %" PRId64 " names, the first being %s",
                        source, section->name, section->n_genes > 0 ? section->gene_names[0] : _("(none)"), n_missing,
                        missing != NULL ? missing : _("(none)"));
      return NULL;
    }
  if (n_missing > 0)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "%s: %" PRId64 " of %" PRId64 " genes are not in the section, the first being %s", source, n_missing,
                       n_missing + n_found, missing);
  qsort (genes, (gsize) n_found, sizeof *genes, compare_numbers);
  for (gint64 i = 0; i < n_found; i++)
    if (i == 0 || genes[i] != genes[i - 1])
      genes[n++] = genes[i];
  *n_genes = n;
  return g_steal_pointer (&genes);
}

/* The names in the first column of a file; a header counts as a gene that is not there. */
static char **
load_names (const char *path, GError **error)
{
  g_autoptr (SmoothTable) table = smooth_table_load (path, error);
  char **names;

  if (table == NULL)
    return NULL;
  names = g_new0 (char *, smooth_table_get_n_rows (table) + 1);
  for (gint64 row = 0; row < smooth_table_get_n_rows (table); row++)
    names[row] = g_strdup (smooth_table_get_text (table, row, 0));
  return names;
}

static char **
split_names (const char *text)
{
  char **names = g_strsplit (text, ",", -1);

  for (gsize i = 0; names[i] != NULL; i++)
    g_strstrip (names[i]);
  return names;
}

/* Returns: (transfer full): of the genes that --genes or --gene-list name, else of the most variable ones */
SmoothExpression *
cli_open_expression (CliJob *job, const SmoothSection *section, const SmoothPrepareSettings *prepare, const SmoothExpressionSettings *settings,
                     GError **error)
{
  const char *text = cli_job_get_word (job, "genes"), *path = cli_job_get_input (job, "gene-list");
  SmoothExpression *expression;
  gint64 n_genes;

  if (text != NULL && path != NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected --genes or --gene-list, found both");
      return NULL;
    }
  if (text == NULL && path == NULL)
    expression = smooth_expression_new (section, prepare, settings, job->run, error);
  else
    {
      g_auto (GStrv) names = path != NULL ? load_names (path, error) : split_names (text);
      g_autofree gint32 *genes = names != NULL ? cli_find_genes (section, (const char *const *) names, path != NULL ? path : "--genes", job->report,
                                                                 &n_genes, error)
                                               : NULL;
      expression = genes != NULL ? smooth_expression_new_of_genes (section, genes, n_genes, prepare, job->run, error) : NULL;
    }
  if (expression != NULL)
    smooth_report_append (job->report, expression->report);
  return expression;
}

/* Returns: (transfer full): symbols of the used genes, ids where several genes of the section share one */
char **
cli_dup_gene_names (const SmoothSection *section, const SmoothExpression *expression)
{
  return smooth_section_dup_gene_labels (section, expression->genes, expression->n_genes);
}
