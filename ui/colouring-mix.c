/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours that are made of several columns: pies of all cell types, lists of genes, three columns as red, green and blue. */
#include "colouring-private.h"

#include "gene-list.h"

#include <glib/gi18n.h>
#include <math.h>

/* What pies are drawn from; the values are the dominant types already. */
void
scope_i_fill_composition (ScopeColouring *colouring, const ScopeLook *look)
{
  const SmoothOutcome *outcome = colouring->outcome;
  const SmoothResult *result = outcome->result;
  gint32 *columns = g_new (gint32, MAX (colouring->section->n_spots, 1));
  guint32 *palette = g_new (guint32, MAX (result->n_types, 1));

  for (gint64 i = 0; i < colouring->section->n_spots; i++)
    columns[i] = -1;
  for (gint64 s = 0; s < outcome->n_spots; s++)
    columns[outcome->spots[s]] = (gint32) s;
  for (gint64 k = 0; k < result->n_types; k++)
    palette[k] = scope_look_get_type_colour (look, k) & 0xffffff;
  colouring->pies = g_new (SmoothPies, 1);
  *colouring->pies = (SmoothPies){ result->n_types, result->proportions->values, columns, palette };
  g_free (colouring->title);
  colouring->title = g_strdup (_("Cell types"));
}

/* The sum or mean over a list, each gene on the scale of the model: log (1 + counts brought to the depth), or counts. */
void
scope_i_fill_genes (ScopeColouring *colouring, const ScopeLook *look)
{
  const SmoothSection *section = colouring->section;
  const SmoothSparse *counts = section->counts;
  gint64 n;
  g_autofree gint64 *genes = scope_gene_list_find (section, look->genes, &n, NULL);
  g_autofree guint8 *is_listed = g_new0 (guint8, MAX (section->n_genes, 1));
  double depth = smooth_values_get_depth (section, colouring->outcome);
  gulong number = (gulong) n;

  g_free (colouring->title);
  for (gint64 i = 0; i < n; i++)
    is_listed[genes[i]] = 1;
  for (gint64 i = 0; i < section->n_spots && n > 0; i++)
    {
      double total = section->total_counts[i], sum = 0.0;
      if (!(section->spot_flags[i] & SMOOTH_SPOT_HAS_COUNTS) || total <= 0.0)
        continue;
      for (gint64 e = counts->starts[i]; e < counts->starts[i + 1]; e++)
        if (is_listed[counts->rows[e]])
          sum += depth > 0.0 ? log1p (counts->values[e] / total * depth) : counts->values[e];
      colouring->values[i] = look->is_sum ? sum : sum / (double) n;
    }
  if (n == 0)
    colouring->title = g_strdup (_("No gene of the list"));
  else if (look->is_sum)
    colouring->title = g_strdup_printf (depth > 0.0 ? ngettext ("Sum of %d gene, log-normalised", "Sum of %d genes, log-normalised", number)
                                                    : ngettext ("Sum of %d gene, counts", "Sum of %d genes, counts", number),
                                        (int) n);
  else
    colouring->title = g_strdup_printf (depth > 0.0 ? ngettext ("Mean of %d gene, log-normalised", "Mean of %d genes, log-normalised", number)
                                                    : ngettext ("Mean of %d gene, counts", "Mean of %d genes, counts", number),
                                        (int) n);
}

/* A look by what one channel shows. */
static ScopeLook
look_of_channel (const ScopeLook *look, const ScopeChannel *channel)
{
  ScopeLook one = *look;

  one.by = channel->kind == SCOPE_CHANNEL_GENE ? SCOPE_BY_GENE : channel->kind == SCOPE_CHANNEL_TYPE ? SCOPE_BY_TYPE : SCOPE_BY_LAYER;
  one.gene = one.type = one.column = channel->index;
  one.layer = channel->layer;
  one.limits = SCOPE_LIMITS_AUTO;
  one.is_log = FALSE;
  return one;
}

/* Values of each channel; of categories there are none. */
void
scope_i_fill_channels (ScopeColouring *colouring, const ScopeSource *source, const ScopeLook *look)
{
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    {
      ScopeSource one = { source->outcome, source->channels[c], { NULL } };
      if (look->channels[c].kind == SCOPE_CHANNEL_NONE)
        continue;
      ScopeLook by = look_of_channel (look, &look->channels[c]);
      ScopeColouring *channel = scope_i_colouring_new_values (colouring->section, &one, &by);
      if (channel->names == NULL)
        colouring->channels[c] = channel;
      else
        scope_colouring_unref (channel);
    }
  g_free (colouring->title);
  colouring->title = g_strdup (scope_colouring_is_mixed (colouring) ? _("Red, green and blue") : "");
}

/* Light adds: black where all are at their lower limit. A spot has to have a value in each channel that is shown. */
void
scope_i_colour_channels (ScopeColouring *colouring, const ScopeLook *look)
{
  static const guint shifts[SCOPE_N_CHANNELS] = { 16, 8, 0 };

  for (gint64 i = 0; i < colouring->section->n_spots; i++)
    {
      guint32 colour = 0xff000000u;
      double sum = 0.0;
      gint n = 0;
      for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
        {
          const ScopeColouring *channel = colouring->channels[c];
          if (channel == NULL)
            continue;
          double place = CLAMP ((channel->values[i] - channel->scale.low) / (channel->scale.high - channel->scale.low), 0.0, 1.0);
          n++;
          sum += isnan (channel->values[i]) ? NAN : place;
          if (!isnan (channel->values[i]))
            colour |= (guint32) (255.0 * place + 0.5) << shifts[c];
        }
      colouring->values[i] = sum / n;
      colouring->colours[i] = isnan (sum) ? look->missing : colour;
    }
  colouring->scale.low = 0.0;
  colouring->scale.high = 1.0;
}
