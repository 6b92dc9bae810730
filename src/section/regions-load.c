/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions from files: outlines as GeoJSON, or labels of spots, as Loupe Browser writes them. */
#include "section/regions.h"

#include "section/labels.h"
#include "section/region-edit.h"
#include "section/regions-private.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* Whether the first thing in a file is a bracket, as in all JSON that can hold regions. */
static gboolean
begins_as_json (const char *path)
{
  FILE *file = g_fopen (path, "rbe");
  int c = file != NULL ? getc (file) : EOF;

  while (c != EOF && (g_ascii_isspace (c) || c == 0xef || c == 0xbb || c == 0xbf)) /* the mark of UTF-8 too */
    c = getc (file);
  if (file != NULL)
    (void) fclose (file);
  return c == '{' || c == '[' || c == EOF; /* of what is empty or not there the reader of JSON tells */
}

/* Returns: (transfer full): the labels that occur, in the order of their first spots; the strings are borrowed */
static GPtrArray *
list_labels (char *const *labels, gint64 n)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *list = g_ptr_array_new ();

  for (gint64 s = 0; s < n; s++)
    if (labels[s] != NULL && g_hash_table_add (seen, labels[s]))
      g_ptr_array_add (list, labels[s]);
  return list;
}

/**
 * smooth_regions_new_from_labels:
 * @regions: (nullable): the list before
 * @labels: of the spots of @section, NULL for those that have none
 *
 * A region a label, around its spots: a spot that a label has lies in its region, and no other spot does. Cost as of
 * smooth_regions_new_painted() for each label.
 *
 * Returns: (transfer full): @regions with those of the labels at its end
 */
SmoothRegions *
smooth_regions_new_from_labels (const SmoothRegions *regions, const SmoothSection *section, char *const *labels)
{
  g_autoptr (GPtrArray) names = list_labels (labels, section->n_spots);
  g_autofree guint8 *touched = g_new (guint8, MAX (section->n_spots, 1));
  double pitch = (section->pitch > 0.0 ? section->pitch : MAX (section->spot_diameter, 1.0)) / section->um_per_pixel;
  SmoothRegions *list = regions != NULL ? smooth_regions_ref ((SmoothRegions *) regions) : smooth_regions_new ();

  for (guint k = 0; k < names->len; k++)
    {
      SmoothStroke stroke = { section->n_spots, section->coords, touched, pitch };
      for (gint64 s = 0; s < section->n_spots; s++)
        touched[s] = g_strcmp0 (labels[s], names->pdata[k]) == 0;
      SmoothRegions *more = smooth_regions_new_with_spots (list, names->pdata[k], smooth_regions_next_colour (list), &stroke);
      smooth_regions_unref (list);
      list = more;
    }
  return list;
}

static SmoothRegions *
load_labels (const char *path, const SmoothSection *section, GError **error)
{
  g_autoptr (SmoothReport) report = smooth_report_new ();
  char **labels = smooth_labels_load (path, section, NULL, report, error);

  if (labels == NULL)
    return NULL;
  SmoothRegions *regions = smooth_regions_new_from_labels (NULL, section, labels);
  smooth_report_append (smooth_regions_get_report (regions), report);
  smooth_labels_free (labels, section->n_spots);
  return regions;
}

/**
 * smooth_regions_load:
 * @path: GeoJSON, see smooth_i_regions_load_json(); or a table of barcodes and labels, see smooth_labels_load(): a region a label
 * @section: (nullable): whose barcodes those of a table are; without one a table is refused
 *
 * Returns: (transfer full): the regions in the order of the file; smooth_regions_get_report() tells what was left out
 */
SmoothRegions *
smooth_regions_load (const char *path, const SmoothSection *section, GError **error)
{
  if (section == NULL || begins_as_json (path))
    return smooth_i_regions_load_json (path, error);
  return load_labels (path, section, error);
}
