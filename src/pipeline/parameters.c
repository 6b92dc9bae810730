/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record of all parameters, seen as the list of its declared groups. */
#include "pipeline/pipeline.h"

#include <string.h>

const SmoothParameterGroup smooth_parameter_groups[] = {
  { &smooth_prepare_params, G_STRUCT_OFFSET (SmoothParameters, prepare) },
  { &smooth_graph_params, G_STRUCT_OFFSET (SmoothParameters, graph) },
  { &smooth_scaling_params, G_STRUCT_OFFSET (SmoothParameters, scaling) },
  { &smooth_precision_params, G_STRUCT_OFFSET (SmoothParameters, prior) },
  { &smooth_deconvolution_params, G_STRUCT_OFFSET (SmoothParameters, model) },
};

const gsize smooth_n_parameter_groups = G_N_ELEMENTS (smooth_parameter_groups);

static gpointer
settings_of (const SmoothParameters *parameters, const SmoothParameterGroup *group)
{
  return (char *) parameters + group->offset;
}

/* Sets every parameter to its default. */
void
smooth_parameters_init (SmoothParameters *parameters)
{
  memset (parameters, 0, sizeof *parameters);
  for (gsize i = 0; i < smooth_n_parameter_groups; i++)
    smooth_params_init (smooth_parameter_groups[i].table, settings_of (parameters, &smooth_parameter_groups[i]));
}

gboolean
smooth_parameters_check (const SmoothParameters *parameters, GError **error)
{
  for (gsize i = 0; i < smooth_n_parameter_groups; i++)
    if (!smooth_params_check (smooth_parameter_groups[i].table, settings_of (parameters, &smooth_parameter_groups[i]), error))
      return FALSE;
  return TRUE;
}

gboolean
smooth_parameters_equal (const SmoothParameters *a, const SmoothParameters *b)
{
  for (gsize i = 0; i < smooth_n_parameter_groups; i++)
    {
      const SmoothParameterGroup *group = &smooth_parameter_groups[i];
      if (!smooth_params_equal (group->table, settings_of (a, group), settings_of (b, group)))
        return FALSE;
    }
  return TRUE;
}

/**
 * smooth_parameters_find:
 * @name: of a parameter; names are unique over all groups
 * @group: (out) (optional): the group that it is in
 *
 * Returns: (nullable): its declaration
 */
const SmoothParam *
smooth_parameters_find (const char *name, const SmoothParameterGroup **group)
{
  for (gsize i = 0; i < smooth_n_parameter_groups; i++)
    {
      const SmoothParam *param = smooth_params_find (smooth_parameter_groups[i].table, name);
      if (param != NULL)
        {
          if (group != NULL)
            *group = &smooth_parameter_groups[i];
          return param;
        }
    }
  return NULL;
}
