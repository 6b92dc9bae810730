/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Positions to impute at, and a graph over them that means the same as that of the spots.
 *
 * A lattice f times finer has f^2 times as many points, a step 1/f as long. Differences between neighbours then shrink by f, their
 * number grows by f^2, so sum (x_i - x_j)^2 over edges stays what it was, while sum x_i^2 grows by f^2. In ICAR,
 *
 *     x^T Q x = (1 - rho) sum d_i x_i^2 + rho sum over edges w_ij (x_i - x_j)^2,
 *
 * the two keep their proportion, and with it the range in micrometres, for
 *
 *     (1 - rho') / rho' = (1 - rho) / (rho f^2).
 *
 * Departures from the mean of neighbours, of which ISAR sums the squares, shrink by f^2: the sum by f^2, for the same rho'. In the
 * objective of imputation the prior's sum is divided by the number of positions. So lambda', which keeps its weight, is
 *
 *     ICAR   lambda n'/n rho / rho'          ISAR   lambda n'/n (rho / rho')^2 f^2          standardised   lambda n'/n,
 *
 * n' of n the positions with and without the finer ones.
 */
#include "model/positions.h"

#include "base/error.h"
#include "graph/lattice.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static const SmoothParam params[] = {
  { "with-missing", N_ ("Missing spots"), SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (SmoothPositionSettings, with_missing), 1, 0, 1, "", NULL,
    N_ ("Imputes at the spots in the tissue that have no counts, too"), 0 },
  { "refine", N_ ("Finer lattice"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothPositionSettings, refine), 1, 1, SMOOTH_FINEST_LATTICE, "", NULL,
    N_ ("Steps of a finer lattice within one distance between spots, at which to impute inside of the tissue: more show finer detail of the "
        "prior, not of the data; 1 adds none"), 0 },
};

const SmoothParamTable smooth_position_params = {
  "positions", N_ ("Positions"), sizeof (SmoothPositionSettings), params, G_N_ELEMENTS (params),
};

SmoothPositions *
smooth_positions_ref (SmoothPositions *positions)
{
  g_atomic_ref_count_inc (&positions->ref_count);
  return positions;
}

void
smooth_positions_unref (SmoothPositions *positions)
{
  if (positions == NULL || !g_atomic_ref_count_dec (&positions->ref_count))
    return;
  g_free (positions->coords);
  g_free (positions->spots);
  smooth_report_unref (positions->report);
  g_free (positions);
}

static SmoothPositions *
allocate (gint64 n_positions, gint n_dims, gint64 n_observed, gint64 n_spots, double pitch, GError **error)
{
  g_autoptr (SmoothPositions) positions = g_new0 (SmoothPositions, 1);

  g_atomic_ref_count_init (&positions->ref_count);
  positions->n_positions = n_positions;
  positions->n_dims = n_dims;
  positions->n_observed = n_observed;
  positions->n_spots = n_spots;
  positions->pitch = pitch;
  positions->factor = 1;
  positions->um_per_pixel = 1.0;
  positions->report = smooth_report_new ();
  positions->coords = smooth_i_try_new (double, n_dims * n_positions, "positions", error);
  if (positions->coords != NULL)
    positions->spots = smooth_i_try_new (gint32, n_positions, "positions", error);
  return positions->spots != NULL ? g_steal_pointer (&positions) : NULL;
}

static void
count (SmoothPositions *positions)
{
  smooth_report_count (positions->report, "observed", positions->n_observed);
  smooth_report_count (positions->report, "missing-spots", positions->n_spots - positions->n_observed);
  smooth_report_count (positions->report, "other-positions", positions->n_positions - positions->n_spots);
}

static gboolean
check_points (const double *coords, gint n_dims, gint64 n_points, const char *what, GError **error)
{
  for (gint64 i = 0; i < n_dims * n_points; i++)
    if (!isfinite (coords[i]))
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s %" PRId64 " of %" PRId64 ": expected a finite %c in um, found %g",
                          _(what), i / n_dims + 1, n_points, "xyz"[i % n_dims], coords[i]);
        return FALSE;
      }
  return TRUE;
}

/**
 * smooth_positions_new_from_coords:
 * @coords: @n_spots x @n_dims, row-major (x, y and perhaps z), um: the measured spots first
 * @n_dims: 2 or 3
 * @pitch: um between neighbouring spots
 *
 * For spots of no section: regions, if any, are in um too.
 */
SmoothPositions *
smooth_positions_new_from_coords (const double *coords, gint n_dims, gint64 n_observed, gint64 n_spots, double pitch, GError **error)
{
  if (n_observed < 1 || n_observed > n_spots || n_spots >= G_MAXINT32 || !(pitch > 0.0) || !isfinite (pitch))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "positions: expected 1 to %" PRId64
                        " measured spots and a distance between spots above 0 um, found %" PRId64 " and %g",
                        n_spots, n_observed, pitch);
      return NULL;
    }
  g_return_val_if_fail (n_dims == 2 || n_dims == 3, NULL);
  if (!check_points (coords, n_dims, n_spots, N_("spot"), error))
    return NULL;
  SmoothPositions *positions = allocate (n_spots, n_dims, n_observed, n_spots, pitch, error);
  if (positions == NULL)
    return NULL;
  memcpy (positions->coords, coords, (gsize) (n_dims * n_spots) * sizeof (double));
  for (gint64 i = 0; i < n_spots; i++)
    positions->spots[i] = (gint32) i;
  count (positions);
  return positions;
}

/* What becomes of a spot: 0 measured, 1 missing, -1 neither. */
static gint
sort_spot (const SmoothSection *section, gint64 i, gboolean with_missing, const gboolean *distrusted)
{
  gboolean is_analysed = section->spot_flags[i] == (SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS);

  if (is_analysed)
    return distrusted != NULL && distrusted[i];
  return with_missing && (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE) ? 1 : -1;
}

/**
 * smooth_positions_new:
 * @with_missing: take the spots in the tissue that are without counts or empty, too
 * @distrusted: (nullable): n_spots of the section: analysed spots whose values are not to be used but found anew
 *
 * Returns: (transfer full): the positions of a section's spots; the measured ones in the order of smooth_section_dup_analysed()
 */
SmoothPositions *
smooth_positions_new (const SmoothSection *section, gboolean with_missing, const gboolean *distrusted, GError **error)
{
  g_autofree gint32 *spots = smooth_i_try_new (gint32, section->n_spots, "positions", error);
  gint64 n = 0, n_observed = 0;

  if (spots == NULL)
    return NULL;
  for (gint sort = 0; sort <= 1; sort++)
    {
      for (gint64 i = 0; i < section->n_spots; i++)
        if (sort_spot (section, i, with_missing, distrusted) == sort)
          spots[n++] = (gint32) i;
      n_observed = sort == 0 ? n : n_observed;
    }
  g_autofree double *coords = smooth_section_dup_coords_um (section, spots, n);
  SmoothPositions *positions = smooth_positions_new_from_coords (coords, 2, n_observed, n, section->pitch, error);
  if (positions == NULL)
    return NULL;
  memcpy (positions->spots, spots, (gsize) n * sizeof (gint32));
  positions->um_per_pixel = section->um_per_pixel;
  return positions;
}

/* @positions and @n_points others after them. */
static SmoothPositions *
append (const SmoothPositions *positions, const double *coords, gint64 n_points, GError **error)
{
  gint64 n = positions->n_positions;
  gint n_dims = positions->n_dims;
  SmoothPositions *result = allocate (n + n_points, n_dims, positions->n_observed, positions->n_spots, positions->pitch, error);

  if (result == NULL)
    return NULL;
  result->factor = positions->factor;
  result->um_per_pixel = positions->um_per_pixel;
  memcpy (result->coords, positions->coords, (gsize) (n_dims * n) * sizeof (double));
  memcpy (result->coords + n_dims * n, coords, (gsize) (n_dims * n_points) * sizeof (double));
  memcpy (result->spots, positions->spots, (gsize) n * sizeof (gint32));
  for (gint64 i = n; i < n + n_points; i++)
    result->spots[i] = -1;
  count (result);
  return result;
}

/**
 * smooth_positions_new_with:
 * @coords: @n_points x n_dims of @positions, row-major, um; finite
 *
 * Returns: (transfer full): @positions and after them the given points, wherever these are
 */
SmoothPositions *
smooth_positions_new_with (const SmoothPositions *positions, const double *coords, gint64 n_points, GError **error)
{
  if (n_points < 0 || positions->n_positions + n_points >= G_MAXINT32)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "positions: expected 0 to %" PRId64 " points, found %" PRId64,
                        G_MAXINT32 - 1 - positions->n_positions, n_points);
      return NULL;
    }
  return check_points (coords, positions->n_dims, n_points, N_("position"), error) ? append (positions, coords, n_points, error) : NULL;
}

/**
 * smooth_positions_new_finer:
 * @positions: spots alone, in two dimensions
 * @factor: 2 .. %SMOOTH_FINEST_LATTICE
 *
 * Adds the points of a lattice @factor times finer that has the spots' own lattice in it. The tissue is where spots are, measured or
 * not: a point belongs to it if no place of the lattice is nearer to it than a spot. So it reaches half a pitch beyond the outer
 * spots, and places without a spot stay holes. Spots keep their own coordinates.
 *
 * O(n factor^2).
 *
 * Returns: (transfer full): @positions and after them the finer points; an error where the spots form no hexagonal or square lattice
 */
SmoothPositions *
smooth_positions_new_finer (const SmoothPositions *positions, gint factor, SmoothRun *run, GError **error)
{
  gint64 n_points = 0;

  if (positions->n_dims != 2)
    {
      smooth_error_set (
          error, SMOOTH_ERROR_VALUE,
          "finer lattice: expected spots in a plane, found three dimensions; give the positions that are wanted instead");
      return NULL;
    }
  if (factor < 2 || factor > SMOOTH_FINEST_LATTICE || positions->n_positions != positions->n_spots)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "finer lattice: expected a factor of 2 to %d and spots alone, found %d and %" PRId64
                        " other positions",
                        SMOOTH_FINEST_LATTICE, factor, positions->n_positions - positions->n_spots);
      return NULL;
    }
  g_autoptr (SmoothLattice) lattice =
      smooth_i_lattice_new (positions->coords, positions->n_spots, positions->pitch, run, error);
  g_autofree double *coords = lattice != NULL ? smooth_i_lattice_dup_finer (lattice, factor, &n_points, error) : NULL;
  if (coords == NULL)
    return NULL;
  SmoothPositions *finer = append (positions, coords, n_points, error);
  if (finer != NULL)
    finer->factor = factor;
  return finer;
}

/**
 * smooth_positions_scale_settings:
 * @graph: (inout) (nullable): @prior: (inout) (nullable): @imputation: (inout) (nullable): as they suit the spots
 *
 * Where there is a finer lattice, changes what is meant per step of the spots' lattice into the same per step of the finer one: radius
 * and bandwidth, rho of ICAR and ISAR, and lambda. CAR and SAR keep their rho, as its range depends on the graph: their range in
 * um then shrinks with the lattice. Without a finer lattice nothing changes.
 */
void
smooth_positions_scale_settings (const SmoothPositions *positions, SmoothGraphSettings *graph,
                                 SmoothPrecisionSettings *prior, SmoothImputationSettings *imputation)
{
  double f = positions->factor, weight = (double) positions->n_positions / (double) positions->n_spots;
  gint kind = prior != NULL ? prior->kind : SMOOTH_PRIOR_ICAR;

  if (positions->factor == 1)
    return;
  if (graph != NULL)
    {
      graph->radius /= f;
      graph->bandwidth /= f;
    }
  if (prior != NULL && prior->rho > 0.0 && (kind == SMOOTH_PRIOR_ICAR || kind == SMOOTH_PRIOR_ISAR))
    {
      double rho = 1.0 / (1.0 + (1.0 - prior->rho) / (prior->rho * f * f)), ratio = prior->rho / rho;
      if (!prior->standardise)
        weight *= kind == SMOOTH_PRIOR_ICAR ? ratio : ratio * ratio * f * f;
      prior->rho = rho;
    }
  if (imputation != NULL)
    imputation->lambda *= weight;
}

/* Of positions in two dimensions. Returns: (transfer full): n_positions: the category of the last region that holds each, -1 where
 * none does */
gint32 *
smooth_positions_dup_labels (const SmoothPositions *positions, const SmoothRegions *regions, GError **error)
{
  g_autofree double *pixels = smooth_i_try_new (double, 2 * positions->n_positions, "positions", error);
  gint32 *labels = pixels != NULL ? smooth_i_try_new (gint32, positions->n_positions, "positions", error) : NULL;

  g_return_val_if_fail (positions->n_dims == 2, NULL);

  if (labels == NULL)
    return NULL;
  for (gint64 i = 0; i < 2 * positions->n_positions; i++)
    pixels[i] = positions->coords[i] / positions->um_per_pixel;
  smooth_regions_label (regions, pixels, positions->n_positions, labels);
  return labels;
}

/**
 * smooth_positions_new_graph:
 * @settings: (nullable): after smooth_positions_scale_settings(); radius or bandwidth 0: by the pitch of the finer lattice
 * @regions: (nullable): what borders there are; a position takes the last region that holds it
 *
 * Returns: (transfer full): a graph over all positions
 */
SmoothGraph *
smooth_positions_new_graph (const SmoothPositions *positions, const SmoothGraphSettings *settings,
                            const SmoothRegions *regions, SmoothRun *run, GError **error)
{
  SmoothGraphSettings unscaled;

  smooth_params_init (&smooth_graph_params, &unscaled);
  if (settings != NULL)
    unscaled = *settings;
  gboolean row_scale = unscaled.row_scale, has_regions = regions != NULL && smooth_regions_get_n (regions) > 0;
  unscaled.row_scale = row_scale && !has_regions;
  g_autoptr (SmoothGraph) graph = smooth_graph_new (positions->coords, positions->n_positions, positions->n_dims,
                                                    positions->pitch / positions->factor, &unscaled, run, error);
  if (graph == NULL || !has_regions)
    return g_steal_pointer (&graph);
  g_autofree gint32 *labels = smooth_positions_dup_labels (positions, regions, error);
  if (labels == NULL)
    return NULL;
  return smooth_graph_new_scaled_by_identity (graph, labels, unscaled.boundary, unscaled.boundary_replaces, row_scale,
                                              error);
}

/**
 * smooth_positions_new_graph_with:
 * @likeness: (nullable): weighs the edges
 *
 * As smooth_positions_new_graph(), with weights times the likeness of what they join; an error where points of a finer lattice,
 * whose likeness nobody knows, are among the positions.
 */
SmoothGraph *
smooth_positions_new_graph_with (const SmoothPositions *positions, const SmoothGraphSettings *settings, const SmoothRegions *regions,
                                 const SmoothPositionLikeness *likeness, SmoothRun *run, GError **error)
{
  SmoothGraphSettings unscaled = *settings;

  if (likeness == NULL)
    return smooth_positions_new_graph (positions, settings, regions, run, error);
  if (positions->factor > 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "a finer lattice: nothing is known of the likeness of its points: expected no tables of features and "
                        "similarities, or no finer lattice");
      return NULL;
    }
  unscaled.row_scale = FALSE; /* rows are scaled last */
  g_autoptr (SmoothGraph) graph = smooth_positions_new_graph (positions, &unscaled, regions, run, error);
  if (graph == NULL)
    return NULL;
  return smooth_likeness_scale (likeness->likeness, graph, likeness->names, likeness->section, likeness->settings, settings->row_scale,
                                likeness->report, run, error);
}
