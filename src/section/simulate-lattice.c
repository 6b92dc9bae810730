/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The capture area: a hexagonal lattice of spots over a tissue of the wanted size, and the frame of its pictures. */
#include "section/simulate-private.h"

#include <math.h>
#include <string.h>

#define PITCH 100.0                  /* um, along a row */
#define ROW_STEP 86.602540378443865  /* um, from row to row */
#define UM_PER_PIXEL 0.5
#define TILT 0.012                   /* radians: no slide lies straight under a scanner */
#define MARGIN 220.0                 /* um of glass around the capture area */
#define HIRES_SIZE 2000
#define LOWRES_SIZE 600

/**
 * smooth_i_sim_frame_to_pixel:
 * @x: um from the middle of the tissue
 * @pixel_x: (out): full-resolution pixels
 */
void
smooth_i_sim_frame_to_pixel (const SimFrame *frame, double x, double y, double *pixel_x, double *pixel_y)
{
  *pixel_x = 0.5 * frame->width + (frame->cosine * x - frame->sine * y) / frame->um_per_pixel;
  *pixel_y = 0.5 * frame->height + (frame->sine * x + frame->cosine * y) / frame->um_per_pixel;
}

/**
 * smooth_i_sim_frame_from_pixel:
 *
 * The inverse of smooth_i_sim_frame_to_pixel().
 */
void
smooth_i_sim_frame_from_pixel (const SimFrame *frame, double pixel_x, double pixel_y, double *x, double *y)
{
  double right = (pixel_x - 0.5 * frame->width) * frame->um_per_pixel;
  double down = (pixel_y - 0.5 * frame->height) * frame->um_per_pixel;

  *x = frame->cosine * right + frame->sine * down;
  *y = -frame->sine * right + frame->cosine * down;
}

static SimFrame
make_frame (double width_um, double height_um)
{
  SimFrame frame = {
    .um_per_pixel = UM_PER_PIXEL,
    .cosine = cos (TILT),
    .sine = sin (TILT),
    .width = ceil ((width_um + 2.0 * MARGIN) / UM_PER_PIXEL),
    .height = ceil ((height_um + 2.0 * MARGIN) / UM_PER_PIXEL),
  };
  double longest = MAX (frame.width, frame.height);

  frame.hires_scale = HIRES_SIZE / longest;
  frame.lowres_scale = LOWRES_SIZE / longest;
  frame.hires_width = (gint) (frame.width * frame.hires_scale + 0.5);
  frame.hires_height = (gint) (frame.height * frame.hires_scale + 0.5);
  frame.lowres_width = (gint) (frame.width * frame.lowres_scale + 0.5);
  frame.lowres_height = (gint) (frame.height * frame.lowres_scale + 0.5);
  return frame;
}

/* Sixteen bases and '-1'. The mapping of 32 bits is one to one, so that no two barcodes are equal. */
static char *
dup_barcode (guint32 i)
{
  char text[19];

  i = (i + 0x51ed27u) * 0x9e3779b1u;
  i ^= i >> 15;
  i *= 0x85ebca77u;
  i ^= i >> 13;
  for (gint j = 0; j < 16; j++)
    text[j] = "ACGT"[(i >> (2 * j)) & 3];
  memcpy (text + 16, "-1", 3);
  return g_strdup (text);
}

static gint64
count_inside (const SimLattice *lattice, const SimAnatomy *anatomy)
{
  gint64 n = 0;

  for (gint64 i = 0; i < lattice->n_spots; i++)
    n += smooth_i_sim_anatomy_contains (anatomy, lattice->um[2 * i], lattice->um[2 * i + 1]);
  return n;
}

/* The radius at which the tissue holds as many spots as wanted, or the nearest number that there is. */
static void
fit_radius (const SimLattice *lattice, SimAnatomy *anatomy, gint64 n_wanted)
{
  double low = 0.0, high = 2.0 * anatomy->radius;

  for (gint step = 0; step < 40; step++)
    {
      anatomy->radius = 0.5 * (low + high);
      gint64 n = count_inside (lattice, anatomy);
      if (n == n_wanted)
        return;
      if (n < n_wanted)
        low = anatomy->radius;
      else
        high = anatomy->radius;
    }
}

static int
compare_barcodes (gconstpointer a, gconstpointer b, gpointer lattice)
{
  char *const *barcodes = ((SimLattice *) lattice)->barcodes;
  return strcmp (barcodes[*(const gint64 *) a], barcodes[*(const gint64 *) b]);
}

static void
place_spots (SimLattice *lattice, const SimAnatomy *anatomy)
{
  for (gint64 i = 0; i < lattice->n_spots; i++)
    {
      double x, y;
      smooth_i_sim_frame_to_pixel (&lattice->frame, lattice->um[2 * i], lattice->um[2 * i + 1], &x, &y);
      lattice->pixels[2 * i] = (gint64) floor (x + 0.5);
      lattice->pixels[2 * i + 1] = (gint64) floor (y + 0.5);
      lattice->barcodes[i] = dup_barcode ((guint32) i);
      lattice->in_tissue[i] = smooth_i_sim_anatomy_contains (anatomy, lattice->um[2 * i], lattice->um[2 * i + 1]) ? 1 : 0;
      if (lattice->in_tissue[i])
        lattice->tissue[lattice->n_tissue++] = i;
    }
  /* Matrices of Space Ranger are sorted by barcode, positions are not: readers must match them. */
  g_qsort_with_data (lattice->tissue, (gint) lattice->n_tissue, sizeof (gint64), compare_barcodes, lattice);
}

/**
 * smooth_i_sim_lattice_new:
 * @anatomy: its radius is set so that it holds @n_wanted spots
 * @n_wanted: spots in the tissue
 *
 * Every other row is shifted by half a pitch, as array_row and array_col of Visium are numbered: columns of a row have the
 * row's parity. The capture area is larger than the tissue on all sides.
 *
 * Returns: (transfer full): the spots, their barcodes and places, and the frame of the pictures
 */
SimLattice *
smooth_i_sim_lattice_new (SimAnatomy *anatomy, gint64 n_wanted)
{
  SimLattice *lattice = g_new0 (SimLattice, 1);

  /* The outline is about a circle; the holes take a hundredth. */
  anatomy->radius = sqrt ((double) n_wanted * PITCH * ROW_STEP / (0.99 * G_PI));
  double side = 2.0 * (1.14 * anatomy->radius + PITCH);
  gint64 n_rows = (gint64) ceil (side / ROW_STEP), n_cols = (gint64) ceil (side / PITCH);

  lattice->n_spots = n_rows * n_cols;
  gsize n = (gsize) lattice->n_spots;
  lattice->rows = g_new (gint32, n);
  lattice->cols = g_new (gint32, n);
  lattice->in_tissue = g_new (guint8, n);
  lattice->um = g_new (double, 2 * n);
  lattice->pixels = g_new (gint64, 2 * n);
  lattice->barcodes = g_new0 (char *, n + 1);
  lattice->tissue = g_new (gint64, n);
  for (gint64 i = 0; i < lattice->n_spots; i++)
    {
      lattice->rows[i] = (gint32) (i / n_cols);
      lattice->cols[i] = (gint32) (2 * (i % n_cols) + lattice->rows[i] % 2);
      lattice->um[2 * i] = 0.5 * PITCH * (lattice->cols[i] - (double) (n_cols - 1)) - 0.25 * PITCH;
      lattice->um[2 * i + 1] = ROW_STEP * (lattice->rows[i] - 0.5 * (double) (n_rows - 1));
    }
  fit_radius (lattice, anatomy, n_wanted);
  lattice->frame = make_frame ((double) n_cols * PITCH, (double) n_rows * ROW_STEP);
  place_spots (lattice, anatomy);
  return lattice;
}

void
smooth_i_sim_lattice_free (SimLattice *lattice)
{
  if (lattice == NULL)
    return;
  g_free (lattice->rows);
  g_free (lattice->cols);
  g_free (lattice->in_tissue);
  g_free (lattice->um);
  g_free (lattice->pixels);
  g_strfreev (lattice->barcodes);
  g_free (lattice->tissue);
  g_free (lattice);
}
