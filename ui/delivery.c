/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deliveries that outlive the call: copies that own all that their figure points to. */
#include "host.h"

/* What the public pointer points into. */
typedef struct
{
  ScopeDelivery delivery; /* first */
  SmoothFigure figure;
  SmoothPies pies;
  GPtrArray *memory;
} Copy;

static gpointer
keep (Copy *copy, gconstpointer memory, gsize size)
{
  gpointer own = g_memdup2 (memory, size);

  g_ptr_array_add (copy->memory, own);
  return own;
}

static const char *
keep_text (Copy *copy, const char *text)
{
  char *own = g_strdup (text);

  g_ptr_array_add (copy->memory, own);
  return own;
}

static void
keep_pies (Copy *copy, const SmoothPies *pies, gsize n_spots)
{
  gint32 last = -1;

  for (gsize i = 0; i < n_spots; i++)
    last = MAX (last, pies->columns[i]);
  copy->pies = *pies;
  copy->pies.columns = keep (copy, pies->columns, n_spots * sizeof (gint32));
  copy->pies.shares = keep (copy, pies->shares, (gsize) (last + 1) * (gsize) pies->n_parts * sizeof (double));
  copy->pies.palette = keep (copy, pies->palette, (gsize) pies->n_parts * sizeof (guint32));
  copy->figure.pies = &copy->pies;
}

static void
keep_figure (Copy *copy, const SmoothFigure *figure)
{
  gsize n_spots = (gsize) figure->section->n_spots;
  SmoothLegendEntry *entries = keep (copy, figure->entries, (gsize) figure->n_entries * sizeof (SmoothLegendEntry));

  copy->figure = *figure;
  copy->figure.edges = NULL; /* a delivery has one setting, without its graph */
  copy->figure.left = NULL;
  copy->figure.colours = keep (copy, figure->colours, n_spots * sizeof (guint32));
  copy->figure.points = keep (copy, figure->points, 2 * (gsize) figure->n_points * sizeof (double));
  copy->figure.point_colours = keep (copy, figure->point_colours, (gsize) figure->n_points * sizeof (guint32));
  copy->figure.hatched = keep (copy, figure->hatched, figure->hatched != NULL ? n_spots : 0);
  copy->figure.title = keep_text (copy, figure->title);
  copy->figure.value_name = keep_text (copy, figure->value_name);
  copy->figure.missing_name = keep_text (copy, figure->missing_name);
  copy->figure.entries = entries;
  for (gint64 i = 0; i < figure->n_entries; i++)
    entries[i].name = keep_text (copy, entries[i].name);
  if (figure->pies != NULL)
    keep_pies (copy, figure->pies, n_spots);
}

/* Returns: (transfer full): a copy with references of its own */
ScopeDelivery *
scope_delivery_copy (const ScopeDelivery *delivery)
{
  Copy *copy = g_new0 (Copy, 1);

  copy->memory = g_ptr_array_new_with_free_func (g_free);
  copy->delivery.outcome = smooth_outcome_ref (delivery->outcome);
  copy->delivery.findings = delivery->findings != NULL ? g_ptr_array_ref (delivery->findings) : NULL;
  copy->delivery.run = delivery->run != NULL ? smooth_run_ref (delivery->run) : NULL;
  copy->delivery.session = keep_text (copy, delivery->session);
  copy->delivery.figure = &copy->figure;
  keep_figure (copy, delivery->figure);
  return &copy->delivery;
}

/* @delivery: (nullable): of scope_delivery_copy() */
void
scope_delivery_free (ScopeDelivery *delivery)
{
  Copy *copy = (Copy *) delivery;

  if (copy == NULL)
    return;
  smooth_outcome_unref (copy->delivery.outcome);
  g_clear_pointer (&copy->delivery.run, smooth_run_unref);
  g_clear_pointer (&copy->delivery.findings, g_ptr_array_unref);
  g_ptr_array_unref (copy->memory);
  g_free (copy);
}
