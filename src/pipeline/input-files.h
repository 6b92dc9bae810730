/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables beside section and reference that a computation may be given: likeness of spots, confidences and priors of types. */
#pragma once

#include "pipeline/pipeline.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_FILE_FEATURES,
  SMOOTH_FILE_SIMILARITY,
  SMOOTH_FILE_CONFIDENCES,
  SMOOTH_FILE_TYPE_PRIORS,
  SMOOTH_N_INPUT_FILES
} SmoothInputFile;

#define SMOOTH_ESTIMATE "estimate" /* in place of a path, where it may be */

/* What a table is called: of flags, recipes and rows of the panel. */
typedef struct
{
  const char *name;
  const char *label; /* marked for translation */
  const char *help;  /* one sentence; marked for translation */
  const SmoothParamTable *table; /* whose settings it belongs to */
  gboolean can_estimate;
} SmoothInputFileInfo;

extern const SmoothInputFileInfo smooth_input_files[SMOOTH_N_INPUT_FILES];

/* Immutable, shared by reference. */
typedef struct
{
  char *paths[SMOOTH_N_INPUT_FILES]; /* (nullable) each; SMOOTH_ESTIMATE for one that is estimated */
  SmoothLikeness *likeness;          /* (nullable) */
  SmoothTypeConfidences *confidences; /* (nullable) */
  SmoothTypePriors *type_priors;     /* (nullable) */

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothInputFiles;

SmoothInputFiles *smooth_input_files_load (const char *const paths[SMOOTH_N_INPUT_FILES], GError **error);
SmoothInputFiles *smooth_input_files_ref (SmoothInputFiles *files);
void smooth_input_files_unref (SmoothInputFiles *files);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothInputFiles, smooth_input_files_unref)

const char *smooth_input_files_get_path (const SmoothInputFiles *files, SmoothInputFile file);
void smooth_input_files_fill (const SmoothInputFiles *files, SmoothInputs *inputs);

G_END_DECLS
