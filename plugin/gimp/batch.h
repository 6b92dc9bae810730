/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the procedures without a window do. */
#pragma once

#include "calls.h"

G_BEGIN_DECLS

/* A recipe with its inputs. */
typedef struct _BatchJob BatchJob;

BatchJob *batch_job_new (const char *path, GError **error);
gint32 batch_job_run (BatchJob *job, gint32 image, GError **error);
void batch_job_free (BatchJob *job); /* tells the warnings, too */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BatchJob, batch_job_free)

gboolean batch_export_regions (gint32 image, const char *path, GError **error);

G_END_DECLS
