/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of a preparation. */
#pragma once

#include "section/prepare.h"

G_BEGIN_DECLS

/* What a preparation works on. Shared genes are numbered in the order of the section. */
typedef struct
{
  const SmoothSection *section;
  const SmoothSignature *signature;
  const SmoothPrepareSettings *settings;
  SmoothReport *report;
  SmoothRun *run;
  gint64 n_spots;
  gint32 *spots;    /* n_spots: the analysed */
  gint64 n_shared;
  gint32 *shared;   /* n_shared: numbers in the section */
  gint32 *rows;     /* n_shared: numbers in the signature */
  double depth;     /* of the log1p scale; 0 for raw counts */
} SmoothPreparation;

gboolean smooth_i_preparation_begin (SmoothPreparation *preparation, GError **error);
void smooth_i_preparation_clear (SmoothPreparation *preparation);

SmoothMatrix *smooth_i_prepare_signature (const SmoothPreparation *preparation, GError **error);
gint32 *smooth_i_choose_markers (const SmoothMatrix *signature, gint per_type, gint64 *n_chosen);
SmoothSparse *smooth_i_prepare_expression (const SmoothPreparation *preparation, const gint32 *genes, gint64 n_genes,
                                           GError **error);

G_END_DECLS
