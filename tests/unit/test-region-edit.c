/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of section/region-edit: after every stroke each spot has the label that it should have, whatever the shapes. */
#include "section/region-edit.h"

#include <math.h>
#include <string.h>

#define WIDTH 24
#define N (WIDTH * WIDTH)
#define PITCH 100.0

static double coords[2 * N];

/* A hexagonal lattice. */
static void
fill_coords (void)
{
  for (gint i = 0; i < N; i++)
    {
      coords[2 * i] = 1000.0 + PITCH * (i % WIDTH + 0.5 * (i / WIDTH % 2));
      coords[2 * i + 1] = 500.0 + PITCH * sqrt (0.75) * (i / WIDTH);
    }
}

static SmoothStroke
stroke_new (const guint8 *touched)
{
  return (SmoothStroke){ N, coords, touched, PITCH };
}

static void
touch_disc (guint8 *touched, gint row, gint column, double radius)
{
  const double *centre = coords + 2 * (row * WIDTH + column);

  for (gint i = 0; i < N; i++)
    touched[i] |= hypot (coords[2 * i] - centre[0], coords[2 * i + 1] - centre[1]) <= radius;
}

/* As smooth_regions_label(), by name: 0 for none, else the letter. */
static void
label (const SmoothRegions *regions, char *letters)
{
  gint32 labels[N];
  g_auto (GStrv) names = smooth_regions_dup_categories (regions);

  smooth_regions_label (regions, coords, N, labels);
  for (gint i = 0; i < N; i++)
    letters[i] = labels[i] >= 0 ? names[labels[i]][0] : 0;
}

/* A circle with a tooth: outlines that a lattice knows nothing of. */
static SmoothRegions *
add_blob (const SmoothRegions *regions, const char *name, double x, double y, double radius)
{
  double points[2 * 90];

  for (gint i = 0; i < 90; i++)
    {
      double r = radius * (1.0 + 0.1 * sin (7.0 * i) + (i == 20 ? 0.5 : 0.0));
      points[2 * i] = x + r * cos (i * G_PI / 45.0);
      points[2 * i + 1] = y + r * sin (i * G_PI / 45.0);
    }
  return smooth_regions_new_with (regions, name, 0x112233, points, 90);
}

static void
test_moved (void)
{
  const double square[] = { 0, 0, 10, 0, 10, 10, 0, 10 };
  g_autoptr (SmoothRegions) one = smooth_regions_new_with (NULL, "A", 1, square, 4);
  g_autoptr (SmoothRegions) two = smooth_regions_new_with (one, "B", 2, square, 4);
  g_autoptr (SmoothRegions) moved = smooth_regions_new_moved (two, 0, 0, 2, 30.0, 40.0);
  g_autoptr (SmoothRegions) same = smooth_regions_new_moved (two, 0, 0, 4, 30.0, 40.0);
  const double triangle[] = { 0, 0, 10, 0, 0, 10 };
  g_autoptr (SmoothRegions) three = smooth_regions_new_with (NULL, "T", 1, triangle, 3);
  g_autoptr (SmoothRegions) flat = smooth_regions_new_moved (three, 0, 0, 2, 10.0, 0.0);

  g_assert_cmpfloat (smooth_regions_get (moved, 0)->rings[0].points[4], ==, 30.0);
  g_assert_cmpfloat (smooth_regions_get (moved, 0)->rings[0].points[5], ==, 40.0);
  g_assert_cmpstr (smooth_regions_get (moved, 0)->name, ==, "A");
  g_assert_true (smooth_regions_get (moved, 1) == smooth_regions_get (two, 1));
  g_assert_true (smooth_regions_equal (same, two));
  g_assert_true (smooth_regions_equal (flat, three));
}

/* The new label of every touched spot, the old one of all others. */
static void
assert_labels (const SmoothRegions *before, const SmoothRegions *after, const guint8 *touched, char letter)
{
  char old[N], new[N];

  label (before, old);
  label (after, new);
  for (gint i = 0; i < N; i++)
    g_assert_cmpint (new[i], ==, touched[i] ? letter : old[i]);
}

static void
test_painted (void)
{
  g_autoptr (SmoothRegions) a = add_blob (NULL, "A", 1700.0, 1200.0, 420.0);
  g_autoptr (SmoothRegions) b = add_blob (a, "B", 2300.0, 1400.0, 430.0);
  guint8 touched[N] = { 0 };
  SmoothStroke stroke = stroke_new (touched);

  touch_disc (touched, 10, 12, 280.0); /* over both, and beyond */
  touch_disc (touched, 3, 2, 120.0);   /* an island */
  g_autoptr (SmoothRegions) painted = smooth_regions_new_painted (b, 0, &stroke);
  assert_labels (b, painted, touched, 'A');
  g_assert_cmpint (smooth_regions_get_n (painted), ==, 2);
  g_assert_cmpint (smooth_regions_get (painted, 0)->n_rings, ==, 2);

  g_autoptr (SmoothRegions) over = smooth_regions_new_painted (b, 1, &stroke); /* the one below keeps its shape */
  assert_labels (b, over, touched, 'B');
  g_assert_true (smooth_regions_get (over, 0) == smooth_regions_get (b, 0));

  memset (touched, 0, sizeof touched);
  g_autoptr (SmoothRegions) same = smooth_regions_new_painted (b, 0, &stroke);
  g_assert_true (smooth_regions_equal (same, b));
}

static void
test_new_and_erased (void)
{
  g_autoptr (SmoothRegions) a = add_blob (NULL, "A", 1900.0, 1300.0, 500.0);
  guint8 touched[N] = { 0 };
  SmoothStroke stroke = stroke_new (touched);

  touch_disc (touched, 9, 9, 260.0);
  g_autoptr (SmoothRegions) hole = smooth_regions_new_erased (a, &stroke);
  assert_labels (a, hole, touched, 0);
  g_assert_cmpint (smooth_regions_get (hole, 0)->n_rings, ==, 2);

  g_autoptr (SmoothRegions) filled = smooth_regions_new_with_spots (hole, "C", 0xabcdef, &stroke);
  assert_labels (hole, filled, touched, 'C');
  g_assert_cmphex (smooth_regions_get (filled, 1)->colour, ==, 0xabcdef);

  memset (touched, 1, sizeof touched);
  g_autoptr (SmoothRegions) nothing = smooth_regions_new_erased (filled, &stroke);
  g_assert_cmpint (smooth_regions_get_n (nothing), ==, 0);
  memset (touched, 0, sizeof touched);
  g_autoptr (SmoothRegions) same = smooth_regions_new_with_spots (filled, "D", 1, &stroke);
  g_assert_true (smooth_regions_equal (same, filled));
}

/* One spot has an outline of about its own size; a checkerboard, whose cells touch at corners, keeps every label. */
static void
test_small (void)
{
  guint8 touched[N] = { 0 };
  SmoothStroke stroke = stroke_new (touched);

  touched[5 * WIDTH + 5] = 1;
  g_autoptr (SmoothRegions) one = smooth_regions_new_with_spots (NULL, "A", 1, &stroke);
  g_autoptr (SmoothRegions) none = smooth_regions_new ();
  assert_labels (none, one, touched, 'A');
  const SmoothRing *ring = &smooth_regions_get (one, 0)->rings[0];
  for (gint64 i = 0; i < ring->n_points; i++)
    {
      double distance = hypot (ring->points[2 * i] - coords[2 * (5 * WIDTH + 5)], ring->points[2 * i + 1] - coords[2 * (5 * WIDTH + 5) + 1]);
      g_assert_cmpfloat (distance, >, 0.35 * PITCH);
      g_assert_cmpfloat (distance, <, 0.75 * PITCH);
    }

  for (gint i = 0; i < N; i++)
    touched[i] = (i + i / WIDTH) % 2 == 0;
  g_autoptr (SmoothRegions) board = smooth_regions_new_with_spots (NULL, "B", 1, &stroke);
  assert_labels (none, board, touched, 'B');
}

/* Many strokes one after another never harm a spot that they did not touch. */
static void
test_many_strokes (void)
{
  g_autoptr (SmoothRegions) regions = add_blob (NULL, "A", 1900.0, 1300.0, 500.0);
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (gint n = 0; n < 60; n++)
    {
      guint8 touched[N] = { 0 };
      SmoothStroke stroke = stroke_new (touched);
      gint64 n_regions = smooth_regions_get_n (regions), i = n_regions > 0 ? g_rand_int_range (rand, 0, (gint32) n_regions) : 0;
      const char *name = n % 2 == 0 ? "B" : "C";
      touch_disc (touched, g_rand_int_range (rand, 0, WIDTH), g_rand_int_range (rand, 0, WIDTH), g_rand_double_range (rand, 0.0, 400.0));
      SmoothRegions *next = n % 3 == 0 || n_regions == 0 ? smooth_regions_new_with_spots (regions, name, 7, &stroke)
                            : n % 3 == 1                 ? smooth_regions_new_painted (regions, i, &stroke)
                                                         : smooth_regions_new_erased (regions, &stroke);
      assert_labels (regions, next, touched,
                     n % 3 == 0 || n_regions == 0 ? name[0] : n % 3 == 1 ? smooth_regions_get (regions, i)->name[0] : 0);
      smooth_regions_unref (regions);
      regions = next;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fill_coords ();
  g_test_add_func ("/region-edit/moved", test_moved);
  g_test_add_func ("/region-edit/painted", test_painted);
  g_test_add_func ("/region-edit/new-and-erased", test_new_and_erased);
  g_test_add_func ("/region-edit/small", test_small);
  g_test_add_func ("/region-edit/many-strokes", test_many_strokes);
  return g_test_run ();
}
