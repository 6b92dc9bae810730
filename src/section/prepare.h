/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signature and spots on one scale, on the same genes: what a deconvolution starts from. */
#pragma once

#include "base/params.h"
#include "section/signature.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_PREPARE_LOG1P,  /* log (1 + counts scaled to the depth) */
  SMOOTH_PREPARE_COUNTS, /* raw counts */
} SmoothPrepareScale;

typedef struct
{
  gint scale;            /* SmoothPrepareScale */
  double depth;          /* each spot is scaled to this total before the logarithm */
  gint markers_per_type; /* 0: every shared gene */
} SmoothPrepareSettings;

extern const SmoothParamTable smooth_prepare_params;

typedef struct
{
  gint64 n_spots; /* analysed spots */
  gint32 *spots;  /* n_spots: their numbers in the section, ascending */
  gint64 n_genes; /* used genes */
  gint32 *genes;  /* n_genes: their numbers in the section, ascending */
  gint64 n_types;
  char **type_names;        /* n_types, NULL-terminated */
  double depth;             /* that spots were scaled to; 0 for raw counts */
  SmoothMatrix *signature;  /* n_genes x n_types */
  SmoothSparse *expression; /* n_genes x n_spots */
  SmoothReport *report;

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothPrepared;

double smooth_prepare_get_depth (const SmoothSection *section, const SmoothSignature *signature,
                                 const SmoothPrepareSettings *settings);

SmoothSparse *smooth_section_dup_expression (const SmoothSection *section, const gint32 *spots, gint64 n_spots, double depth, SmoothRun *run,
                                             GError **error);

SmoothPrepared *smooth_prepared_new (const SmoothSection *section, const SmoothSignature *signature,
                                     const SmoothPrepareSettings *settings, SmoothRun *run, GError **error);
SmoothPrepared *smooth_prepared_ref (SmoothPrepared *prepared);
void smooth_prepared_unref (SmoothPrepared *prepared);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPrepared, smooth_prepared_unref)

G_END_DECLS
