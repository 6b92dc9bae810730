/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of the look is the window's alone, as a declared table: its defaults, and its texts in a session. Genes, types, layers and colours
 * go by names; how values are coloured is declared in the core. */
#include "colouring.h"

#include <string.h>

#define FIELD(field) G_STRUCT_OFFSET (ScopeLook, field)

static const char *const by_names[]
    = { "counts", "detected", "mitochondrial", "gene", "type", "dominant", "region", "layer", "composition", "genes", "rgb", NULL };
static const char *const background_names[] = { "theme", "white", "black", NULL };

static const SmoothParam fields[] = {
  { "by", "by", SMOOTH_PARAM_CHOICE, FIELD (by), SCOPE_BY_COUNTS, 0, SCOPE_BY_RGB, "", by_names, "" },
  { "background", "background", SMOOTH_PARAM_CHOICE, FIELD (background), SCOPE_BACKGROUND_THEME, 0, SCOPE_BACKGROUND_BLACK, "",
    background_names, "" },
  { "sum-of-genes", "sum of genes", SMOOTH_PARAM_BOOL, FIELD (is_sum), 0, 0, 1, "", NULL, "" },
  { "regions", "regions", SMOOTH_PARAM_BOOL, FIELD (show_regions), 1, 0, 1, "", NULL, "" },
  { "legend", "legend", SMOOTH_PARAM_BOOL, FIELD (show_legend), 1, 0, 1, "", NULL, "" },
  { "legend-x", "legend across", SMOOTH_PARAM_DOUBLE, FIELD (card_places[SCOPE_CARD_LEGEND][0]), 1, 0, 1, "", NULL, "" },
  { "legend-y", "legend down", SMOOTH_PARAM_DOUBLE, FIELD (card_places[SCOPE_CARD_LEGEND][1]), 1, 0, 1, "", NULL, "" },
  { "scale-bar", "scale bar", SMOOTH_PARAM_BOOL, FIELD (show_scale_bar), 1, 0, 1, "", NULL, "" },
  { "scale-bar-x", "scale bar across", SMOOTH_PARAM_DOUBLE, FIELD (card_places[SCOPE_CARD_SCALE_BAR][0]), 0, 0, 1, "", NULL, "" },
  { "scale-bar-y", "scale bar down", SMOOTH_PARAM_DOUBLE, FIELD (card_places[SCOPE_CARD_SCALE_BAR][1]), 1, 0, 1, "", NULL, "" },
  { "swipe", "swipe", SMOOTH_PARAM_DOUBLE, FIELD (swipe), 0.5, 0, 1, "", NULL, "" },
};

const SmoothParamTable scope_look_params
    = { "look", "Look", sizeof (ScopeLook), fields, G_N_ELEMENTS (fields) };

/* A section that was just opened is looked at so. */
void
scope_look_init (ScopeLook *look)
{
  memset (look, 0, sizeof *look); /* looks are compared as bytes */
  smooth_params_init (&scope_look_params, look);
  smooth_params_init (&smooth_colour_params, &look->colours);
  look->gene = look->type = -1;
  look->own.missing = SMOOTH_MISSING_COLOUR;
}
