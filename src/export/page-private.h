/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laying out a page, drawing it in any units, and writing it in each format. */
#pragma once

#include "export/figure-private.h"
#include "export/page.h"

G_BEGIN_DECLS

FigureLayout smooth_i_page_plan (const FigurePage *page, const SmoothPage *what, double width, double height);
void smooth_i_page_draw (const SmoothPage *what, cairo_t *cairo, double width, double height, double font, double resolution,
                         gboolean is_vector);

G_END_DECLS
