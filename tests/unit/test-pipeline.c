/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of pipeline/: a change reruns the stages that depend on it and no other, and the way there does not matter. */
#include "../remove-tree.h"
#include "base/rng.h"
#include "section/regions-private.h"
#include "smooth.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

typedef struct
{
  char *folder;
  SmoothInputs inputs;
  SmoothParameters parameters;
  SmoothPipeline *pipeline;
} Fixture;

static char *simulated, *large; /* the folders that all tests share */

/* name: (nullable): of a pointer to the folder; the small one */
static void
set_up (Fixture *fixture, gconstpointer name)
{
  const char *folder = name != NULL ? *(char *const *) name : simulated;
  g_autofree char *table = g_build_filename (folder, "reference", "signature.csv", NULL);
  g_autoptr (GError) error = NULL;

  fixture->inputs.section = smooth_section_load (folder, NULL, &error);
  g_assert_no_error (error);
  fixture->inputs.signature = smooth_signature_load (table, fixture->inputs.section, SMOOTH_SCALE_GUESS, &error);
  g_assert_no_error (error);
  smooth_parameters_init (&fixture->parameters);
  fixture->pipeline = smooth_pipeline_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  (void) unused;
  smooth_pipeline_free (fixture->pipeline);
  smooth_inputs_clear (&fixture->inputs);
}

static SmoothOutcome *
compute (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  SmoothOutcome *outcome = smooth_pipeline_compute (fixture->pipeline, &fixture->inputs, &fixture->parameters, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (outcome);
  return outcome;
}

/* Runs, and compares the stages that ran with @expected: one letter a stage, upper case where it ran. */
static void
assert_ran (Fixture *fixture, const char *expected)
{
  g_autoptr (SmoothOutcome) outcome = compute (fixture);
  char found[SMOOTH_N_STAGES + 1] = "pglrqhs";

  for (gint i = 0; i < SMOOTH_N_STAGES; i++)
    if (outcome->ran[i])
      found[i] = g_ascii_toupper (found[i]);
  g_assert_cmpstr (found, ==, expected);
}

/* A square over the middle of the tissue. */
static SmoothRegions *
middle_square (const SmoothSection *section)
{
  g_autoptr (SmoothRegions) none = smooth_regions_new ();
  double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
  double square[8];

  for (gint64 i = 0; i < section->n_spots; i++)
    for (gint d = 0; d < 2; d++)
      {
        low[d] = MIN (low[d], section->coords[2 * i + d]);
        high[d] = MAX (high[d], section->coords[2 * i + d]);
      }
  for (gint c = 0; c < 4; c++)
    {
      square[2 * c] = low[0] + (high[0] - low[0]) * (c == 1 || c == 2 ? 0.7 : 0.3);
      square[2 * c + 1] = low[1] + (high[1] - low[1]) * (c >= 2 ? 0.7 : 0.3);
    }
  return smooth_regions_new_with (none, "Tumour", 0xcc0000, square, 4);
}

static void
test_only_what_changed_runs (Fixture *fixture, gconstpointer unused)
{
  (void) unused;
  assert_ran (fixture, "PGLRQHS");
  assert_ran (fixture, "pglrqhs");
  fixture->parameters.model.lambda *= 1.2;
  assert_ran (fixture, "pglrqhS");
  for (gint kind = SMOOTH_MODEL_LINEAR; kind <= SMOOTH_MODEL_LOGNORMAL; kind++)
    {
      fixture->parameters.model.kind = kind;
      assert_ran (fixture, "pglrqhS");
    }
  fixture->parameters.model.kind = SMOOTH_MODEL_NNLS;
  assert_ran (fixture, "pglrqhS");
  fixture->parameters.prior.rho = 0.9;
  assert_ran (fixture, "pglrQhS");
  fixture->parameters.graph.boundary = 0.5;
  assert_ran (fixture, "pglRQhS");
  fixture->inputs.regions = middle_square (fixture->inputs.section);
  assert_ran (fixture, "pglRQhS");
  fixture->parameters.graph.boundary_replaces = TRUE;
  assert_ran (fixture, "pglRQhS");
  fixture->parameters.graph.k = 4;
  assert_ran (fixture, "pGLRQhS");
  fixture->parameters.scaling.expression = SMOOTH_EXPRESSION_PCA;
  assert_ran (fixture, "pgLRQhS");
  fixture->parameters.scaling.expression_metric = SMOOTH_SIMILARITY_EUCLIDEAN;
  assert_ran (fixture, "pgLRQhS");
  fixture->parameters.model.bias = FALSE;
  assert_ran (fixture, "pglrqHS");
  fixture->parameters.prepare.markers_per_type = 20;
  assert_ran (fixture, "PglrqHS");
  assert_ran (fixture, "pglrqhs");
}

static void
test_warm_equals_cold (Fixture *fixture, gconstpointer unused)
{
  (void) unused;
  fixture->parameters.model.tolerance = 1e-9;
  fixture->parameters.model.lambda = 0.5;
  smooth_outcome_unref (compute (fixture));
  fixture->inputs.regions = middle_square (fixture->inputs.section);
  fixture->parameters.model.lambda = 0.1;
  g_autoptr (SmoothOutcome) warm = compute (fixture);

  g_autoptr (SmoothPipeline) fresh = smooth_pipeline_new ();
  g_autoptr (SmoothOutcome) cold = smooth_pipeline_compute (fresh, &fixture->inputs, &fixture->parameters, NULL, NULL, NULL, NULL);
  g_assert_cmpint (warm->result->info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpint (cold->result->info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat_with_epsilon (warm->result->info.objective / cold->result->info.objective, 1.0, 1e-8);
  for (gint64 i = 0; i < warm->result->n_types * warm->n_spots; i++)
    g_assert_cmpfloat_with_epsilon (warm->result->abundances->values[i], cold->result->abundances->values[i], 1e-3);
}

/* A new pipeline gives the bits that an earlier one gave first, whatever that one did afterwards. */
static void
test_new_pipelines_agree_to_the_bit (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (SmoothOutcome) first = compute (fixture);

  (void) unused;
  fixture->parameters.model.lambda *= 2.0;
  smooth_outcome_unref (compute (fixture));
  fixture->parameters.model.lambda /= 2.0;
  smooth_pipeline_free (fixture->pipeline);
  fixture->pipeline = smooth_pipeline_new ();
  g_autoptr (SmoothOutcome) again = compute (fixture);
  for (gint64 i = 0; i < first->result->n_types * first->n_spots; i++)
    g_assert_cmpfloat (first->result->abundances->values[i], ==, again->result->abundances->values[i]);
}

static void
test_regions_cut_the_graph (Fixture *fixture, gconstpointer unused)
{
  (void) unused;
  fixture->inputs.regions = middle_square (fixture->inputs.section);
  g_autoptr (SmoothOutcome) outcome = compute (fixture);
  const SmoothSparse *weights = outcome->graph->weights;
  gint64 inside = 0;

  g_assert_cmpstr (outcome->categories[0], ==, "Tumour");
  for (gint64 i = 0; i < outcome->n_spots; i++)
    {
      inside += outcome->labels[i] == 0;
      for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
        if (outcome->labels[i] != outcome->labels[weights->rows[e]])
          g_assert_cmpfloat (weights->values[e], ==, 0.0);
    }
  g_assert_cmpint (inside, >, 0);
  g_assert_cmpint (inside, <, outcome->n_spots);
  g_assert_cmpint (outcome->graph->n_edges, <, outcome->base_graph->n_edges);
}

static void
test_without_a_signature (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (SmoothSignature) signature = g_steal_pointer (&fixture->inputs.signature);

  (void) unused;
  assert_ran (fixture, "pGLRQhs");
  g_autoptr (SmoothOutcome) outcome = compute (fixture);
  g_assert_null (outcome->result);
  fixture->inputs.signature = g_steal_pointer (&signature);
  assert_ran (fixture, "PglrqHS");
}

/* A star with some corners about a place in the section. */
static void
draw_star (const SmoothSection *section, SmoothRng *rng, double size, double star[16])
{
  const double *centre = section->coords + 2 * smooth_i_rng_index (rng, section->n_spots);

  for (gint c = 0; c < 8; c++)
    {
      double radius = size * (c % 2 == 0 ? 1.0 : 0.6 + 0.4 * smooth_i_rng_uniform (rng));
      star[2 * c] = centre[0] + radius * cos (2 * G_PI * c / 8);
      star[2 * c + 1] = centre[1] + radius * sin (2 * G_PI * c / 8);
    }
}

/* One edit of a list of regions: one more, one less, another name, another outline. */
static SmoothRegions *
edit_regions (const SmoothRegions *regions, const SmoothSection *section, SmoothRng *rng, double size)
{
  static const char *const names[] = { "a", "b", "c" };
  const char *name = names[smooth_i_rng_index (rng, 3)];
  gint64 n = smooth_regions_get_n (regions), i = n > 0 ? smooth_i_rng_index (rng, n) : 0;
  double star[16];

  draw_star (section, rng, size * (0.1 + smooth_i_rng_uniform (rng)), star);
  switch (n > 0 ? smooth_i_rng_index (rng, 5) : 0)
    {
    case 1:
      return smooth_regions_new_without (regions, i);
    case 2:
      return smooth_regions_new_renamed (regions, i, name, 0x00cc00);
    case 3:
      {
        /* One corner moves, the other edges stay. */
        const SmoothRing *ring = smooth_regions_get (regions, i)->rings;
        GArray *rings = g_array_new (FALSE, FALSE, sizeof (SmoothRing));
        gint64 corner = smooth_i_rng_index (rng, ring->n_points);
        g_autofree double *points = g_memdup2 (ring->points, (gsize) ring->n_points * 2 * sizeof (double));
        points[2 * corner] += 0.5 * size * (smooth_i_rng_uniform (rng) - 0.5);
        points[2 * corner + 1] += 0.5 * size * (smooth_i_rng_uniform (rng) - 0.5);
        smooth_i_ring_add (rings, points, ring->n_points);
        return smooth_i_regions_new_replaced (regions, i, rings);
      }
    default:
      return smooth_regions_new_with (regions, name, 0xcc0000, star, 8);
    }
}

/* All but the way to the result, which is the optimum within the tolerance. */
static void
assert_same_outcome (const SmoothOutcome *a, const SmoothOutcome *b)
{
  const SmoothSparse *v = a->graph->weights, *w = b->graph->weights;
  gint64 n_entries = a->result->n_spots * a->result->n_types;

  g_assert_cmpint (a->n_spots, ==, b->n_spots);
  for (gint64 s = 0; s < a->n_spots; s++)
    g_assert_cmpstr (a->labels[s] >= 0 ? a->categories[a->labels[s]] : "", ==, b->labels[s] >= 0 ? b->categories[b->labels[s]] : "");
  g_assert_cmpint (a->graph->n_edges, ==, b->graph->n_edges);
  g_assert_cmpint (a->graph->n_isolated, ==, b->graph->n_isolated);
  g_assert_true (memcmp (v->values, w->values, (gsize) smooth_sparse_get_nnz (v) * sizeof (double)) == 0);
  g_assert_true (memcmp (a->precision->symmetric->values, b->precision->symmetric->values,
                         (gsize) smooth_sparse_get_nnz (v) * sizeof (double)) == 0);
  g_assert_cmpfloat_with_epsilon (a->result->info.objective, b->result->info.objective, 1e-7 * b->result->info.objective);
  for (gint64 e = 0; e < n_entries; e++)
    {
      g_assert_cmpfloat_with_epsilon (a->result->abundances->values[e], b->result->abundances->values[e], 1e-6);
      g_assert_cmpfloat_with_epsilon (a->result->proportions->values[e], b->result->proportions->values[e], 1e-6);
    }
  for (gint64 s = 0; s < a->n_spots; s++)
    {
      const double *p = smooth_matrix_column (a->result->proportions, s), *x = smooth_matrix_column (a->result->abundances, s);
      double total = 1e-8;
      for (gint64 k = 0; k < a->result->n_types; k++)
        total += x[k];
      for (gint64 k = 0; k < a->result->n_types; k++)
        g_assert_cmpfloat_with_epsilon (p[k], x[k] / total, 1e-14);
    }
  for (gint64 k = 0; k < a->result->n_types; k++)
    {
      double sum = 0;
      for (gint64 s = 0; s < a->n_spots; s++)
        sum += smooth_matrix_column (a->result->proportions, s)[k];
      g_assert_cmpfloat_with_epsilon (a->result->means[k], sum / (double) a->n_spots, 1e-12);
    }
}

/* Many edits one after the other: each ends where a new pipeline does, and outcomes that are still held do not change. */
static void
test_region_edits (Fixture *fixture, gconstpointer unused)
{
  SmoothRng rng;
  double size = 0;
  g_autoptr (SmoothOutcome) held = NULL;
  g_autoptr (SmoothMatrix) abundances = NULL, weights = NULL;

  (void) unused;
  smooth_i_rng_init (&rng, 5, 0);
  for (gint64 e = 2; e < 2 * fixture->inputs.section->n_spots; e++)
    size = MAX (size, fabs (fixture->inputs.section->coords[e] - fixture->inputs.section->coords[e % 2]) / 3);
  fixture->parameters.model.tolerance = 1e-9;
  fixture->inputs.regions = smooth_regions_new ();
  g_autoptr (SmoothRegions) undo = smooth_regions_ref (fixture->inputs.regions);
  for (gint e = 0; e < 40; e++)
    {
      SmoothRegions *next = e % 8 == 7 ? smooth_regions_ref (undo)
                                       : edit_regions (fixture->inputs.regions, fixture->inputs.section, &rng, e % 2 == 0 ? size / 4 : size);
      smooth_regions_unref (undo);
      undo = fixture->inputs.regions;
      fixture->inputs.regions = next;
      if (e == 10)
        fixture->parameters.model.lambda *= 2;
      if (e == 18)
        fixture->parameters.graph.boundary = 0.25;
      if (e == 26)
        fixture->parameters.prior.rho = 0.9;
      if (e == 33)
        fixture->parameters.prior.kind = SMOOTH_PRIOR_ISAR;
      g_autoptr (SmoothOutcome) edited = compute (fixture);
      g_autoptr (SmoothPipeline) fresh = smooth_pipeline_new ();
      g_autoptr (SmoothOutcome) anew = smooth_pipeline_compute (fresh, &fixture->inputs, &fixture->parameters, NULL, NULL, NULL, NULL);
      assert_same_outcome (edited, anew);
      if (held != NULL)
        {
          gsize n = (gsize) (abundances->n_rows * abundances->n_cols) * sizeof (double);
          g_assert_true (memcmp (held->result->abundances->values, abundances->values, n) == 0);
          g_assert_true (memcmp (held->graph->weights->values, weights->values, (gsize) weights->n_rows * sizeof (double)) == 0);
        }
      if (e % 5 != 0)
        continue;
      g_clear_pointer (&held, smooth_outcome_unref);
      g_clear_pointer (&abundances, smooth_matrix_unref);
      g_clear_pointer (&weights, smooth_matrix_unref);
      held = smooth_outcome_ref (edited);
      abundances = smooth_matrix_new_from_values (held->result->n_types, held->result->n_spots, held->result->abundances->values, NULL);
      weights = smooth_matrix_new_from_values (smooth_sparse_get_nnz (held->graph->weights), 1, held->graph->weights->values, NULL);
    }
}

/* Values that were brought up to date after an edit are those of all spots. */
static void
test_values_of_edits (Fixture *fixture, gconstpointer unused)
{
  static const SmoothColourBy kinds[] = { SMOOTH_BY_DOMINANT, SMOOTH_BY_TYPE };
  SmoothSection *section = fixture->inputs.section;
  gsize bytes = (gsize) section->n_spots * sizeof (double);
  const gint32 *changes;
  gint64 n;

  (void) unused;
  g_autoptr (SmoothOutcome) last = compute (fixture);
  gint32 spots[] = { 0, 5, (gint32) last->n_spots - 1 };
  g_autoptr (SmoothMatrix) moved = smooth_matrix_new (last->result->n_types, 3, NULL);
  smooth_matrix_column (moved, 0)[1] = 2; /* the second has none at all */
  smooth_matrix_column (moved, 2)[0] = 0.7;
  smooth_matrix_column (moved, 2)[1] = 0.3;
  g_autoptr (SmoothResult) result = smooth_i_result_new_edited (last->result, NULL, moved, spots, &last->result->info, NULL);
  SmoothOutcome edited = *last;
  edited.result = result;
  g_assert_true (smooth_result_get_changes (result, last->result, &changes, &n));
  g_assert_cmpint (n, ==, 3);
  g_assert_false (smooth_result_get_changes (last->result, result, &changes, &n));
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      g_autoptr (SmoothValues) before = smooth_values_new (section, last, NULL, kinds[k], 1);
      g_autoptr (SmoothValues) after = smooth_values_new_after (section, &edited, NULL, kinds[k], 1, last, before->values);
      g_autoptr (SmoothValues) back = smooth_values_new_after (section, last, NULL, kinds[k], 1, &edited, after->values);
      g_autoptr (SmoothValues) anew = smooth_values_new (section, &edited, NULL, kinds[k], 1);
      g_assert_true (memcmp (after->values, anew->values, bytes) == 0);
      g_assert_true (memcmp (back->values, before->values, bytes) == 0);
      g_assert_true (memcmp (after->values, before->values, bytes) != 0);
      g_assert_cmpstr (after->title, ==, anew->title);
      g_assert_cmpstr (after->name, ==, anew->name);
      g_assert_cmpstr (after->unit, ==, anew->unit);
      g_assert_true (after->names == anew->names && after->kind == anew->kind);
    }
}

static void
assert_warns (const SmoothReport *report, const char *part)
{
  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    if (strstr (smooth_report_get_line (report, i, NULL), part) != NULL)
      return;
  g_error ("expected a line with '%s'", part);
}

/* Spots without neighbours are told of, with what would help: a radius too small, a bandwidth so small that weights vanish. */
static void
test_lonely_spots (Fixture *fixture, gconstpointer unused)
{
  (void) unused;
  fixture->parameters.graph.kind = SMOOTH_GRAPH_RADIUS;
  fixture->parameters.graph.bandwidth = 0.5;
  g_autoptr (SmoothOutcome) faded = compute (fixture);
  g_assert_cmpint (faded->graph->n_isolated, ==, faded->n_spots);
  assert_warns (faded->report, "a larger bandwidth would keep some");
  fixture->parameters.graph.bandwidth = 0.0;
  fixture->parameters.graph.radius = 10.0;
  g_autoptr (SmoothOutcome) far = compute (fixture);
  assert_warns (far->report, "a larger radius would reach one");
}

/* A type that occurs twice is named. */
static void
test_twin_types (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *table = g_build_filename (simulated, "reference", "signature.csv", NULL);
  g_autofree char *text = NULL, *twins = g_build_filename (simulated, "twins.csv", NULL);
  g_autoptr (GString) doubled = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  (void) unused;
  g_assert_true (g_file_get_contents (table, &text, NULL, &error));
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  for (gint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], ",", -1);
      g_string_append_printf (doubled, "%s,%s\n", lines[i], i == 0 ? "Twin" : cells[1]);
    }
  g_assert_true (g_file_set_contents (twins, doubled->str, -1, &error));
  smooth_signature_unref (fixture->inputs.signature);
  fixture->inputs.signature = smooth_signature_load (twins, fixture->inputs.section, SMOOTH_SCALE_GUESS, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothOutcome) outcome = compute (fixture);
  assert_warns (outcome->report, "and 'Twin' have the same signature");
}

static void
test_cancelled_goes_on (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;

  (void) unused;
  smooth_run_cancel (run);
  g_assert_null (smooth_pipeline_compute (fixture->pipeline, &fixture->inputs, &fixture->parameters, NULL, NULL, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_autoptr (SmoothOutcome) outcome = compute (fixture);
  g_assert_cmpint (outcome->result->info.status, ==, SMOOTH_STATUS_CONVERGED);
}

static void
test_bad_parameters (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  (void) unused;
  fixture->parameters.prior.rho = NAN;
  g_assert_null (smooth_pipeline_compute (fixture->pipeline, &fixture->inputs, &fixture->parameters, NULL, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

/* Every parameter of every group has a name of its own: flags and recipes rely on it. */
/* Confidences rerun the solver alone, reach it in the order of the types, and leave nothing behind when they go. */
static void
test_confidences (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) table = g_string_new ("type,confidence\n");
  g_autofree char *path = g_build_filename (simulated, "confidences.csv", NULL);
  const SmoothSignature *signature = fixture->inputs.signature;

  (void) unused;
  for (gint64 k = signature->n_types - 1; k >= 0; k--)
    g_string_append_printf (table, "%s,%d\n", signature->type_names[k], (gint) (k % 3));
  g_assert_true (g_file_set_contents (path, table->str, -1, NULL));
  g_autoptr (SmoothOutcome) plain = compute (fixture);
  g_assert_null (plain->confidences);

  fixture->inputs.confidences = smooth_type_confidences_load (path, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothOutcome) given = compute (fixture);
  for (gint64 k = 0; k < signature->n_types; k++)
    g_assert_cmpfloat (given->confidences[k], ==, (double) (k % 3));
  g_assert_true (given->ran[SMOOTH_STAGE_SOLVE] && !given->ran[SMOOTH_STAGE_REDUCE]);
  g_assert_cmpfloat (fabs (given->result->info.spatial_term - plain->result->info.spatial_term), >, 1e-3 * plain->result->info.spatial_term);

  g_clear_pointer (&fixture->inputs.confidences, smooth_type_confidences_unref);
  fixture->inputs.confidences = smooth_type_confidences_new_estimated ();
  g_autoptr (SmoothOutcome) estimated = compute (fixture);
  double largest = 0.0;
  for (gint64 k = 0; k < signature->n_types; k++)
    largest = MAX (largest, estimated->confidences[k]);
  g_assert_cmpfloat (largest, ==, 1.0);

  g_clear_pointer (&fixture->inputs.confidences, smooth_type_confidences_unref);
  g_autoptr (SmoothOutcome) again = compute (fixture);
  g_assert_null (again->confidences);
  g_assert_cmpfloat_with_epsilon (again->result->info.objective, plain->result->info.objective, 1e-7 * plain->result->info.objective);
  g_unlink (path);
}

/* Names in any order; one that is missing, a second column and a negative number are refused. */
static void
test_confidence_tables (void)
{
  static const struct
  {
    const char *text, *says;
  } bad[] = {
    { "type,c\na,1\nb,-0.5\n", "'b': expected a confidence of at least 0, found -0.5" },
    { "type,c,d\na,1,1\n", "found 2 columns" },
    { "type,c\na,nan\n", "found 'nan'" },
  };
  static const char *const names[] = { "b", "a" }, *const lacking[] = { "a", "x" };
  g_autofree char *path = g_build_filename (simulated, "table.csv", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_true (g_file_set_contents (path, bad[i].text, -1, NULL));
      g_assert_null (smooth_type_confidences_load (path, &error));
      g_assert_nonnull (strstr (error->message, bad[i].says));
    }
  g_autoptr (GError) error = NULL;
  g_assert_true (g_file_set_contents (path, "type,c\na,1\nc,3\nb,0\n", -1, NULL));
  g_autoptr (SmoothTypeConfidences) confidences = smooth_type_confidences_load (path, &error);
  g_assert_no_error (error);
  g_autofree double *values = smooth_type_confidences_dup_of (confidences, names, 2, &error);
  g_assert_cmpfloat (values[0], ==, 0.0);
  g_assert_cmpfloat (values[1], ==, 1.0);
  g_assert_null (smooth_type_confidences_dup_of (confidences, lacking, 2, &error));
  g_assert_nonnull (strstr (error->message, "expected a confidence of 'x'"));
  g_unlink (path);
}

static void
test_names_are_unique (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    for (gsize i = 0; i < smooth_parameter_groups[g].table->n_params; i++)
      {
        const SmoothParam *param = &smooth_parameter_groups[g].table->params[i];
        g_assert_true (g_hash_table_add (names, (gpointer) param->name));
        g_assert_true (smooth_parameters_find (param->name, NULL) == param);
        g_assert_cmpuint (strlen (param->help), >, 20);
      }
}

int
main (int argc, char **argv)
{
  static const SmoothSimulateSettings settings = { .spots = 300, .types = 4, .genes = 120, .seed = 7 };
  static const SmoothSimulateSettings large_settings = { .spots = 1500, .types = 4, .genes = 60, .seed = 8 };
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  simulated = g_dir_make_tmp ("smoothscope-XXXXXX", NULL);
  large = g_dir_make_tmp ("smoothscope-XXXXXX", NULL);
  if (!smooth_simulate (simulated, &settings, NULL, &error) || !smooth_simulate (large, &large_settings, NULL, &error))
    g_error ("%s", error->message);

#define ADD(path, func) g_test_add ("/pipeline/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("only-what-changed", test_only_what_changed_runs);
  ADD ("warm-equals-cold", test_warm_equals_cold);
  ADD ("new-pipelines-agree", test_new_pipelines_agree_to_the_bit);
  ADD ("regions", test_regions_cut_the_graph);
  g_test_add ("/pipeline/region-edits", Fixture, &large, set_up, test_region_edits, tear_down);
  g_test_add ("/pipeline/values-of-edits", Fixture, &large, set_up, test_values_of_edits, tear_down);
  ADD ("without-a-signature", test_without_a_signature);
  ADD ("lonely-spots", test_lonely_spots);
  ADD ("twin-types", test_twin_types);
  ADD ("cancelled", test_cancelled_goes_on);
  ADD ("bad-parameters", test_bad_parameters);
  ADD ("confidences", test_confidences);
  g_test_add_func ("/pipeline/confidence-tables", test_confidence_tables);
  g_test_add_func ("/pipeline/names", test_names_are_unique);

  int code = g_test_run ();
  remove_tree (simulated);
  remove_tree (large);
  g_free (simulated);
  g_free (large);
  return code;
}
