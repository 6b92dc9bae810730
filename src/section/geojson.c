/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of regions from GeoJSON, the way QuPath writes annotations: coordinates are full-resolution pixels. */
#include "base/error.h"
#include "files/json.h"
#include "section/regions-json.h"
#include "section/regions-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  const SmoothJson *json;
  GPtrArray *list; /* of SmoothRegion: those read so far */
  SmoothReport *report;
  gint64 n_features;
  gint64 n_small;      /* rings of fewer than three points */
  gint64 n_others;     /* features that are no area */
  const char *other;   /* the type of the first of them */
} Reader;

static void
set_place_error (const Reader *reader, const char *where, const char *expected, JsonNode *node, GError **error)
{
  smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: member %s: expected %s, found %s", smooth_json_get_path (reader->json),
                    where, _(expected), node != NULL ? _(smooth_json_get_kind (node)) : _("no such member"));
}

/* The array at @node, of at least @n_min elements; NULL with an error where it is none. */
static JsonArray *
get_array (const Reader *reader, JsonNode *node, const char *where, const char *expected, guint n_min, GError **error)
{
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL)
    set_place_error (reader, where, expected, node, error);
  else if (json_array_get_length (array) < n_min)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: member %s: expected %s, found %u elements",
                        smooth_json_get_path (reader->json), where, _(expected), json_array_get_length (array));
      return NULL;
    }
  return array;
}

/* One point: [x, y] with more numbers allowed behind. */
static gboolean
read_point (const Reader *reader, JsonNode *node, const char *where, guint i, double *point, GError **error)
{
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array != NULL && json_array_get_length (array) >= 2
      && smooth_json_node_get_number (json_array_get_element (array, 0), &point[0])
      && smooth_json_node_get_number (json_array_get_element (array, 1), &point[1]))
    return TRUE;

  g_autofree char *place = g_strdup_printf ("%s[%u]", where, i);
  if (array == NULL)
    set_place_error (reader, place, N_("a point of two finite numbers"), node, error);
  else
    smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                      "%s: member %s: expected a point of two finite numbers, found another array",
                      smooth_json_get_path (reader->json), place);
  return FALSE;
}

static gboolean
read_ring (Reader *reader, JsonNode *node, const char *where, GArray *rings, GError **error)
{
  JsonArray *array = get_array (reader, node, where, N_("an array of points"), 0, error);
  if (array == NULL)
    return FALSE;

  guint n = json_array_get_length (array);
  g_autofree double *points = g_new (double, 2 * (gsize) MAX (n, 1));
  for (guint i = 0; i < n; i++)
    if (!read_point (reader, json_array_get_element (array, i), where, i, points + 2 * i, error))
      return FALSE;
  reader->n_small += !smooth_i_ring_add (rings, points, n);
  return TRUE;
}

/* The coordinates of a Polygon: an outer ring, then holes. */
static gboolean
read_polygon (Reader *reader, JsonNode *node, const char *where, GArray *rings, GError **error)
{
  JsonArray *array = get_array (reader, node, where, N_("an array of rings"), 0, error);
  if (array == NULL)
    return FALSE;

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *place = g_strdup_printf ("%s[%u]", where, i);
      if (!read_ring (reader, json_array_get_element (array, i), place, rings, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_multi_polygon (Reader *reader, JsonNode *node, const char *where, GArray *rings, GError **error)
{
  JsonArray *array = get_array (reader, node, where, N_("an array of polygons"), 0, error);
  if (array == NULL)
    return FALSE;

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *place = g_strdup_printf ("%s[%u]", where, i);
      if (!read_polygon (reader, json_array_get_element (array, i), place, rings, error))
        return FALSE;
    }
  return TRUE;
}

/* Joins two parts of a member's name. */
static char *
join (const char *where, const char *name)
{
  return *where != '\0' ? g_strconcat (where, ".", name, NULL) : g_strdup (name);
}

static gboolean
read_colour_array (const Reader *reader, const char *where, guint32 *colour, GError **error)
{
  JsonNode *node = smooth_json_get_node (reader->json, where);
  JsonArray *array = get_array (reader, node, where, N_("three numbers 0 to 255"), 3, error);
  if (array == NULL)
    return FALSE;

  guint32 value = 0;
  for (guint i = 0; i < 3; i++)
    {
      double part = -1.0;
      if (!smooth_json_node_get_number (json_array_get_element (array, i), &part) || part < 0.0 || part > 255.0)
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                            "%s: member %s: expected three numbers 0 to 255, found another value",
                            smooth_json_get_path (reader->json), where);
          return FALSE;
        }
      value = value << 8 | (guint32) part;
    }
  *colour = value;
  return TRUE;
}

/* 'color' [r, g, b], or as older QuPath writes it: 'colorRGB', a 32-bit number. Absent: *colour stays. */
static gboolean
read_colour (const Reader *reader, const char *where, guint32 *colour, GError **error)
{
  g_autofree char *array = join (where, "color");
  g_autofree char *number = join (where, "colorRGB");
  JsonNode *node = smooth_json_get_node (reader->json, array);
  gint64 rgb = *colour;

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return read_colour_array (reader, array, colour, error);
  if (!smooth_json_get_integer (reader->json, array, SMOOTH_JSON_OPTIONAL, &rgb, error)
      || !smooth_json_get_integer (reader->json, number, SMOOTH_JSON_OPTIONAL, &rgb, error))
    return FALSE;
  *colour = (guint32) (rgb & 0xffffff);
  return TRUE;
}

/* The class of an annotation (an object with a name, or a plain string), else its own name; *name is NULL without both. */
static gboolean
read_name (const Reader *reader, const char *properties, const char *class, const char **name, GError **error)
{
  g_autofree char *class_name = join (class, "name");
  g_autofree char *own_name = join (properties, "name");
  JsonNode *node = smooth_json_get_node (reader->json, class);
  gboolean plain = node != NULL && JSON_NODE_HOLDS_VALUE (node);
  const char *found = NULL;

  if (!smooth_json_get_string (reader->json, plain ? class : class_name, SMOOTH_JSON_OPTIONAL, &found, error))
    return FALSE;
  if ((found == NULL || *found == '\0')
      && !smooth_json_get_string (reader->json, own_name, SMOOTH_JSON_OPTIONAL, &found, error))
    return FALSE;
  *name = found != NULL && *found != '\0' ? found : NULL;
  return TRUE;
}

/* Adds the region of the rings, with name and colour from the feature at @feature. Takes @rings also on error. */
static gboolean
add_region (Reader *reader, const char *feature, GArray *rings, GError **error)
{
  g_autofree char *properties = join (feature, "properties");
  g_autofree char *class = join (properties, "classification");
  g_autofree char *number = g_strdup_printf ("Region %" G_GINT64_FORMAT, reader->n_features);
  const char *name = NULL;
  gboolean good = read_name (reader, properties, class, &name, error);

  name = name != NULL ? name : number;
  guint32 colour = smooth_i_region_colour (reader->list, name);
  good = good && read_colour (reader, properties, &colour, error) && read_colour (reader, class, &colour, error);
  if (good && rings->len > 0)
    g_ptr_array_add (reader->list, smooth_i_region_new (name, colour, rings));
  else
    g_array_unref (rings);
  return good;
}

/* The region of the geometry at @geometry of the feature at @feature. */
static gboolean
read_geometry (Reader *reader, const char *geometry, const char *feature, GError **error)
{
  g_autofree char *type_name = join (geometry, "type");
  g_autofree char *where = join (geometry, "coordinates");
  const char *type = NULL;

  if (!smooth_json_get_string (reader->json, type_name, SMOOTH_JSON_REQUIRED, &type, error))
    return FALSE;
  gboolean single = strcmp (type, "Polygon") == 0;
  if (!single && strcmp (type, "MultiPolygon") != 0)
    {
      reader->other = reader->n_others++ == 0 ? type : reader->other;
      return TRUE;
    }

  JsonNode *node = smooth_json_get_node (reader->json, where);
  GArray *rings = g_array_new (FALSE, FALSE, sizeof (SmoothRing));
  g_array_set_clear_func (rings, smooth_i_ring_clear);
  if (single ? read_polygon (reader, node, where, rings, error) : read_multi_polygon (reader, node, where, rings, error))
    return add_region (reader, feature, rings, error);
  g_array_unref (rings);
  return FALSE;
}

/* A Feature, or a bare geometry, at @where. */
static gboolean
read_feature (Reader *reader, const char *where, GError **error)
{
  g_autofree char *type_name = join (where, "type");
  g_autofree char *geometry = join (where, "geometry");
  const char *type = NULL;

  reader->n_features++;
  if (!smooth_json_get_string (reader->json, type_name, SMOOTH_JSON_REQUIRED, &type, error))
    return FALSE;
  if (strcmp (type, "Feature") != 0)
    return read_geometry (reader, where, where, error);

  JsonNode *node = smooth_json_get_node (reader->json, geometry);
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    {
      reader->other = reader->n_others++ == 0 ? "no geometry" : reader->other;
      return TRUE;
    }
  return read_geometry (reader, geometry, where, error);
}

/* The features of a collection, or the elements of an array of features. */
static gboolean
read_features (Reader *reader, const char *where, GError **error)
{
  JsonArray *array = NULL;

  if (!smooth_json_get_array (reader->json, where, SMOOTH_JSON_REQUIRED, &array, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *feature = g_strdup_printf ("%s[%u]", where, i);
      if (!read_feature (reader, feature, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_document (Reader *reader, GError **error)
{
  JsonNode *root = smooth_json_get_node (reader->json, "");
  const char *type = NULL;

  if (JSON_NODE_HOLDS_ARRAY (root))
    return read_features (reader, "", error);
  if (!smooth_json_get_string (reader->json, "type", SMOOTH_JSON_REQUIRED, &type, error))
    return FALSE;
  if (strcmp (type, "FeatureCollection") == 0)
    return read_features (reader, "features", error);
  return read_feature (reader, "", error);
}

/* What was left out; an error where nothing that is an area is left of something. */
static gboolean
sum_up (const Reader *reader, GError **error)
{
  if (reader->list->len == 0 && reader->n_features > 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected a Polygon or a MultiPolygon, found %s",
                        smooth_json_get_path (reader->json),
                        reader->other != NULL ? reader->other : _("only rings of fewer than three points"));
      return FALSE;
    }
  if (reader->n_others > 0)
    smooth_report_add (reader->report, SMOOTH_REPORT_WARNING,
                       "%s: %" PRId64 " of %" PRId64
                       " features are no Polygon and no MultiPolygon and were left out; the first is %s",
                       smooth_json_get_path (reader->json), reader->n_others, reader->n_features, reader->other);
  if (reader->n_small > 0)
    smooth_report_add (reader->report, SMOOTH_REPORT_WARNING,
                       "%s: %" PRId64 " rings have fewer than three different points and were left out",
                       smooth_json_get_path (reader->json), reader->n_small);
  smooth_report_count (reader->report, "regions", reader->list->len);
  return TRUE;
}

/* @json: as of smooth_i_regions_load_json(). Returns: (transfer full) */
SmoothRegions *
smooth_i_regions_new_from_json (const SmoothJson *json, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (smooth_i_region_unref);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  Reader reader = { .json = json, .list = list, .report = report };

  if (!read_document (&reader, error) || !sum_up (&reader, error))
    return NULL;
  return smooth_i_regions_new_take (g_steal_pointer (&list), g_steal_pointer (&report));
}

/**
 * smooth_i_regions_load_json:
 * @path: GeoJSON: a FeatureCollection, a Feature, an array of features, or a bare geometry
 *
 * Polygons and MultiPolygons become regions. Their name is properties.classification.name (or that member itself where it
 * is a string), else properties.name, else 'Region 1'; their colour properties.classification.color or .colorRGB, else
 * properties.color, else that of an earlier region of the name, else a new one. Other geometries are left out, and
 * smooth_regions_get_report() says so.
 *
 * Returns: (transfer full): the regions in the order of the file; an error names the member that is not as expected
 */
SmoothRegions *
smooth_i_regions_load_json (const char *path, GError **error)
{
  g_autoptr (SmoothJson) json = smooth_json_load (path, error);

  return json != NULL ? smooth_i_regions_new_from_json (json, error) : NULL;
}

/* The same of a text that smooth_regions_dup_json() made; @path: what errors name. Returns: (transfer full) */
SmoothRegions *
smooth_regions_new_from_json (const char *text, gsize length, const char *path, GError **error)
{
  g_autoptr (SmoothJson) json = smooth_json_new_from_text (text, length, path, error);

  return json != NULL ? smooth_i_regions_new_from_json (json, error) : NULL;
}
