/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shared, immutable result of one computation. */
#include "pipeline/outcome-private.h"

SmoothOutcome *
smooth_i_outcome_new (void)
{
  SmoothOutcome *outcome = g_new0 (SmoothOutcome, 1);

  g_atomic_ref_count_init (&outcome->ref_count);
  return outcome;
}

SmoothOutcome *
smooth_outcome_ref (SmoothOutcome *outcome)
{
  g_atomic_ref_count_inc (&outcome->ref_count);
  return outcome;
}

void
smooth_outcome_unref (SmoothOutcome *outcome)
{
  if (outcome == NULL || !g_atomic_ref_count_dec (&outcome->ref_count))
    return;
  smooth_inputs_clear (&outcome->inputs);
  g_clear_pointer (&outcome->spots, g_atomic_rc_box_release);
  g_clear_pointer (&outcome->labels, g_atomic_rc_box_release);
  g_strfreev (outcome->categories);
  smooth_prepared_unref (outcome->prepared);
  smooth_graph_unref (outcome->graph);
  smooth_graph_unref (outcome->base_graph);
  smooth_precision_unref (outcome->precision);
  for (gsize k = 0; outcome->precisions != NULL && outcome->precisions[k] != NULL; k++)
    smooth_precision_unref (outcome->precisions[k]);
  g_free (outcome->precisions);
  g_free (outcome->confidences);
  smooth_result_unref (outcome->result);
  smooth_report_unref (outcome->report);
  g_free (outcome);
}

/* Copies the record and takes a reference to each input. */
SmoothInputs
smooth_inputs_copy (const SmoothInputs *inputs)
{
  SmoothInputs copy = *inputs;

  if (copy.section != NULL)
    smooth_section_ref (copy.section);
  if (copy.signature != NULL)
    smooth_signature_ref (copy.signature);
  if (copy.regions != NULL)
    smooth_regions_ref (copy.regions);
  if (copy.confidences != NULL)
    smooth_type_confidences_ref (copy.confidences);
  if (copy.type_priors != NULL)
    smooth_type_priors_ref (copy.type_priors);
  if (copy.likeness != NULL)
    smooth_likeness_ref (copy.likeness);
  return copy;
}

/* Gives back what the record holds. */
void
smooth_inputs_clear (SmoothInputs *inputs)
{
  g_clear_pointer (&inputs->section, smooth_section_unref);
  g_clear_pointer (&inputs->signature, smooth_signature_unref);
  g_clear_pointer (&inputs->regions, smooth_regions_unref);
  g_clear_pointer (&inputs->confidences, smooth_type_confidences_unref);
  g_clear_pointer (&inputs->type_priors, smooth_type_priors_unref);
  g_clear_pointer (&inputs->likeness, smooth_likeness_unref);
}

/* Returns: (transfer container): n_spots barcodes of the analysed spots, which belong to the section, and NULL */
const char **
smooth_outcome_dup_barcodes (const SmoothOutcome *outcome)
{
  const char **barcodes = g_new0 (const char *, outcome->n_spots + 1);

  for (gint64 s = 0; s < outcome->n_spots; s++)
    barcodes[s] = outcome->inputs.section->barcodes[outcome->spots[s]];
  return barcodes;
}
