/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libsmooth, all of it, in the order in which data flows: files -> section -> graph -> precision -> model -> result. */
#pragma once

#include "base/error.h"
#include "base/params.h"
#include "base/report.h"
#include "base/run.h"

#include "linalg/cholesky.h"
#include "linalg/dense.h"
#include "linalg/lu.h"
#include "linalg/sparse.h"

#include "files/columns.h"
#include "files/counts.h"
#include "files/hdf5-write.h"
#include "files/hdf5.h"
#include "files/json-write.h"
#include "files/json.h"
#include "files/mtx.h"
#include "files/output.h"
#include "files/picture.h"
#include "files/table.h"
#include "files/text.h"

#include "section/expression.h"
#include "section/halves.h"
#include "section/labels.h"
#include "section/patches.h"
#include "section/prepare.h"
#include "section/region-edit.h"
#include "section/regions.h"
#include "section/section.h"
#include "section/signature.h"
#include "section/simulate.h"

#include "graph/graph.h"
#include "graph/features.h"
#include "graph/similarity.h"
#include "graph/reach.h"
#include "graph/statistics.h"
#include "graph/scaling.h"

#include "precision/precision.h"
#include "precision/loss.h"
#include "precision/decay.h"

#include "model/choose.h"
#include "model/clusters.h"
#include "model/deconvolution.h"
#include "model/imputation.h"
#include "model/info.h"
#include "model/pca.h"
#include "model/positions.h"
#include "model/strength.h"
#include "model/uncertainty.h"

#include "result/result.h"

#include "pipeline/pipeline.h"

#include "export/colour.h"
#include "export/figure.h"
#include "export/folder.h"
#include "export/raster.h"
#include "export/recipe.h"
#include "export/report.h"
#include "export/tables.h"
