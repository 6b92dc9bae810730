/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deconvolution in the benchmarks. */
#pragma once

#include "bench.h"
#include "model/deconvolution-private.h"
#include "synthetic.h"

G_BEGIN_DECLS

void deconvolution_solve (SmoothDeconvolver *solver, double lambda, double tolerance, SmoothInfo *info, SmoothRun *run);
void deconvolution_set_precision (SmoothDeconvolver *solver, const Synthetic *synthetic, SmoothPrecision *precision);
gsize deconvolution_bytes (const SmoothDeconvolver *solver);

G_END_DECLS
