/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that add to an open section: its tissue in full resolution, and categories of its spots. */
#include "window-private.h"

#include "loader.h"
#include "trace.h"

#include <glib/gi18n.h>

typedef struct
{
  ScopeWindow *window; /* referenced */
  SmoothSection *section; /* the same: that it was read for */
  char *path; /* absolute */
  guint64 serial;
  gboolean is_shown; /* the spots are to be coloured by it at once */
} Addition;

static Addition *
addition_new (ScopeWindow *window, const char *path)
{
  Addition *addition = g_new0 (Addition, 1);

  addition->window = g_object_ref (window);
  addition->path = g_canonicalize_filename (path, NULL);
  addition->section = smooth_section_ref (scope_document_get_section (window->document));
  return addition;
}

static void
addition_free (Addition *addition)
{
  g_object_unref (addition->window);
  smooth_section_unref (addition->section);
  g_free (addition->path);
  g_free (addition);
}

/* Whether the section is still the one that was open. */
static gboolean
is_wanted (const Addition *addition)
{
  return addition->window->document != NULL && scope_document_get_section (addition->window->document) == addition->section;
}

static void
on_picture (GObject *source, GAsyncResult *result, gpointer data)
{
  Addition *addition = data;
  ScopeWindow *window = addition->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopePlate) plate = scope_load_picture_finish (result, &error);

  if (window->document != NULL && addition->serial == window->load_serial)
    scope_window_set_progress (window, NULL);
  if (is_wanted (addition) && plate != NULL)
    {
      scope_document_set_plate (window->document, plate, addition->path);
      scope_trace ("picture-loaded", NULL);
      scope_window_tell (window, _("The tissue is shown in full resolution."));
    }
  else if (is_wanted (addition) && !g_error_matches (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED))
    scope_window_tell_error (window, error->message);
  addition_free (addition);
}

/* Shows the tissue of the open section from a TIFF, which may be too large for memory. */
void
scope_window_open_picture (ScopeWindow *window, const char *path)
{
  if (scope_document_get_section (window->document) == NULL)
    {
      scope_window_tell_error (window, _("Open a section first: a tissue picture is laid below its spots."));
      return;
    }
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *text = g_strdup_printf (_("Reading %s"), name);
  ScopeProgress *progress = scope_progress_new (text);
  Addition *addition = addition_new (window, path);

  addition->serial = ++window->load_serial;
  scope_window_set_progress (window, progress);
  scope_load_picture_async (path, addition->section, progress, on_picture, addition);
}

static void
show_layer (ScopeWindow *window, const SmoothLayer *layer)
{
  ScopeLook look = *scope_document_get_look (window->document);

  look.by = SCOPE_BY_LAYER;
  look.layer = g_intern_string (layer->key);
  look.column = 0;
  scope_document_set_look (window->document, &look);
}

static void
on_categories (GObject *source, GAsyncResult *result, gpointer data)
{
  Addition *addition = data;
  ScopeWindow *window = addition->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothLayer) layer = scope_load_categories_finish (result, &error);

  if (is_wanted (addition) && layer == NULL)
    scope_window_tell_error (window, error->message);
  else if (is_wanted (addition) && !scope_document_add_categories (window->document, layer, addition->path))
    {
      g_autofree char *text = g_strdup_printf (_("A section has at most %d tables of categories."), SCOPE_MOST_CATEGORIES);
      scope_window_tell_error (window, text);
    }
  else if (is_wanted (addition))
    {
      if (addition->is_shown)
        show_layer (window, layer);
      scope_trace ("categories-loaded", NULL);
    }
  addition_free (addition);
}

static void
load_categories (ScopeWindow *window, const char *path, gboolean is_shown)
{
  Addition *addition = addition_new (window, path);

  addition->is_shown = is_shown;
  scope_load_categories_async (path, addition->section, on_categories, addition);
}

/* Colours the spots by the labels of a table of barcodes. */
void
scope_window_open_categories (ScopeWindow *window, const char *path)
{
  if (scope_document_get_section (window->document) != NULL)
    load_categories (window, path, TRUE);
  else
    scope_window_tell_error (window, _("Open a section first: categories belong to its spots."));
}

/* The same for the section of a session, which says itself what its spots are coloured by. */
void
scope_window_add_categories (ScopeWindow *window, const char *path)
{
  load_categories (window, path, FALSE);
}
