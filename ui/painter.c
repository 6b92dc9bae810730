/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histology scaled to the view, edges, colours and the picture itself are kept from one painting to the next: a moved slider
 * costs one copy and one pass over the spots, an edited region the rows in which spots have other colours. */
#include "painter.h"

#include "edges.h"
#include "hatch.h"
#include "trace.h"
#include "worker.h"

#include <string.h>

#define DARK_RING 0xff101014u
#define LIGHT_RING 0xffffffffu
#define REPAINT_US 120000 /* between two paintings while tiles are read */
#define OUTLINE_COLOUR 0xc0202020u
#define OUTLINE_WIDTH 1.0    /* logical pixels */
#define LEAST_OUTLINED 6.0   /* logical pixels: smaller spots would be outline only */
#define LEAST_RING 3.0 /* logical pixels: the diameter of the hole of a ring */

/* A picture as it was last painted, and of what; all of it may be NULL. */
typedef struct
{
  SmoothPicture *picture;
  ScopeColouring *colouring;
  SmoothPicture *below;
  GBytes *marked;
  guint32 mark_colour;
  ScopeSelection *selection;
  ScopeLook look;
} Painted;

/* What the thread keeps of one of the two pictures; all of it may be NULL. */
typedef struct
{
  SmoothOutcome *edges_outcome;
  SmoothView edges_view;
  SmoothPicture *edges; /* ground and edges */
  ScopeSource source; /* of the colouring */
  ScopeColouring *colouring;
  Painted painted;
  SmoothSection *section; /* whose spots the order is of */
  SmoothSpotOrder *order;
} Side;

enum
{
  B,
  A,
  N_SIDES
};

typedef struct
{
  ScopePlate *plate; /* of the ground */
  SmoothView ground_view;
  double ground_opacity, ground_brightness, ground_contrast;
  guint32 background;
  SmoothPicture *ground; /* background and histology */

  ScopeLook look; /* of the colours */
  Side sides[N_SIDES];
  ScopeColouring *difference;
} Cache;

struct _ScopePainter
{
  GObject parent_instance;
  ScopeWorker *worker;
};

G_DEFINE_FINAL_TYPE (ScopePainter, scope_painter, G_TYPE_OBJECT)

static guint painted_signal;

ScopePainting *
scope_painting_ref (ScopePainting *painting)
{
  g_atomic_ref_count_inc (&painting->ref_count);
  return painting;
}

void
scope_painting_unref (ScopePainting *painting)
{
  if (!g_atomic_ref_count_dec (&painting->ref_count))
    return;
  scope_sheet_free (painting->sheet);
  g_clear_pointer (&painting->sheet_a, scope_sheet_free);
  scope_colouring_unref (painting->colouring);
  g_clear_pointer (&painting->colouring_a, scope_colouring_unref);
  g_clear_pointer (&painting->colouring_b, scope_colouring_unref);
  g_free (painting);
}

static void
scene_free (gpointer data)
{
  ScopeScene *scene = data;

  smooth_section_unref (scene->section);
  scope_source_clear (&scene->source);
  scope_source_clear (&scene->pinned);
  g_clear_pointer (&scene->plate, scope_plate_unref);
  g_clear_pointer (&scene->marked, g_bytes_unref);
  g_clear_pointer (&scene->selection, scope_selection_unref);
  g_free (scene);
}

static gpointer
cache_new (void)
{
  Cache *cache = g_new0 (Cache, 1);

  for (gint i = 0; i < N_SIDES; i++)
    cache->sides[i].order = smooth_spot_order_new ();
  return cache;
}

static void
forget_edges (Side *side)
{
  g_clear_pointer (&side->edges_outcome, smooth_outcome_unref);
  g_clear_pointer (&side->edges, smooth_picture_unref);
}

static void
forget_colourings (Cache *cache)
{
  for (gint i = 0; i < N_SIDES; i++)
    {
      g_clear_pointer (&cache->sides[i].colouring, scope_colouring_unref);
      scope_source_clear (&cache->sides[i].source);
    }
  g_clear_pointer (&cache->difference, scope_colouring_unref);
}

static void
forget_painted (Painted *painted)
{
  g_clear_pointer (&painted->picture, smooth_picture_unref);
  g_clear_pointer (&painted->colouring, scope_colouring_unref);
  g_clear_pointer (&painted->below, smooth_picture_unref);
  g_clear_pointer (&painted->marked, g_bytes_unref);
  g_clear_pointer (&painted->selection, scope_selection_unref);
}

static void
cache_free (gpointer data)
{
  Cache *cache = data;

  g_clear_pointer (&cache->plate, scope_plate_unref);
  g_clear_pointer (&cache->ground, smooth_picture_unref);
  for (gint i = 0; i < N_SIDES; i++)
    {
      forget_edges (&cache->sides[i]);
      forget_painted (&cache->sides[i].painted);
      g_clear_pointer (&cache->sides[i].section, smooth_section_unref);
      smooth_spot_order_free (cache->sides[i].order);
    }
  forget_colourings (cache);
  g_free (cache);
}

static gboolean
views_equal (const SmoothView *a, const SmoothView *b)
{
  return a->x == b->x && a->y == b->y && a->scale == b->scale;
}

static gboolean
has_size (const SmoothPicture *picture, const ScopeScene *scene)
{
  return picture != NULL && picture->width == scene->width && picture->height == scene->height;
}

static void
fill (SmoothPicture *picture, guint32 colour)
{
  gsize n = (gsize) picture->height * (picture->stride / 4);

  for (gsize i = 0; i < n; i++)
    picture->pixels[i] = 0xff000000u | colour;
}

/* And all that lies on it. */
static void
forget_ground (Cache *cache)
{
  g_clear_pointer (&cache->ground, smooth_picture_unref);
  for (gint i = 0; i < N_SIDES; i++)
    {
      forget_edges (&cache->sides[i]);
      forget_painted (&cache->sides[i].painted);
    }
  g_clear_pointer (&cache->plate, scope_plate_unref);
}

/* Background and histology. */
static SmoothPicture *
get_ground (Cache *cache, const ScopeScene *scene)
{
  double opacity = scene->plate != NULL ? scene->look.colours.histology_opacity : 0.0;

  if (has_size (cache->ground, scene) && cache->plate == scene->plate && views_equal (&cache->ground_view, &scene->view)
      && cache->ground_opacity == opacity && cache->ground_brightness == scene->look.colours.brightness
      && cache->ground_contrast == scene->look.colours.contrast && cache->background == scene->background)
    return cache->ground;

  forget_ground (cache);
  cache->ground = smooth_picture_new (scene->width, scene->height, NULL);
  if (cache->ground == NULL)
    return NULL;
  fill (cache->ground, scene->background);
  if (opacity > 0.0)
    scope_plate_draw (scene->plate, &scene->view, opacity, scene->look.colours.brightness, scene->look.colours.contrast, cache->ground);
  cache->plate = scene->plate != NULL ? scope_plate_ref (scene->plate) : NULL;
  cache->ground_view = scene->view;
  cache->ground_opacity = opacity;
  cache->ground_brightness = scene->look.colours.brightness;
  cache->ground_contrast = scene->look.colours.contrast;
  cache->background = scene->background;
  return cache->ground;
}

/* Outcomes that share their graphs and labels share their edges. */
static gboolean
same_edges (const SmoothOutcome *a, const SmoothOutcome *b)
{
  return a != NULL && a->graph == b->graph && a->base_graph == b->base_graph && a->inputs.section == b->inputs.section;
}

/* The ground with the edges of an outcome over it, or NULL if cancelled. */
static SmoothPicture *
get_edges (Side *side, const ScopeScene *scene, SmoothOutcome *outcome, SmoothPicture *ground, SmoothRun *run)
{
  if (has_size (side->edges, scene) && views_equal (&side->edges_view, &scene->view) && same_edges (side->edges_outcome, outcome))
    return side->edges;

  forget_edges (side);
  SmoothPicture *edges = smooth_picture_copy (ground);
  if (edges != NULL && !scope_edges_draw (outcome, &scene->view, edges, run))
    g_clear_pointer (&edges, smooth_picture_unref);
  if (edges == NULL)
    return NULL;
  side->edges = edges;
  side->edges_view = scene->view;
  side->edges_outcome = smooth_outcome_ref (outcome);
  return edges;
}

/* Whether the colouring of a side is of this. */
static gboolean
is_of (const Side *side, const ScopeScene *scene, const ScopeSource *source)
{
  return side->colouring != NULL && side->colouring->section == scene->section && memcmp (&side->source, source, sizeof *source) == 0;
}

static void
keep_source (Side *side, const ScopeSource *source)
{
  side->source = *source;
  scope_source_ref (&side->source);
}

/* Those of both sides where there are two; without a setting A that of B alone. */
static void
need_colourings (Cache *cache, const ScopeScene *scene)
{
  Side *a = &cache->sides[A], *b = &cache->sides[B];
  gboolean has_a = scene->pinned.outcome != NULL;

  if (is_of (b, scene, &scene->source) && has_a == (a->colouring != NULL) && (!has_a || is_of (a, scene, &scene->pinned))
      && scope_look_colours_equal (&cache->look, &scene->look))
    return;
  g_autoptr (ScopeColouring) before = NULL;
  if (!has_a && a->colouring == NULL && b->colouring != NULL && scope_look_colours_equal (&cache->look, &scene->look))
    before = scope_colouring_ref (b->colouring);
  forget_colourings (cache);
  cache->look = scene->look;
  keep_source (b, &scene->source);
  keep_source (a, &scene->pinned);
  if (!has_a)
    b->colouring = scope_colouring_new_of (scene->section, &scene->source, &scene->look, before);
  else
    scope_colouring_new_pair (scene->section, &scene->pinned, &scene->source, &scene->look, &a->colouring, &b->colouring);
  if (has_a && scene->look.colours.compare == SMOOTH_COMPARE_DIFFERENCE)
    cache->difference = scope_colouring_new_difference (scene->section, &scene->pinned, &scene->source, &scene->look);
}

/* A dark line just inside each spot that is drawn. */
static gboolean
draw_outlines (const ScopeScene *scene, SmoothSpotLayer layer, SmoothPicture *target, SmoothRun *run)
{
  g_autofree guint32 *colours = g_new (guint32, MAX (layer.n_spots, 1));

  for (gint64 i = 0; i < layer.n_spots; i++)
    colours[i] = layer.colours[i] >> 24 != 0 ? OUTLINE_COLOUR : 0;
  layer.colours = colours;
  layer.pies = NULL;
  layer.hole = MAX (layer.diameter - 2.0 * OUTLINE_WIDTH * scene->line / scene->view.scale, 0.0);
  return smooth_raster_spots (&layer, &scene->view, target, run);
}

static SmoothSpotShape
get_shape (const ScopeScene *scene)
{
  return scene->section->has_bins ? SMOOTH_SPOT_SQUARE : SMOOTH_SPOT_DISC;
}

/* order: (nullable) */
static SmoothSpotLayer
get_spots (const ScopeScene *scene, const ScopeColouring *colouring, SmoothSpotOrder *order)
{
  const SmoothSection *section = scene->section;

  return (SmoothSpotLayer) {
    .n_spots = section->n_spots,
    .coords = section->coords,
    .colours = colouring->colours,
    .diameter = section->spot_diameter / section->um_per_pixel * scene->look.colours.spot_scale,
    .shape = get_shape (scene),
    .opacity = scene->look.colours.opacity,
    .pies = colouring->pies,
    .order = order,
  };
}

static gboolean
are_outlined (const ScopeScene *scene, const SmoothSpotLayer *layer)
{
  return scene->look.colours.has_outlines && layer->diameter * scene->view.scale >= LEAST_OUTLINED * scene->line;
}

static gboolean
draw_spots (const ScopeScene *scene, const ScopeColouring *colouring, SmoothSpotOrder *order, SmoothPicture *target, SmoothRun *run)
{
  SmoothSpotLayer layer = get_spots (scene, colouring, order);

  if (colouring->point_colours != NULL)
    {
      layer.n_spots = colouring->layer->points->n_points;
      layer.coords = colouring->layer->points->coords;
      layer.colours = colouring->point_colours;
      layer.diameter = colouring->layer->points->diameter * scene->look.colours.spot_scale;
      layer.pies = NULL;
      layer.order = NULL;
    }
  if (!smooth_raster_spots (&layer, &scene->view, target, run) || (are_outlined (scene, &layer) && !draw_outlines (scene, layer, target, run)))
    return FALSE;
  if (colouring->hatched != NULL)
    scope_hatch_spots (colouring, &scene->view, target);
  return TRUE;
}

/* Touched spots, over all others and as wide as their pitch. */
static gboolean
draw_marks (const ScopeScene *scene, SmoothPicture *target, SmoothRun *run)
{
  const SmoothSection *section = scene->section;
  const guint8 *marked = g_bytes_get_data (scene->marked, NULL);
  g_autofree guint32 *colours = g_new (guint32, MAX (section->n_spots, 1));
  SmoothSpotLayer layer = {
    .n_spots = section->n_spots,
    .coords = section->coords,
    .colours = colours,
    .diameter = section->pitch / section->um_per_pixel,
    .shape = SMOOTH_SPOT_DISC,
    .opacity = 0.6,
  };

  for (gint64 i = 0; i < section->n_spots; i++)
    colours[i] = marked[i] ? 0xff000000u | scene->mark_colour : 0;
  return smooth_raster_spots (&layer, &scene->view, target, run);
}

/* One ring of all selected spots: @from and @width in logical pixels from the spot's rim outwards. */
static gboolean
draw_rings (const ScopeScene *scene, const guint32 *colours, double from, double width, SmoothPicture *target, SmoothRun *run)
{
  const SmoothSection *section = scene->section;
  double pixel = scene->line / scene->view.scale;
  double diameter = MAX (section->spot_diameter / section->um_per_pixel * scene->look.colours.spot_scale, LEAST_RING * pixel);
  SmoothSpotLayer layer = {
    .n_spots = section->n_spots,
    .coords = section->coords,
    .colours = colours,
    .diameter = diameter + 2.0 * (from + width) * pixel,
    .shape = SMOOTH_SPOT_DISC,
    .opacity = 1.0,
    .hole = diameter + 2.0 * from * pixel,
  };

  return smooth_raster_spots (&layer, &scene->view, target, run);
}

/* Selected spots get a dark ring with a light one inside of it, which shows on any tissue and beside any colour. */
static gboolean
draw_selection (const ScopeScene *scene, const ScopeColouring *colouring, SmoothPicture *target, SmoothRun *run)
{
  gint64 n_spots = scene->section->n_spots;
  const guint8 *flags = scope_selection_get_flags (scene->selection);
  g_autofree guint32 *colours = g_new0 (guint32, MAX (n_spots, 1));

  for (gint64 i = 0; i < n_spots; i++)
    if (flags[i] && colouring->colours[i] >> 24 != 0)
      colours[i] = DARK_RING;
  if (!draw_rings (scene, colours, 0.5, 2.5, target, run))
    return FALSE;
  for (gint64 i = 0; i < n_spots; i++)
    if (colours[i] != 0)
      colours[i] = LIGHT_RING;
  return draw_rings (scene, colours, 0.25, 1.5, target, run);
}

static void
trace_painting (guint64 generation, gint64 start, gint64 cpu_before)
{
  if (!scope_trace_is_on ())
    return;
  g_autofree char *detail = g_strdup_printf ("\"cpu_us\": %" G_GINT64_FORMAT ", \"took_us\": %" G_GINT64_FORMAT,
                                             scope_trace_cpu_time () - cpu_before, g_get_monotonic_time () - start);
  scope_trace_step ("painting", generation, detail);
}

/* Returns: (nullable) (transfer full): NULL if cancelled */
static SmoothPicture *
paint_all (Side *side, const ScopeScene *scene, const ScopeColouring *colouring, const SmoothPicture *below, SmoothRun *run)
{
  g_autoptr (SmoothPicture) picture = smooth_picture_copy (below);

  if (picture == NULL || !draw_spots (scene, colouring, side->order, picture, run)
      || (scene->selection != NULL && !draw_selection (scene, colouring, picture, run))
      || (scene->marked != NULL && !draw_marks (scene, picture, run)))
    return NULL;
  return g_steal_pointer (&picture);
}

/* Another section may have its spots at the address of the former one's. */
static void
take_section (Side *side, SmoothSection *section)
{
  if (side->section == section)
    return;
  smooth_spot_order_free (side->order);
  side->order = smooth_spot_order_new ();
  g_clear_pointer (&side->section, smooth_section_unref);
  side->section = smooth_section_ref (section);
}

/* Whether a picture shows nothing but one layer of plain spots. */
static gboolean
is_plain (const ScopeScene *scene, const ScopeColouring *colouring)
{
  SmoothSpotLayer layer = get_spots (scene, colouring, NULL);

  return layer.pies == NULL && colouring->point_colours == NULL && colouring->hatched == NULL && !are_outlined (scene, &layer)
         && scene->selection == NULL && scene->marked == NULL;
}

/* The same where some spots have other colours than in a picture of plain spots. */
static SmoothPicture *
paint_changes (Side *side, const ScopeScene *scene, const ScopeColouring *colouring, SmoothRun *run)
{
  const Painted *painted = &side->painted;
  SmoothSpotLayer layer = get_spots (scene, colouring, side->order);
  g_autoptr (SmoothPicture) picture = smooth_picture_copy (painted->picture);

  if (picture == NULL
      || !smooth_raster_changed_spots (&layer, painted->colouring->colours, painted->below, &scene->view, picture, run))
    return NULL;
  return g_steal_pointer (&picture);
}

/* Returns: (nullable): the picture of one side, which keeps it: it stays as it is while only the other changes; NULL if cancelled */
static SmoothPicture *
get_picture (Side *side, const ScopeScene *scene, SmoothOutcome *outcome, ScopeColouring *colouring, SmoothPicture *ground, SmoothRun *run)
{
  Painted *painted = &side->painted;
  SmoothPicture *below = scene->look.colours.edges && outcome != NULL ? get_edges (side, scene, outcome, ground, run) : ground;
  SmoothPicture *picture;

  if (below == NULL)
    return NULL;
  take_section (side, scene->section);
  gboolean is_of_these = painted->picture != NULL && painted->below == below && painted->marked == scene->marked
                         && (scene->marked == NULL || painted->mark_colour == scene->mark_colour)
                         && painted->selection == scene->selection && painted->colouring->section == colouring->section
                         && memcmp (&painted->look, &scene->look, sizeof scene->look) == 0;
  if (is_of_these && painted->colouring == colouring)
    return painted->picture;
  if (is_of_these && is_plain (scene, colouring) && is_plain (scene, painted->colouring))
    picture = paint_changes (side, scene, colouring, run);
  else
    picture = paint_all (side, scene, colouring, below, run);
  forget_painted (painted);
  if (picture == NULL)
    return NULL;
  *painted = (Painted){
    .picture = picture,
    .colouring = scope_colouring_ref (colouring),
    .below = smooth_picture_ref (below),
    .marked = scene->marked != NULL ? g_bytes_ref (scene->marked) : NULL,
    .mark_colour = scene->mark_colour,
    .selection = scene->selection != NULL ? scope_selection_ref (scene->selection) : NULL,
    .look = scene->look,
  };
  return picture;
}

/* Paints what there is, and publishes it. */
static void
paint (ScopeWorker *worker, const ScopeScene *scene, SmoothRun *run, Cache *cache)
{
  gint64 start = g_get_monotonic_time (), cpu = scope_trace_cpu_time ();
  gboolean has_two = scene->pinned.outcome != NULL && scene->look.colours.compare != SMOOTH_COMPARE_DIFFERENCE;
  Side *a = &cache->sides[A], *b = &cache->sides[B];

  need_colourings (cache, scene);
  ScopeColouring *colouring = cache->difference != NULL ? cache->difference : b->colouring;
  SmoothPicture *ground = get_ground (cache, scene);
  SmoothPicture *picture = ground != NULL ? get_picture (b, scene, scene->source.outcome, colouring, ground, run) : NULL;
  SmoothPicture *picture_a = picture != NULL && has_two ? get_picture (a, scene, scene->pinned.outcome, a->colouring, ground, run) : NULL;
  if (picture == NULL || (has_two && picture_a == NULL))
    return;

  ScopePainting *painting = g_new0 (ScopePainting, 1);
  g_atomic_ref_count_init (&painting->ref_count);
  painting->sheet = scope_sheet_new (picture);
  painting->sheet_a = has_two ? scope_sheet_new (picture_a) : NULL;
  painting->view = scene->view;
  painting->colouring = scope_colouring_ref (colouring);
  painting->colouring_a = scene->pinned.outcome != NULL ? scope_colouring_ref (a->colouring) : NULL;
  painting->colouring_b = scene->pinned.outcome != NULL ? scope_colouring_ref (b->colouring) : NULL;
  painting->compare = scene->pinned.outcome != NULL ? scene->look.colours.compare : SMOOTH_COMPARE_OFF;
  painting->generation = scene->generation;
  painting->serial = scene->serial;
  trace_painting (scene->generation, start, cpu);
  scope_worker_publish (worker, painting);
}

/* Coarse first; then tiles of a large histology come in, as long as nobody waits for another picture. */
static void
work (ScopeWorker *worker, gpointer request, SmoothRun *run, gpointer state)
{
  const ScopeScene *scene = request;
  gint64 painted;
  gboolean has_new = FALSE;

  paint (worker, scene, run, state);
  painted = g_get_monotonic_time ();
  while (scene->plate != NULL && scene->look.colours.histology_opacity > 0.0 && !scope_worker_has_newer (worker) && !smooth_run_is_cancelled (run)
         && scope_plate_load_tile (scene->plate, &scene->view, scene->width, scene->height))
    {
      has_new = TRUE;
      if (g_get_monotonic_time () - painted < REPAINT_US)
        continue;
      forget_ground (state);
      paint (worker, scene, run, state);
      painted = g_get_monotonic_time ();
      has_new = FALSE;
    }
  if (has_new)
    forget_ground (state);
  if (has_new && !smooth_run_is_cancelled (run))
    paint (worker, scene, run, state);
}

static void
deliver (gpointer answer, gpointer owner)
{
  g_autoptr (ScopePainting) painting = answer;

  g_signal_emit (owner, painted_signal, 0, painting);
}

static void
painting_free (gpointer painting)
{
  scope_painting_unref (painting);
}

static const ScopeWorkerFuncs funcs = {
  .name = "painter",
  .state_new = cache_new,
  .state_free = cache_free,
  .work = work,
  .deliver = deliver,
  .request_free = scene_free,
  .answer_free = painting_free,
};

/**
 * scope_painter_request:
 * @scene: copied, its objects referenced
 *
 * Answers by the signal 'painted'; scenes that a newer one overtakes before they are begun are left out. One that has
 * been begun is finished, so that pictures keep coming while a hand moves.
 */
void
scope_painter_request (ScopePainter *painter, const ScopeScene *scene)
{
  ScopeScene *request = g_new (ScopeScene, 1);

  *request = *scene;
  smooth_section_ref (request->section);
  scope_source_ref (&request->source);
  scope_source_ref (&request->pinned);
  if (request->plate != NULL)
    scope_plate_ref (request->plate);
  if (request->marked != NULL)
    g_bytes_ref (request->marked);
  if (request->selection != NULL)
    scope_selection_ref (request->selection);
  scope_worker_request (painter->worker, request, 1.0);
}

/* Returns: what the last painting took, us; 0 before the first */
gint64
scope_painter_get_pace (ScopePainter *painter)
{
  return scope_worker_get_pace (painter->worker);
}

/* Waits for the next painting until @deadline (monotonic, us), where one is likely to come until then.
 *
 * Returns: whether there was one */
gboolean
scope_painter_wait (ScopePainter *painter, gint64 deadline)
{
  return scope_worker_wait (painter->worker, deadline);
}

static void
scope_painter_dispose (GObject *object)
{
  g_clear_pointer (&SCOPE_PAINTER (object)->worker, scope_worker_free);
  G_OBJECT_CLASS (scope_painter_parent_class)->dispose (object);
}

static void
scope_painter_class_init (ScopePainterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_painter_dispose;

  /* painted (ScopePainting *painting): borrowed */
  painted_signal = g_signal_new ("painted", SCOPE_TYPE_PAINTER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 G_TYPE_POINTER);
}

static void
scope_painter_init (ScopePainter *painter)
{
  painter->worker = scope_worker_new (&funcs, painter);
}

ScopePainter *
scope_painter_new (void)
{
  return g_object_new (SCOPE_TYPE_PAINTER, NULL);
}
