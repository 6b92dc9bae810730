/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making of outcomes and holding of inputs, for the pipeline alone. */
#pragma once

#include "pipeline/pipeline.h"

G_BEGIN_DECLS

SmoothOutcome *smooth_i_outcome_new (void);

G_END_DECLS
