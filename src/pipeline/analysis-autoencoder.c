/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedding of an autoencoder, told of while it is trained: the pictures of epochs on the way differ in their noise. */
#include "pipeline/analysis-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>

#define PAUSE (G_USEC_PER_SEC / 2) /* between two pictures of training */

void
smooth_i_autoencoder_clear (SmoothAutoencoderState *state)
{
  g_clear_pointer (&state->expression, smooth_expression_unref);
  g_clear_pointer (&state->section, smooth_section_unref);
}

/* Counts of variable genes, whatever scale cell types are found in. */
static gboolean
need_counts (SmoothAutoencoderState *state, const SmoothAnalysing *analysing, GError **error)
{
  SmoothSection *section = analysing->inputs->outcome->inputs.section;
  const SmoothExpressionSettings *genes = &analysing->inputs->settings->expression;
  SmoothPrepareSettings prepare = analysing->inputs->outcome->parameters.prepare;

  if (state->expression != NULL && state->section == section && smooth_params_equal (&smooth_expression_params, &state->genes, genes))
    return TRUE;
  smooth_i_autoencoder_clear (state);
  smooth_run_report (analysing->run, -1.0, _("choosing variable genes"));
  prepare.scale = SMOOTH_PREPARE_COUNTS;
  state->expression = smooth_expression_new (section, &prepare, genes, analysing->run, error);
  if (state->expression == NULL)
    return FALSE;
  state->section = smooth_section_ref (section);
  state->genes = *genes;
  return TRUE;
}

static SmoothLayer *
add_layer (SmoothFindings *findings, const SmoothVae *vae, GError **error)
{
  g_auto (GStrv) columns = g_new0 (char *, vae->n_dims + 1);

  for (gint64 d = 0; d < vae->n_dims; d++)
    columns[d] = g_strdup_printf ("Z%" G_GINT64_FORMAT, d + 1);
  SmoothLayer *layer
      = smooth_i_findings_add (findings, "embedding", N_ ("Embedding"), SMOOTH_LAYER_SIGNED, (const char *const *) columns, error);
  if (layer != NULL)
    smooth_layer_spread (layer, vae->means, findings->outcome->spots);
  return layer;
}

/* @is_final: trained to its end, or until it diverged */
static SmoothFindings *
make_findings (const SmoothAnalysing *analysing, const SmoothVae *vae, gboolean is_final, GError **error)
{
  const SmoothExpression *expression = analysing->analyst->autoencoder.expression;
  gint n_epochs = analysing->inputs->settings->vae.n_epochs;
  g_autoptr (SmoothFindings) findings = smooth_i_findings_new (analysing, is_final);

  if (add_layer (findings, vae, error) == NULL)
    return NULL;
  findings->n_epochs = vae->n_epochs;
  findings->losses = g_new (double, vae->n_epochs);
  for (gint64 t = 0; t < vae->n_epochs; t++)
    findings->losses[t] = vae->epochs[t].reconstruction + vae->epochs[t].divergence + vae->epochs[t].spatial;
  findings->certificate
      = g_strdup_printf (_("epoch %d of %d, %d genes; a spot: −log p %.6g, divergence %.4g, spatial %.4g"), (gint) vae->n_epochs, n_epochs,
                         (gint) expression->n_genes, vae->last.reconstruction, vae->last.divergence, vae->last.spatial);
  smooth_report_append (findings->report, expression->report);
  smooth_report_append (findings->report, vae->report);
  return g_steal_pointer (&findings);
}

typedef struct
{
  const SmoothAnalysing *analysing;
  gint64 told; /* when, us */
} Watch;

/* A picture that cannot be made on the way is left out; the last one tells why. */
static void
on_trained (const SmoothVae *vae, gpointer data)
{
  Watch *watch = data;

  if (vae->n_epochs == watch->analysing->inputs->settings->vae.n_epochs || g_get_monotonic_time () - watch->told < PAUSE)
    return;
  g_autoptr (SmoothFindings) findings = make_findings (watch->analysing, vae, FALSE, NULL);
  if (findings != NULL)
    smooth_i_findings_tell (watch->analysing, findings);
  watch->told = g_get_monotonic_time ();
}

SmoothFindings *
smooth_i_find_embedding (const SmoothAnalysing *analysing, GError **error)
{
  SmoothAutoencoderState *state = &analysing->analyst->autoencoder;
  const SmoothOutcome *outcome = analysing->inputs->outcome;
  Watch watch = { analysing, 0 };

  if (!need_counts (state, analysing, error))
    return NULL;
  smooth_run_report (analysing->run, 0.0, _("training the autoencoder"));
  g_autoptr (SmoothVae) vae = smooth_vae_fit (state->expression->values, NULL, outcome->precision, &analysing->inputs->settings->vae, on_trained,
                                              &watch, analysing->run, error);
  return vae != NULL ? make_findings (analysing, vae, TRUE, error) : NULL;
}
