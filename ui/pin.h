/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A setting that was put aside as 'A', to be compared with the present one, 'B'. */
#pragma once

#include <smooth.h>

G_BEGIN_DECLS

/* Immutable: all that a result follows from, beside section and reference. */
typedef struct
{
  SmoothParameters parameters;
  SmoothRegions *regions;

  /*< private >*/
  gatomicrefcount ref_count;
} ScopePin;

ScopePin *scope_pin_new (const SmoothParameters *parameters, SmoothRegions *regions);
ScopePin *scope_pin_ref (ScopePin *pin);
void scope_pin_unref (ScopePin *pin);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopePin, scope_pin_unref)

gboolean scope_pin_fits (const ScopePin *pin, const SmoothParameters *parameters, const SmoothRegions *regions);
void scope_pin_describe (const ScopePin *a, const SmoothParameters *parameters, const SmoothRegions *regions, char **a_text,
                         char **b_text);

G_END_DECLS
