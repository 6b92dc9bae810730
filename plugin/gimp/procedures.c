/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the window with GIMP as its host, or a batch without a window. */
#include "procedures.h"

#include "batch.h"
#include "gimp-host.h"

#include <glib/gi18n.h>

const Procedure procedures[N_PROCEDURES] = {
  [PROCEDURES_WINDOW] = {
    .name = PROCEDURE_WINDOW,
    .label = N_ ("Spatial _smoothing…"),
    .blurb = N_ ("Shows which cell types the spots of a tissue section hold, smoothed in space, and what you draw as borders of it"),
    .help = "Opens Smoothscope on a picture from the 'spatial' folder of a Space Ranger run. Selection, saved channels and paths "
                "become regions that smoothing does not cross, and are followed as you change them. 'Send to GIMP' adds spots, outlines, legend and scale bar as "
                "layers of one group. Without a window use smoothscope-overlay.",
  },
  [PROCEDURES_OVERLAY] = {
    .name = PROCEDURE_OVERLAY,
    .blurb = N_ ("Computes a recipe of Smoothscope and adds what it shows as layers of one group"),
    .help = "The recipe is one that 'smoothscope-cli deconvolve' or 'figure' wrote, or a session of the window. It names section and reference. "
                "Selection, saved channels and paths of the image take the place of its regions, if there are any. The image has to show the section: its "
                "picture at any size, or a part of it at one of its own sizes, turned by right angles or not; or a path 'Matching points' with three points in this image and "
                "in another open one that does. A group that was added before is replaced. One step undoes all.",
    .argument = "recipe",
    .argument_help = "Path of the recipe (JSON)",
  },
  [PROCEDURES_EXPORT] = {
    .name = PROCEDURE_EXPORT,
    .blurb = N_ ("Writes selection, saved channels and paths as regions in GeoJSON"),
    .help = "Each channel and path is one category of its name. Coordinates are full-resolution pixels of the section, as QuPath and "
                "smoothscope-cli read them. Masks count where at least half is selected. The image has to lie in the 'spatial' folder of its section.",
    .argument = "file",
    .argument_help = "Path of the GeoJSON file to write",
  },
};

/* To be called first by the process; GIMP 3.0 gives the occasion more than once. */
void
procedures_prepare (void)
{
  static gboolean is_done = FALSE;

  if (!is_done)
    scope_app_prepare ();
  is_done = TRUE;
}

/**
 * procedure_run_window:
 *
 * Returns when the window is closed. It is an error where there is no display.
 */
gboolean
procedure_run_window (gint32 image, GError **error)
{
  /* A second gtk_init_check() after one that failed says yes: the display is what counts. */
  if (!gtk_init_check () || gdk_display_get_default () == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "There is no display for the window: use %s", PROCEDURE_OVERLAY);
      return FALSE;
    }
  g_autoptr (GimpHost) host = gimp_host_new (image);
  g_autoptr (ScopeApp) app = scope_app_new_for_host (SCOPE_HOST (host));
  char *arguments[] = { (char *) "smoothscope", NULL };
  scope_app_run (app, 1, arguments);
  gimp_host_finish (host);
  return TRUE;
}

gboolean
procedure_run_overlay (gint32 image, const char *recipe, gint32 *group, GError **error)
{
  calls_progress_start (_("Computing…"));
  g_autoptr (BatchJob) job = batch_job_new (recipe, error);

  *group = job != NULL ? batch_job_run (job, image, error) : -1;
  return *group >= 0;
}

gboolean
procedure_run_export (gint32 image, const char *path, GError **error)
{
  return batch_export_regions (image, path, error);
}
