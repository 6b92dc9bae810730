/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A made-up section with a known truth, written as Space Ranger writes its folders. */
#pragma once

#include "base/params.h"
#include "base/run.h"

G_BEGIN_DECLS

typedef struct
{
  gint spots; /* in the tissue, about */
  gint types;
  gint genes;
  gint seed;
} SmoothSimulateSettings;

extern const SmoothParamTable smooth_simulate_params;

gboolean smooth_simulate (const char *folder, const SmoothSimulateSettings *settings, SmoothRun *run, GError **error);

G_END_DECLS
