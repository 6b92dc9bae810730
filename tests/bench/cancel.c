/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long work goes on after it was cancelled: each kind, on a simulated section, cancelled at several moments. */
#include "bench.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>

#define N_SPOTS 100000
#define N_TYPES 15
#define N_GENES 300
#define N_MOMENTS 10
#define TARGET 200 /* ms */

/* What the works need. */
typedef struct
{
  char *folder;
  SmoothSection *section;
  SmoothSignature *signature;
  SmoothOutcome *outcome;
  SmoothParameters parameters;
  SmoothAnalysisSettings settings;
  SmoothFindings *components;
} Desk;

/* Does one kind of work; @kind: which of several. */
typedef void (*Work) (const Desk *desk, gint kind, SmoothRun *run, GError **error);

typedef struct
{
  const Desk *desk;
  Work work;
  gint kind;
  SmoothRun *run;
  GError *error;
  gint64 end; /* monotonic, us */
  gint is_done;
} Job;

static gpointer
job_main (gpointer data)
{
  Job *job = data;

  job->work (job->desk, job->kind, job->run, &job->error);
  job->end = g_get_monotonic_time ();
  g_atomic_int_set (&job->is_done, TRUE);
  return NULL;
}

/* Starts the work, and cancels it after @seconds; 0: never.
 *
 * Returns: seconds from the start to the end, or from the cancellation to the end; < 0: it was done before that */
static double
run_once (const Desk *desk, Work work, gint kind, double seconds)
{
  g_autoptr (SmoothRun) run = smooth_run_new (0);
  Job job = { .desk = desk, .work = work, .kind = kind, .run = run };
  gint64 start = g_get_monotonic_time ();
  GThread *thread = g_thread_new ("work", job_main, &job);

  if (seconds > 0.0)
    {
      g_usleep ((gulong) (seconds * G_USEC_PER_SEC));
      start = g_get_monotonic_time ();
      if (g_atomic_int_get (&job.is_done))
        start = G_MAXINT64;
      smooth_run_cancel (run);
    }
  g_thread_join (thread);
  if (!g_error_matches (job.error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED))
    bench_require (job.error == NULL, job.error);
  g_clear_error (&job.error);
  return start == G_MAXINT64 ? -1.0 : (double) (job.end - start) / G_USEC_PER_SEC;
}

static void
try_work (const Desk *desk, const char *name, Work work, gint kind)
{
  double whole = run_once (desk, work, kind, 0.0), worst = 0.0, at = 0.0;

  for (gint i = 0; i < N_MOMENTS; i++)
    {
      double moment = whole * (i + 0.5) / N_MOMENTS, late = run_once (desk, work, kind, moment);
      if (late > worst)
        {
          worst = late;
          at = moment;
        }
    }
  printf ("%-24s %9.0f ms as a whole; cancelled: over within %6.1f ms (the longest, at %.0f ms) %s\n", name, 1e3 * whole, 1e3 * worst,
          1e3 * at, 1e3 * worst <= TARGET ? "" : "MISSED");
  fflush (stdout);
}

static void
open_section (const Desk *desk, gint kind, SmoothRun *run, GError **error)
{
  SmoothSection *section = smooth_section_load (desk->folder, run, error);

  (void) kind;
  g_clear_pointer (&section, smooth_section_unref);
}

static void
solve (const Desk *desk, gint kind, SmoothRun *run, GError **error)
{
  SmoothInputs inputs = { .section = desk->section, .signature = desk->signature };
  SmoothParameters parameters = desk->parameters;
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();

  parameters.model.kind = kind;
  SmoothOutcome *outcome = smooth_pipeline_compute (pipeline, &inputs, &parameters, NULL, NULL, run, error);
  g_clear_pointer (&outcome, smooth_outcome_unref);
}

static void
suggest (const Desk *desk, gint kind, SmoothRun *run, GError **error)
{
  SmoothChooseInputs inputs = { .section = desk->section, .signature = desk->signature, .prepared = desk->outcome->prepared,
                                .graph = desk->outcome->graph };
  SmoothChooseSettings settings;

  smooth_params_init (&smooth_choose_params, &settings);
  settings.method = kind;
  SmoothChoice *choice = smooth_choose (&inputs, &settings, run, error);
  g_clear_pointer (&choice, smooth_choice_free);
}

static void
analyse (const Desk *desk, gint kind, SmoothRun *run, GError **error)
{
  SmoothAnalysisInputs inputs = { desk->outcome, &desk->settings, desk->components, 0 };
  g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new ((SmoothAnalysisKind) kind);
  SmoothFindings *findings = smooth_analyst_compute (analyst, &inputs, NULL, NULL, run, error);

  g_clear_pointer (&findings, smooth_findings_unref);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_folder (child);
    }
  g_remove (path);
}

static void
desk_init (Desk *desk)
{
  SmoothSimulateSettings settings = { N_SPOTS, N_TYPES, N_GENES, 1 };
  g_autoptr (GError) error = NULL;

  desk->folder = g_dir_make_tmp ("smoothscope-cancel-XXXXXX", &error);
  bench_require (desk->folder != NULL && smooth_simulate (desk->folder, &settings, NULL, &error), error);
  desk->section = smooth_section_load (desk->folder, NULL, &error);
  bench_require (desk->section != NULL, error);
  g_autofree char *reference = g_build_filename (desk->folder, "reference", "signature.csv", NULL);
  desk->signature = smooth_signature_load (reference, desk->section, SMOOTH_SCALE_GUESS, &error);
  bench_require (desk->signature != NULL, error);
  smooth_parameters_init (&desk->parameters);
  smooth_analysis_settings_init (&desk->settings);
  SmoothInputs inputs = { .section = desk->section, .signature = desk->signature };
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();
  desk->outcome = smooth_pipeline_compute (pipeline, &inputs, &desk->parameters, NULL, NULL, NULL, &error);
  bench_require (desk->outcome != NULL, error);
}

void
bench_cancel (void)
{
  static const char *const choose_names[] = { "suggest (automatic)", "suggest (halves)" };
  Desk desk = { 0 };

  desk_init (&desk);
  try_work (&desk, "open", open_section, 0);
  try_work (&desk, "solve", solve, desk.parameters.model.kind);
  for (gint method = 0; method < (gint) G_N_ELEMENTS (choose_names); method++)
    try_work (&desk, choose_names[method], suggest, method);
  for (gint kind = 0; kind < SMOOTH_N_ANALYSES; kind++)
    {
      if (kind == SMOOTH_ANALYSIS_CLUSTERS)
        {
          SmoothAnalysisInputs inputs = { desk.outcome, &desk.settings, NULL, 0 };
          g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new (SMOOTH_ANALYSIS_COMPONENTS);
          g_autoptr (GError) error = NULL;
          desk.components = smooth_analyst_compute (analyst, &inputs, NULL, NULL, NULL, &error);
          bench_require (desk.components != NULL, error);
        }
      try_work (&desk, smooth_analyses[kind].name, analyse, kind);
    }
  g_clear_pointer (&desk.components, smooth_findings_unref);
  smooth_outcome_unref (desk.outcome);
  smooth_signature_unref (desk.signature);
  smooth_section_unref (desk.section);
  remove_folder (desk.folder);
  g_free (desk.folder);
}
