/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours that are made of several columns: three of them as red, green and blue. */
#include "colouring-private.h"

#include <glib/gi18n.h>

/* A look by what one channel shows. */
static ScopeLook
look_of_channel (const ScopeLook *look, const ScopeChannel *channel)
{
  ScopeLook one = *look;

  one.by = channel->kind == SCOPE_CHANNEL_GENE ? SCOPE_BY_GENE : channel->kind == SCOPE_CHANNEL_TYPE ? SCOPE_BY_TYPE : SCOPE_BY_LAYER;
  one.gene = one.type = one.column = channel->index;
  one.layer = channel->layer;
  one.colours.limits = SMOOTH_LIMITS_AUTO;
  one.colours.is_log = FALSE;
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
      ScopeColouring *channel = scope_i_colouring_new_values (colouring->section, &one, &by, NULL);
      if (channel->names == NULL)
        colouring->channels[c] = channel;
      else
        scope_colouring_unref (channel);
    }
  g_free (colouring->title);
  colouring->title = g_strdup (scope_colouring_is_mixed (colouring) ? _("Red, green and blue") : "");
}

/* A spot has to have a value in each channel that is shown. */
void
scope_i_colour_channels (ScopeColouring *colouring, const ScopeLook *look)
{
  const double *values[SCOPE_N_CHANNELS] = { NULL };
  SmoothColourScale scales[SCOPE_N_CHANNELS] = { 0 };

  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    if (colouring->channels[c] != NULL)
      {
        values[c] = colouring->channels[c]->values;
        scales[c] = colouring->channels[c]->scale;
      }
  smooth_colour_channels (values, scales, colouring->section->n_spots, look->own.missing, colouring->colours, colouring->values);
  colouring->scale.low = 0.0;
  colouring->scale.high = 1.0;
}
