/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reference: mean expression of each cell type, and the scale that it is on.
 *
 * As a file: a table of genes x types, or types x genes, with names in its first row and column, plain or gzip. The files
 * that smooth_signature_save() writes tell their scale in the first cell: 'gene [scale=log1p depth=716]'; other programs
 * take that for the name of the column of genes.
 */
#pragma once

#include "linalg/dense.h"
#include "section/section.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_SCALE_GUESS,  /* only as an argument: look at the table */
  SMOOTH_SCALE_COUNTS, /* proportional to counts: mean counts, CPM, mean of depth-normalised counts */
  SMOOTH_SCALE_LOG1P,  /* mean of log (1 + depth-normalised counts) */
  SMOOTH_SCALE_LOG2,   /* the same with the logarithm to base 2 */
} SmoothScale;

const char *smooth_scale_get_name (SmoothScale scale);
gboolean smooth_scale_from_name (const char *name, SmoothScale *scale, GError **error);

typedef struct
{
  gint64 n_genes;
  gint64 n_types;
  char **gene_names;    /* n_genes, NULL-terminated, as in the table */
  char **type_names;    /* n_types, NULL-terminated */
  SmoothMatrix *values; /* n_genes x n_types, >= 0 */
  SmoothScale scale;
  double depth;         /* of SMOOTH_SCALE_LOG1P: the total that counts were scaled to; 0 where not known */
  char *path;           /* (nullable): where it was read */
  char **input_files;   /* (nullable): what was read, NULL-terminated, where it is more than the file @path */
  SmoothReport *report;

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothSignature;

SmoothSignature *smooth_signature_load (const char *path, const SmoothSection *section, SmoothScale scale, GError **error);
SmoothSignature *smooth_signature_new_from_labels (const SmoothSection *section, const char *const *labels, double depth,
                                                   GError **error);
SmoothSignature *smooth_signature_new_mean (const SmoothSection *section, const char *const *labels, SmoothScale scale, double depth,
                                            GError **error);
SmoothSignature *smooth_signature_new_of_markers (const SmoothSignature *signature, gint per_type, GError **error);
gboolean smooth_signature_save (const SmoothSignature *signature, const char *path, GError **error);
SmoothSignature *smooth_signature_ref (SmoothSignature *signature);
void smooth_signature_unref (SmoothSignature *signature);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothSignature, smooth_signature_unref)

G_END_DECLS
