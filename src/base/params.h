/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Declared parameters: one table a settings struct yields defaults, validation, flags, panels, recipes and docs. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_PARAM_DOUBLE, /* the field is a double */
  SMOOTH_PARAM_INT,    /* the field is a gint */
  SMOOTH_PARAM_BOOL,   /* the field is a gboolean */
  SMOOTH_PARAM_CHOICE, /* the field is a gint (or enum): an index into choices */
} SmoothParamType;

typedef enum
{
  SMOOTH_PARAM_LOG = 1 << 0,    /* a slider is logarithmic (with 0 at its left end where min is 0) */
  SMOOTH_PARAM_TO_ONE = 1 << 2, /* a slider is logarithmic in 1 - value: fine near 1, where the parameter acts most */
  SMOOTH_PARAM_EXPERT = 1 << 1, /* hidden in the window unless asked for */
} SmoothParamFlags;

typedef struct
{
  const char *name;  /* of the flag (--name), of the JSON key: lower case, words joined by '-' */
  const char *label; /* in the window; marked for translation */
  SmoothParamType type;
  gsize offset;       /* of the field in the settings struct */
  double initial;     /* the default */
  double min, max;    /* both included */
  const char *unit;   /* "um", "spots", ...; "" for a pure number */
  const char *const *choices; /* of SMOOTH_PARAM_CHOICE, NULL-terminated */
  const char *help;   /* one sentence: what a larger value does to the result; marked for translation */
  SmoothParamFlags flags;
  double slider_min, slider_max; /* what a slider spans, where that is less than min .. max; both 0: all of it */
} SmoothParam;

typedef struct
{
  const char *name;  /* of the group in a recipe: "graph" */
  const char *label; /* of the panel; marked for translation */
  gsize size;        /* of the settings struct */
  const SmoothParam *params;
  gsize n_params;
} SmoothParamTable;

void smooth_params_init (const SmoothParamTable *table, gpointer settings);
gboolean smooth_params_check (const SmoothParamTable *table, gconstpointer settings, GError **error);
gboolean smooth_params_equal (const SmoothParamTable *table, gconstpointer a, gconstpointer b);
const SmoothParam *smooth_params_find (const SmoothParamTable *table, const char *name);

double smooth_param_get (const SmoothParam *param, gconstpointer settings);
gboolean smooth_param_set (const SmoothParam *param, gpointer settings, double value, GError **error);
gboolean smooth_param_parse (const SmoothParam *param, gpointer settings, const char *text, GError **error);
char *smooth_param_dup_text (const SmoothParam *param, double value);
char *smooth_param_dup_range (const SmoothParam *param);

G_END_DECLS
