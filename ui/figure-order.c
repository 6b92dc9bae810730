/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panels of an order go by names, which the core draws: here and on the command line. */
#include "figure-order.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static gpointer
copy_layer (gconstpointer layer, gpointer data)
{
  return smooth_layer_ref ((SmoothLayer *) layer);
}

static GPtrArray *
copy_layers (GPtrArray *layers)
{
  GPtrArray *copy = g_ptr_array_copy (layers, copy_layer, NULL);

  g_ptr_array_set_free_func (copy, (GDestroyNotify) smooth_layer_unref);
  return copy;
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
  copy->layers = copy_layers (order->layers);
  copy->pin = order->pin != NULL ? scope_pin_ref (order->pin) : NULL;
  copy->pinned = order->pinned != NULL ? smooth_outcome_ref (order->pinned) : NULL;
  copy->pinned_layers = order->pinned_layers != NULL ? copy_layers (order->pinned_layers) : NULL;
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
  g_clear_pointer (&order->pin, scope_pin_unref);
  g_clear_pointer (&order->pinned, smooth_outcome_unref);
  g_clear_pointer (&order->pinned_layers, g_ptr_array_unref);
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
    .opacity = look->colours.opacity,
    .spot_scale = look->colours.spot_scale,
    .has_outlines = look->colours.has_outlines,
    .pies = colouring->pies,
    .hatched = colouring->hatched,
    .histology_opacity = look->colours.histology_opacity,
    .brightness = look->colours.brightness,
    .contrast = look->colours.contrast,
    .value_name = colouring->title,
    .map = colouring->scale.map,
    .low = colouring->scale.low,
    .high = colouring->scale.high,
    .is_log = colouring->scale.is_log,
    .is_reversed = colouring->scale.is_reversed,
    .n_entries = colouring->n_entries,
    .entries = colouring->entries,
    .missing = colouring->missing,
    .edges = look->colours.edges ? colouring->outcome : NULL,
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

/* ---- Names of panels, as smooth_panels_new() has them ---- */

/* By its symbol, unless that is another gene's, too. */
static const char *
name_gene (const SmoothSection *section, gint64 gene)
{
  if (gene < 0 || gene >= section->n_genes)
    return "";
  return smooth_section_find_gene (section, section->gene_names[gene]) == gene ? section->gene_names[gene] : section->gene_ids[gene];
}

static const char *
name_type (const ScopeFigureOrder *order, gint64 type)
{
  const SmoothOutcome *outcome = order->colouring->outcome;
  gboolean is_there = outcome != NULL && outcome->result != NULL && type >= 0 && type < outcome->result->n_types;

  return is_there ? outcome->result->type_names[type] : "";
}

static char *
dup_column (const ScopeFigureOrder *order, const char *key, gint64 column)
{
  for (guint i = 0; key != NULL && i < order->layers->len; i++)
    {
      const SmoothLayer *layer = order->layers->pdata[i];
      if (g_str_equal (layer->key, key) && column >= 0 && column < layer->n_columns)
        return g_strdup_printf ("layer:%s/%s", key, layer->columns[column]);
    }
  return g_strdup_printf ("layer:%s", key != NULL ? key : "");
}

static char *
dup_channels (const ScopeFigureOrder *order)
{
  GString *text = g_string_new ("rgb:");

  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    {
      const ScopeChannel *channel = &order->look.channels[c];
      g_autofree char *name = channel->kind == SCOPE_CHANNEL_GENE    ? g_strconcat ("gene:", name_gene (order->colouring->section, channel->index), NULL)
                              : channel->kind == SCOPE_CHANNEL_TYPE  ? g_strconcat ("type:", name_type (order, channel->index), NULL)
                              : channel->kind == SCOPE_CHANNEL_LAYER ? dup_column (order, channel->layer, channel->index)
                                                                     : NULL;
      g_string_append_printf (text, "%s%s", c > 0 ? "|" : "", order->colouring->channels[c] != NULL ? name : "");
    }
  return g_string_free (text, FALSE);
}

/* What the screen shows. */
static char *
dup_screen (const ScopeFigureOrder *order)
{
  static const char *const words[]
      = { "counts", "detected", "mitochondrial", "gene", "type", "dominant", "region", "layer", "composition", "genes", "rgb" };
  const ScopeLook *look = &order->look;

  switch (look->by)
    {
    case SCOPE_BY_GENE:
      return g_strconcat ("gene:", name_gene (order->colouring->section, look->gene), NULL);
    case SCOPE_BY_TYPE:
      return g_strconcat ("type:", name_type (order, look->type), NULL);
    case SCOPE_BY_LAYER:
      return dup_column (order, look->layer, look->column);
    case SCOPE_BY_GENES:
      return g_strdelimit (g_strconcat (look->is_sum ? "genes:sum:" : "genes:mean:", look->genes != NULL ? look->genes : "", NULL), ";\r\n\t", ',');
    case SCOPE_BY_RGB:
      return dup_channels (order);
    case SCOPE_BY_COUNTS:
    case SCOPE_BY_DETECTED:
    case SCOPE_BY_MITOCHONDRIAL:
    case SCOPE_BY_DOMINANT:
    case SCOPE_BY_REGION:
    case SCOPE_BY_COMPOSITION:
    default:
      return g_strdup (words[look->by]);
    }
}

static char **
dup_one (char *name)
{
  char **names = g_new0 (char *, 2);

  names[0] = name;
  return names;
}

static char **
dup_names (const ScopeFigureOrder *order)
{
  if (order->kind == SCOPE_FIGURE_TYPES)
    return dup_one (g_strdup ("types"));
  if (order->kind == SCOPE_FIGURE_LAYER)
    return dup_one (g_strdup_printf ("layer:%s", order->layer));
  if (order->kind == SCOPE_FIGURE_SCREEN)
    return dup_one (dup_screen (order));
  char **names = smooth_panels_split (order->genes != NULL ? order->genes : "");
  for (gsize i = 0; names[i] != NULL; i++)
    {
      char *name = g_strconcat ("gene:", names[i], NULL);
      g_free (names[i]);
      names[i] = name;
    }
  return names;
}

/* ---- Pages ---- */

/* A page with what it points to. */
typedef struct
{
  SmoothPage page;
  SmoothPanels *panels; /* or NULL */
  char *titles[2];      /* (nullable): of A and B */
} Made;

static void
made_clear (Made *made)
{
  g_clear_pointer (&made->panels, smooth_panels_free);
  g_free (made->titles[0]);
  g_free (made->titles[1]);
}

/* Grids show both settings where the screen does. */
static gboolean
is_compared (const ScopeFigureOrder *order)
{
  return order->look.colours.compare != SMOOTH_COMPARE_OFF && order->pin != NULL && order->pinned != NULL && order->colouring->outcome != NULL;
}

static SmoothColourSettings
get_colours (const ScopeFigureOrder *order)
{
  SmoothColourSettings colours = order->look.colours;

  if (!is_compared (order))
    colours.compare = SMOOTH_COMPARE_OFF;
  colours.line = colours.compare == SMOOTH_COMPARE_SWIPE ? order->line : 0.0;
  return colours;
}

/* 'A: rho 0.9' and 'B: rho 0.99'. */
static void
describe_settings (const ScopeFigureOrder *order, char *titles[2])
{
  const SmoothOutcome *now = order->colouring->outcome;
  g_autofree char *a = NULL, *b = NULL;

  if (!is_compared (order))
    return;
  scope_pin_describe (order->pin, &now->parameters, now->inputs.regions, &a, &b);
  titles[0] = g_strdup_printf (_("A: %s"), a);
  titles[1] = g_strdup_printf (_("B: %s"), b);
}

static gboolean
made_init (Made *made, const ScopeFigureOrder *order, GError **error)
{
  g_auto (GStrv) names = dup_names (order);
  SmoothPanelSource source = {
    .section = order->colouring->section,
    .now = { order->colouring->outcome, order->regions, (SmoothLayer *const *) order->layers->pdata, order->layers->len, NULL },
    .colours = get_colours (order),
    .own = order->look.own,
  };

  *made = (Made){ .page = { .title = order->title } };
  describe_settings (order, made->titles);
  source.now.title = made->titles[1];
  if (is_compared (order))
    source.before = (SmoothPanelSide){ order->pinned, order->regions != NULL ? order->pin->regions : NULL,
                                       (SmoothLayer *const *) order->pinned_layers->pdata, order->pinned_layers->len, made->titles[0] };
  memcpy (source.crop, order->crop, sizeof source.crop);
  made->panels = smooth_panels_new (&source, (const char *const *) names, &order->settings, error);
  if (made->panels != NULL)
    smooth_panels_fill_page (made->panels, &order->settings, &made->page);
  return made->panels != NULL;
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

/* ---- Recipes ---- */

static void
add_crop (const ScopeFigureOrder *order, SmoothRecipe *recipe)
{
  g_autoptr (GString) crop = g_string_new (NULL);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  for (gint i = 0; i < 4; i++)
    g_string_append_printf (crop, "%s%s", i > 0 ? "," : "", g_ascii_formatd (number, sizeof number, "%.3f", order->crop[i]));
  if (order->crop[2] > 0.0)
    smooth_recipe_add_option (recipe, "crop", crop->str);
}

/* The colours that the user chose. */
static void
add_own_colours (const ScopeFigureOrder *order, SmoothRecipe *recipe)
{
  const SmoothOutcome *outcome = order->colouring->outcome;
  gint64 n_types = outcome != NULL && outcome->result != NULL ? MIN (outcome->result->n_types, SMOOTH_N_OWN_COLOURS) : 0;
  guint32 missing = order->look.own.missing;
  g_autofree char *missing_text = g_strdup_printf ("#%06x%02x", missing & 0xffffff, missing >> 24);
  g_autoptr (GString) types = g_string_new (NULL), categories = g_string_new (NULL);

  for (gint64 k = 0; k < n_types; k++)
    if (order->look.own.types[k] != 0)
      g_string_append_printf (types, "%s=#%06x;", outcome->result->type_names[k], order->look.own.types[k] & 0xffffff);
  for (gint k = 0; k < SMOOTH_N_OWN_COLOURS; k++)
    if (order->look.own.categories[k] != 0)
      g_string_append_printf (categories, "%d=#%06x;", k + 1, order->look.own.categories[k] & 0xffffff);
  smooth_recipe_add_option (recipe, "missing-colour", missing_text);
  if (types->len > 0)
    smooth_recipe_add_option (recipe, "type-colours", types->str);
  if (categories->len > 0)
    smooth_recipe_add_option (recipe, "category-colours", categories->str);
}

/* The setting A: the parameters in which it differs. */
static void
add_pin (const ScopeFigureOrder *order, SmoothRecipe *recipe)
{
  const SmoothOutcome *now = order->colouring->outcome;
  g_autoptr (GString) text = g_string_new (NULL);
  char *titles[2] = { NULL, NULL };

  if (!is_compared (order))
    return;
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    for (gsize i = 0; i < smooth_parameter_groups[g].table->n_params; i++)
      {
        const SmoothParam *param = &smooth_parameter_groups[g].table->params[i];
        double a = smooth_param_get (param, (const char *) &order->pin->parameters + smooth_parameter_groups[g].offset);
        g_autofree char *value = smooth_param_dup_text (param, a);
        if (a != smooth_param_get (param, (const char *) &now->parameters + smooth_parameter_groups[g].offset))
          g_string_append_printf (text, "%s%s=%s", text->len > 0 ? "; " : "", param->name, value);
      }
  smooth_recipe_add_option (recipe, "a", text->str);
  if (!smooth_regions_equal (order->pin->regions, now->inputs.regions))
    {
      g_autofree char *regions = smooth_regions_dup_json (order->pin->regions);
      smooth_recipe_add_option (recipe, "a-regions", regions);
    }
  describe_settings (order, titles);
  smooth_recipe_add_option (recipe, "a-title", titles[0]);
  smooth_recipe_add_option (recipe, "b-title", titles[1]);
  g_free (titles[0]);
  g_free (titles[1]);
}

/* How the layers were found that the panels show. */
static void
add_analyses (const ScopeFigureOrder *order, SmoothRecipe *recipe, char *const *names)
{
  g_auto (GStrv) keys = smooth_panels_list_layers ((const char *const *) names);

  if (keys[0] == NULL)
    return;
  for (gsize g = 0; g < smooth_n_analysis_groups; g++)
    if (smooth_analysis_groups[g].table != &smooth_analysis_switch_params)
      smooth_recipe_add_parameters (recipe, smooth_analysis_groups[g].table, (const char *) &order->analyses + smooth_analysis_groups[g].offset);
  for (guint i = 0; i < order->layers->len; i++)
    {
      const SmoothLayer *layer = order->layers->pdata[i];
      g_autofree char *genes = g_strjoinv (",", layer->columns);
      if (g_str_equal (layer->key, "imputed"))
        smooth_recipe_add_option (recipe, "impute-genes", genes);
    }
}

/* What 'smoothscope-cli run' draws: the same panels. */
static void
add_to_recipe (const ScopeFigureOrder *order, SmoothRecipe *recipe)
{
  const SmoothColourSettings colours = get_colours (order);
  g_auto (GStrv) names = dup_names (order);
  g_autofree char *joined = g_strjoinv (";", names), *panels = g_strconcat (joined, ";", NULL); /* names may have commas */

  g_free (recipe->command);
  recipe->command = g_strdup ("figure");
  smooth_recipe_add_option (recipe, "panels", panels);
  smooth_recipe_add_option (recipe, "title", order->title != NULL ? order->title : "");
  add_crop (order, recipe);
  add_own_colours (order, recipe);
  add_pin (order, recipe);
  smooth_recipe_add_parameters (recipe, &smooth_page_params, &order->settings);
  smooth_recipe_add_parameters (recipe, &smooth_colour_params, &colours);
  add_analyses (order, recipe, names);
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
