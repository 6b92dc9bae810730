/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A made-up organ: its outline, its tissues, and which cell types live where.
 *
 * From top to bottom a mucosa with glands, a stroma with lymph follicles, muscle and fat lie in wavy layers; a tumour
 * has grown into them from the right, with a reaction around it. Memberships of the tissues are smooth functions of the
 * place that sum to one; a cell type's share is the mixture of the tissues' compositions, modulated by gradients across
 * the section.
 */
#include "section/simulate-private.h"

#include <math.h>
#include <string.h>

#define N_NAMED 16

static const char *const named_types[N_NAMED] = {
  "Tumour", "Fibroblast", "Epithelium", "T cell", "B cell", "Smooth muscle", "Macrophage", "Endothelium",
  "Plasma cell", "Adipocyte", "Pericyte", "Neutrophil", "Dendritic cell", "NK cell", "Mast cell", "Goblet cell",
};

/* Relative shares, one row a tissue, in the order of the names. */
static const double compositions[SIM_N_ZONES][N_NAMED] = {
  [SIM_MUCOSA] = { 0.00, 0.13, 0.60, 0.09, 0.02, 0.02, 0.06, 0.06, 0.12, 0.00, 0.01, 0.02, 0.02, 0.01, 0.02, 0.20 },
  [SIM_STROMA] = { 0.00, 0.62, 0.01, 0.07, 0.02, 0.06, 0.09, 0.13, 0.04, 0.03, 0.06, 0.01, 0.01, 0.01, 0.05, 0.00 },
  [SIM_MUSCLE] = { 0.00, 0.13, 0.00, 0.01, 0.00, 0.76, 0.03, 0.07, 0.00, 0.02, 0.06, 0.00, 0.00, 0.00, 0.01, 0.00 },
  [SIM_FAT] = { 0.00, 0.40, 0.00, 0.03, 0.01, 0.10, 0.16, 0.24, 0.01, 0.80, 0.06, 0.00, 0.00, 0.00, 0.01, 0.00 },
  [SIM_TUMOUR] = { 0.74, 0.08, 0.02, 0.04, 0.00, 0.01, 0.07, 0.05, 0.00, 0.00, 0.02, 0.05, 0.01, 0.02, 0.00, 0.00 },
  [SIM_FOLLICLE] = { 0.00, 0.01, 0.00, 0.16, 0.74, 0.00, 0.06, 0.02, 0.02, 0.00, 0.00, 0.00, 0.10, 0.01, 0.00, 0.00 },
  [SIM_MANTLE] = { 0.00, 0.06, 0.01, 0.64, 0.18, 0.01, 0.04, 0.06, 0.04, 0.00, 0.00, 0.00, 0.05, 0.04, 0.00, 0.00 },
  [SIM_RIM] = { 0.06, 0.40, 0.00, 0.18, 0.02, 0.02, 0.28, 0.08, 0.03, 0.00, 0.03, 0.08, 0.03, 0.04, 0.01, 0.00 },
};

/* How a type's share changes across the section: exp (x u + y v). */
static const struct { double x, y; } gradients[N_NAMED] = {
  { 0.0, 0.0 }, { -0.5, 0.2 }, { 0.5, 0.0 }, { 0.9, -0.3 }, { -0.4, 0.0 }, { 0.0, 0.4 }, { 0.9, 0.4 }, { -0.9, -0.2 },
  { -0.8, 0.3 }, { -0.3, 0.3 }, { 0.3, -0.3 }, { 1.0, 0.0 }, { 0.2, 0.2 }, { 0.8, 0.0 }, { -0.8, 0.0 }, { -0.9, 0.0 },
};

static double
sigmoid (double x)
{
  return 1.0 / (1.0 + smooth_i_exp (-CLAMP (x, -40.0, 40.0)));
}

static SimBlob
make_blob (SmoothRng *rng, double x, double y, double radius, double roughness)
{
  SimBlob blob = { .x = x, .y = y, .radius = radius };

  for (gint k = 0; k < SIM_N_WAVES; k++)
    {
      blob.amplitudes[k] = roughness * (0.4 + 0.6 * smooth_i_rng_uniform (rng)) / (1.0 + 0.7 * k);
      blob.phases[k] = 2.0 * G_PI * smooth_i_rng_uniform (rng);
    }
  return blob;
}

static double
jitter (SmoothRng *rng, double centre, double spread)
{
  return centre + spread * (2.0 * smooth_i_rng_uniform (rng) - 1.0);
}

/**
 * smooth_i_sim_anatomy_init:
 * @anatomy: (out): of radius 1 um; the lattice sets its true size
 * @seed: each seed has another outline, tumour and follicles
 */
void
smooth_i_sim_anatomy_init (SimAnatomy *anatomy, guint64 seed)
{
  static const double follicle_places[SIM_N_FOLLICLES][3] = {
    { -0.62, -0.13, 0.135 }, { -0.20, -0.05, 0.165 }, { -0.42, 0.16, 0.110 }, { 0.20, -0.20, 0.105 },
  };
  static const double hole_places[SIM_N_HOLES][3] = { { -0.10, 0.33, 0.085 }, { -0.72, 0.22, 0.050 } };
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, SIM_STREAM_ANATOMY);
  anatomy->radius = 1.0;
  anatomy->outline = make_blob (&rng, 0.0, 0.0, 1.0, 0.085);
  anatomy->tumour = make_blob (&rng, jitter (&rng, 0.50, 0.06), jitter (&rng, 0.12, 0.08), jitter (&rng, 0.34, 0.03), 0.15);
  for (gint i = 0; i < SIM_N_FOLLICLES; i++)
    anatomy->follicles[i] = make_blob (&rng, jitter (&rng, follicle_places[i][0], 0.05), jitter (&rng, follicle_places[i][1], 0.04),
                                       jitter (&rng, follicle_places[i][2], 0.015), 0.09);
  for (gint i = 0; i < SIM_N_HOLES; i++)
    anatomy->holes[i] = make_blob (&rng, jitter (&rng, hole_places[i][0], 0.05), jitter (&rng, hole_places[i][1], 0.05),
                                   jitter (&rng, hole_places[i][2], 0.012), 0.16);
  for (gint i = 0; i < 3; i++)
    anatomy->phases[i] = 2.0 * G_PI * smooth_i_rng_uniform (&rng);
  for (gint i = 0; i < 2; i++)
    anatomy->fibre_phases[i] = 2.0 * G_PI * smooth_i_rng_uniform (&rng);
}

/**
 * smooth_i_sim_blob_get_depth:
 *
 * Returns: the distance from the blob's middle over that of its edge in the same direction: below 1 inside
 */
double
smooth_i_sim_blob_get_depth (const SimBlob *blob, double u, double v)
{
  double x = u - blob->x, y = v - blob->y, distance = sqrt (x * x + y * y), edge = 1.0;

  if (distance < 1e-12)
    return 0.0;

  /* cos (k angle + phase) by de Moivre, without an arc tangent. */
  double c = x / distance, s = y / distance, ck = 1.0, sk = 0.0;
  for (gint k = 0; k < SIM_N_WAVES; k++)
    {
      double next = ck * c - sk * s;
      sk = sk * c + ck * s;
      ck = next;
      edge += blob->amplitudes[k] * (ck * cos (blob->phases[k]) - sk * sin (blob->phases[k]));
    }
  return distance / (blob->radius * MAX (edge, 0.05));
}

/**
 * smooth_i_sim_anatomy_contains:
 * @x: um from the middle, to the right
 * @y: um from the middle, down
 *
 * Returns: whether there is tissue
 */
gboolean
smooth_i_sim_anatomy_contains (const SimAnatomy *anatomy, double x, double y)
{
  double u = x / anatomy->radius, v = y / anatomy->radius;

  if (smooth_i_sim_blob_get_depth (&anatomy->outline, u, v) >= 1.0)
    return FALSE;
  for (gint i = 0; i < SIM_N_HOLES; i++)
    if (smooth_i_sim_blob_get_depth (&anatomy->holes[i], u, v) < 1.0)
      return FALSE;
  return TRUE;
}

/* 0 at the middle of the layers, growing downwards. */
static double
layer_height (const SimAnatomy *anatomy, double u, double v)
{
  return v + 0.10 * sin (2.3 * u + anatomy->phases[0]) + 0.04 * sin (6.1 * u + anatomy->phases[1])
         + 0.02 * sin (11.0 * u + anatomy->phases[2]);
}

/**
 * smooth_i_sim_anatomy_get_height:
 *
 * Returns: um across the layers, 0 in their middle, growing downwards; fibres run along its level lines
 */
double
smooth_i_sim_anatomy_get_height (const SimAnatomy *anatomy, double x, double y)
{
  return anatomy->radius * layer_height (anatomy, x / anatomy->radius, y / anatomy->radius);
}

static void
scale_zones (double zones[SIM_N_ZONES], double factor)
{
  for (gint z = 0; z < SIM_N_ZONES; z++)
    zones[z] *= factor;
}

/**
 * smooth_i_sim_anatomy_get_zones:
 * @zones: (out): memberships of the place, which sum to 1
 */
void
smooth_i_sim_anatomy_get_zones (const SimAnatomy *anatomy, double x, double y, double zones[SIM_N_ZONES])
{
  double u = x / anatomy->radius, v = y / anatomy->radius;
  double h = layer_height (anatomy, u, v);
  double top = sigmoid ((-0.34 - h) / 0.030), bottom = sigmoid ((h - 0.32) / 0.030);
  double fat = bottom * sigmoid ((h - 0.68) / 0.035);

  memset (zones, 0, SIM_N_ZONES * sizeof (double));
  zones[SIM_MUCOSA] = top * (1.0 - bottom);
  zones[SIM_STROMA] = (1.0 - top) * (1.0 - bottom);
  zones[SIM_MUSCLE] = bottom - fat;
  zones[SIM_FAT] = fat;

  for (gint i = 0; i < SIM_N_FOLLICLES; i++)
    {
      double depth = smooth_i_sim_blob_get_depth (&anatomy->follicles[i], u, v);
      double whole = sigmoid ((1.0 - depth) / 0.08), centre = sigmoid ((0.62 - depth) / 0.08) * whole;
      scale_zones (zones, 1.0 - whole);
      zones[SIM_FOLLICLE] += centre;
      zones[SIM_MANTLE] += whole - centre;
    }

  double depth = smooth_i_sim_blob_get_depth (&anatomy->tumour, u, v);
  double inside = sigmoid ((1.0 - depth) / 0.035), off = (depth - 1.12) / 0.16;
  double rim = 0.75 * smooth_i_exp (-off * off) * (1.0 - inside);
  scale_zones (zones, 1.0 - inside - rim);
  zones[SIM_TUMOUR] += inside;
  zones[SIM_RIM] += rim;
}

/**
 * smooth_i_sim_get_type_name:
 * @buffer: 16 bytes, used for types that have no name of their own
 */
const char *
smooth_i_sim_get_type_name (gint type, char buffer[16])
{
  if (type < N_NAMED)
    return named_types[type];
  g_snprintf (buffer, 16, "Type %d", type + 1);
  return buffer;
}

/**
 * smooth_i_sim_anatomy_get_types:
 * @n_types: how many types the section has; those beyond the named ones live in round patches
 * @shares: (out): @n_types expected shares, which sum to 1
 */
void
smooth_i_sim_anatomy_get_types (const SimAnatomy *anatomy, double x, double y, gint n_types, double *shares)
{
  double u = x / anatomy->radius, v = y / anatomy->radius, sum = 0.0;
  double zones[SIM_N_ZONES];

  smooth_i_sim_anatomy_get_zones (anatomy, x, y, zones);
  for (gint k = 0; k < n_types; k++)
    {
      double share = 0.002;
      if (k < N_NAMED)
        {
          for (gint z = 0; z < SIM_N_ZONES; z++)
            share += zones[z] * compositions[z][k];
          share *= smooth_i_exp (gradients[k].x * u + gradients[k].y * v);
        }
      else
        {
          /* Patches along a sunflower spiral. */
          double angle = 2.39996322972865332 * (k - N_NAMED) + anatomy->phases[0];
          double distance = 0.2 + 0.6 * ((k - N_NAMED) % 7) / 6.0;
          double du = u - distance * cos (angle), dv = v - distance * sin (angle);
          share += 0.5 * smooth_i_exp (-(du * du + dv * dv) / (2.0 * 0.16 * 0.16));
        }
      shares[k] = share;
      sum += share;
    }
  for (gint k = 0; k < n_types; k++)
    shares[k] /= sum;
}

/**
 * smooth_i_sim_anatomy_get_fibre_angle:
 *
 * Returns: the direction of fibres, radians: along the layers, and around the tumour and the follicles
 */
double
smooth_i_sim_anatomy_get_fibre_angle (const SimAnatomy *anatomy, double x, double y)
{
  double u = x / anatomy->radius, v = y / anatomy->radius;
  double slope = -0.23 * cos (2.3 * u + anatomy->phases[0]) - 0.24 * cos (6.1 * u + anatomy->phases[1]);
  double angle = atan (slope) + 0.35 * sin (7.0 * u + 3.0 * v + anatomy->fibre_phases[0])
                 + 0.25 * sin (13.0 * v - 5.0 * u + anatomy->fibre_phases[1]);
  double depth = smooth_i_sim_blob_get_depth (&anatomy->tumour, u, v);
  double near = smooth_i_exp (-MAX (depth - 1.0, 0.0) / 0.15);
  double around = atan2 (v - anatomy->tumour.y, u - anatomy->tumour.x) + 0.5 * G_PI;

  /* Directions are halves of turns: the shorter way between the two. */
  double difference = remainder (around - angle, G_PI);
  return angle + near * difference;
}
