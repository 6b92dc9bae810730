/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making of outcomes and holding of inputs, for the pipeline alone. */
#pragma once

#include "pipeline/pipeline.h"

G_BEGIN_DECLS

SmoothOutcome *smooth_i_outcome_new (void);
SmoothInputs smooth_i_inputs_copy (const SmoothInputs *inputs);
void smooth_i_inputs_clear (SmoothInputs *inputs);

G_END_DECLS
