/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the simulation: anatomy, lattice, counts, picture. */
#pragma once

#include "base/error.h"
#include "base/rng.h"
#include "files/picture.h"
#include "linalg/dense.h"
#include "linalg/sparse.h"
#include "section/simulate.h"

#include <cairo.h>

G_BEGIN_DECLS

/* Numbers of random streams: one a purpose, and one a block of work where work is shared by threads. */
enum
{
  SIM_STREAM_ANATOMY = 1,
  SIM_STREAM_SIGNATURE = 2,
  SIM_STREAM_DEPTHS = 3,
  SIM_STREAM_DRAWING = 4,
  SIM_STREAM_CELLS = 1 << 20,
  SIM_STREAM_PROPORTIONS = 1 << 21,
  SIM_STREAM_COUNTS = 1 << 22,
  SIM_STREAM_NUCLEI = 1 << 23,
};

/* The tissues of the section; each has its mixture of cell types and its look. */
typedef enum
{
  SIM_MUCOSA,   /* glands in a loose stroma */
  SIM_STROMA,   /* collagen, vessels */
  SIM_MUSCLE,
  SIM_FAT,
  SIM_TUMOUR,
  SIM_FOLLICLE, /* the pale centre of a lymph follicle */
  SIM_MANTLE,   /* the dark ring around it */
  SIM_RIM,      /* the reaction around the tumour */
  SIM_N_ZONES
} SimZone;

#define SIM_N_WAVES 6
#define SIM_N_FOLLICLES 4
#define SIM_N_HOLES 2

/* A closed curve around (x, y): radius (1 + sum of amplitudes[k] cos (k angle + phases[k])). */
typedef struct
{
  double x, y, radius;
  double amplitudes[SIM_N_WAVES], phases[SIM_N_WAVES];
} SimBlob;

/* Lengths in multiples of `radius`, the middle of the tissue at (0, 0), x to the right, y down. */
typedef struct
{
  double radius; /* um */
  SimBlob outline;
  SimBlob tumour;
  SimBlob follicles[SIM_N_FOLLICLES];
  SimBlob holes[SIM_N_HOLES];
  double phases[3];      /* of the waves of the layers */
  double fibre_phases[2];
} SimAnatomy;

void smooth_i_sim_anatomy_init (SimAnatomy *anatomy, guint64 seed);
double smooth_i_sim_blob_get_depth (const SimBlob *blob, double u, double v);
gboolean smooth_i_sim_anatomy_contains (const SimAnatomy *anatomy, double x, double y);
void smooth_i_sim_anatomy_get_zones (const SimAnatomy *anatomy, double x, double y, double zones[SIM_N_ZONES]);
void smooth_i_sim_anatomy_get_types (const SimAnatomy *anatomy, double x, double y, gint n_types, double *shares);
double smooth_i_sim_anatomy_get_height (const SimAnatomy *anatomy, double x, double y);
double smooth_i_sim_anatomy_get_fibre_angle (const SimAnatomy *anatomy, double x, double y);
const char *smooth_i_sim_get_type_name (gint type, char buffer[16]);

/* From the tissue's own frame (um from its middle) to full-resolution pixels, and the two pictures. */
typedef struct
{
  double um_per_pixel;
  double cosine, sine;  /* of the slide's small tilt */
  double width, height; /* full-resolution pixels */
  gint hires_width, hires_height, lowres_width, lowres_height;
  double hires_scale, lowres_scale; /* picture pixels in one full-resolution pixel */
} SimFrame;

void smooth_i_sim_frame_to_pixel (const SimFrame *frame, double x, double y, double *pixel_x, double *pixel_y);
void smooth_i_sim_frame_from_pixel (const SimFrame *frame, double pixel_x, double pixel_y, double *x, double *y);

/* The lattice: all spots, those off the tissue too, by rows. */
typedef struct
{
  gint64 n_spots;
  gint32 *rows, *cols;
  guint8 *in_tissue;
  double *um;     /* n_spots x 2: in the tissue's frame */
  gint64 *pixels; /* n_spots x 2: x, y in full-resolution pixels, whole as Space Ranger writes them */
  char **barcodes;
  gint64 n_tissue;
  gint64 *tissue; /* n_tissue: their numbers, in the order of their barcodes */
  SimFrame frame;
} SimLattice;

SimLattice *smooth_i_sim_lattice_new (SimAnatomy *anatomy, gint64 n_wanted);
void smooth_i_sim_lattice_free (SimLattice *lattice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimLattice, smooth_i_sim_lattice_free)

/* What is in the spots and in the reference. */
typedef struct
{
  gint64 n_genes, n_types, n_spots, n_cells;
  char **gene_names, **gene_ids, **type_names;
  SmoothMatrix *profiles;    /* n_genes x n_types: each column sums to 1 */
  SmoothMatrix *signature;   /* n_genes x n_types: as seen in the reference cells, each column sums to 10,000 */
  SmoothMatrix *proportions; /* n_types x n_spots, of the spots in the tissue */
  SmoothSparse *counts;      /* n_genes x n_spots */
  SmoothSparse *cell_counts; /* n_genes x n_cells */
  gint *cell_types;          /* n_cells */
} SimCounts;

SimCounts *smooth_i_sim_counts_new (const SimAnatomy *anatomy, const SimLattice *lattice, const SmoothSimulateSettings *settings,
                                    SmoothRun *run, GError **error);
void smooth_i_sim_counts_free (SimCounts *counts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimCounts, smooth_i_sim_counts_free)

/* A picture that is being drawn in the tissue's frame. Seen from far away the texture is drawn coarser: `zoom` times its
 * true size, so that it does not drown in single pixels. */
typedef struct
{
  const SimAnatomy *anatomy;
  const SimFrame *frame;
  guint64 seed;
  double zoom; /* at least 1 */
  SmoothRun *run;
  SmoothPicture *picture;
} SimCanvas;

SmoothPicture *smooth_i_sim_draw_tissue (const SimAnatomy *anatomy, const SimFrame *frame, guint64 seed, SmoothRun *run,
                                         GError **error);
SmoothPicture *smooth_i_sim_shrink (const SmoothPicture *picture, gint width, gint height, GError **error);
void smooth_i_sim_draw_structures (const SimCanvas *canvas, cairo_t *cairo);
double smooth_i_sim_noise (guint64 seed, double x, double y);
double smooth_i_sim_get_nest (const SimCanvas *canvas, double x, double y);

G_END_DECLS
