/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of colours are declared once, in panels.c. Figures have them in their parameters; sessions in the group 'colours' of
 * what the window shows, with the colours that the user chose in 'type-colours' and 'category-colours'. Older sessions had the
 * settings in the group 'look', by other names. */
#include "export/look.h"

#include "base/error.h"

#include <string.h>

/* ---- Of flags and options ---- */

/* "#rrggbb" or "#rrggbbaa" as 0xAARRGGBB. */
gboolean
smooth_colour_parse (const char *flag, const char *text, guint32 *colour, GError **error)
{
  guint64 value = 0;
  gsize n = strlen (text);

  if (text[0] == '#' && (n == 7 || n == 9) && g_ascii_string_to_unsigned (text + 1, 16, 0, G_MAXUINT32, &value, NULL))
    {
      *colour = n == 7 ? 0xff000000u | (guint32) value : (guint32) (value << 24) | (guint32) (value >> 8);
      return TRUE;
    }
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "--%s: expected a colour like #d62728 or #d6272880, found '%s'", flag, text);
  return FALSE;
}

/* @text: 'NAME=#rrggbb; NAME=#rrggbb'. @names: n of them; a pair that names none of them is an error. */
static gboolean
parse_list (const char *flag, const char *text, char *const *names, gint64 n, guint32 *colours, GError **error)
{
  g_auto (GStrv) pairs = g_strsplit (text, ";", -1);

  for (gsize i = 0; pairs[i] != NULL; i++)
    {
      char *name = g_strstrip (pairs[i]), *equals = strrchr (name, '=');
      gint64 k = 0;
      if (*name == '\0')
        continue;
      if (equals != NULL)
        *equals = '\0';
      g_strchomp (name);
      while (k < n && strcmp (names[k], name) != 0)
        k++;
      if (equals == NULL || k == n)
        {
          smooth_error_set (error, SMOOTH_ERROR_VALUE, "--%s: expected NAME=#rrggbb with a name that is there, found '%s'", flag, name);
          return FALSE;
        }
      if (!smooth_colour_parse (flag, g_strchug (equals + 1), &colours[k], error))
        return FALSE;
      colours[k] |= 0xff000000u;
    }
  return TRUE;
}

/**
 * smooth_own_colours_parse:
 * @own: what is not named stays
 * @types: (nullable): as of --type-colours
 * @categories: (nullable): as of --category-colours
 * @type_names: (nullable): of the reference; without one, @types is not looked at
 */
gboolean
smooth_own_colours_parse (SmoothOwnColours *own, const char *types, const char *categories, char *const *type_names, GError **error)
{
  gint64 n_types = type_names != NULL ? MIN ((gint64) g_strv_length ((char **) type_names), SMOOTH_N_OWN_COLOURS) : 0;
  g_auto (GStrv) numbers = g_new0 (char *, SMOOTH_N_OWN_COLOURS + 1);

  for (gint k = 0; k < SMOOTH_N_OWN_COLOURS; k++)
    numbers[k] = g_strdup_printf ("%d", k + 1);
  return (types == NULL || type_names == NULL || parse_list ("type-colours", types, type_names, n_types, own->types, error))
         && (categories == NULL
             || parse_list ("category-colours", categories, numbers, SMOOTH_N_OWN_COLOURS, own->categories, error));
}

/* ---- Of sessions ---- */

static void
add_colour (SmoothRecipe *session, const char *group, const char *name, guint32 colour)
{
  g_autofree char *text = g_strdup_printf ("#%08x", colour);

  smooth_recipe_add_text (session, group, name, text);
}

/* Returns: 0 where there is no colour of that name */
static guint32
read_colour (const SmoothRecipe *session, const char *group, const char *name)
{
  const char *text = smooth_recipe_get_text (session, group, name);
  guint64 colour;

  if (text == NULL || *text != '#' || !g_ascii_string_to_unsigned (text + 1, 16, 0, G_MAXUINT32, &colour, NULL))
    return 0;
  return (guint32) colour;
}

/* @type_names: (nullable): of the reference */
void
smooth_session_add_colours (SmoothRecipe *session, const SmoothColourSettings *colours, const SmoothOwnColours *own,
                            char *const *type_names)
{
  smooth_recipe_add_texts (session, smooth_colour_params.name, &smooth_colour_params, colours);
  add_colour (session, smooth_colour_params.name, "missing", own->missing);
  for (gint k = 0; type_names != NULL && k < SMOOTH_N_OWN_COLOURS && type_names[k] != NULL; k++)
    if (own->types[k] != 0)
      add_colour (session, "type-colours", type_names[k], own->types[k]);
  for (gint k = 0; k < SMOOTH_N_OWN_COLOURS; k++)
    {
      g_autofree char *name = g_strdup_printf ("%d", k);
      if (own->categories[k] != 0)
        add_colour (session, "category-colours", name, own->categories[k]);
    }
}

/* What sessions before the group 'colours' called the settings, where it was something else. */
static const char *
find_old_name (const char *name)
{
  static const struct { const char *now, *then; } names[]
    = { { "low-percentile", "lower-percentile" }, { "high-percentile", "upper-percentile" }, { "low", "lower-limit" },
        { "high", "upper-limit" },                { "spot-size", "spot-scale" },             { "spot-outlines", "outlines" },
        { "histology", "histology-opacity" },     { "edges", "graph" } };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i].now, name))
      return names[i].then;
  return name;
}

static const char *
find_old_choice (const char *name, const char *text)
{
  if (!g_str_equal (name, "limits"))
    return text;
  return g_str_equal (text, "automatic") ? "auto" : g_str_equal (text, "percentiles") ? "percentile" : text;
}

static void
read_old_settings (const SmoothRecipe *session, SmoothColourSettings *colours, SmoothReport *report)
{
  smooth_params_init (&smooth_colour_params, colours);
  for (gsize i = 0; i < smooth_colour_params.n_params; i++)
    {
      const SmoothParam *param = &smooth_colour_params.params[i];
      const char *text = smooth_recipe_get_text (session, "look", find_old_name (param->name));
      g_autoptr (GError) error = NULL;
      if (text != NULL && !smooth_param_parse (param, colours, find_old_choice (param->name, text), &error))
        smooth_report_add (report, SMOOTH_REPORT_WARNING, "%s: window.%s: %s", session->path, "look", smooth_error_say (error));
    }
}

/**
 * smooth_session_read_colours:
 * @colours: (out): the defaults where the session says nothing
 * @own: (out): the same
 * @type_names: (nullable): of the reference
 * @report: told of what is not allowed
 */
void
smooth_session_read_colours (const SmoothRecipe *session, SmoothColourSettings *colours, SmoothOwnColours *own, char *const *type_names,
                             SmoothReport *report)
{
  const char *group = smooth_recipe_has_texts (session, smooth_colour_params.name) ? smooth_colour_params.name : "look";

  if (group == smooth_colour_params.name)
    smooth_recipe_get_texts (session, smooth_colour_params.name, &smooth_colour_params, colours, report);
  else
    read_old_settings (session, colours, report);
  for (gint k = 0; type_names != NULL && k < SMOOTH_N_OWN_COLOURS && type_names[k] != NULL; k++)
    own->types[k] = read_colour (session, "type-colours", type_names[k]);
  for (gint k = 0; k < SMOOTH_N_OWN_COLOURS; k++)
    {
      g_autofree char *name = g_strdup_printf ("%d", k);
      own->categories[k] = read_colour (session, "category-colours", name);
    }
  own->missing = smooth_recipe_get_text (session, group, "missing") != NULL ? read_colour (session, group, "missing") : SMOOTH_MISSING_COLOUR;
}

/* ---- Of recipes ---- */

/* A session says it in words of its own: 'gene' and which. */
static char *
dup_panel_of_session (const SmoothRecipe *session)
{
  const char *by = smooth_recipe_get_text (session, "look", "by");
  const char *item = by != NULL ? smooth_recipe_get_text (session, "look", by) : NULL;

  if (by == NULL)
    return NULL;
  if (g_str_equal (by, "layer"))
    {
      const char *column = smooth_recipe_get_text (session, "look", "column-name");
      return g_strdup_printf ("layer:%s%s%s", item != NULL ? item : "", column != NULL ? "/" : "", column != NULL ? column : "");
    }
  if (g_str_equal (by, "genes"))
    {
      gboolean is_sum = g_strcmp0 (smooth_recipe_get_text (session, "look", "sum-of-genes"), "true") == 0;
      return g_strdelimit (g_strconcat (is_sum ? "genes:sum:" : "genes:mean:", item, NULL), ";\r\n\t", ',');
    }
  if (g_str_equal (by, "rgb"))
    {
      const char *parts[SMOOTH_N_CHANNELS];
      static const char *const channels[SMOOTH_N_CHANNELS] = { "red", "green", "blue" };
      for (gint c = 0; c < SMOOTH_N_CHANNELS; c++)
        parts[c] = smooth_recipe_get_text (session, "look", channels[c]);
      return g_strdup_printf ("rgb:%s|%s|%s", parts[0] != NULL ? parts[0] : "", parts[1] != NULL ? parts[1] : "", parts[2] != NULL ? parts[2] : "");
    }
  return item != NULL ? g_strdup_printf ("%s:%s", by, item) : g_strdup (by);
}

/* Settings that are being read. */
typedef struct
{
  SmoothColourSettings *colours;
  GError *error;
  const char *path;
} Reader;

static void
read_setting (const char *name, const char *text, const char *where, gpointer data)
{
  Reader *reader = data;
  const SmoothParam *param = g_str_equal (where, "parameters.colours") ? smooth_params_find (&smooth_colour_params, name) : NULL;

  if (reader->error == NULL && param != NULL && !smooth_param_parse (param, reader->colours, text, &reader->error))
    smooth_error_prefix (&reader->error, "%s: %s: ", reader->path, where);
}

static gboolean
read_figure (SmoothLook *look, const SmoothRecipe *recipe, char *const *type_names, GError **error)
{
  const char *list = smooth_recipe_get_option (recipe, "panels"), *missing = smooth_recipe_get_option (recipe, "missing-colour");
  g_auto (GStrv) names = list != NULL ? smooth_panels_split (list) : NULL;
  Reader reader = { &look->colours, NULL, recipe->path };

  look->panel = names != NULL ? g_strdup (names[0]) : NULL;
  smooth_recipe_foreach (recipe, read_setting, &reader);
  if (reader.error != NULL)
    {
      g_propagate_error (error, reader.error);
      return FALSE;
    }
  if ((missing == NULL || smooth_colour_parse ("missing-colour", missing, &look->own.missing, error))
      && smooth_own_colours_parse (&look->own, smooth_recipe_get_option (recipe, "type-colours"),
                                   smooth_recipe_get_option (recipe, "category-colours"), type_names, error))
    return TRUE;
  smooth_error_prefix (error, "%s: options: ", recipe->path);
  return FALSE;
}

/**
 * smooth_look_read:
 * @look: (out): to be cleared; the defaults where the recipe says nothing
 * @type_names: (nullable): of the reference
 * @report: told of what a session has that is not allowed
 *
 * A figure that was saved from a session shows what the figure does.
 */
gboolean
smooth_look_read (SmoothLook *look, const SmoothRecipe *recipe, char *const *type_names, SmoothReport *report, GError **error)
{
  *look = (SmoothLook){ .own.missing = SMOOTH_MISSING_COLOUR, .shows_regions = TRUE };
  smooth_params_init (&smooth_colour_params, &look->colours);
  if (smooth_recipe_get_option (recipe, "panels") != NULL || !smooth_recipe_has_texts (recipe, "look"))
    return read_figure (look, recipe, type_names, error);
  smooth_session_read_colours (recipe, &look->colours, &look->own, type_names, report);
  look->panel = dup_panel_of_session (recipe);
  look->shows_regions = g_strcmp0 (smooth_recipe_get_text (recipe, "look", "regions"), "false") != 0;
  return TRUE;
}

void
smooth_look_clear (SmoothLook *look)
{
  g_clear_pointer (&look->panel, g_free);
}
