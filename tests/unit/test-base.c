/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of base/: declared parameters, cancellation, progress, parallel blocks, reports. */
#include "base/error.h"
#include "base/parallel.h"
#include "base/params.h"
#include "base/report.h"
#include "base/run.h"

typedef struct
{
  double rho;
  gint k;
  gboolean mutual;
  gint kind;
} Settings;

static const char *const kinds[] = { "knn", "radius", NULL };

static const SmoothParam params[] = {
  { "rho", "Rho", SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (Settings, rho), 0.99, 0, 1, "", NULL, "help", 0 },
  { "k", "k", SMOOTH_PARAM_INT, G_STRUCT_OFFSET (Settings, k), 6, 1, 100, "spots", NULL, "help", 0 },
  { "mutual", "Mutual", SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (Settings, mutual), 1, 0, 1, "", NULL, "help", 0 },
  { "kind", "Kind", SMOOTH_PARAM_CHOICE, G_STRUCT_OFFSET (Settings, kind), 0, 0, 1, "", kinds, "help", 0 },
};

static const SmoothParamTable table = { "test", "Test", sizeof (Settings), params, G_N_ELEMENTS (params) };

static void
test_params_defaults (void)
{
  Settings settings;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&table, &settings);
  g_assert_cmpfloat (settings.rho, ==, 0.99);
  g_assert_cmpint (settings.k, ==, 6);
  g_assert_true (settings.mutual);
  g_assert_cmpint (settings.kind, ==, 0);
  g_assert_true (smooth_params_check (&table, &settings, &error));
  g_assert_no_error (error);
}

static void
test_params_text_round_trip (void)
{
  const double values[] = { 0.1, 1.0 / 3.0, 0.0, 1.0, 1e-7, 0.123456789012345678 };
  Settings settings;

  smooth_params_init (&table, &settings);
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *text = smooth_param_dup_text (&params[0], values[i]);
      g_assert_true (smooth_param_parse (&params[0], &settings, text, NULL));
      g_assert_cmpfloat (settings.rho, ==, values[i]);
    }
  g_assert_true (smooth_param_parse (&params[3], &settings, "radius", NULL));
  g_assert_cmpint (settings.kind, ==, 1);
  g_assert_true (smooth_param_parse (&params[2], &settings, "false", NULL));
  g_assert_false (settings.mutual);
}

static void
test_params_refuse (void)
{
  static const struct { gsize param; const char *text; } bad[] = {
    { 0, "1.5" }, { 0, "nan" }, { 0, "" }, { 0, "0.5x" }, { 0, "0,5" }, { 1, "0" }, { 1, "2.5" }, { 1, "1e9" }, { 2, "maybe" }, { 3, "grid" },
  };
  Settings settings, before;

  smooth_params_init (&table, &settings);
  before = settings;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (smooth_param_parse (&params[bad[i].param], &settings, bad[i].text, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
      g_assert_nonnull (strstr (error->message, params[bad[i].param].name));
    }
  g_assert_true (smooth_params_equal (&table, &settings, &before));
}

static void
test_run_cancel (void)
{
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;

  g_assert_true (smooth_run_check (NULL, &error));
  g_assert_true (smooth_run_check (run, &error));
  smooth_run_cancel (run);
  g_assert_false (smooth_run_check (run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

static void
count_reports (double fraction, const char *what, gpointer data)
{
  (void) fraction;
  (void) what;
  (*(gint *) data)++;
}

static void
test_run_progress_is_coalesced (void)
{
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  gint n = 0;

  smooth_run_set_progress (run, count_reports, &n);
  for (gint i = 0; i < 1000; i++)
    smooth_run_report (run, 0.5, "half");
  smooth_run_report (run, 1.0, "done");
  g_assert_cmpint (n, >=, 2);
  g_assert_cmpint (n, <, 100);
}

typedef struct
{
  gint64 sums[100];
  gint calls; /* atomic */
} Blocks;

static void
add_block (gint64 block, gint worker, gpointer data)
{
  Blocks *blocks = data;

  g_assert_cmpint (worker, <, 8);
  for (gint64 i = 0; i < 1000; i++)
    blocks->sums[block] += i * block;
  g_atomic_int_inc (&blocks->calls);
}

static void
test_parallel_does_each_block_once (void)
{
  for (gint n_threads = 1; n_threads <= 8; n_threads++)
    for (gint repeat = 0; repeat < 50; repeat++)
      {
        Blocks blocks = { 0 };
        smooth_i_parallel (n_threads, 100, add_block, &blocks);
        g_assert_cmpint (blocks.calls, ==, 100);
        for (gint64 b = 0; b < 100; b++)
          g_assert_cmpint (blocks.sums[b], ==, b * 499500);
      }
}

static void
test_report (void)
{
  g_autoptr (SmoothReport) a = smooth_report_new ();
  g_autoptr (SmoothReport) b = smooth_report_new ();
  SmoothReportLevel level;

  smooth_report_count (a, "read", 3);
  smooth_report_count (b, "read", 4);
  smooth_report_add (b, SMOOTH_REPORT_WARNING, "%d of %d", 1, 2);
  smooth_report_append (a, b);
  g_assert_cmpint (smooth_report_get_count (a, "read"), ==, 4);
  g_assert_cmpint (smooth_report_get_count (a, "kept"), ==, -1);
  g_assert_cmpuint (smooth_report_get_n_lines (a), ==, 1);
  g_assert_cmpstr (smooth_report_get_line (a, 0, &level), ==, "1 of 2");
  g_assert_cmpint (level, ==, SMOOTH_REPORT_WARNING);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/params/defaults", test_params_defaults);
  g_test_add_func ("/base/params/text-round-trip", test_params_text_round_trip);
  g_test_add_func ("/base/params/refuse", test_params_refuse);
  g_test_add_func ("/base/run/cancel", test_run_cancel);
  g_test_add_func ("/base/run/progress", test_run_progress_is_coalesced);
  g_test_add_func ("/base/parallel", test_parallel_does_each_block_once);
  g_test_add_func ("/base/report", test_report);
  return g_test_run ();
}
