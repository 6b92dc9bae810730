/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The analyses that are switched on, each computed on a thread of its own and kept up to date with the document. */
#pragma once

#include "document.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_ANALYSES (scope_analyses_get_type ())
G_DECLARE_FINAL_TYPE (ScopeAnalyses, scope_analyses, SCOPE, ANALYSES, GObject)

/* How far a computation is. */
typedef struct
{
  gboolean is_busy;
  double fraction;     /* 0..1, or negative where it is not known */
  double seconds_left; /* or negative */
  const char *what;    /* in words; borrowed until the next change */
} ScopeAnalysisProgress;

ScopeAnalyses *scope_analyses_new (ScopeDocument *document);
void scope_analyses_switch (ScopeAnalyses *analyses, SmoothAnalysisKind kind, gboolean is_on);
void scope_analyses_compute (ScopeAnalyses *analyses, SmoothAnalysisKind kind);
void scope_analyses_show (ScopeAnalyses *analyses, SmoothAnalysisKind kind);
void scope_analyses_cancel (ScopeAnalyses *analyses, SmoothAnalysisKind kind);

SmoothFindings *scope_analyses_get_findings (ScopeAnalyses *analyses, SmoothAnalysisKind kind);
GPtrArray *scope_analyses_dup_findings (ScopeAnalyses *analyses);
gboolean scope_analyses_is_stale (ScopeAnalyses *analyses, SmoothAnalysisKind kind);
const GError *scope_analyses_get_failure (ScopeAnalyses *analyses, SmoothAnalysisKind kind);
ScopeAnalysisProgress scope_analyses_get_progress (ScopeAnalyses *analyses, SmoothAnalysisKind kind);

G_END_DECLS
