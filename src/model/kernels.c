/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passes of the deconvolution solver over tiles of spots; built once for each instruction set and element type. */
#include "model/kernels-block-private.h"

#include <math.h>

#define TABLE_NAME_(isa, type) smooth_i_kernels_##isa##_##type
#define TABLE_NAME(isa, type) TABLE_NAME_ (isa, type)
#define STRING_(x) #x
#define STRING(x) STRING_ (x)
#ifdef SMOOTH_KERNELS_SINGLE
#define TYPE single
#else
#define TYPE double
#endif

extern const SmoothKernels TABLE_NAME (SMOOTH_KERNELS_ISA, TYPE);

#define GROUP 4 /* spots that share a load of H */

INLINE gsize
spot_offset (const SmoothPass *pass, gint64 position)
{
  return (gsize) position * (gsize) pass->stride;
}

/* Sum of q_ij x_j over the neighbours j of a spot, nv vectors of it; entry values may become vectors over types here. */
INLINE void
add_neighbours (const SmoothPass *pass, const Real *x, gint64 position, gint offset, const int nv, Vec *sum)
{
  const Real *q = pass->q;
  const gint32 *cols = pass->cols;
  gint64 end = pass->starts[position + 1];

  for (gint64 e = pass->starts[position]; e < end; e++)
    {
      const Real *neighbour = x + spot_offset (pass, cols[e]) + offset;
      for (int v = 0; v < nv; v++)
        sum[v] += load (neighbour + v * LANES) * q[e];
    }
}

/* hx = H x and mqx = m (Q x) of GROUP spots, nv vectors from type @offset on. */
INLINE void
multiply_group (const SmoothPass *pass, const Real *x, gint64 position, gint offset, const int nv, Vec hx[GROUP][2],
                Vec mqx[GROUP][2])
{
  const Real *h = (const Real *) pass->h + offset;
  const Real *m = (const Real *) pass->m + offset;
  const Real *diagonal = pass->diagonal;
  const Real *self = x + spot_offset (pass, position);

  for (int s = 0; s < GROUP; s++)
    for (int v = 0; v < nv; v++)
      hx[s][v] = splat (0);
  for (gint k = 0; k < pass->n_types; k++, h += pass->stride)
    for (int v = 0; v < nv; v++)
      {
        Vec row = load (h + v * LANES);
        for (int s = 0; s < GROUP; s++)
          hx[s][v] += row * self[s * pass->stride + k];
      }
  if (pass->product != NULL)
    {
      const Real *product = (const Real *) pass->product + spot_offset (pass, position) + offset;
      for (int s = 0; s < GROUP; s++)
        for (int v = 0; v < nv; v++)
          mqx[s][v] = load (product + s * pass->stride + v * LANES);
      return;
    }
  for (int s = 0; s < GROUP; s++)
    {
      Vec sum[2];
      for (int v = 0; v < nv; v++)
        sum[v] = load (self + s * pass->stride + offset + v * LANES) * diagonal[position + s];
      add_neighbours (pass, x, position + s, offset, nv, sum);
      for (int v = 0; v < nv; v++)
        mqx[s][v] = sum[v] * load (m + v * LANES);
    }
}

/* Runs BODY (position, offset, nv) over all groups of spots and pairs of vectors of the tiles. */
#define FOR_EACH_GROUP(pass, begin, end, BODY)                                                    \
  for (gint64 i = (begin); i < (end); i++)                                                        \
    for (gint g = 0; g < SMOOTH_TILE; g += GROUP)                                                 \
      {                                                                                           \
        gint64 position = (gint64) (pass)->tiles[i] * SMOOTH_TILE + g;                            \
        gint offset = 0;                                                                          \
        for (; offset + 2 * LANES <= (pass)->stride; offset += 2 * LANES)                         \
          BODY (pass, position, offset, 2, sum);                                                  \
        if (offset < (pass)->stride)                                                              \
          BODY (pass, position, offset, 1, sum);                                                  \
      }

INLINE void
gradient_group (const SmoothPass *pass, gint64 position, gint offset, const int nv, Vec sum[2])
{
  const Real *in = pass->in, *r = pass->r;
  Real *out = pass->out;
  Vec hx[GROUP][2], mqx[GROUP][2];

  multiply_group (pass, in, position, offset, nv, hx, mqx);
  for (int s = 0; s < GROUP; s++)
    for (int v = 0; v < nv; v++)
      {
        gsize at = spot_offset (pass, position + s) + (gsize) (offset + v * LANES);
        Vec rhs = load (r + at), x = load (in + at);
        Vec g = hx[s][v] + mqx[s][v] - rhs;
        store (out + at, g);
        sum[0] += x * g;
        sum[1] += x * rhs;
      }
}

static void
gradient (const SmoothPass *pass, gint64 begin, gint64 end, gpointer scratch, SmoothSums *sums)
{
  Vec sum[2] = { { 0 } };

  (void) scratch;
  FOR_EACH_GROUP (pass, begin, end, gradient_group)
  sums->sums[0] = total (sum[0]);
  sums->sums[1] = total (sum[1]);
}

INLINE void
apply_group (const SmoothPass *pass, gint64 position, gint offset, const int nv, Vec sum[2])
{
  const Real *in = pass->in, *gradient_at_b = pass->gradient;
  Real *out = pass->out;
  Vec hx[GROUP][2], mqx[GROUP][2];

  multiply_group (pass, in, position, offset, nv, hx, mqx);
  for (int s = 0; s < GROUP; s++)
    for (int v = 0; v < nv; v++)
      {
        gsize at = spot_offset (pass, position + s) + (gsize) (offset + v * LANES);
        Vec x = load (in + at), ax = hx[s][v] + mqx[s][v];
        if (out != NULL)
          store (out + at, ax);
        sum[0] += x * ax;
        sum[1] += x * load (gradient_at_b + at);
      }
}

static void
apply (const SmoothPass *pass, gint64 begin, gint64 end, gpointer scratch, SmoothSums *sums)
{
  Vec sum[2] = { { 0 } };

  (void) scratch;
  FOR_EACH_GROUP (pass, begin, end, apply_group)
  sums->sums[0] = total (sum[0]);
  sums->sums[1] = total (sum[1]);
}

/* With curvature c_ik = sigma + m_k slack_i a lower bound of the quadratic,
 * F(b) - F* <= sum max over t >= -b of -(g t + c t^2 / 2), reached at t = max (-b, -g / c); without bounds at -g / c. */
INLINE void
certify_group (const SmoothPass *pass, gint64 position, gint offset, const int nv, Vec sum[5])
{
  const Real *b = pass->b, *r = pass->r, *slack = pass->slack;
  Vec hx[GROUP][2], mqx[GROUP][2];

  multiply_group (pass, b, position, offset, nv, hx, mqx);
  for (int s = 0; s < GROUP; s++)
    for (int v = 0; v < nv; v++)
      {
        gint type = offset + v * LANES;
        gsize at = spot_offset (pass, position + s) + (gsize) type;
        Vec x = load (b + at), rhs = load (r + at);
        Vec g = hx[s][v] + mqx[s][v] - rhs;
        if (pass->out != NULL)
          store ((Real *) pass->out + at, g);
        Vec c = load ((const Real *) pass->m + type) * slack[position + s] + (Real) pass->curvature;
        Vec free = -g / c;
        Vec t = pass->is_free ? free : larger (-x, free);
        Vec scaled_x = x * load ((const Real *) pass->value_scale + type);
        Vec scaled_g = g * load ((const Real *) pass->gradient_scale + type);

        sum[0] += x * hx[s][v];
        sum[1] += x * rhs;
        sum[2] += x * mqx[s][v];
        sum[3] -= keep (c > (Real) 0, t * (g + c * t * (Real) 0.5));
        Vec least = pass->is_free ? scaled_g : choose (scaled_x < scaled_g, scaled_x, scaled_g);
        sum[4] = larger (sum[4], magnitude (least));
        /* Without curvature a type that wants to move has no bound. */
        Vec rest = pass->is_free ? -magnitude (g) : g;
        sum[3] += keep (~(c > (Real) 0), choose (rest < (Real) 0, splat ((Real) INFINITY), x * g));
      }
}

static void
certify (const SmoothPass *pass, gint64 begin, gint64 end, gpointer scratch, SmoothSums *sums)
{
  (void) scratch;
  (void) sums;
  for (gint64 t = begin; t < end; t++)
    {
      SmoothSums *share = &pass->shares[pass->tiles[t]];
      Vec sum[5] = { { 0 } };

      FOR_EACH_GROUP (pass, t, t + 1, certify_group)
      for (int s = 0; s < 4; s++)
        share->sums[s] = total (sum[s]);
      share->max = largest (sum[4]);
    }
}

/* ---- blocks ---- */

static Scratch
scratch_at (const SmoothPass *pass, gpointer memory)
{
  gsize n = (gsize) ROUND_UP (pass->n_types, 4), by_type = (gsize) pass->stride + LANES;
  Vec *next = memory;
  Scratch scratch = { .s = next };

  scratch.z = next += by_type;
  scratch.y = next += by_type;
  scratch.x = next += n;
  scratch.panel = next += n;
  scratch.active = (Mask *) (next += 4 * n);
  scratch.flip = (Mask *) (next += n);
  scratch.flip_out = (Mask *) (next += n);
  next += n;
  scratch.factor = factor_at (next, pass->n_types);
  scratch.rows = (gpointer) ((char *) next + subtile_size (pass->n_types));
  scratch.listed = (guint8 *) (scratch.rows + LANES * pass->stride);
  return scratch;
}

static gint
stride_of (gint n_types)
{
  return ROUND_UP (n_types, LANES);
}

static gsize
scratch_size (gint n_types)
{
  gsize n = (gsize) ROUND_UP (n_types, 4), stride = (gsize) stride_of (n_types);
  return (2 * (stride + LANES) + 9 * n) * sizeof (Vec) + subtile_size (n_types) + LANES * stride * sizeof (Real) + (gsize) n_types + 64;
}

static gsize
factor_size (gint n_types)
{
  return SUBTILES * subtile_size (n_types);
}

static Factor
kept_factor (const SmoothPass *pass, gint64 tile, gint sub)
{
  gsize size = subtile_size (pass->n_types);
  return factor_at ((char *) pass->factors + ((gsize) tile * SUBTILES + (gsize) sub) * size, pass->n_types);
}

static gsize
half_factor_size (gint n_types)
{
  return SUBTILES * half_subtile_size (n_types);
}

static HalfFactor
kept_half (const SmoothPass *pass, gint64 tile, gint sub)
{
  gsize size = half_subtile_size (pass->n_types);
  return half_factor_at ((char *) pass->half_factors + ((gsize) tile * SUBTILES + (gsize) sub) * size, pass->n_types);
}

/* The spots of one vector's lanes. */
typedef struct
{
  gint64 at[LANES];   /* positions */
  gboolean is_picked; /* or one after the other */
  gint n;             /* lanes with a spot; the others repeat the first */
} Lanes;

/* Of sub-tile @sub of the list's entry @i. */
INLINE Lanes
lanes_of (const SmoothPass *pass, gint64 i, gint sub)
{
  Lanes lanes = { .is_picked = pass->picked != NULL, .n = LANES };
  const gint32 *picked = lanes.is_picked ? pass->picked + i * SMOOTH_TILE + sub * LANES : NULL;

  if (!lanes.is_picked)
    for (int l = 0; l < LANES; l++)
      lanes.at[l] = (gint64) pass->tiles[i] * SMOOTH_TILE + sub * LANES + l;
  while (lanes.is_picked && lanes.n > 0 && picked[lanes.n - 1] < 0)
    lanes.n--;
  for (int l = 0; lanes.is_picked && l < LANES; l++)
    lanes.at[l] = picked[l < lanes.n ? l : 0];
  return lanes;
}

static Block
block_of (const SmoothPass *pass, const Lanes *lanes)
{
  Block block = { .h = pass->block_h, .m = pass->m, .n_types = pass->n_types, .ridge = (Real) pass->ridge };
  Real diagonal[LANES];

  for (int l = 0; l < LANES; l++)
    diagonal[l] = ((const Real *) pass->diagonal)[lanes->at[l]];
  block.diagonal = load (diagonal);
  return block;
}

static Block
block_at (const SmoothPass *pass, gint64 position)
{
  Block block = { .h = pass->block_h, .m = pass->m, .n_types = pass->n_types, .ridge = (Real) pass->ridge };

  block.diagonal = load ((const Real *) pass->diagonal + position);
  return block;
}

/* Right-hand sides of LANES spots, s = r - m sum_{j != i} q_ij b_j + ridge b, into scratch->s. */
INLINE void
collect_vectors (const SmoothPass *pass, const Lanes *lanes, gint offset, const int nv, Real *rows)
{
  const Real *b = pass->b, *r = pass->r, *m = pass->m;

  for (int l = 0; l < LANES; l++)
    {
      gsize at = spot_offset (pass, lanes->at[l]) + (gsize) offset;
      Vec sum[2] = { { 0 } };
      add_neighbours (pass, b, lanes->at[l], offset, nv, sum);
      for (int v = 0; v < nv; v++)
        {
          Vec s = load (r + at + v * LANES) - sum[v] * load (m + offset + v * LANES);
          s += load (b + at + v * LANES) * (Real) pass->ridge;
          store (rows + (gsize) l * (gsize) pass->stride + offset + v * LANES, s);
        }
    }
}

static void
collect (const SmoothPass *pass, const Lanes *lanes, Scratch *scratch)
{
  gint offset = 0;

  for (; offset + 2 * LANES <= pass->stride; offset += 2 * LANES)
    collect_vectors (pass, lanes, offset, 2, scratch->rows);
  if (offset < pass->stride)
    collect_vectors (pass, lanes, offset, 1, scratch->rows);
  to_lanes (scratch->rows, pass->stride, scratch->s);
  scratch->s[pass->n_types] = splat (0);
}

/* The list of types that are positive in some lane, and which lanes, from b, which is left in scratch->z. */
static void
list_positive (const SmoothPass *pass, const Lanes *lanes, const Factor *factor, Scratch *scratch)
{
  const Real *b = (const Real *) pass->b + spot_offset (pass, lanes->at[0]);
  gint n = 0;

  for (int l = 0; lanes->is_picked && l < LANES; l++)
    for (gint k = 0; k < pass->stride; k += LANES)
      store (scratch->rows + (gsize) l * (gsize) pass->stride + k, load ((const Real *) pass->b + spot_offset (pass, lanes->at[l]) + k));
  to_lanes (lanes->is_picked ? scratch->rows : b, pass->stride, scratch->z);
  for (gint k = 0; k < pass->n_types; k++)
    {
      Mask active = scratch->z[k] > (Real) 0;
      if (!any (active))
        continue;
      scratch->active[n++] = active;
      factor->list[n] = k;
    }
  factor->list[0] = n;
}

static void
list_kept (const Factor *factor, Scratch *scratch)
{
  for (gint a = 0; a < factor->list[0]; a++)
    scratch->active[a] = factor->inverse[a] != (Real) 0;
}

/* Goes to the solution and beyond it, as far as the relaxation says, clipped at 0; spots whose lane is stuck keep their old
 * values, which is no step back. */
static void
write_back (const SmoothPass *pass, const Lanes *lanes, const Factor *factor, Scratch *scratch, Mask stuck, SmoothSums *sums)
{
  const Real *diagonal = pass->diagonal, *m = pass->m;
  Int skip[LANES];
  Vec change = splat (0);

  memset (scratch->z, 0, (gsize) pass->stride * sizeof (Vec));
  for (gint a = 0; a < factor->list[0]; a++)
    scratch->z[factor->list[1 + a]] = positive (scratch->x[a]);
  from_lanes (scratch->z, pass->stride, scratch->rows);
  memcpy (skip, &stuck, sizeof skip);
  for (int l = 0; l < lanes->n; l++)
    {
      Real *b = (Real *) pass->b + spot_offset (pass, lanes->at[l]);
      const Real *row = scratch->rows + (gsize) l * (gsize) pass->stride;
      if (skip[l])
        {
          sums->sums[1] += 1;
          continue;
        }
      for (gint k = 0; k < pass->stride; k += LANES)
        {
          Vec old = load (b + k), t = load (row + k) - old;
          store (b + k, positive (old + t * (Real) pass->relaxation));
          change += t * t * (load (m + k) * diagonal[lanes->at[l]] + (Real) 1);
        }
    }
  sums->sums[0] += total (change);
}

/* How far the solution is from b in each lane; scratch->z holds b, of which all positive types are listed. */
static void
measure_moves (const Factor *factor, const Scratch *scratch, Mask stuck, float *moved)
{
  Vec most = splat (0);
  Real lanes[LANES];

  for (gint a = 0; a < factor->list[0]; a++)
    most = larger (most, magnitude (positive (scratch->x[a]) - scratch->z[factor->list[1 + a]]));
  store (lanes, keep (~stuck, most));
  for (int l = 0; l < LANES; l++)
    moved[l] = (float) lanes[l];
}

static void
sweep_subtile (const SmoothPass *pass, gint64 i, gint sub, Scratch *scratch, SmoothSums *sums)
{
  Lanes lanes = lanes_of (pass, i, sub);

  if (lanes.n == 0)
    return;
  Block block = block_of (pass, &lanes);
  gint32 *stamp = NULL;
  Factor factor = scratch->factor;
  gboolean has_factor = FALSE;
  gint n_rounds = 0;
  Mask bad;

  if (pass->factors != NULL && !lanes.is_picked)
    {
      factor = kept_factor (pass, pass->tiles[i], sub);
      stamp = pass->stamps + (gint64) pass->tiles[i] * SMOOTH_TILE + sub;
      has_factor = *stamp == pass->stamp;
    }
  collect (pass, &lanes, scratch);
  if (stamp != NULL && *stamp >= 0)
    list_kept (&factor, scratch);
  else
    list_positive (pass, &lanes, &factor, scratch);

  Mask stuck = solve_block (&block, &factor, scratch, has_factor, &n_rounds, &bad);
  if (stamp != NULL)
    *stamp = pass->stamp;
  if (lanes.is_picked)
    measure_moves (&factor, scratch, stuck, pass->moved + i * SMOOTH_TILE + sub * LANES);
  write_back (pass, &lanes, &factor, scratch, stuck, sums);
  for (int l = 0; any (bad) && l < LANES; l++)
    sums->sums[2] += bad[l] != 0;
  sums->sums[3] += n_rounds;
}

static void
sweep (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  Scratch scratch = scratch_at (pass, memory);

  for (gint64 i = begin; i < end; i++)
    for (gint sub = 0; sub < SUBTILES; sub++)
      sweep_subtile (pass, i, sub, &scratch, sums);
}

/* ---- conjugate gradients on the face of active types ---- */

/* The list of types that are positive or want to grow in some lane, and which lanes. */
static void
list_face (const SmoothPass *pass, gint64 position, const Factor *factor, Scratch *scratch)
{
  const Real *gradient_at_b = (const Real *) pass->gradient + spot_offset (pass, position);
  const Real *b = (const Real *) pass->b + spot_offset (pass, position);
  Mask free = { 0 };
  gint n = 0;

  to_lanes (b, pass->stride, scratch->z);
  to_lanes (gradient_at_b, pass->stride, scratch->s);
  if (pass->is_free)
    free = ~free;
  for (gint k = 0; k < pass->n_types; k++)
    {
      Mask active = (scratch->z[k] > (Real) 0) | (scratch->s[k] < (Real) 0) | free;
      if (!any (active))
        continue;
      scratch->active[n++] = active;
      factor->list[n] = k;
    }
  factor->list[0] = n;
}

/* Whether the kept factor is that of the face of scratch->active. */
static gboolean
is_kept (const SmoothPass *pass, gint64 tile, gint sub, const Factor *kept, const gint32 *list, const Scratch *scratch)
{
  Mask differ = { 0 };

  if (pass->stamps[tile * SMOOTH_TILE + sub] != pass->stamp || kept->list[0] != list[0])
    return FALSE;
  if (memcmp (kept->list, list, (gsize) (list[0] + 1) * sizeof *list) != 0)
    return FALSE;
  for (gint a = 0; a < list[0]; a++)
    differ |= scratch->active[a] ^ (kept->inverse[a] != (Real) 0);
  return !any (differ);
}

static void
face_subtile (const SmoothPass *pass, gint64 tile, gint sub, Scratch *scratch)
{
  Block block = block_at (pass, tile * SMOOTH_TILE + sub * LANES);
  Factor factor = scratch->factor;
  Mask bad = { 0 };

  list_face (pass, tile * SMOOTH_TILE + sub * LANES, &scratch->factor, scratch);
  if (pass->factors != NULL)
    {
      factor = kept_factor (pass, tile, sub);
      if (is_kept (pass, tile, sub, &factor, scratch->factor.list, scratch))
        return;
      memcpy (factor.list, scratch->factor.list, (gsize) (scratch->factor.list[0] + 1) * sizeof (gint32));
    }
  gint n = pad_list (&block, factor.list, scratch->active);
  factorise (&block, &factor, n, scratch->active, scratch->panel, &bad);
  if (pass->factors != NULL)
    {
      pass->stamps[tile * SMOOTH_TILE + sub] = pass->stamp;
      return;
    }
  HalfFactor half = kept_half (pass, tile, sub);
  shorten_factor (&factor, n, &half);
}

static void
face (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  Scratch scratch = scratch_at (pass, memory);

  (void) sums;
  for (gint64 i = begin; i < end; i++)
    for (gint sub = 0; sub < SUBTILES; sub++)
      face_subtile (pass, pass->tiles[i], sub, &scratch);
}

/* scratch->z = (block of A on the face)^-1 scratch->s for LANES spots; returns the list of the face's types. What s holds for
 * inactive types does not matter: the factor's zeros leave it out. */
static const gint32 *
solve_on_face (const SmoothPass *pass, gint64 tile, gint sub, Scratch *scratch)
{
  const gint32 *list;

  scratch->s[pass->n_types] = splat (0);
  if (pass->factors != NULL)
    {
      Factor factor = kept_factor (pass, tile, sub);
      list = factor.list;
      solve_factor (&factor, ROUND_UP (list[0], 4), scratch->s, scratch->y, scratch->x);
    }
  else
    {
      HalfFactor factor = kept_half (pass, tile, sub);
      list = factor.list;
      solve_half (&factor, ROUND_UP (list[0], 4), scratch->s, scratch->y, scratch->x);
    }
  memset (scratch->z, 0, (gsize) pass->stride * sizeof (Vec));
  for (gint a = 0; a < list[0]; a++)
    scratch->z[list[1 + a]] = scratch->x[a];
  return list;
}

/* z = P residual for LANES spots; returns the lanes of residual . z. */
static Vec
precondition (const SmoothPass *pass, gint64 tile, gint sub, Scratch *scratch)
{
  gsize at = spot_offset (pass, tile * SMOOTH_TILE + sub * LANES);
  Vec sum = splat (0);

  to_lanes ((const Real *) pass->residual + at, pass->stride, scratch->s);
  const gint32 *list = solve_on_face (pass, tile, sub, scratch);
  for (gint a = 0; a < list[0]; a++)
    sum += scratch->x[a] * scratch->s[list[1 + a]];
  from_lanes (scratch->z, pass->stride, (Real *) pass->z + at);
  return sum;
}

static void
face_sweep (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  Scratch scratch = scratch_at (pass, memory);
  const Real *diagonal = pass->diagonal, *m = pass->m;
  Vec change = splat (0);

  for (gint64 i = begin; i < end; i++)
    for (gint sub = 0; sub < SUBTILES; sub++)
      {
        gint64 position = (gint64) pass->tiles[i] * SMOOTH_TILE + sub * LANES;
        Lanes lanes = lanes_of (pass, i, sub);
        collect (pass, &lanes, &scratch);
        solve_on_face (pass, pass->tiles[i], sub, &scratch);
        from_lanes (scratch.z, pass->stride, scratch.rows);
        for (int l = 0; l < LANES; l++)
          {
            Real *b = (Real *) pass->b + spot_offset (pass, position + l);
            const Real *row = scratch.rows + (gsize) l * (gsize) pass->stride;
            for (gint k = 0; k < pass->stride; k += LANES)
              {
                Vec old = load (b + k), t = load (row + k) - old;
                store (b + k, old + t * (Real) pass->relaxation);
                change += t * t * (load (m + k) * diagonal[position + l] + (Real) 1);
              }
          }
      }
  sums->sums[0] = total (change);
}

static void
cg_start (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  Scratch scratch = scratch_at (pass, memory);
  gsize n = SMOOTH_TILE * (gsize) pass->stride;
  Vec sum = splat (0);

  for (gint64 i = begin; i < end; i++)
    {
      gsize at = spot_offset (pass, (gint64) pass->tiles[i] * SMOOTH_TILE);
      for (gsize e = at; e < at + n; e += LANES)
        store ((Real *) pass->residual + e, -load ((const Real *) pass->gradient + e));
      for (gint sub = 0; sub < SUBTILES; sub++)
        sum += precondition (pass, pass->tiles[i], sub, &scratch);
      memcpy ((Real *) pass->d + at, (const Real *) pass->z + at, n * sizeof (Real));
      memset ((Real *) pass->x + at, 0, n * sizeof (Real));
    }
  sums->sums[0] = total (sum);
}

static void
cg_update (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  Scratch scratch = scratch_at (pass, memory);
  gsize n = SMOOTH_TILE * (gsize) pass->stride;
  const Real *d = pass->d, *ad = pass->ad;
  Real *x = pass->x, *residual = pass->residual;
  Real step = (Real) pass->step;
  Vec sum = splat (0);

  for (gint64 i = begin; i < end; i++)
    {
      gsize at = spot_offset (pass, (gint64) pass->tiles[i] * SMOOTH_TILE);
      for (gsize e = at; e < at + n; e += LANES)
        {
          store (x + e, load (x + e) + load (d + e) * step);
          store (residual + e, load (residual + e) - load (ad + e) * step);
        }
      for (gint sub = 0; sub < SUBTILES; sub++)
        sum += precondition (pass, pass->tiles[i], sub, &scratch);
    }
  sums->sums[0] = total (sum);
}

/* Runs the statement for each vector e of the tiles. */
#define FOR_EACH_VECTOR(pass, begin, end, statement)                                       \
  for (gint64 i = (begin); i < (end); i++)                                                 \
    {                                                                                      \
      gsize at = spot_offset (pass, (gint64) (pass)->tiles[i] * SMOOTH_TILE);              \
      for (gsize e = at; e < at + SMOOTH_TILE * (gsize) (pass)->stride; e += LANES)        \
        statement                                                                          \
    }

static void
cg_direction (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  const Real *z = pass->z;
  Real *d = pass->d;
  Real step = (Real) pass->step;

  (void) memory;
  (void) sums;
  FOR_EACH_VECTOR (pass, begin, end, { store (d + e, load (z + e) + load (d + e) * step); })
}

static void
project (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  const Real *x = pass->x, *b = pass->b, *g = pass->gradient;
  Real *z = pass->z;
  Real step = (Real) pass->step;
  Vec sum = splat (0);
  Mask cut = { 0 };

  (void) memory;
  FOR_EACH_VECTOR (pass, begin, end, {
    Vec old = load (b + e);
    Vec to = old + load (x + e) * step;
    Vec change = (pass->is_free ? to : positive (to)) - old;
    if (!pass->is_free)
      cut |= to < (Real) 0;
    sum += change * load (g + e);
    store (z + e, change);
  })
  sums->sums[0] = total (sum);
  sums->sums[1] = any (cut);
}

static void
accept (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  const Real *z = pass->z;
  Real *b = pass->b;
  Real step = (Real) pass->step;

  (void) memory;
  (void) sums;
  FOR_EACH_VECTOR (pass, begin, end, {
    Vec to = load (b + e) + load (z + e) * step;
    store (b + e, pass->is_free ? to : positive (to));
  })
}

/* ---- accelerated projected gradients ---- */

static void
fista_step (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  const Real *x = pass->x, *g = pass->gradient, *m = pass->m, *reach = pass->reach;
  Real *b = pass->b, *z = pass->z;
  Vec sum[2] = { { 0 } };

  (void) memory;
  for (gint64 i = begin; i < end; i++)
    for (gint s = 0; s < SMOOTH_TILE; s++)
      {
        gint64 position = (gint64) pass->tiles[i] * SMOOTH_TILE + s;
        gsize at = spot_offset (pass, position);
        for (gint k = 0; k < pass->stride; k += LANES, at += LANES)
          {
            Vec metric = load (m + k) * reach[position] + (Real) pass->lipschitz;
            Vec from = load (x + at);
            Vec to = positive (from - load (g + at) / metric);
            Vec change = to - load (b + at);
            store (z + at, change);
            store (b + at, to);
            sum[0] += (from - to) * change;
            sum[1] += change * change * metric;
          }
      }
  sums->sums[0] = total (sum[0]);
  sums->sums[1] = total (sum[1]);
}

static void
fista_extrapolate (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  const Real *z = pass->z, *b = pass->b;
  Real *x = pass->x;
  Real step = (Real) pass->step;

  (void) memory;
  (void) sums;
  FOR_EACH_VECTOR (pass, begin, end, { store (x + e, load (b + e) + load (z + e) * step); })
}

/* ---- neighbourhoods ---- */

INLINE Vec
root (Vec v)
{
  Real lanes[LANES];

  store (lanes, v);
  for (int l = 0; l < LANES; l++)
#ifdef SMOOTH_KERNELS_SINGLE
    lanes[l] = sqrtf (lanes[l]);
#else
    lanes[l] = sqrt (lanes[l]);
#endif
  return load (lanes);
}

/* Of entries of a finer level. */
INLINE Vec
weight_of (const SmoothPass *finer, gsize at)
{
  if (finer->weights != NULL)
    return load ((const Real *) finer->weights + at);
  Mask on_face = (load ((const Real *) finer->b + at) > (Real) 0) | (load ((const Real *) finer->gradient + at) < (Real) 0);
  return finer->is_free ? splat (1) : keep (on_face, splat (1));
}

static void
gather (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  const SmoothPass *finer = pass->finer;

  (void) memory;
  (void) sums;
  for (gint64 i = begin; i < end; i++)
    for (gint s = 0; s < SMOOTH_TILE; s++)
      {
        gint64 position = (gint64) pass->tiles[i] * SMOOTH_TILE + s;
        for (gint k = 0; k < pass->stride; k += LANES)
          {
            Vec square = splat (0), left = splat (0);
            for (gint64 j = pass->member_starts[position]; j < pass->member_starts[position + 1]; j++)
              {
                gsize at = spot_offset (pass, pass->members[j]) + (gsize) k;
                Vec w = weight_of (finer, at);
                square += w * w;
                if (finer->left != NULL)
                  left += w * load ((const Real *) finer->left + at);
                else
                  left -= w * load ((const Real *) finer->gradient + at);
              }
            Vec weight = root (square);
            store ((Real *) pass->weights + spot_offset (pass, position) + k, weight);
            store ((Real *) pass->r + spot_offset (pass, position) + k, keep (weight > (Real) 0, left / weight));
          }
      }
}

static void
spread (const SmoothPass *pass, gint64 begin, gint64 end, gpointer memory, SmoothSums *sums)
{
  const SmoothPass *finer = pass->finer;
  gboolean is_first = finer->weights == NULL;

  (void) memory;
  (void) sums;
  for (gint64 i = begin; i < end; i++)
    for (gint s = 0; s < SMOOTH_TILE; s++)
      {
        gint64 position = (gint64) pass->tiles[i] * SMOOTH_TILE + s;
        for (gint k = 0; k < pass->stride; k += LANES)
          {
            gsize own = spot_offset (pass, position) + (gsize) k;
            Vec weight = load ((const Real *) pass->weights + own);
            Vec step = keep (weight > (Real) 0, load ((const Real *) pass->x + own) / weight);
            for (gint64 j = pass->member_starts[position]; j < pass->member_starts[position + 1]; j++)
              {
                gsize at = spot_offset (pass, pass->members[j]) + (gsize) k;
                Vec to = weight_of (finer, at) * step;
                if (!is_first)
                  to += load ((const Real *) finer->x + at);
                store ((Real *) finer->x + at, to);
              }
          }
      }
}

/* ---- between orders and types ---- */

#ifndef SMOOTH_KERNELS_SINGLE
/* nv vectors of sum_e values[e] table[rows[e]]. */
INLINE void
multiply_column (const gint32 *rows, const double *values, gint64 nnz, const double *table, gint stride, const int nv, double *out)
{
  Vec sum[8] = { { 0 } };

  for (gint64 e = 0; e < nnz; e++)
    {
      const double *row = table + (gsize) rows[e] * (gsize) stride;
      for (int v = 0; v < nv; v++)
        sum[v] += load (row + v * LANES) * values[e];
    }
  for (int v = 0; v < nv; v++)
    store (out + v * LANES, sum[v]);
}

static void
multiply (const gint64 *starts, const gint32 *rows, const double *values, const double *table, gint stride, gint64 begin,
          gint64 end, double *out)
{
  for (gint64 j = begin; j < end; j++, out += stride)
    {
      gint64 nnz = starts[j + 1] - starts[j];
      const gint32 *r = rows + starts[j];
      const double *x = values + starts[j];
      gint k = 0;

      for (; k + 8 * LANES <= stride; k += 8 * LANES)
        multiply_column (r, x, nnz, table + k, stride, 8, out + k);
      for (; k + 4 * LANES <= stride; k += 4 * LANES)
        multiply_column (r, x, nnz, table + k, stride, 4, out + k);
      for (; k + 2 * LANES <= stride; k += 2 * LANES)
        multiply_column (r, x, nnz, table + k, stride, 2, out + k);
      for (; k < stride; k += LANES)
        multiply_column (r, x, nnz, table + k, stride, 1, out + k);
    }
}
#endif

static void
pack (const double *from, const gint32 *spots, const double *scale, gint n_types, gint stride, gint64 begin, gint64 end, void *to)
{
  for (gint64 p = begin; p < end; p++)
    {
      Real *row = (Real *) to + (gsize) p * (gsize) stride;
      const double *column = from + (gsize) MAX (spots[p], 0) * (gsize) n_types;
      for (gint k = 0; k < n_types; k++)
        row[k] = spots[p] < 0 ? (Real) 0 : (Real) (column[k] * scale[k]);
      for (gint k = n_types; k < stride; k++)
        row[k] = 0;
    }
}

const SmoothKernels TABLE_NAME (SMOOTH_KERNELS_ISA, TYPE) = {
  .isa = STRING (SMOOTH_KERNELS_ISA),
  .real_size = sizeof (Real),
  .lanes = LANES,
  .scratch_size = scratch_size,
  .factor_size = factor_size,
  .half_factor_size = half_factor_size,
  .sweep = sweep,
  .gradient = gradient,
  .apply = apply,
  .certify = certify,
  .face = face,
  .face_sweep = face_sweep,
  .cg_start = cg_start,
  .cg_update = cg_update,
  .cg_direction = cg_direction,
  .project = project,
  .accept = accept,
  .fista_step = fista_step,
  .fista_extrapolate = fista_extrapolate,
  .gather = gather,
  .spread = spread,
#ifndef SMOOTH_KERNELS_SINGLE
  .multiply = multiply,
#endif
  .pack = pack,
};
