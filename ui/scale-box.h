/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How values become colours: limits, logarithm, direction, and the colour of spots without a value. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_SCALE_BOX (scope_scale_box_get_type ())
G_DECLARE_FINAL_TYPE (ScopeScaleBox, scope_scale_box, SCOPE, SCALE_BOX, GtkBox)

void scope_scale_box_set_document (ScopeScaleBox *box, ScopeDocument *document);

G_END_DECLS
