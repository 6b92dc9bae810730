/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps from a choice to colours, for the kinds of pictures that are made of them. */
#pragma once

#include "colouring.h"

G_BEGIN_DECLS

SmoothValues *scope_i_values_new (SmoothSection *section, const ScopeSource *source, const ScopeLook *look, const ScopeColouring *before);
ScopeColouring *scope_i_colouring_new_of_values (SmoothSection *section, const ScopeSource *source, const ScopeLook *look, SmoothValues *values);
ScopeColouring *scope_i_colouring_new_values (SmoothSection *section, const ScopeSource *source, const ScopeLook *look, const ScopeColouring *before);
void scope_i_find_limits (ScopeColouring *colouring, const ScopeLook *look, const double *values, gint64 n);
void scope_i_colour_values (ScopeColouring *colouring, const ScopeLook *look);
void scope_i_colour_categories (ScopeColouring *colouring, const ScopeLook *look);
void scope_i_colour (ScopeColouring *colouring, const ScopeLook *look);
void scope_i_finish_colours (ScopeColouring *colouring, const ScopeLook *look);

/* colouring-mix.c */
void scope_i_fill_channels (ScopeColouring *colouring, const ScopeSource *source, const ScopeLook *look);
void scope_i_colour_channels (ScopeColouring *colouring, const ScopeLook *look);

G_END_DECLS
