/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the deconvolution solver share: the reduced data, the arrays of one precision, the solver. */
#pragma once

#include "model/coarse-private.h"
#include "model/deconvolution.h"
#include "model/kernels-private.h"
#include "model/layout-private.h"
#include "model/problem-private.h"

#include <math.h>

G_BEGIN_DECLS

struct _SmoothReduced
{
  gint n_types;
  gint64 n_genes;
  gint64 n_spots;
  gboolean bias;
  SmoothMatrix *signature;  /* n_genes x n_types: what it was made of */
  SmoothSparse *expression; /* n_genes x n_spots */
  double *h;      /* n_types x n_types: H = Xt'Xt / G; a type without signal has a row of zeros */
  double *r;      /* n_types x n_spots: R = Xt'Y / G */
  double *centre; /* n_types: mean of each signature, 0 without bias */
  double *mean;   /* n_spots: mean of each spot, 0 without bias */
  double total;   /* sum over spots of the mean square of Yt: n times the objective at B = 0 */
  double *scale;  /* n_types: square root of the diagonal of H, 1 for a type without signal */
  double unit;    /* largest |R_ki| / scale_k, 1 if all are 0 */
  double largest; /* largest |R_ki|, 1 if all are 0 */
  double sigma;   /* lower bound of the smallest eigenvalue of H scaled to unit diagonal, >= 0 */
  double lipschitz; /* upper bound of the largest one */

  /*< private >*/
  gatomicrefcount ref_count;
};

/* The arrays of one element type. In them types are scaled by reduced->scale and everything by reduced->unit. */
typedef struct
{
  const SmoothKernels *kernels;
  SmoothPass pass;    /* the arrays; a pass at hand is a copy of it with its own scalars */
  gint matrix;        /* which values of Q the arrays hold: solver->matrix when they are current; 0: none */
  gint weights;       /* which weights of the prior: solver->weights when they are current */
} SmoothLevel;

/* What has happened to a tile since the last certificate. */
typedef enum
{
  SMOOTH_CHANGE_MOVED = 1, /* its part of the iterate */
  SMOOTH_CHANGE_STALE = 2, /* that, a neighbour's, or its rows of Q: what it adds to the certificate */
} SmoothChange;

/* What the slacks of Q are. */
typedef enum
{
  SMOOTH_SLACKS_SHIFTED, /* above the least of the rows', which is below 0 */
  SMOOTH_SLACKS_OWN,     /* each that of its row: none is below 0 */
  SMOOTH_SLACKS_ZERO,    /* 0, of a semidefinite matrix that has rows below it */
} SmoothSlacks;

#define SMOOTH_BUNDLE 64 /* tiles whose shares of a certificate are added up first */

typedef enum
{
  SMOOTH_LEVEL_SINGLE,
  SMOOTH_LEVEL_DOUBLE,
  SMOOTH_N_LEVELS,
} SmoothLevelKind;

/* What is certain about an iterate. */
typedef struct
{
  double data, spatial, objective;
  double gap; /* bound on objective - optimum; INFINITY where there is none */
  double kkt; /* as info.h defines it */
} SmoothCertificate;

typedef enum
{
  SMOOTH_METHOD_AUTO,   /* single precision, finished in double precision as far as the tolerance asks for it */
  SMOOTH_METHOD_DOUBLE, /* double precision alone */
  SMOOTH_METHOD_FISTA,  /* the fallback alone */
} SmoothMethod;

/* How the certificate's numbers follow from the squared change of a sweep, as last seen; objective 0: not yet. */
typedef struct
{
  double objective;
  double gap_by_change;
  double kkt_by_root;
} SmoothForecast;

typedef struct _SmoothPriors SmoothPriors;
typedef struct _SmoothGrid SmoothGrid;

struct _SmoothDeconvolver
{
  SmoothReduced *reduced;
  SmoothPrecision **precisions; /* n_precisions: as they were set */
  gint n_precisions;            /* 0, 1 or n_types */
  SmoothPriors *priors;  /* (nullable): where Q is no matrix that all types share, see priors.c; values are then not there */
  SmoothSparse *pattern; /* of Q: what the layout was made of */
  SmoothLayout *layout;
  double *confidences; /* n_types */
  SmoothMethod method;
  const char *isa;
  double kkt_tolerance; /* 0: that of the settings */

  /* Q by position; `matrix` counts its changes. */
  gint matrix;
  double *values;   /* off-diagonals, as layout->cols */
  double *diagonal; /* n_positions */
  double *reach;    /* n_positions: sum of |q| over a row */
  double *slack;    /* n_positions: >= 0; Q - diag (slack + shift) is positive semidefinite */
  double shift;     /* <= 0 */
  SmoothSlacks slacks;

  /* What changed since the last solve, see local.c. */
  guint16 *dirty;      /* n_tiles: bits of the tile's spots: a row of Q that changed, or a neighbour that moved */
  gint64 n_dirty;      /* spots */
  gboolean is_settled; /* the iterate is an optimum but for these */
  guint16 *visited;    /* n_tiles: bits of spots that the local steps at hand have moved */
  guint16 *unread;     /* n_tiles: bits of spots that local steps have moved since smooth_i_deconvolver_note_read() */
  gboolean knows_moves; /* no other spots have moved since */
  gint32 *picked;      /* (nullable) workspace: n_picked positions of spots that are done together */
  float *moved;        /* n_picked */
  gint64 n_picked;

  /* The last certificate, tile by tile, and which tiles have changed since, see certificate.c. */
  SmoothSums *shares;    /* n_tiles, behind them one for each SMOOTH_BUNDLE tiles: their sum */
  gboolean has_shares;   /* they are of the iterate, Q and weights, but for the tiles marked */
  gboolean has_gradient; /* likewise the double level's gradient */
  guint8 *changes;       /* n_tiles: SmoothChange */
  gint32 *changed;       /* n_tiles: workspace */

  /* The weights of the prior; `weights` counts their changes. */
  gint weights;
  double lambda;
  gboolean is_free; /* abundances of any sign */
  double *m;        /* n_types, in scaled units */
  double curvature; /* H + shift diag (m) >= curvature, in scaled units; <= 0: not certain to be positive definite */

  SmoothForecast forecast;
  double coupling; /* squared spectral radius of block Jacobi steps, as last seen; 0: not yet */

  SmoothCoarse *coarse; /* (nullable): for conjugate gradients in double precision, while a solve needs it */
  SmoothLevel levels[SMOOTH_N_LEVELS];
  SmoothGrid *grids[SMOOTH_N_LEVELS]; /* (nullable): neighbourhoods of spots */
  gint current;       /* which level holds the iterate; -1: abundances does */
  SmoothMatrix *abundances; /* (nullable): n_types x n_spots, in the caller's order and units; used only while current is -1 */
  SmoothModelKind kind;     /* of which the iterate is */
  gboolean is_given;        /* the iterate is the caller's own: whatever the model, it starts there */
  double *bias;             /* (nullable): n_spots: of a model that needs the genes; else it follows from the abundances */
  double tube;

  /* Workspace of the passes. */
  gint n_threads;
  gpointer scratch;
  gsize scratch_size; /* for each worker */
  SmoothSums *chunks;
  SmoothRun *run; /* (nullable) of the solve at hand */
  gint64 show_after; /* us from the start of a solve until the improved function is called for the first time */
};

/* About how long passes take for each spot, in ns: measured with AVX-512. Only the number of threads follows from it. */
#define SMOOTH_COST(n_types, factor) (4 + (factor) * (double) (n_types) * (double) (n_types))
#define SMOOTH_SWEEP_COST 0.23
#define SMOOTH_PICKED_COST 1.6
#define SMOOTH_SOLVE_COST 0.08
#define SMOOTH_APPLY_COST 0.027
#define SMOOTH_STREAM_COST 0.005

/* The best factor of over-relaxation for the coupling at hand. */
static inline double
smooth_i_relaxation (const SmoothDeconvolver *solver)
{
  return 2 / (1 + sqrt (1 - solver->coupling));
}

/* For local steps: of patches, which are coupled less than all spots together; measured. */
static inline double
smooth_i_local_relaxation (const SmoothDeconvolver *solver)
{
  return 1 + 0.8 * (smooth_i_relaxation (solver) - 1);
}

/* level.c */
gboolean smooth_i_level_prepare (SmoothDeconvolver *solver, SmoothLevelKind kind, GError **error);
gboolean smooth_i_level_prepare_step (SmoothDeconvolver *solver, SmoothLevelKind kind, GError **error);
gboolean smooth_i_level_prepare_directions (SmoothDeconvolver *solver, SmoothLevelKind kind, gboolean step_only, GError **error);
gboolean smooth_i_level_prepare_factors (SmoothDeconvolver *solver, SmoothLevelKind kind, gboolean exact, GError **error);
void smooth_i_level_forget_factors (SmoothLevel *level, gint64 n_tiles);
void smooth_i_level_take_row (SmoothDeconvolver *solver, gint64 position);
void smooth_i_level_copy_tile (SmoothDeconvolver *solver, gint64 tile);
void smooth_i_level_clear (SmoothLevel *level);
void smooth_i_level_convert (const SmoothDeconvolver *solver, SmoothLevelKind from, gconstpointer x, SmoothLevelKind to, gpointer y);
void smooth_i_level_copy (SmoothDeconvolver *solver, SmoothLevelKind kind);
gboolean smooth_i_pass_prepare (SmoothDeconvolver *solver, gint n_threads, GError **error);
SmoothSums smooth_i_pass_run (SmoothDeconvolver *solver, SmoothKernel kernel, const SmoothPass *pass, gint64 begin, gint64 end,
                              double cost_factor);
SmoothSums smooth_i_pass_run_steps (SmoothDeconvolver *solver, const SmoothLayout *layout, SmoothKernel kernel, const SmoothPass *pass,
                                    gboolean is_backward, double cost_factor);
void smooth_i_store_spots (const SmoothDeconvolver *solver, const gint32 *spots, gint64 first, gint64 n, double *abundances);
void smooth_i_store_abundances (const SmoothDeconvolver *solver, double *abundances);
gboolean smooth_i_take_abundances (SmoothDeconvolver *solver, GError **error);

/* matrix.c */
gboolean smooth_i_matrix_check_precision (const SmoothDeconvolver *solver, const SmoothPrecision *precision,
                                          const SmoothSparse *last, GError **error);
gboolean smooth_i_matrix_take_pattern (SmoothDeconvolver *solver, SmoothSparse *pattern, GError **error);
double smooth_i_round_slack (double slack, double diagonal);
gboolean smooth_i_matrix_set (SmoothDeconvolver *solver, SmoothPrecision *precision, GError **error);

/* priors.c */
void smooth_i_priors_free (SmoothPriors *priors);
gboolean smooth_i_priors_set (SmoothDeconvolver *solver, SmoothPrecision *const *precisions, GError **error);
double smooth_i_priors_get_scale (const SmoothDeconvolver *solver, gint type);
void smooth_i_priors_multiply (SmoothDeconvolver *solver, const SmoothPass *pass, gconstpointer in);
gboolean smooth_i_priors_check (SmoothDeconvolver *solver, GError **error);

/* deconvolution.c */
gboolean smooth_i_deconvolver_solve_squares (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings,
                                             SmoothImprovedFunc improved, gpointer improved_data, SmoothInfo *info, GError **error);

/* dispatch.c */
gboolean smooth_i_dispatch_solve (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings, SmoothImprovedFunc improved,
                                  gpointer improved_data, SmoothInfo *info, GError **error);

/* certificate.c */
gboolean smooth_i_certify (SmoothDeconvolver *solver, SmoothCertificate *certificate, GError **error);
gboolean smooth_i_certify_changes (SmoothDeconvolver *solver, SmoothCertificate *certificate, GError **error);
void smooth_i_certificate_mark (SmoothDeconvolver *solver, gint64 position, gboolean has_moved);
gboolean smooth_i_certificate_find_worst (SmoothDeconvolver *solver, double kkt, double gap);

/* face.c */
typedef enum
{
  SMOOTH_FACE_MOVED,      /* the objective fell */
  SMOOTH_FACE_STUCK,      /* no step along the face lowers the objective */
  SMOOTH_FACE_INDEFINITE, /* a direction of negative curvature */
} SmoothFaceResult;
SmoothFaceResult smooth_i_face_solve (SmoothDeconvolver *solver, SmoothLevelKind kind, gint max_iterations, double target,
                                      gint *n_iterations);
SmoothFaceResult smooth_i_face_refine (SmoothDeconvolver *solver, gboolean by_sweeps, gint max_iterations, double reduction,
                                       gint *n_iterations);
SmoothFaceResult smooth_i_face_step (SmoothDeconvolver *solver, gint max_iterations, double reduction, gint *n_iterations);

/* fista.c */
gboolean smooth_i_fista_run (SmoothDeconvolver *solver, gint n_iterations, GError **error);

/* local.c */
void smooth_i_local_mark (SmoothDeconvolver *solver, gint64 position);
void smooth_i_local_clear (SmoothDeconvolver *solver);
gboolean smooth_i_local_pays (const SmoothDeconvolver *solver);
gboolean smooth_i_local_sweep (SmoothDeconvolver *solver, SmoothLevelKind kind, double threshold, gint *n_iterations, GError **error);

/* schedule.c */
gboolean smooth_i_schedule_solve (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings,
                                  SmoothImprovedFunc improved, gpointer improved_data, SmoothInfo *info, GError **error);

G_END_DECLS
