/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of section/simulate: the lattice, the truth, the picture, threads, settings and failures. */
#include "section/simulate-private.h"
#include "../remove-tree.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static void
test_lattice (void)
{
  static const gint64 wanted[] = { 20, 333, 1500, 5000 };

  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      SimAnatomy anatomy;
      smooth_i_sim_anatomy_init (&anatomy, i);
      g_autoptr (SimLattice) lattice = smooth_i_sim_lattice_new (&anatomy, wanted[i]);
      g_autoptr (GHashTable) barcodes = g_hash_table_new (g_str_hash, g_str_equal);

      g_assert_cmpint (ABS (lattice->n_tissue - wanted[i]), <=, 1 + wanted[i] / 200);
      g_assert_cmpint (lattice->n_spots, >, lattice->n_tissue * 5 / 4);
      for (gint64 s = 0; s < lattice->n_spots; s++)
        {
          double x, y;
          g_assert_cmpint (lattice->cols[s] % 2, ==, lattice->rows[s] % 2);
          g_assert_cmpuint (strlen (lattice->barcodes[s]), ==, 18);
          g_assert_true (g_hash_table_add (barcodes, lattice->barcodes[s]));
          g_assert_cmpint (lattice->pixels[2 * s], >, 0);
          g_assert_cmpfloat ((double) lattice->pixels[2 * s], <, lattice->frame.width);
          g_assert_cmpfloat ((double) lattice->pixels[2 * s + 1], <, lattice->frame.height);
          smooth_i_sim_frame_from_pixel (&lattice->frame, (double) lattice->pixels[2 * s], (double) lattice->pixels[2 * s + 1], &x, &y);
          g_assert_cmpfloat_with_epsilon (x, lattice->um[2 * s], 0.4);
          g_assert_cmpfloat_with_epsilon (y, lattice->um[2 * s + 1], 0.4);
        }
      for (gint64 s = 1; s < lattice->n_tissue; s++)
        g_assert_cmpstr (lattice->barcodes[lattice->tissue[s - 1]], <, lattice->barcodes[lattice->tissue[s]]);
    }
}

/* Each spot inside of the array has six neighbours at 100 um. */
static void
test_lattice_is_hexagonal (void)
{
  SimAnatomy anatomy;
  smooth_i_sim_anatomy_init (&anatomy, 1);
  g_autoptr (SimLattice) lattice = smooth_i_sim_lattice_new (&anatomy, 100);
  gint most = 0;

  for (gint64 s = 0; s < lattice->n_spots; s++)
    {
      gint n = 0;
      for (gint64 t = 0; t < lattice->n_spots; t++)
        {
          double d = hypot (lattice->um[2 * s] - lattice->um[2 * t], lattice->um[2 * s + 1] - lattice->um[2 * t + 1]);
          g_assert_true (s == t || d > 99.99);
          n += s != t && d < 100.01;
        }
      most = MAX (most, n);
      g_assert_cmpint (n, <=, 6);
    }
  g_assert_cmpint (most, ==, 6);
}

static void
test_shares (void)
{
  for (gint n_types = 2; n_types <= 60; n_types += 29)
    {
      SimAnatomy anatomy;
      SmoothRng rng;
      double largest[60] = { 0 };
      smooth_i_sim_anatomy_init (&anatomy, 3);
      smooth_i_rng_init (&rng, 1, 1);
      for (gint i = 0; i < 3000; i++)
        {
          double x = 2.0 * smooth_i_rng_uniform (&rng) - 1.0, y = 2.0 * smooth_i_rng_uniform (&rng) - 1.0;
          double zones[SIM_N_ZONES], shares[60], zone_sum = 0.0, share_sum = 0.0;
          smooth_i_sim_anatomy_get_zones (&anatomy, x, y, zones);
          smooth_i_sim_anatomy_get_types (&anatomy, x, y, n_types, shares);
          for (gint z = 0; z < SIM_N_ZONES; z++)
            {
              g_assert_cmpfloat (zones[z], >=, -1e-12);
              zone_sum += zones[z];
            }
          for (gint k = 0; k < n_types; k++)
            {
              g_assert_cmpfloat (shares[k], >, 0.0);
              share_sum += shares[k];
              largest[k] = MAX (largest[k], shares[k]);
            }
          g_assert_cmpfloat_with_epsilon (zone_sum, 1.0, 1e-9);
          g_assert_cmpfloat_with_epsilon (share_sum, 1.0, 1e-9);
        }
      for (gint k = 0; k < n_types; k++) /* every type has a home */
        g_assert_cmpfloat (largest[k], >, 3.0 / (4.0 * n_types));
    }
}

static SimCounts *
make_counts (const SimAnatomy *anatomy, const SimLattice *lattice, gint n_threads)
{
  SmoothSimulateSettings settings = { .spots = 700, .types = 6, .genes = 60, .seed = 9 };
  g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
  g_autoptr (GError) error = NULL;
  SimCounts *counts = smooth_i_sim_counts_new (anatomy, lattice, &settings, run, &error);

  g_assert_no_error (error);
  return counts;
}

static void
test_counts (void)
{
  SimAnatomy anatomy;
  smooth_i_sim_anatomy_init (&anatomy, 9);
  g_autoptr (SimLattice) lattice = smooth_i_sim_lattice_new (&anatomy, 700);
  g_autoptr (SimCounts) one = make_counts (&anatomy, lattice, 1);
  g_autoptr (SimCounts) many = make_counts (&anatomy, lattice, 4);
  gint64 nnz = smooth_sparse_get_nnz (one->counts);

  g_assert_cmpint (nnz, ==, smooth_sparse_get_nnz (many->counts));
  g_assert_true (memcmp (one->counts->rows, many->counts->rows, (gsize) nnz * sizeof (gint32)) == 0);
  g_assert_true (memcmp (one->counts->values, many->counts->values, (gsize) nnz * sizeof (double)) == 0);
  g_assert_true (memcmp (one->proportions->values, many->proportions->values, (gsize) (6 * one->n_spots) * sizeof (double)) == 0);
  g_assert_true (memcmp (one->signature->values, many->signature->values, 360 * sizeof (double)) == 0);

  g_assert_true (smooth_sparse_check (one->counts, NULL));
  for (gint64 i = 0; i < nnz; i++)
    g_assert_true (one->counts->values[i] >= 1.0 && one->counts->values[i] == floor (one->counts->values[i]));
  for (gint64 s = 0; s < one->n_spots; s++)
    {
      double sum = 0.0;
      for (gint k = 0; k < 6; k++)
        sum += smooth_matrix_column (one->proportions, s)[k];
      g_assert_cmpfloat_with_epsilon (sum, 1.0, 1e-12);
    }
}

/* In the reference cells a marker shows in its type, and in none so much else. */
static void
test_markers (void)
{
  SimAnatomy anatomy;
  smooth_i_sim_anatomy_init (&anatomy, 9);
  g_autoptr (SimLattice) lattice = smooth_i_sim_lattice_new (&anatomy, 700);
  g_autoptr (SimCounts) counts = make_counts (&anatomy, lattice, 2);

  g_assert_cmpstr (counts->type_names[2], ==, "Epithelium");
  g_assert_cmpstr (counts->gene_names[2], ==, "EPCAM");
  for (gint64 g = 0; g < 12; g++)
    for (gint64 k = 0; k < 6; k++)
      if (k != g % 6)
        g_assert_cmpfloat (smooth_matrix_column (counts->signature, g % 6)[g], >, 3.0 * smooth_matrix_column (counts->signature, k)[g]);
}

/* The mean of the three channels in a spot's disc. */
static double
spot_lightness (const SmoothPicture *picture, const SimFrame *frame, double pixel_x, double pixel_y)
{
  double radius = 55.0 * frame->hires_scale, sum = 0.0;
  gint cx = (gint) (pixel_x * frame->hires_scale), cy = (gint) (pixel_y * frame->hires_scale), r = (gint) radius, n = 0;

  for (gint y = cy - r; y <= cy + r; y++)
    for (gint x = cx - r; x <= cx + r; x++)
      if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= r * r)
        {
          guint32 p = smooth_picture_get_pixel (picture, x, y);
          sum += ((p & 0xff) + (p >> 8 & 0xff) + (p >> 16 & 0xff)) / 3.0;
          n++;
        }
  return sum / n;
}

/* The picture shows the truth: glass is bright, tissue darker, the crowded tumour and the follicles' mantles darkest. */
static void
test_picture_follows_the_truth (void)
{
  SimAnatomy anatomy;
  smooth_i_sim_anatomy_init (&anatomy, 4);
  g_autoptr (SimLattice) lattice = smooth_i_sim_lattice_new (&anatomy, 600);
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothPicture) picture = smooth_i_sim_draw_tissue (&anatomy, &lattice->frame, 4, NULL, &error);
  double sums[SIM_N_ZONES + 1] = { 0 };
  gint n[SIM_N_ZONES + 1] = { 0 };

  g_assert_no_error (error);
  g_assert_cmpint (MAX (picture->width, picture->height), ==, 2000);
  for (gint64 s = 0; s < lattice->n_spots; s++)
    {
      double zones[SIM_N_ZONES];
      gint zone = SIM_N_ZONES; /* glass */
      double lightness
        = spot_lightness (picture, &lattice->frame, (double) lattice->pixels[2 * s], (double) lattice->pixels[2 * s + 1]);
      smooth_i_sim_anatomy_get_zones (&anatomy, lattice->um[2 * s], lattice->um[2 * s + 1], zones);
      for (gint z = 0; z < SIM_N_ZONES && lattice->in_tissue[s]; z++)
        if (zones[z] > 0.7)
          zone = z;
      if (lattice->in_tissue[s] && zone == SIM_N_ZONES)
        continue;
      sums[zone] += lightness;
      n[zone]++;
    }
  for (gint z = 0; z <= SIM_N_ZONES; z++)
    g_test_message ("zone %d: %d spots, lightness %.0f", z, n[z], sums[z] / MAX (n[z], 1));
  double glass = sums[SIM_N_ZONES] / n[SIM_N_ZONES], stroma = sums[SIM_STROMA] / n[SIM_STROMA], tumour = sums[SIM_TUMOUR] / n[SIM_TUMOUR];
  g_assert_cmpfloat (glass, >, 232.0);
  g_assert_cmpfloat (stroma, <, glass - 20.0);
  g_assert_cmpfloat (tumour, <, stroma - 20.0);
}

static void
test_settings (void)
{
  static const SmoothSimulateSettings bad[] = { { 5, 8, 400, 1 }, { 2000000, 8, 400, 1 }, { 100, 1, 400, 1 }, { 100, 8, 3, 1 }, { 100, 8, 400, -1 } };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (smooth_simulate ("/nowhere", &bad[i], NULL, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
    }
}

static void
test_failures (void)
{
  SmoothSimulateSettings settings = { .spots = 30, .types = 2, .genes = 20, .seed = 1 };
  g_autofree char *folder = g_dir_make_tmp ("smooth-simulate-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autofree char *below = g_build_filename (file, "below", NULL);
  g_autofree char *matrix = g_build_filename (folder, "filtered_feature_bc_matrix.h5", NULL);
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_assert_false (smooth_simulate (below, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
  g_clear_error (&error);

  smooth_run_cancel (run);
  g_assert_false (smooth_simulate (folder, &settings, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_assert_false (g_file_test (matrix, G_FILE_TEST_EXISTS));
  remove_tree (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/section/simulate/lattice", test_lattice);
  g_test_add_func ("/section/simulate/lattice-is-hexagonal", test_lattice_is_hexagonal);
  g_test_add_func ("/section/simulate/shares", test_shares);
  g_test_add_func ("/section/simulate/counts", test_counts);
  g_test_add_func ("/section/simulate/markers", test_markers);
  g_test_add_func ("/section/simulate/picture-follows-the-truth", test_picture_follows_the_truth);
  g_test_add_func ("/section/simulate/settings", test_settings);
  g_test_add_func ("/section/simulate/failures", test_failures);
  return g_test_run ();
}
