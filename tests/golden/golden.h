/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden cases: folders of numbers that other programs have computed, and what it means to agree with them. */
#pragma once

#include "graph/graph.h"
#include "linalg/sparse.h"

#include <json-glib/json-glib.h>

/* The files hold 13 significant digits: what is computed by a formula must agree to this, relative to max (1, |value|). */
#define GOLDEN_TOLERANCE 1e-10

/* What is found by an optimiser, for strictly convex problems: losses relative, values absolute. */
#define GOLDEN_LOSS_TOLERANCE 1e-9
#define GOLDEN_WEIGHT_TOLERANCE 1e-6

/* The expected curves were fitted by an iteration that stops where the sum of squares falls by 1e-8 of itself: the fifth digit. */
#define GOLDEN_FIT_TOLERANCE 1e-4

typedef enum
{
  GOLDEN_PASSED,
  GOLDEN_FAILED,
  GOLDEN_SKIPPED,
} GoldenOutcome;

/* One case while it runs. */
typedef struct
{
  const char *name;
  const char *folder;
  JsonObject *params;
  GString *failure;       /* what disagrees, first things first */
  GPtrArray *not_covered; /* names of parts that were not compared */
} GoldenCase;

typedef GoldenOutcome (*GoldenFunc) (GoldenCase *c);

GoldenOutcome golden_run_weights (GoldenCase *c);
GoldenOutcome golden_run_identity (GoldenCase *c);
GoldenOutcome golden_run_expression (GoldenCase *c);
GoldenOutcome golden_run_histology (GoldenCase *c);
GoldenOutcome golden_run_precision (GoldenCase *c);
GoldenOutcome golden_run_loss (GoldenCase *c);
GoldenOutcome golden_run_decay (GoldenCase *c);
GoldenOutcome golden_run_kl (GoldenCase *c);
GoldenOutcome golden_run_contrastive (GoldenCase *c);
GoldenOutcome golden_run_confidences (GoldenCase *c);
GoldenOutcome golden_run_pca (GoldenCase *c);
GoldenOutcome golden_run_deconvolution (GoldenCase *c);
GoldenOutcome golden_run_dwls (GoldenCase *c);
GoldenOutcome golden_run_nusvr (GoldenCase *c);
GoldenOutcome golden_run_lognormal (GoldenCase *c);
GoldenOutcome golden_run_imputation (GoldenCase *c);

/* Parameters; a missing one is a failure of the case, and the default is returned. */
double golden_number (GoldenCase *c, const char *member);
gboolean golden_boolean (GoldenCase *c, const char *member, gboolean otherwise);
const char *golden_text (GoldenCase *c, const char *member, const char *otherwise);
double golden_expected (GoldenCase *c, const char *key, const char *member);
GList *golden_list_members (GoldenCase *c, const char *object);

/* Files; NULL and a failure of the case where one cannot be read. */
gboolean golden_has_file (GoldenCase *c, const char *file);
SmoothMatrix *golden_load_matrix (GoldenCase *c, const char *file);
SmoothMatrix *golden_load_transposed (GoldenCase *c, const char *file);
SmoothSparse *golden_load_sparse (GoldenCase *c, const char *file, gint64 n);
double *golden_load_row_major (GoldenCase *c, const char *file, gint64 *n_rows, gint64 *n_cols);
SmoothGraph *golden_load_graph (GoldenCase *c, const char *file, gint64 n);

/* Comparisons: of what was computed with what is expected, by the names used in the message. */
void golden_fail (GoldenCase *c, const char *format, ...) G_GNUC_PRINTF (2, 3);
void golden_fail_error (GoldenCase *c, const GError *error);
void golden_compare_number (GoldenCase *c, const char *what, double found, double expected, double tolerance);
void golden_compare_matrix (GoldenCase *c, const char *what, const SmoothMatrix *found, const SmoothMatrix *expected,
                            double absolute, double relative);
void golden_compare_weights (GoldenCase *c, const char *what, const SmoothGraph *graph, const SmoothSparse *expected,
                             const guint8 *left_out);
SmoothMatrix *golden_densify (const SmoothSparse *sparse);
GoldenOutcome golden_verdict (GoldenCase *c);
