/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overlay of the plug-in over and over in one process, with another selection each time: how long a round trip takes. */
#include "batch.h"
#include "procedures.h"

#include <libgimp/gimp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 8

const Procedure procedures[N_PROCEDURES] = {
  [PROCEDURES_WINDOW] = { .name = PROCEDURE_WINDOW, .blurb = "Not measured", .help = "" },
  [PROCEDURES_OVERLAY] = { .name = PROCEDURE_OVERLAY, .blurb = "Measures", .help = "", .argument = "recipe", .argument_help = "" },
  [PROCEDURES_EXPORT] = { .name = PROCEDURE_EXPORT, .blurb = "Not measured", .help = "", .argument = "file", .argument_help = "" },
};

void
procedures_prepare (void)
{
}

gboolean
procedure_run_window (gint32 image, GError **error)
{
  g_set_error_literal (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "the window is not measured here");
  return FALSE;
}

gboolean
procedure_run_export (gint32 image, const char *path, GError **error)
{
  return batch_export_regions (image, path, error);
}

static void
select_another (gint32 image, gint round)
{
  gint width, height;

  calls_image_get_size (image, &width, &height);
#if GIMP_CHECK_VERSION(2, 99, 0)
  gimp_image_select_ellipse (gimp_image_get_by_id (image),
#else
  gimp_image_select_ellipse (image,
#endif
                             GIMP_CHANNEL_OP_REPLACE, 0.25 * width + 10.0 * round, 0.3 * height, 0.35 * width, 0.25 * height);
}

/* Time of the processor that GIMP, which started this, has used: ms. */
static double
get_time_of_gimp (void)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) getppid ()), *text = NULL;
  unsigned long user = 0, kernel = 0;

  if (g_file_get_contents (path, &text, NULL, NULL))
    sscanf (strrchr (text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel);
  return 1000.0 * (double) (user + kernel) / (double) sysconf (_SC_CLK_TCK);
}

/* A line a round: wall time, and time of the processor here and in GIMP, in ms; the first one is cold. */
gboolean
procedure_run_overlay (gint32 image, const char *recipe, gint32 *group, GError **error)
{
  g_autoptr (BatchJob) job = batch_job_new (recipe, error);

  for (gint round = 0; job != NULL && round < ROUNDS; round++)
    {
      select_another (image, round);
      gint64 begin = g_get_monotonic_time ();
      clock_t used = clock ();
      double in_gimp = get_time_of_gimp ();
      *group = batch_job_run (job, image, error);
      if (*group < 0)
        return FALSE;
      fprintf (stderr, "round %d: %.1f ms, %.1f ms here, %.1f ms in GIMP\n", round, (double) (g_get_monotonic_time () - begin) / 1000.0,
               1000.0 * (double) (clock () - used) / CLOCKS_PER_SEC, get_time_of_gimp () - in_gimp);
    }
  return job != NULL;
}
