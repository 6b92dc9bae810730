/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order in which the solver holds spots: by strips of tissue, in them by colour, inside a colour by nearness. */
#pragma once

#include "linalg/sparse.h"
#include "model/kernels-private.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 n_spots;
  gint64 n_positions;    /* a multiple of SMOOTH_TILE; those that hold no spot fill up colours */
  gint64 n_tiles;
  gint n_colours;        /* no two spots of a colour are neighbours; 0: too many would be needed, spots are not coloured */
  gint64 n_strips;       /* only strips that follow each other hold neighbours of each other; 1: no cut was worth it */
  gint64 *range_tiles;   /* n_strips x n_colours + 1: first tile of each colour of each strip */
  gint32 *spots;         /* n_positions: the spot, or -1 */
  gint32 *positions;     /* n_spots: its position */
  gint32 *all_tiles;     /* n_tiles: 0, 1, 2 ... */
  gint64 *starts;        /* n_positions + 1: neighbours of each position */
  gint32 *cols;          /* positions of the neighbours */
} SmoothLayout;

/* The first tile of a strip, or the number of tiles after the last. */
static inline gint64
smooth_i_layout_strip_start (const SmoothLayout *layout, gint64 strip)
{
  return layout->range_tiles[strip * layout->n_colours];
}

SmoothLayout *smooth_i_layout_new (gint64 n_spots, const SmoothSparse *pattern, GError **error);
void smooth_i_layout_free (SmoothLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothLayout, smooth_i_layout_free)

G_END_DECLS
