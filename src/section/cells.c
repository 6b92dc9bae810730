/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single cells as a reference: the mean of their expression over the cells of each label. */
#include "files/anndata.h"

#include "base/error.h"
#include "section/genes-private.h"
#include "section/section-private.h"
#include "section/signature-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MOST_TYPES 500

/* How much a column looks like cell types: 0 where it has one value, or nearly as many as there are cells. */
static gint
rate_labels (const SmoothAnnLabels *labels, gint64 n)
{
  static const char *const words[] = { "cluster", "label", "annot", "type" }; /* the better the later */
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *name = g_ascii_strdown (labels->name, -1);
  gint rate = 1;

  for (gint64 i = 0; i < n; i++)
    if (labels->labels[i] != NULL)
      g_hash_table_add (seen, labels->labels[i]);
  guint n_types = g_hash_table_size (seen);
  if (n_types < 2 || n_types > MOST_TYPES || 2 * (gint64) n_types > n)
    return 0;
  for (gsize w = 0; w < G_N_ELEMENTS (words); w++)
    if (strstr (name, words[w]) != NULL)
      rate = 2 + (gint) w;
  return rate;
}

/* The column that was asked for, else the one that looks most like cell types; of equals the first, unless they are many. */
static const SmoothAnnLabels *
choose_labels (const SmoothAnnData *anndata, GError **error)
{
  const SmoothAnnLabels *best = NULL;
  gint most = 0, n_equal = 0;

  for (gint64 k = 0; k < anndata->n_labels; k++)
    {
      gint rate = rate_labels (&anndata->labels[k], anndata->counts->n_barcodes);
      if (anndata->unused_choice != NULL)
        rate = g_str_equal (anndata->labels[k].name, anndata->unused_choice) ? 100 : 0;
      n_equal = rate > most ? 1 : n_equal + (rate == most && rate > 0);
      if (rate <= most)
        continue;
      best = &anndata->labels[k];
      most = rate;
    }
  g_autofree char *names = smooth_i_anndata_dup_label_names (anndata);
  if (anndata->unused_choice != NULL && best == NULL)
    smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s: expected a column of labels '%s', found %s", anndata->counts->path,
                      anndata->unused_choice, *names != '\0' ? names : _("none"));
  else if (best == NULL || (most == 1 && n_equal > 1))
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "%s: expected labels of the cells, such as a column 'cell_type', found %s: add '#' and the name of "
                        "the right one to the path",
                        anndata->counts->path, *names != '\0' ? names : _("none"));
      return NULL;
    }
  return best;
}

/* Names that the section knows: symbols, else identifiers. */
static SmoothGeneMatch *
match_genes (SmoothSignature *signature, const SmoothSection *cells, const SmoothSection *section)
{
  g_autoptr (SmoothGeneIndex) index = smooth_i_gene_index_new (section);
  g_autoptr (SmoothGeneMatch) by_name = smooth_i_gene_match_new (index, signature->gene_names, signature->n_genes);
  g_autoptr (SmoothGeneMatch) by_id = smooth_i_gene_match_new (index, cells->gene_ids, cells->n_genes);

  if (by_id->n_matched <= by_name->n_matched)
    return g_steal_pointer (&by_name);
  g_strfreev (signature->gene_names);
  signature->gene_names = g_strdupv (cells->gene_ids);
  return g_steal_pointer (&by_id);
}

static gboolean
check_genes (SmoothSignature *signature, const SmoothSection *cells, const SmoothSection *section, GError **error)
{
  g_autoptr (SmoothGeneMatch) match = match_genes (signature, cells, section);

  if (match->n_matched == 0)
    {
      g_autofree char *ours = smooth_i_dup_examples (section->gene_names, section->n_genes, 3);
      g_autofree char *theirs = smooth_i_dup_examples (cells->gene_names, cells->n_genes, 3);
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "%s: expected genes of the section (%s), found none of them: genes are %s", signature->path, ours,
                        theirs);
      return FALSE;
    }
  smooth_report_count (signature->report, "signature_genes", signature->n_genes);
  smooth_report_count (signature->report, "signature_types", signature->n_types);
  smooth_report_count (signature->report, "matched_genes", match->n_matched);
  smooth_i_gene_match_report (match, signature->gene_names, signature->report);
  smooth_i_gene_match_warn (match, section->n_genes, signature->report);
  return TRUE;
}

/**
 * smooth_i_signature_load_cells:
 * @path: an .h5ad file of single cells, with '#' and the name of the column of their types, or of the matrix of their counts,
 *   where one is chosen
 * @section: its genes tell by which names genes are known
 *
 * Returns: (transfer full): the mean of log (1 + depth-normalised counts) of each type, on the scale log1p
 */
SmoothSignature *
smooth_i_signature_load_cells (const char *path, const SmoothSection *section, GError **error)
{
  g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (path, NULL, error);
  const SmoothAnnLabels *labels = anndata != NULL ? choose_labels (anndata, error) : NULL;
  g_autoptr (SmoothSection) cells = NULL;

  if (labels == NULL)
    return NULL;
  cells = smooth_i_section_new ();
  cells->name = g_path_get_basename (anndata->counts->path);
  cells->path = g_strdup (path);
  smooth_i_anndata_fill_spots (cells, anndata);
  for (gint64 i = 0; i < cells->n_spots; i++)
    cells->spot_flags[i] = SMOOTH_SPOT_IN_TISSUE;
  if (!smooth_i_section_set_counts (cells, anndata->counts, path, NULL, error))
    return NULL;
  g_autoptr (SmoothSignature) signature
      = smooth_signature_new_from_labels (cells, (const char *const *) labels->labels, 0.0, error);
  if (signature == NULL)
    return NULL;
  signature->path = g_strdup (path);
  smooth_report_append (signature->report, anndata->report);
  smooth_report_add (signature->report, SMOOTH_REPORT_NOTE,
                     "the types are those of the column '%s'; '#' and the name of another behind the path reads that", labels->name);
  return check_genes (signature, cells, section, error) ? g_steal_pointer (&signature) : NULL;
}
