/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The look as a declared table: its defaults, and its texts in a session. Genes, types, layers and colours go by names. */
#include "colouring.h"

#include <string.h>

#define MISSING_COLOUR 0x5a909498u

#define FIELD(field) G_STRUCT_OFFSET (ScopeLook, field)
#define NO_LIMIT 1e300

static const char *const by_names[]
    = { "counts", "detected", "mitochondrial", "gene", "type", "dominant", "region", "layer", "composition", "genes", "rgb", NULL };
static const char *const limits_names[] = { "automatic", "percentiles", "typed", NULL };
static const char *const compare_names[] = { "off", "split", "swipe", "difference", NULL };
static const char *const background_names[] = { "theme", "white", "black", NULL };
static const char *const map_names[] = { "viridis", "magma", "cividis", "diverging", NULL };

static const SmoothParam fields[] = {
  { "by", "by", SMOOTH_PARAM_CHOICE, FIELD (by), SCOPE_BY_COUNTS, 0, SCOPE_BY_RGB, "", by_names, "" },
  { "map", "map", SMOOTH_PARAM_CHOICE, FIELD (map), SMOOTH_COLOURMAP_VIRIDIS, 0, SMOOTH_COLOURMAP_DIVERGING, "", map_names, "" },
  { "reversed", "reversed", SMOOTH_PARAM_BOOL, FIELD (is_reversed), 0, 0, 1, "", NULL, "" },
  { "log", "log", SMOOTH_PARAM_BOOL, FIELD (is_log), 0, 0, 1, "", NULL, "" },
  { "limits", "limits", SMOOTH_PARAM_CHOICE, FIELD (limits), SCOPE_LIMITS_AUTO, 0, SCOPE_LIMITS_TYPED, "", limits_names, "" },
  { "lower-percentile", "lower percentile", SMOOTH_PARAM_DOUBLE, FIELD (percentiles[0]), 1, 0, 100, "", NULL, "" },
  { "upper-percentile", "upper percentile", SMOOTH_PARAM_DOUBLE, FIELD (percentiles[1]), 99, 0, 100, "", NULL, "" },
  { "lower-limit", "lower limit", SMOOTH_PARAM_DOUBLE, FIELD (typed[0]), 0, -NO_LIMIT, NO_LIMIT, "", NULL, "" },
  { "upper-limit", "upper limit", SMOOTH_PARAM_DOUBLE, FIELD (typed[1]), 1, -NO_LIMIT, NO_LIMIT, "", NULL, "" },
  { "opacity", "opacity", SMOOTH_PARAM_DOUBLE, FIELD (opacity), 0.85, 0, 1, "", NULL, "" },
  { "histology-opacity", "histology opacity", SMOOTH_PARAM_DOUBLE, FIELD (histology_opacity), 1, 0, 1, "", NULL, "" },
  { "spot-scale", "size of spots", SMOOTH_PARAM_DOUBLE, FIELD (spot_scale), 1, 0.05, 20, "", NULL, "" },
  { "outlines", "outlines", SMOOTH_PARAM_BOOL, FIELD (has_outlines), 0, 0, 1, "", NULL, "" },
  { "brightness", "brightness", SMOOTH_PARAM_DOUBLE, FIELD (brightness), 0, -1, 1, "", NULL, "" },
  { "contrast", "contrast", SMOOTH_PARAM_DOUBLE, FIELD (contrast), 0, -1, 1, "", NULL, "" },
  { "background", "background", SMOOTH_PARAM_CHOICE, FIELD (background), SCOPE_BACKGROUND_THEME, 0, SCOPE_BACKGROUND_BLACK, "",
    background_names, "" },
  { "sum-of-genes", "sum of genes", SMOOTH_PARAM_BOOL, FIELD (is_sum), 0, 0, 1, "", NULL, "" },
  { "off-tissue", "off tissue", SMOOTH_PARAM_BOOL, FIELD (show_off_tissue), 0, 0, 1, "", NULL, "" },
  { "graph", "graph", SMOOTH_PARAM_BOOL, FIELD (show_graph), 0, 0, 1, "", NULL, "" },
  { "regions", "regions", SMOOTH_PARAM_BOOL, FIELD (show_regions), 1, 0, 1, "", NULL, "" },
  { "legend", "legend", SMOOTH_PARAM_BOOL, FIELD (show_legend), 1, 0, 1, "", NULL, "" },
  { "legend-x", "legend across", SMOOTH_PARAM_DOUBLE, FIELD (card_places[SCOPE_CARD_LEGEND][0]), 1, 0, 1, "", NULL, "" },
  { "legend-y", "legend down", SMOOTH_PARAM_DOUBLE, FIELD (card_places[SCOPE_CARD_LEGEND][1]), 1, 0, 1, "", NULL, "" },
  { "scale-bar", "scale bar", SMOOTH_PARAM_BOOL, FIELD (show_scale_bar), 1, 0, 1, "", NULL, "" },
  { "scale-bar-x", "scale bar across", SMOOTH_PARAM_DOUBLE, FIELD (card_places[SCOPE_CARD_SCALE_BAR][0]), 0, 0, 1, "", NULL, "" },
  { "scale-bar-y", "scale bar down", SMOOTH_PARAM_DOUBLE, FIELD (card_places[SCOPE_CARD_SCALE_BAR][1]), 1, 0, 1, "", NULL, "" },
  { "compare", "compare", SMOOTH_PARAM_CHOICE, FIELD (compare), SCOPE_COMPARE_OFF, 0, SCOPE_COMPARE_DIFFERENCE, "", compare_names, "" },
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
  look->gene = look->type = -1;
  look->missing = MISSING_COLOUR;
}
