/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panels of an order: those of the core where they have names there, else the colours of the screen. */
#include "figure-order.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static gpointer
copy_layer (gconstpointer layer, gpointer data)
{
  return smooth_layer_ref ((SmoothLayer *) layer);
}

ScopeFigureOrder *
scope_figure_order_copy (const ScopeFigureOrder *order)
{
  ScopeFigureOrder *copy = g_memdup2 (order, sizeof *order);

  copy->genes = g_strdup (order->genes);
  copy->layer = g_strdup (order->layer);
  copy->title = g_strdup (order->title);
  copy->colouring = scope_colouring_ref (order->colouring);
  copy->regions = order->regions != NULL ? smooth_regions_ref (order->regions) : NULL;
  copy->layers = g_ptr_array_copy (order->layers, copy_layer, NULL);
  g_ptr_array_set_free_func (copy->layers, (GDestroyNotify) smooth_layer_unref);
  return copy;
}

void
scope_figure_order_free (ScopeFigureOrder *order)
{
  if (order == NULL)
    return;
  g_free (order->genes);
  g_free (order->layer);
  g_free (order->title);
  g_clear_pointer (&order->colouring, scope_colouring_unref);
  g_clear_pointer (&order->regions, smooth_regions_unref);
  g_clear_pointer (&order->layers, g_ptr_array_unref);
  g_free (order);
}

static const char *
keep_text (GPtrArray *texts, char *text)
{
  g_ptr_array_add (texts, text);
  return text;
}

/* Red, green and blue are listed with what they show. */
static void
fill_channels (SmoothFigure *figure, const ScopeColouring *colouring, GPtrArray *texts)
{
  static const guint32 colours[SCOPE_N_CHANNELS] = { 0xff0000, 0x00c000, 0x2040ff };
  SmoothLegendEntry *entries = g_new0 (SmoothLegendEntry, SCOPE_N_CHANNELS);

  keep_text (texts, (char *) entries);
  for (gint i = 0; i < SCOPE_N_CHANNELS; i++)
    if (colouring->channels[i] != NULL)
      entries[figure->n_entries++] = (SmoothLegendEntry){ colouring->channels[i]->title, colours[i] };
  figure->entries = entries;
}

void
scope_figure_fill (SmoothFigure *figure, const ScopeColouring *colouring, const ScopeLook *look, GPtrArray *texts)
{
  gboolean is_region = colouring->outcome != NULL && colouring->names != NULL && colouring->names == colouring->outcome->categories;

  *figure = (SmoothFigure){
    .section = colouring->section,
    .colours = colouring->colours,
    .opacity = look->opacity,
    .spot_scale = look->spot_scale,
    .has_outlines = look->has_outlines,
    .pies = colouring->pies,
    .hatched = colouring->hatched,
    .histology_opacity = look->histology_opacity,
    .brightness = look->brightness,
    .contrast = look->contrast,
    .value_name = colouring->title,
    .map = colouring->scale.map,
    .low = colouring->scale.low,
    .high = colouring->scale.high,
    .is_log = colouring->scale.is_log,
    .is_reversed = colouring->scale.is_reversed,
    .n_entries = colouring->n_entries,
    .entries = colouring->entries,
    .missing = colouring->missing,
  };
  if (colouring->n_missing > 0 && colouring->missing >> 24 != 0 && colouring->point_colours == NULL)
    figure->missing_name = is_region ? _("outside") : _("no value");
  if (colouring->point_colours != NULL)
    {
      figure->n_points = colouring->layer->points->n_points;
      figure->points = colouring->layer->points->coords;
      figure->point_colours = colouring->point_colours;
      figure->point_diameter = colouring->layer->points->diameter;
    }
  if (look->by == SCOPE_BY_RGB)
    fill_channels (figure, colouring, texts);
  if (colouring->hatched != NULL && colouring->n_hatched > 0 && colouring->layer->flag != NULL)
    figure->value_name = keep_text (texts, g_strdup_printf (_("%s (hatched: %s)"), colouring->title,
                                                            g_dgettext (GETTEXT_PACKAGE, colouring->layer->flag)));
}

/* ---- Pages ---- */

/* A page with what it points to. */
typedef struct
{
  SmoothPage page;
  SmoothFigure figure;
  SmoothPanels *panels; /* or NULL */
  GPtrArray *texts;
  char *title;
} Made;

static void
made_clear (Made *made)
{
  g_clear_pointer (&made->panels, smooth_panels_free);
  g_ptr_array_unref (made->texts);
  g_free (made->title);
}

/* Names of panels as smooth_panels_new() has them; NULL: the screen, which may have none. */
static char **
dup_names (const ScopeFigureOrder *order)
{
  if (order->kind == SCOPE_FIGURE_TYPES)
    return g_strsplit ("types", ";", 1);
  if (order->kind == SCOPE_FIGURE_LAYER)
    {
      char **names = g_new0 (char *, 2);
      names[0] = g_strdup_printf ("layer:%s", order->layer);
      return names;
    }
  if (order->kind != SCOPE_FIGURE_GENES)
    return NULL;
  char **names = smooth_panels_split (order->genes != NULL ? order->genes : "");
  for (gsize i = 0; names[i] != NULL; i++)
    {
      char *name = g_strconcat ("gene:", names[i], NULL);
      g_free (names[i]);
      names[i] = name;
    }
  return names;
}

static SmoothColourSettings
get_colours (const ScopeLook *look)
{
  return (SmoothColourSettings){
    .map = (gint) look->map,
    .is_reversed = look->is_reversed,
    .is_log = look->is_log,
    .limits = (gint) look->limits,
    .low_percentile = look->percentiles[0],
    .high_percentile = look->percentiles[1],
    .low = look->typed[0],
    .high = look->typed[1],
    .opacity = look->opacity,
    .histology_opacity = look->histology_opacity,
    .off_tissue = look->show_off_tissue,
  };
}

static gboolean
make_panels (Made *made, const ScopeFigureOrder *order, char *const *names, GError **error)
{
  SmoothPanelSource source = {
    .section = order->colouring->section,
    .outcome = order->colouring->outcome,
    .regions = order->regions,
    .layers = (SmoothLayer *const *) order->layers->pdata,
    .n_layers = order->layers->len,
    .colours = get_colours (&order->look),
    .missing = order->look.missing,
    .type_colours = order->look.type_colours,
    .category_colours = order->look.category_colours,
    .n_own_colours = SCOPE_N_TYPE_COLOURS,
  };

  memcpy (source.crop, order->crop, sizeof source.crop);
  made->panels = smooth_panels_new (&source, (const char *const *) names, &order->settings, error);
  if (made->panels == NULL)
    return FALSE;
  for (gint64 i = 0; i < made->panels->n_panels; i++)
    {
      made->panels->panels[i].spot_scale = order->look.spot_scale;
      made->panels->panels[i].has_outlines = order->look.has_outlines;
      made->panels->panels[i].brightness = order->look.brightness;
      made->panels->panels[i].contrast = order->look.contrast;
    }
  made->page.panels = made->panels->panels;
  made->page.n_panels = made->panels->n_panels;
  made->page.has_one_legend = made->panels->has_one_legend;
  return TRUE;
}

static gboolean
made_init (Made *made, const ScopeFigureOrder *order, GError **error)
{
  g_auto (GStrv) names = dup_names (order);

  *made = (Made){ .texts = g_ptr_array_new_with_free_func (g_free), .title = g_strdup (order->title) };
  made->page.settings = order->settings;
  made->page.title = made->title;
  if (names != NULL)
    return make_panels (made, order, names, error);
  scope_figure_fill (&made->figure, order->colouring, &order->look, made->texts);
  made->figure.regions = order->settings.outlines ? order->regions : NULL;
  made->figure.hides_labels = !order->settings.labels;
  memcpy (made->figure.crop, order->crop, sizeof made->figure.crop);
  made->page.panels = &made->figure;
  made->page.n_panels = 1;
  return TRUE;
}

/**
 * scope_figure_order_draw:
 * @largest: pixels: the longer side, for a preview; 0: as @dpi says
 * @width: (out): of the page, mm
 * @height: (out): of the page, mm
 *
 * Returns: (transfer full): the page as pixels
 */
SmoothPicture *
scope_figure_order_draw (const ScopeFigureOrder *order, gint largest, double dpi, double *width, double *height, GError **error)
{
  Made made;
  SmoothPicture *picture = NULL;

  if (made_init (&made, order, error))
    {
      smooth_page_get_size (&made.page, width, height);
      picture = smooth_page_dup_picture (&made.page, largest > 0 ? largest * 72.0 / MAX (*width, *height) : dpi, error);
      *width *= 25.4 / 72.0;
      *height *= 25.4 / 72.0;
    }
  made_clear (&made);
  return picture;
}

/* What 'smoothscope-cli run' draws: the same panels, where they have names. */
static void
add_to_recipe (const ScopeFigureOrder *order, SmoothRecipe *recipe)
{
  static const char *const words[] = { "counts", "detected", "mitochondrial", "gene", "type", "dominant", "region" };
  const SmoothColourSettings colours = get_colours (&order->look);
  const ScopeColouring *colouring = order->colouring;
  g_auto (GStrv) names = dup_names (order);
  g_autofree char *panels = names != NULL ? g_strjoinv (";", names) : NULL;

  if (panels == NULL && (guint) order->look.by < G_N_ELEMENTS (words) && !colouring->is_difference)
    {
      const char *item = order->look.by == SCOPE_BY_GENE ? colouring->section->gene_names[order->look.gene]
                         : order->look.by == SCOPE_BY_TYPE && colouring->outcome != NULL && colouring->outcome->result != NULL
                             ? colouring->outcome->result->type_names[order->look.type]
                             : NULL;
      panels = item != NULL ? g_strconcat (words[order->look.by], ":", item, ";", NULL) : g_strdup (words[order->look.by]);
    }
  if (panels == NULL || order->kind == SCOPE_FIGURE_LAYER)
    return;
  g_free (recipe->command);
  recipe->command = g_strdup ("figure");
  smooth_recipe_add_option (recipe, "panels", panels);
  smooth_recipe_add_option (recipe, "title", order->title != NULL ? order->title : "");
  if (order->crop[2] > 0.0)
    {
      g_autoptr (GString) crop = g_string_new (NULL);
      char number[G_ASCII_DTOSTR_BUF_SIZE];
      for (gint i = 0; i < 4; i++)
        g_string_append_printf (crop, "%s%s", i > 0 ? "," : "", g_ascii_formatd (number, sizeof number, "%.3f", order->crop[i]));
      smooth_recipe_add_option (recipe, "crop", crop->str);
    }
  smooth_recipe_add_parameters (recipe, &smooth_page_params, &order->settings);
  smooth_recipe_add_parameters (recipe, &smooth_colour_params, &colours);
}

/**
 * scope_figure_order_save:
 * @recipe: the session as it is; what the figure shows is added
 */
gboolean
scope_figure_order_save (const ScopeFigureOrder *order, SmoothRecipe *recipe, const char *path, GError **error)
{
  Made made;
  gboolean done = made_init (&made, order, error);

  if (done)
    {
      add_to_recipe (order, recipe);
      done = smooth_page_save (&made.page, recipe, path, error);
    }
  made_clear (&made);
  return done;
}
