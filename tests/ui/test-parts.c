/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the window that need no screen: views, undo, kinds of files, the pyramid, colours, the worker. */
#include "document.h"
#include "file-kind.h"
#include "help-pages.h"
#include "help-topic.h"
#include "pin.h"
#include "history.h"
#include "journal.h"
#include "plate.h"
#include "tile-cache.h"
#include "selection.h"
#include "session.h"
#include "settings.h"
#include "view.h"
#include "worker.h"

#include "../remove-tree.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void
test_view (void)
{
  ScopeView view = { 100.0, 200.0, 0.5 };
  double x, y, x2, y2;

  scope_view_from_widget (&view, 640.0, 480.0, 100.0, 50.0, &x, &y);
  scope_view_zoom_at (&view, 640.0, 480.0, 100.0, 50.0, 3.0);
  scope_view_from_widget (&view, 640.0, 480.0, 100.0, 50.0, &x2, &y2);
  g_assert_cmpfloat_with_epsilon (x, x2, 1e-9);
  g_assert_cmpfloat_with_epsilon (y, y2, 1e-9);
  g_assert_cmpfloat (view.zoom, ==, 3.0);

  ScopeExtents extents = { 10.0, 20.0, 1000.0, 100.0 };
  scope_view_fit (&view, &extents, 640.0, 480.0, 0.0);
  scope_view_to_widget (&view, 640.0, 480.0, 10.0, 70.0, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, 12.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (y, 240.0, 1e-9);

  ScopeExtents high = { 10.0, 20.0, 100.0, 1000.0 }; /* ends at what covers the upper edge */
  scope_view_fit (&view, &high, 640.0, 480.0, 56.0);
  scope_view_to_widget (&view, 640.0, 480.0, 60.0, 20.0, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, 320.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (y, 56.0, 1e-9);
  scope_view_to_widget (&view, 640.0, 480.0, 60.0, 1020.0, &x, &y);
  g_assert_cmpfloat_with_epsilon (y, 468.0, 1e-9);
}

static void
test_history (void)
{
  ScopeHistory *history = scope_history_new ();
  ScopeState state = { smooth_regions_new () };
  gint64 second = G_USEC_PER_SEC;

  smooth_parameters_init (&state.parameters);
  state.parameters.prior.rho = 0.5;
  scope_history_push (history, &state, "rho", &state, second);
  state.parameters.prior.rho = 0.6;
  scope_history_push (history, &state, "rho", &state, second + second / 2); /* the same move */
  state.parameters.prior.rho = 0.7;
  scope_history_push (history, &state, "rho", &state, 4 * second); /* another one */
  state.parameters.prior.rho = 0.8;

  g_assert_true (scope_history_undo (history, &state));
  g_assert_cmpfloat (state.parameters.prior.rho, ==, 0.7);
  g_assert_true (scope_history_undo (history, &state));
  g_assert_cmpfloat (state.parameters.prior.rho, ==, 0.5);
  g_assert_false (scope_history_undo (history, &state));
  g_assert_cmpstr (scope_history_get_redo (history), ==, "rho");
  g_assert_true (scope_history_redo (history, &state));
  g_assert_cmpfloat (state.parameters.prior.rho, ==, 0.7);

  scope_history_set_held (history, TRUE); /* a drag that rests, and another one at once */
  scope_history_push (history, &state, "rho", &state, 10 * second);
  state.parameters.prior.rho = 0.1;
  scope_history_push (history, &state, "rho", &state, 20 * second);
  state.parameters.prior.rho = 0.2;
  scope_history_set_held (history, FALSE);
  scope_history_set_held (history, TRUE);
  scope_history_push (history, &state, "rho", &state, 20 * second);
  state.parameters.prior.rho = 0.3;
  scope_history_set_held (history, FALSE);
  g_assert_true (scope_history_undo (history, &state));
  g_assert_cmpfloat (state.parameters.prior.rho, ==, 0.2);
  g_assert_true (scope_history_undo (history, &state));
  g_assert_cmpfloat (state.parameters.prior.rho, ==, 0.7);

  scope_history_push (history, &state, "other", NULL, 25 * second);
  g_assert_null (scope_history_get_redo (history));
  g_assert_cmpstr (scope_history_get_undo (history), ==, "other");
  smooth_regions_unref (state.regions);
  scope_history_free (history);
}

static void
test_file_kinds (void)
{
  g_autofree char *folder = g_dir_make_tmp ("smoothscope-kind-XXXXXX", NULL);
  const struct
  {
    const char *name, *text;
    ScopeFileKind kind;
  } files[] = {
    { "regions.geojson", "{}", SCOPE_FILE_REGIONS },
    { "drawn.json", "{\"type\": \"FeatureCollection\"}", SCOPE_FILE_REGIONS },
    { "recipe.json", "{\"smoothscope\": \"0.1\", \"files\": [\"scalefactors_json.json\"]}", SCOPE_FILE_RECIPE },
    { "scalefactors_json.json", "{\"tissue_hires_scalef\": 1}", SCOPE_FILE_SECTION },
    { "tissue_positions.csv", "", SCOPE_FILE_SECTION },
    { "filtered_feature_bc_matrix.h5", "", SCOPE_FILE_SECTION },
    { "Signature.CSV", "", SCOPE_FILE_SIGNATURE },
    { "types.tsv.gz", "", SCOPE_FILE_SIGNATURE },
  };

  g_assert_cmpint (scope_file_kind_of (folder), ==, SCOPE_FILE_SECTION);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (folder, files[i].name, NULL);
      g_assert_true (g_file_set_contents (path, files[i].text, -1, NULL));
      g_assert_cmpint (scope_file_kind_of (path), ==, files[i].kind);
      g_unlink (path);
    }
  g_rmdir (folder);
}

/* A plate of one grey stays that grey at every size, and covers exactly what it should. */
static void
test_plate (void)
{
  g_autoptr (SmoothPicture) picture = smooth_picture_new (301, 203, NULL);
  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++)
      picture->pixels[(gsize) y * (picture->stride / 4) + (gsize) x] = 0xff646464;

  g_autoptr (ScopePlate) plate = scope_plate_new (picture, 0.5);
  double width, height;
  scope_plate_get_size (plate, &width, &height);
  g_assert_cmpfloat (width, ==, 602.0);
  g_assert_cmpfloat (height, ==, 406.0);

  for (double scale = 0.02; scale < 2.0; scale *= 1.7)
    {
      g_autoptr (SmoothPicture) target = smooth_picture_new (40, 40, NULL);
      SmoothView view = { 301.0 - 20.0 / scale, 203.0 - 20.0 / scale, scale };
      scope_plate_draw (plate, &view, 1.0, 0.0, 0.0, target);
      g_assert_cmphex (smooth_picture_get_pixel (target, 20, 20), ==, 0xff646464);
      double half = 203.0 * scale; /* target pixels from the centre to the nearer border */
      if (half > 22.0)
        g_assert_cmphex (smooth_picture_get_pixel (target, 0, 0), ==, 0xff646464);
      else if (half < 18.0)
        g_assert_cmphex (smooth_picture_get_pixel (target, 0, 0), ==, 0x00000000);
    }
}

static ScopeSelection *
select_spots (const char *bits)
{
  gint64 n = (gint64) strlen (bits);
  guint8 *flags = g_malloc ((gsize) n);

  for (gint64 i = 0; i < n; i++)
    flags[i] = bits[i] == '1';
  return scope_selection_new (flags, n);
}

static void
assert_selected (const ScopeSelection *selection, const char *bits)
{
  g_assert_cmpint (selection->n_spots, ==, (gint64) strlen (bits));
  gint64 n = 0;
  for (gint64 i = 0; bits[i] != '\0'; i++)
    {
      g_assert_cmpint (scope_selection_has (selection, i), ==, bits[i] == '1');
      n += bits[i] == '1';
    }
  g_assert_cmpint (selection->n_selected, ==, n);
}

static void
test_selection (void)
{
  g_autoptr (ScopeSelection) a = select_spots ("11000"), b = select_spots ("01100"), other = select_spots ("100");
  g_autoptr (ScopeSelection) only = scope_selection_combine (a, b, SCOPE_SELECT_ONLY);
  g_autoptr (ScopeSelection) both = scope_selection_combine (a, b, SCOPE_SELECT_ADD);
  g_autoptr (ScopeSelection) toggled = scope_selection_combine (a, b, SCOPE_SELECT_TOGGLE);
  g_autoptr (ScopeSelection) first = scope_selection_combine (NULL, b, SCOPE_SELECT_TOGGLE);
  g_autoptr (ScopeSelection) kept = scope_selection_combine (a, NULL, SCOPE_SELECT_ADD);
  g_autoptr (ScopeSelection) replaced = scope_selection_combine (a, other, SCOPE_SELECT_ADD);

  assert_selected (only, "01100");
  assert_selected (both, "11100");
  assert_selected (toggled, "10100");
  assert_selected (first, "01100");
  assert_selected (kept, "11000");
  assert_selected (replaced, "100");
  g_assert_null (scope_selection_combine (a, a, SCOPE_SELECT_TOGGLE));
  g_assert_null (scope_selection_combine (a, NULL, SCOPE_SELECT_ONLY));
  g_assert_null (select_spots ("000"));
  g_assert_false (scope_selection_has (a, 5));
  g_assert_false (scope_selection_has (NULL, 0));
}

/* The worker: of requests that come while it works only the newest is done. */

typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean may_go;
  gint n_done;
  gint last;
} Log;

static Log log_of_work;

static gpointer
state_new (void)
{
  return NULL;
}

static void
state_free (gpointer state)
{
  g_assert_null (state);
}

static void
work (ScopeWorker *worker, gpointer request, SmoothRun *run, gpointer state)
{
  g_mutex_lock (&log_of_work.lock);
  while (!log_of_work.may_go)
    g_cond_wait (&log_of_work.cond, &log_of_work.lock);
  log_of_work.n_done++;
  g_mutex_unlock (&log_of_work.lock);
  scope_worker_publish (worker, g_memdup2 (request, sizeof (gint)));
  g_assert_null (state);
  g_assert_nonnull (run);
}

static void
deliver (gpointer answer, gpointer owner)
{
  log_of_work.last = *(gint *) answer;
  g_assert_true (owner == &log_of_work);
  g_free (answer);
}

static void
test_worker (void)
{
  static const ScopeWorkerFuncs funcs = { "test", state_new, state_free, work, deliver, g_free, g_free };
  ScopeWorker *worker = scope_worker_new (&funcs, &log_of_work);

  for (gint i = 1; i <= 50; i++)
    scope_worker_request (worker, g_memdup2 (&i, sizeof i), 100.0);
  g_mutex_lock (&log_of_work.lock);
  log_of_work.may_go = TRUE;
  g_cond_signal (&log_of_work.cond);
  g_mutex_unlock (&log_of_work.lock);
  while (log_of_work.last != 50)
    g_main_context_iteration (NULL, TRUE);
  scope_worker_free (worker);
  g_assert_cmpint (log_of_work.n_done, <=, 2); /* the first one may have been begun */
  g_assert_false (g_main_context_pending (NULL));
}

/* Waiting delivers at once what is quick, gives up at its deadline, and does not begin where nothing was asked for. */
static void
test_worker_wait (void)
{
  static const ScopeWorkerFuncs funcs = { "test", state_new, state_free, work, deliver, g_free, g_free };
  gint first = 1, second = 2, third = 3;

  log_of_work = (Log){ .may_go = TRUE };
  ScopeWorker *worker = scope_worker_new (&funcs, &log_of_work);
  scope_worker_request (worker, g_memdup2 (&first, sizeof first), 100.0);
  while (log_of_work.last != 1)
    g_main_context_iteration (NULL, TRUE);

  scope_worker_request (worker, g_memdup2 (&second, sizeof second), 100.0);
  g_assert_true (scope_worker_wait (worker, g_get_monotonic_time () + 10 * G_USEC_PER_SEC));
  g_assert_cmpint (log_of_work.last, ==, 2);
  g_assert_false (g_main_context_pending (NULL)); /* it is not delivered again */
  g_assert_false (scope_worker_wait (worker, g_get_monotonic_time () + 10 * G_USEC_PER_SEC));

  g_mutex_lock (&log_of_work.lock);
  log_of_work.may_go = FALSE;
  g_mutex_unlock (&log_of_work.lock);
  scope_worker_request (worker, g_memdup2 (&third, sizeof third), 100.0);
  g_assert_false (scope_worker_wait (worker, g_get_monotonic_time () + G_USEC_PER_SEC / 20));
  g_mutex_lock (&log_of_work.lock);
  log_of_work.may_go = TRUE;
  g_cond_signal (&log_of_work.cond);
  g_mutex_unlock (&log_of_work.lock);
  while (log_of_work.last != 3)
    g_main_context_iteration (NULL, TRUE);
  scope_worker_free (worker);
}

static void
write_state (const char *id, const char *saved, const char *more)
{
  g_autofree char *folder = scope_journal_dup_folder ();
  g_autofree char *name = g_strconcat (id, ".smoothscope", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = g_strdup_printf ("{\"smoothscope\": \"0\", \"format\": 2, \"section\": {\"path\": \"/data/%s\"},"
                                           " \"window\": {\"journal\": {\"saved\": %s, \"session\": \"/s/%s\"}}, \"parameters\": %s}",
                                           id, saved, id, more);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static gboolean
exists (const char *name)
{
  g_autofree char *folder = scope_journal_dup_folder ();
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
assert_section (const ScopeRecovery *recovery, const char *expected)
{
  g_assert_cmpstr (smooth_recipe_get_input (recovery->recipe, "section"), ==, expected);
}

/* States whose program is gone are found, the newest first; those of programs that run and damaged ones are let alone. */
static void
test_recovery (void)
{
  g_autofree char *folder = scope_journal_dup_folder ();
  g_autofree char *lock = g_build_filename (folder, "1-4-0.lock", NULL);
  g_autoptr (GPtrArray) none = scope_recovery_find_all ();

  g_assert_cmpuint (none->len, ==, 0);
  write_state ("1-1-0", "1000", "{\"prior\": {\"rho\": 0.25}}");
  write_state ("1-2-0", "500", "{}");
  write_state ("1-4-0", "4000", "{}");
  write_state ("1-5-0", "5000", "{ broken");
  write_state ("1-6-0", "2000", "{}");
  int file = g_open (lock, O_RDWR | O_CREAT, 0600);
  g_assert_cmpint (flock (file, LOCK_EX | LOCK_NB), ==, 0);

  g_autoptr (GPtrArray) all = scope_recovery_find_all ();
  g_assert_cmpuint (all->len, ==, 3);
  ScopeRecovery *newest = all->pdata[0], *recovery = all->pdata[1], *oldest = all->pdata[2];
  SmoothParameters parameters;
  assert_section (newest, "/data/1-6-0");
  assert_section (recovery, "/data/1-1-0");
  assert_section (oldest, "/data/1-2-0");
  g_assert_true (smooth_recipe_get_parameters (recovery->recipe, &parameters, NULL));
  g_assert_cmpfloat (parameters.prior.rho, ==, 0.25);
  g_assert_cmpstr (recovery->session, ==, "/s/1-1-0");
  g_assert_cmpint (g_date_time_to_unix (recovery->saved), ==, 1000);
  scope_recovery_free (newest);
  scope_recovery_put_aside (recovery);
  scope_recovery_delete (oldest);
  g_assert_false (exists ("1-1-0.smoothscope") || exists ("1-1-0.lock") || exists ("1-2-0.smoothscope"));
  g_assert_true (exists ("old/1-1-0.smoothscope") && exists ("1-4-0.smoothscope") && exists ("1-5-0.smoothscope"));

  close (file);
  g_autoptr (GPtrArray) rest = scope_recovery_find_all ();
  g_assert_cmpuint (rest->len, ==, 2);
  assert_section (rest->pdata[0], "/data/1-4-0");
  scope_recovery_delete (rest->pdata[0]);
  scope_recovery_delete (rest->pdata[1]);
}

static char *
dup_sample (const char *name)
{
  return g_build_filename (g_getenv ("SMOOTH_TESTS_DIR"), "..", "data", "sample", name, NULL);
}

/* Fields of a look that have no default any more. */
static void
change_look (ScopeLook *look)
{
  look->by = SCOPE_BY_GENE;
  look->gene = 5;
  look->type = 2;
  look->layer = g_intern_string ("components");
  look->column = 3;
  look->colours.map = SMOOTH_COLOURMAP_CIVIDIS;
  look->colours.is_reversed = look->colours.is_log = look->colours.off_tissue = look->colours.edges = TRUE;
  look->colours.limits = SMOOTH_LIMITS_TYPED;
  look->colours.percentiles[0] = 0.1 + 0.2;
  look->colours.percentiles[1] = 100.0 / 3.0;
  look->colours.typed[0] = -1.0 / 3.0;
  look->colours.typed[1] = 1e30 / 7.0;
  look->own.missing = 0x12345678;
  look->own.types[1] = 0xff102030;
  look->own.categories[7] = 0xff302010;
  look->colours.opacity = 1.0 / 7.0;
  look->colours.histology_opacity = 0.5;
  look->show_regions = look->show_legend = FALSE;
  look->colours.compare = SMOOTH_COMPARE_SWIPE;
  look->swipe = 0.3;
  look->genes = g_intern_string ("GENE0201, DCN");
  look->is_sum = look->colours.has_outlines = TRUE;
  look->channels[0] = (ScopeChannel){ SCOPE_CHANNEL_GENE, 7, NULL };
  look->channels[1] = (ScopeChannel){ SCOPE_CHANNEL_TYPE, 3, NULL };
  look->channels[2] = (ScopeChannel){ SCOPE_CHANNEL_LAYER, 1, g_intern_string ("clusters") };
  look->colours.spot_scale = 1.7;
  look->colours.brightness = -0.25;
  look->colours.contrast = 0.125;
  look->background = SCOPE_BACKGROUND_BLACK;
  look->show_scale_bar = FALSE;
  look->card_places[SCOPE_CARD_LEGEND][0] = look->card_places[SCOPE_CARD_SCALE_BAR][1] = 1.0 / 3.0;
  look->card_places[SCOPE_CARD_LEGEND][1] = look->card_places[SCOPE_CARD_SCALE_BAR][0] = 0.7;
}

/* All that a document holds is written and read again, to the bit; what is kept is not modified, an edit and its undo are. */
static void
test_session (void)
{
  g_autofree char *folder = dup_sample (""), *reference = dup_sample ("reference/signature.csv");
  g_autofree char *path = g_build_filename (g_get_user_state_dir (), "a.smoothscope", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSection) section = smooth_section_load (folder, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothSignature) signature = smooth_signature_load (reference, section, SMOOTH_SCALE_GUESS, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeGeneIndex) genes = scope_gene_index_new (section);
  g_autoptr (ScopeDocument) document = scope_document_new ();
  g_autoptr (SmoothReport) report = smooth_report_new ();
  const double points[] = { 1.5, 2.25, 1000.0 / 3.0, 10.0, 200.0, 900.0 };
  g_autoptr (SmoothRegions) none = smooth_regions_new ();
  g_autoptr (SmoothRegions) regions = smooth_regions_new_with (none, "a", 0x102030, points, 3);
  SmoothParameters parameters;
  ScopeLook look = { 0 }, look_again;
  ScopePlace place = { { 12.5, 1.0 / 3.0, 0.7 }, FALSE, TRUE }, place_again;
  ScopeState again;

  g_assert_false (scope_document_is_modified (document, TRUE));
  scope_document_set_section (document, section, NULL, genes);
  scope_document_set_signature (document, signature, SMOOTH_SCALE_LOG1P);
  g_assert_false (scope_document_is_modified (document, TRUE));
  parameters = *scope_document_get_parameters (document);
  parameters.graph.k = 9; /* of the setting A */
  scope_document_set_parameters (document, &parameters, "k");
  scope_document_mark_saved (document);
  scope_document_pin (document);
  g_assert_true (scope_document_is_modified (document, FALSE));
  scope_document_undo (document);
  g_assert_false (scope_document_is_modified (document, FALSE));
  scope_document_redo (document);
  scope_document_edit_regions (document, regions, "draw");
  parameters.graph.k = 5;
  parameters.prior.rho = 0.1 + 0.2;
  scope_document_set_parameters (document, &parameters, "rho");
  SmoothAnalysisSettings analyses = *scope_document_get_analyses (document);
  analyses.sensitivity.neighbours++;
  analyses.genes = g_intern_string ("DCN, GENE0201");
  scope_document_set_analyses (document, &analyses, "analyses", NULL);
  scope_document_mark_saved (document);
  look = *scope_document_get_look (document);
  change_look (&look);
  scope_document_set_look (document, &look);
  g_assert_true (scope_document_is_modified (document, TRUE) && !scope_document_is_modified (document, FALSE));

  g_autoptr (SmoothRecipe) recipe = scope_session_new_recipe (document, &place, NULL);
  smooth_recipe_add_text (recipe, "of a later version", "a", "b");
  g_assert_true (smooth_recipe_save (recipe, path, &error));
  g_autoptr (SmoothRecipe) read = smooth_recipe_read (path, report, &error);
  g_assert_no_error (error);
  g_assert_true (scope_session_is_in (read) && scope_session_read_place (read, &place_again));
  g_assert_true (scope_session_read_state (read, NULL, signature, NULL, &again, report, &error));
  scope_session_read_look (read, section, signature, &look_again, report);
  g_assert_cmpuint (smooth_report_get_n_lines (report), ==, 0);
  g_assert_true (scope_state_equal (&again, scope_document_get_state (document)));
  g_assert_nonnull (again.pin);
  g_assert_cmpint (again.asked_scale, ==, SMOOTH_SCALE_LOG1P);
  g_assert_cmpmem (&look, sizeof look, &look_again, sizeof look_again);
  g_assert_cmpmem (&place.view, sizeof place.view, &place_again.view, sizeof place.view);
  g_assert_true (!place_again.is_fitted && place_again.fits_spots);

  g_autoptr (ScopeDocument) other = scope_document_new ();
  scope_document_open (other, section, NULL, genes, &again, &look_again);
  g_assert_false (scope_document_is_modified (other, TRUE));
  g_assert_null (scope_document_get_undo (other));
  g_autoptr (SmoothRecipe) second = scope_session_new_recipe (other, &place, read);
  g_autofree char *first_text = smooth_recipe_dup_json (recipe, "/", &error), *second_text = smooth_recipe_dup_json (second, "/", &error);
  g_assert_cmpstr (first_text, ==, second_text);
  scope_document_mark_recovered (other);
  g_assert_true (scope_document_is_modified (other, FALSE));
  scope_state_clear (&again);

  /* Without the reference what needs it is not shown, and that is said where it was asked for by name. */
  look.by = SCOPE_BY_TYPE;
  scope_document_set_look (document, &look);
  g_autoptr (SmoothRecipe) by_type = scope_session_new_recipe (document, NULL, NULL);
  scope_session_read_look (by_type, section, NULL, &look_again, report);
  g_assert_cmpint (look_again.by, ==, SCOPE_BY_COUNTS);
  g_assert_cmpuint (smooth_report_get_n_lines (report), ==, 1);
}

/* The spots are turned on the picture, and that is undone, kept in a session and read again. */
static void
test_turn (void)
{
  g_autofree char *folder = dup_sample ("");
  g_autoptr (SmoothSection) section = smooth_section_load (folder, NULL, NULL);
  g_autoptr (ScopeGeneIndex) genes = scope_gene_index_new (section);
  g_autoptr (ScopeDocument) document = scope_document_new (), other = scope_document_new ();
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (GError) error = NULL;
  ScopeState state;

  scope_document_set_section (document, section, NULL, genes);
  scope_document_turn (document, 3);
  g_assert_true (scope_document_is_modified (document, FALSE));
  SmoothSection *turned = scope_document_get_section (document);
  g_assert_true (turned != section && turned->coords[0] != section->coords[0]);
  scope_document_undo (document);
  g_assert_true (scope_document_get_section (document) == section && !scope_document_is_modified (document, FALSE));
  scope_document_redo (document);
  g_autoptr (SmoothRecipe) recipe = scope_session_new_recipe (document, NULL, NULL);
  g_assert_cmpstr (smooth_recipe_get_option (recipe, "turn"), ==, "half");
  g_assert_true (scope_session_read_state (recipe, NULL, NULL, NULL, &state, report, &error));
  scope_document_open (other, section, NULL, genes, &state, scope_document_get_look (document));
  scope_state_clear (&state);
  turned = scope_document_get_section (document);
  g_assert_true (memcmp (turned->coords, scope_document_get_section (other)->coords, 2 * (gsize) section->n_spots * sizeof (double)) == 0);
  g_assert_false (scope_document_is_modified (other, TRUE));
}

/* Each topic is a page that is there, and a heading that is on it. */
static void
test_help_topics (void)
{
  g_autofree char *sample = dup_sample (""), *data = g_path_get_dirname (sample), *folder = NULL;

  if (g_str_has_suffix (sample, "/"))
    sample[strlen (sample) - 1] = '\0';
  g_free (data);
  data = g_path_get_dirname (sample);
  folder = g_build_filename (data, "help", NULL);
  GPtrArray *pages = scope_help_pages_read (folder);
  g_assert_cmpuint (pages->len, >, 10);
  for (gsize i = 0; i < scope_n_help_topics; i++)
    {
      const char *topic = scope_help_topics[i].topic, *mark = strchr (topic, '#');
      g_autofree char *name = mark != NULL ? g_strndup (topic, (gsize) (mark - topic)) : g_strdup (topic);
      const ScopeHelpPage *page = scope_help_pages_find (pages, name);
      g_autofree char *heading = mark != NULL ? g_strdup_printf ("\n## %s\n", mark + 1) : g_strdup ("#");
      if (page == NULL || strstr (page->text, heading) == NULL)
        g_error ("%s: no page or heading '%s'", scope_help_topics[i].place, topic);
    }
  g_ptr_array_unref (pages);
}

/* Tables of confidences and priors are an edit that is undone, kept in a session, and read again by it; a picture that was added
 * is kept with its checksum, and found where it was moved. */
static void
test_tables (void)
{
  g_autofree char *folder = dup_sample (""), *state_folder = g_strdup (g_get_user_state_dir ());
  g_autofree char *table = g_build_filename (state_folder, "confidences.csv", NULL), *priors = g_build_filename (state_folder, "priors.csv", NULL);
  g_autofree char *picture = g_build_filename (state_folder, "tissue.tif", NULL), *moved = g_build_filename (state_folder, "moved.tif", NULL);
  g_autofree char *session = g_build_filename (state_folder, "tables.smoothscope", NULL);
  g_autoptr (SmoothSection) section = smooth_section_load (folder, NULL, NULL);
  g_autoptr (ScopeGeneIndex) genes = scope_gene_index_new (section);
  g_autoptr (ScopeDocument) document = scope_document_new ();
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (ScopePlate) plate = scope_plate_new (section->picture, section->picture_scale);
  g_autoptr (GError) error = NULL;
  g_autofree char *what = NULL;
  const char *paths[SMOOTH_N_INPUT_FILES] = { [SMOOTH_FILE_CONFIDENCES] = table };

  g_assert_true (g_file_set_contents (table, "type,confidence\nTumour,2\n", -1, NULL));
  g_assert_true (g_file_set_contents (priors, "type,rho,confidence\nTumour,0.9,3\n", -1, NULL));
  g_assert_true (g_file_set_contents (picture, "not really a picture", -1, NULL));
  g_autoptr (SmoothInputFiles) files = smooth_input_files_load (paths, &error);
  g_assert_no_error (error);
  scope_document_set_section (document, section, NULL, genes);
  scope_document_edit_files (document, files, "Confidences");
  g_assert_true (scope_document_is_modified (document, FALSE));
  scope_document_undo (document);
  g_assert_true (scope_document_get_state (document)->files == NULL && !scope_document_is_modified (document, FALSE));
  scope_document_redo (document);
  g_assert_true (scope_document_get_state (document)->files == files);
  scope_document_set_plate (document, plate, picture);

  g_autoptr (SmoothRecipe) recipe = scope_session_new_recipe (document, NULL, NULL);
  g_assert_true (smooth_recipe_save (recipe, session, &error));
  g_assert_cmpint (g_rename (picture, moved), ==, 0);
  g_autoptr (SmoothRecipe) read = smooth_recipe_read (session, report, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothInputFiles) again = smooth_recipe_load_files (read, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (smooth_input_files_get_path (again, SMOOTH_FILE_CONFIDENCES), ==, table);
  g_assert_true (again->confidences != NULL && again->confidences->values[0] == 2.0 && again->type_priors == NULL);
  ScopeState state;
  g_assert_true (scope_session_read_state (read, section, NULL, again, &state, report, &error)); /* the window opens it */
  g_assert_no_error (error);
  g_assert_true (state.files == again);
  scope_state_clear (&state);
  g_assert_cmpint (smooth_recipe_check_input (read, "picture", &what), ==, SMOOTH_INPUT_MISSING);
  g_assert_true (smooth_recipe_find_input (read, "picture", state_folder));
  g_assert_cmpstr (smooth_recipe_get_input (read, "picture"), ==, moved);

  /* Estimated ones are no file; confidences from two tables are said. */
  paths[SMOOTH_FILE_CONFIDENCES] = SMOOTH_ESTIMATE;
  g_autoptr (SmoothInputFiles) estimated = smooth_input_files_load (paths, &error);
  scope_document_edit_files (document, estimated, "Confidences");
  g_autoptr (SmoothRecipe) other = scope_session_new_recipe (document, NULL, NULL);
  g_assert_cmpstr (smooth_recipe_get_option (other, "confidences"), ==, SMOOTH_ESTIMATE);
  paths[SMOOTH_FILE_TYPE_PRIORS] = priors;
  g_assert_null (smooth_input_files_load (paths, &error));
  g_assert_nonnull (strstr (error->message, "found both"));

  /* Another section begins without them. */
  scope_document_set_section (document, section, NULL, genes);
  g_assert_null (scope_document_get_state (document)->files);
  g_assert_null (scope_document_get_plate_path (document));
}

/* Another reference, or none, can be undone, with the colours that were chosen for its types. */
static void
test_reference_undo (void)
{
  g_autofree char *folder = dup_sample (""), *reference = dup_sample ("reference/signature.csv");
  g_autoptr (SmoothSection) section = smooth_section_load (folder, NULL, NULL);
  g_autoptr (SmoothSignature) signature = smooth_signature_load (reference, section, SMOOTH_SCALE_GUESS, NULL);
  g_autoptr (ScopeGeneIndex) genes = scope_gene_index_new (section);
  g_autoptr (ScopeDocument) document = scope_document_new ();

  scope_document_set_section (document, section, NULL, genes);
  scope_document_edit_signature (document, signature, SMOOTH_SCALE_GUESS, "open");
  ScopeLook look = *scope_document_get_look (document);
  g_assert_cmpint (look.by, ==, SCOPE_BY_DOMINANT);
  look.own.types[1] = 0xff102030;
  scope_document_set_look (document, &look);
  scope_document_edit_signature (document, NULL, SMOOTH_SCALE_GUESS, "remove");
  g_assert_null (scope_document_get_signature (document));
  g_assert_cmpint (scope_document_get_look (document)->by, ==, SCOPE_BY_COUNTS);
  scope_document_undo (document);
  g_assert_true (scope_document_get_signature (document) == signature);
  g_assert_cmphex (scope_document_get_look (document)->own.types[1], ==, 0xff102030);
  scope_document_undo (document);
  g_assert_null (scope_document_get_signature (document));
  g_assert_cmpstr (scope_document_get_redo (document), ==, "open");
  scope_document_redo (document);
  g_assert_true (scope_document_get_signature (document) == signature);
}

/* Five spots in a row, three genes; the last spot has no counts. */
static SmoothSection *
tiny_section_get (void)
{
  static gint64 starts[] = { 0, 2, 3, 5, 6, 6 };
  static gint32 rows[] = { 0, 1, 1, 0, 2, 2 };
  static double counts[] = { 1.0, 3.0, 100.0, 5.0, 5.0, 1000.0 };
  static double totals[] = { 4.0, 100.0, 10.0, 1000.0, 0.0 };
  static double coords[] = { 0, 0, 1, 0, 2, 0, 3, 0, 4, 0 };
  static guint8 flags[] = { 3, 3, 3, 3, 1 };
  static char *names[] = { (char *) "mt-Co1", (char *) "Actb", (char *) "MTOR", NULL };
  static char *ids[] = { (char *) "E1", (char *) "E2", (char *) "E3", NULL };
  static char *barcodes[] = { (char *) "S1", (char *) "S2", (char *) "S3", (char *) "S4", (char *) "S5", NULL };
  static SmoothSparse sparse = { .n_rows = 3, .n_cols = 5, .starts = starts, .rows = rows, .values = counts };
  static SmoothSection section = { .n_spots = 5, .n_genes = 3, .counts = &sparse, .total_counts = totals, .coords = coords,
                                   .spot_flags = flags, .gene_names = names, .gene_ids = ids, .barcodes = barcodes };

  g_atomic_ref_count_init (&section.ref_count); /* never the last reference */
  g_atomic_ref_count_inc (&section.ref_count);
  return &section;
}

static void
test_quality (void)
{
  SmoothSection *section = tiny_section_get ();
  ScopeLook look;

  scope_look_init (&look);
  look.by = SCOPE_BY_DETECTED;
  g_autoptr (ScopeColouring) detected = scope_colouring_new (section, NULL, NULL, &look);
  g_assert_cmpfloat (detected->values[0], ==, 2.0);
  g_assert_cmpfloat (detected->values[1], ==, 1.0);
  g_assert_true (isnan (detected->values[4]));
  look.by = SCOPE_BY_MITOCHONDRIAL;
  g_autoptr (ScopeColouring) shares = scope_colouring_new (section, NULL, NULL, &look);
  g_assert_cmpfloat (shares->values[0], ==, 0.25); /* MTOR is no mitochondrial gene */
  g_assert_cmpfloat (shares->values[2], ==, 0.5);
  g_assert_cmpfloat (shares->values[3], ==, 0.0);
  g_assert_true (shares->is_share);
}

/* Of counts 4, 10, 100, 1000: limits of each kind, both ways of counting, both directions, missing spots. */
static void
test_limits (void)
{
  SmoothSection *section = tiny_section_get ();
  ScopeLook look;

  scope_look_init (&look);
  look.colours.map = SMOOTH_COLOURMAP_MAGMA;
  look.own.missing = 0x77010203;
  g_autoptr (ScopeColouring) automatic = scope_colouring_new (section, NULL, NULL, &look);
  g_assert_cmpfloat (automatic->scale.low, ==, 0.0);
  g_assert_cmpfloat (automatic->scale.high, ==, 1000.0);
  g_assert_cmphex (automatic->colours[4], ==, 0x77010203);
  g_assert_cmpint (automatic->n_missing, ==, 1);
  g_assert_cmphex (automatic->colours[3], ==, smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, 1.0));

  look.colours.limits = SMOOTH_LIMITS_PERCENTILE;
  look.colours.percentiles[0] = 0.0;
  look.colours.percentiles[1] = 100.0;
  look.colours.is_log = look.colours.is_reversed = TRUE;
  g_autoptr (ScopeColouring) log = scope_colouring_new (section, NULL, NULL, &look);
  g_assert_cmpfloat (log->scale.low, ==, 4.0);
  g_assert_cmphex (log->colours[0], ==, smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, 1.0));
  g_assert_cmphex (log->colours[1], ==, smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, 1.0 - log2 (25.0) / log2 (250.0)));
  g_assert_cmphex (log->colours[4], ==, 0x77010203);

  look.colours.limits = SMOOTH_LIMITS_TYPED;
  look.colours.typed[0] = -5.0; /* has no logarithm: begins at the least value instead */
  look.colours.typed[1] = 100.0;
  g_autoptr (ScopeColouring) typed = scope_colouring_new (section, NULL, NULL, &look);
  g_assert_cmpfloat (typed->scale.low, ==, 4.0);
  g_assert_cmpfloat (typed->scale.high, ==, 100.0);
  g_assert_cmphex (typed->colours[3], ==, typed->colours[1]); /* at the limit and beyond it */
  look.colours.is_log = FALSE;
  look.colours.typed[0] = look.colours.typed[1] = 7.0; /* no range */
  g_autoptr (ScopeColouring) none = scope_colouring_new (section, NULL, NULL, &look);
  g_assert_cmpfloat (none->scale.high, >, none->scale.low);
  g_assert_cmphex (none->colours[0], ==, smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, 1.0));
}

/* The schema is not installed: the program's own is used, and its file keeps what is set. */
static void
test_settings (void)
{
  SmoothGraphSettings graph, again;
  const SmoothParamTable *table = &smooth_graph_params;
  g_autofree char *file = g_build_filename (g_get_user_config_dir (), "glib-2.0", "settings", "keyfile", NULL);
  g_autofree char *kept = NULL;

  g_assert_cmpint (scope_settings_get_int ("window-width"), ==, 1280);
  scope_settings_set_int ("left-width", 333);
  scope_settings_set_int ("left-width", 3); /* out of its range */
  g_assert_cmpint (scope_settings_get_int ("left-width"), ==, 333);
  g_assert_cmpint (scope_settings_get_int ("no-such-key"), ==, 0);
  scope_settings_set_boolean ("no-such-key", TRUE);
  g_assert_false (scope_settings_get_boolean ("no-such-key"));
  scope_settings_set_string ("appearance", "dark");
  g_autofree char *appearance = scope_settings_dup_string ("appearance");
  g_assert_cmpstr (appearance, ==, "dark");

  smooth_params_init (table, &graph);
  graph.k = 11;
  scope_settings_save_table (table, &graph);
  scope_settings_set_text ("export", "kind", "svg");
  scope_settings_load_table (table, &again);
  g_assert_cmpint (again.k, ==, 11);
  g_autofree char *kind = scope_settings_dup_text ("export", "kind");
  g_assert_cmpstr (kind, ==, "svg");
  scope_settings_set_text ("graph", "k", "many"); /* of another version */
  scope_settings_load_table (table, &again);
  g_assert_cmpint (again.k, ==, (gint) smooth_params_find (table, "k")->initial);
  scope_settings_set_text ("export", "kind", NULL);
  g_assert_null (scope_settings_dup_text ("export", "kind"));

  g_assert_null (scope_settings_dup_folder ("figure"));
  scope_settings_set_folder ("figure", g_get_tmp_dir ());
  scope_settings_set_folder ("section", "/no/such/folder");
  g_autofree char *folder = scope_settings_dup_folder ("figure");
  g_assert_cmpstr (folder, ==, g_get_tmp_dir ());
  g_assert_null (scope_settings_dup_folder ("section"));
  g_assert_true (g_file_get_contents (file, &kept, NULL, NULL));
  g_assert_nonnull (strstr (kept, "left-width=333"));
}

/* A made-up layer of signed values, shares and categories, and one with points of its own. */
static void
test_layers (void)
{
  static const char *const columns[] = { "PC1", "PC2", NULL };
  static const char *const one[] = { "cluster", NULL };
  SmoothSection *section = tiny_section_get ();
  ScopeLook look;

  scope_look_init (&look);
  look.by = SCOPE_BY_LAYER;
  look.layer = g_intern_string ("components");
  look.column = 1;
  g_autoptr (SmoothLayer) signs = smooth_layer_new ("components", "Components", SMOOTH_LAYER_SIGNED, 5, columns, NULL, NULL);
  g_assert_true (isnan (smooth_layer_column (signs, 1)[4]));
  for (gint64 i = 0; i < 4; i++)
    smooth_layer_column (signs, 1)[i] = (double) i - 3.0;
  g_autoptr (ScopeColouring) diverging = scope_colouring_new (section, NULL, signs, &look);
  g_assert_cmpfloat (diverging->scale.low, ==, -3.0); /* the same on both sides of 0 */
  g_assert_cmpfloat (diverging->scale.high, ==, 3.0);
  g_assert_cmphex (diverging->colours[0], ==, smooth_colourmap_get (SMOOTH_COLOURMAP_DIVERGING, 0.0));
  g_assert_cmphex (diverging->colours[3], ==, smooth_colourmap_get (SMOOTH_COLOURMAP_DIVERGING, 0.5));
  g_assert_cmphex (diverging->colours[4], ==, look.own.missing);
  g_assert_cmpstr (diverging->title, ==, "Components: PC2");
  g_assert_null (diverging->point_colours);

  g_assert_true (smooth_layer_set_points (signs, 2, 0.5, NULL));
  smooth_layer_points_column (signs, 1)[1] = -3.0;
  g_autoptr (ScopeColouring) finer = scope_colouring_new (section, NULL, signs, &look);
  g_assert_cmphex (finer->point_colours[0], ==, 0); /* missing: not drawn */
  g_assert_cmphex (finer->point_colours[1], ==, finer->colours[0]);

  look.column = 0;
  look.own.categories[1] = 0xff123456;
  g_autoptr (SmoothLayer) clusters = smooth_layer_new ("clusters", "Clusters", SMOOTH_LAYER_CATEGORIES, 5, one, NULL, NULL);
  clusters->categories = g_strsplit ("1 2 3", " ", 0);
  smooth_layer_column (clusters, 0)[2] = 1.0;
  g_autoptr (ScopeColouring) categories = scope_colouring_new (section, NULL, clusters, &look);
  g_assert_cmphex (categories->colours[2], ==, 0xff123456);
  g_assert_cmphex (categories->colours[0], ==, look.own.missing);
  g_assert_cmpint (categories->n_entries, ==, 1); /* those that no spot has are left out */
  g_assert_cmpstr (categories->entries[0].name, ==, "2");

  look.column = 7; /* no such column, and no layer at all */
  g_autoptr (ScopeColouring) none = scope_colouring_new (section, NULL, clusters, &look);
  g_autoptr (ScopeColouring) nothing = scope_colouring_new (section, NULL, NULL, &look);
  g_assert_cmpint (none->n_missing, ==, 5);
  g_assert_cmpint (nothing->n_missing, ==, 5);
}

/* The document keeps the newest layer of each key, and forgets all with the section. */
static void
test_layer_list (void)
{
  static const char *const one[] = { "x", NULL };
  g_autoptr (ScopeDocument) document = scope_document_new ();
  g_autoptr (SmoothLayer) stranger = smooth_layer_new ("a", "A", SMOOTH_LAYER_VALUES, 7, one, NULL, NULL);

  scope_document_set_layer (document, stranger); /* belongs to no section */
  g_assert_cmpuint (scope_document_get_n_layers (document), ==, 0);
  scope_document_remove_layer (document, "a");
  g_assert_null (scope_document_get_layer (document, "a"));
  g_assert_null (scope_document_get_layer (document, NULL));
}

/* Two outcomes over the first four spots: types P and Q, proportions @shares of P. */
static SmoothOutcome *
tiny_outcome_get (gint which, const double shares[4])
{
  static SmoothOutcome outcomes[2];
  static SmoothResult results[2];
  static SmoothMatrix matrices[2];
  static double values[2][8];
  static gint32 spots[] = { 0, 1, 2, 3 };
  static char *names[] = { (char *) "P", (char *) "Q", NULL };

  for (gint i = 0; i < 4; i++)
    {
      values[which][2 * i] = shares[i];
      values[which][2 * i + 1] = 1.0 - shares[i];
    }
  matrices[which] = (SmoothMatrix){ .n_rows = 2, .n_cols = 4, .values = values[which] };
  results[which] = (SmoothResult){ .n_spots = 4, .n_types = 2, .type_names = names, .proportions = &matrices[which] };
  outcomes[which] = (SmoothOutcome){ .n_spots = 4, .spots = spots, .result = &results[which] };
  g_atomic_ref_count_init (&outcomes[which].ref_count); /* never the last reference */
  for (gint i = 0; i < 1000; i++)
    g_atomic_ref_count_inc (&outcomes[which].ref_count);
  return &outcomes[which];
}

/* Both pictures have one scale; the difference has 0 in the middle of its own, and says what it is. */
static void
test_comparison (void)
{
  static const double before[] = { 0.0, 0.2, 0.5, 0.9 }, after[] = { 0.0, 0.3, 0.1, 0.4 };
  SmoothSection *section = tiny_section_get ();
  ScopeSource a = { tiny_outcome_get (0, before), NULL, { NULL } }, b = { tiny_outcome_get (1, after), NULL, { NULL } };
  ScopeColouring *first, *second;
  ScopeLook look;

  scope_look_init (&look);
  look.by = SCOPE_BY_TYPE;
  look.type = 0;
  scope_colouring_new_pair (section, &a, &b, &look, &first, &second);
  g_assert_cmpfloat (first->scale.high, ==, second->scale.high);
  g_assert_cmpfloat (second->scale.high, >=, 0.8); /* of A: B alone has less */
  g_assert_cmphex (first->colours[0], ==, second->colours[0]);
  scope_colouring_unref (first);
  scope_colouring_unref (second);

  g_autoptr (ScopeColouring) difference = scope_colouring_new_difference (section, &a, &b, &look);
  g_assert_true (difference->is_difference);
  g_assert_cmpint (difference->scale.map, ==, SMOOTH_COLOURMAP_DIVERGING);
  g_assert_cmpfloat (difference->scale.low, ==, -difference->scale.high);
  g_assert_cmpfloat_with_epsilon (difference->values[1], 0.1, 1e-12);
  g_assert_cmpfloat_with_epsilon (difference->values[2], -0.4, 1e-12);
  g_assert_true (isnan (difference->values[4]));
  g_assert_true (g_str_has_prefix (difference->title, "B − A"));
  g_autofree char *value = scope_colouring_dup_value (difference, 1);
  g_assert_cmpstr (value, ==, "+10.0 %");

  look.by = SCOPE_BY_DOMINANT; /* changes at the last spot only */
  g_autoptr (ScopeColouring) changed = scope_colouring_new_difference (section, &a, &b, &look);
  g_assert_cmpfloat (changed->values[3], ==, 1.0);
  for (gint i = 0; i < 2; i++)
    g_assert_true (isnan (changed->values[i]));
  look.by = SCOPE_BY_COMPOSITION;
  g_autoptr (ScopeColouring) moved = scope_colouring_new_difference (section, &a, &b, &look);
  g_assert_cmpfloat_with_epsilon (moved->values[3], 0.5, 1e-12);
  g_assert_cmpfloat (moved->scale.low, ==, 0.0);
}

/* Pies, three channels, a list of genes. */
static void
test_mixtures (void)
{
  static const double shares[] = { 0.0, 0.25, 0.5, 1.0 };
  SmoothSection *section = tiny_section_get ();
  ScopeSource source = { tiny_outcome_get (0, shares), NULL, { NULL } };
  ScopeLook look;

  scope_look_init (&look);
  look.by = SCOPE_BY_COMPOSITION;
  g_autoptr (ScopeColouring) pies = scope_colouring_new_of (section, &source, &look, NULL);
  g_assert_cmpint (pies->pies->n_parts, ==, 2);
  g_assert_cmpint (pies->pies->columns[2], ==, 2);
  g_assert_cmpint (pies->pies->columns[4], ==, -1);
  g_assert_cmphex (0xff000000u | pies->pies->palette[1], ==, pies->colours[0]); /* small spots: the dominant type */

  look.by = SCOPE_BY_RGB;
  look.channels[0] = (ScopeChannel){ SCOPE_CHANNEL_TYPE, 0, NULL };
  look.channels[2] = (ScopeChannel){ SCOPE_CHANNEL_TYPE, 1, NULL };
  g_autoptr (ScopeColouring) mixed = scope_colouring_new_of (section, &source, &look, NULL);
  g_assert_true (scope_colouring_is_mixed (mixed));
  g_assert_cmphex (mixed->colours[0], ==, 0xff0000ff);
  g_assert_cmphex (mixed->colours[3], ==, 0xffff0000);
  g_assert_cmphex (mixed->colours[2], ==, 0xff800080);
  g_assert_cmphex (mixed->colours[4], ==, look.own.missing);
  g_autofree char *value = scope_colouring_dup_value (mixed, 1);
  g_assert_cmpstr (value, ==, "25.0 % · 75.0 %");

  gint64 n;
  g_auto (GStrv) unknown = NULL;
  g_autofree gint64 *genes = smooth_gene_list_find (section, " Actb,mt-Co1\n; Nope\tActb MtOr", &n, &unknown);
  g_assert_cmpint (n, ==, 3);
  g_assert_cmpint (genes[0], ==, 1);
  g_assert_cmpint (genes[1], ==, 0);
  g_assert_cmpint (genes[2], ==, 2); /* in capitals */
  g_assert_cmpuint (g_strv_length (unknown), ==, 1);
  g_assert_cmpstr (unknown[0], ==, "Nope");

  source.outcome = NULL;
  look.by = SCOPE_BY_GENES;
  look.genes = g_intern_string ("mt-Co1 Actb");
  look.is_sum = TRUE;
  g_autoptr (ScopeColouring) sum = scope_colouring_new_of (section, &source, &look, NULL);
  look.is_sum = FALSE;
  g_autoptr (ScopeColouring) mean = scope_colouring_new_of (section, &source, &look, NULL);
  for (gint i = 0; i < 4; i++)
    g_assert_cmpfloat_with_epsilon (sum->values[i], 2.0 * mean->values[i], 1e-12);
  g_assert_cmpfloat (sum->values[0], >, 0.0);
  g_assert_true (isnan (sum->values[4]));
}

/* Only what differs is named, by its symbol; and undo knows the setting A. */
static void
test_pin (void)
{
  SmoothParameters parameters, other;
  g_autoptr (SmoothRegions) regions = smooth_regions_new ();
  g_autofree char *a = NULL, *b = NULL, *same_a = NULL, *same_b = NULL;

  smooth_parameters_init (&parameters);
  other = parameters;
  other.prior.rho = 0.5;
  g_autoptr (ScopePin) pin = scope_pin_new (&parameters, regions);
  g_assert_true (scope_pin_fits (pin, &parameters, regions));
  g_assert_false (scope_pin_fits (pin, &other, regions));
  scope_pin_describe (pin, &other, regions, &a, &b);
  g_assert_cmpstr (a, ==, "ρ 0.99");
  g_assert_cmpstr (b, ==, "ρ 0.5");
  scope_pin_describe (pin, &parameters, regions, &same_a, &same_b);
  g_assert_cmpstr (same_b, ==, "the same");

  ScopeHistory *history = scope_history_new ();
  ScopeState state = { smooth_regions_ref (regions), parameters, NULL };
  scope_history_push (history, &state, "keep", NULL, 1);
  state.pin = scope_pin_ref (pin);
  g_assert_true (scope_history_undo (history, &state));
  g_assert_null (state.pin);
  g_assert_true (scope_history_redo (history, &state));
  g_assert_true (state.pin == pin);
  scope_state_clear (&state);
  scope_history_free (history);
}

/* Neither brightness nor contrast moves black below or white above; both at once are in this order; transparent stays. */
static void
test_brightness (void)
{
  g_autoptr (SmoothPicture) picture = smooth_picture_new (4, 1, NULL);

  picture->pixels[0] = 0xff000000;
  picture->pixels[1] = 0xffffffff;
  picture->pixels[2] = 0xff808080;
  picture->pixels[3] = 0x00000000;
  g_autoptr (SmoothPicture) bright = scope_plate_dup_adjusted (picture, 0.5, 0.0);
  g_autoptr (SmoothPicture) flat = scope_plate_dup_adjusted (picture, 0.0, -1.0);
  g_autoptr (SmoothPicture) same = scope_plate_dup_adjusted (picture, 0.0, 0.0);
  g_assert_cmphex (bright->pixels[0], ==, 0xff404040);
  g_assert_cmphex (bright->pixels[1], ==, 0xffffffff);
  g_assert_cmphex (bright->pixels[3], ==, 0);
  g_assert_cmphex (flat->pixels[0], ==, 0xff808080);
  g_assert_cmphex (flat->pixels[1], ==, 0xff808080);
  g_assert_cmpmem (same->pixels, 16, picture->pixels, 16);
}

/* A picture in tiles: what is finer than memory holds comes tile by tile, and is then drawn to the pixel; the cache keeps it. */
static void
test_tile_cache (void)
{
  const char *chars = "II*\0";
  g_autofree char *folder = g_dir_make_tmp ("smoothscope-tiles-XXXXXX", NULL), *path = g_build_filename (folder, "a.tif", NULL);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  const guint side = 128;

  /* Grey, one strip: a small directory by hand, then the pixels. */
  struct { guint16 tag, type; guint32 n, value; } entries[] = {
    { 256, 4, 1, side }, { 257, 4, 1, side }, { 258, 3, 1, 8 }, { 259, 3, 1, 1 }, { 262, 3, 1, 1 }, { 273, 4, 1, 8 + 2 + 8 * 12 + 4 },
    { 278, 4, 1, side }, { 279, 4, 1, side * side },
  };
  guint32 first = 8, none = 0;
  guint16 n = G_N_ELEMENTS (entries);
  g_byte_array_append (bytes, (const guint8 *) chars, 4);
  g_byte_array_append (bytes, (const guint8 *) &first, 4);
  g_byte_array_append (bytes, (const guint8 *) &n, 2);
  g_byte_array_append (bytes, (const guint8 *) entries, sizeof entries);
  g_byte_array_append (bytes, (const guint8 *) &none, 4);
  for (guint i = 0; i < side * side; i++)
    g_byte_array_append (bytes, &(guint8){ (guint8) (i % side + i / side) }, 1);
  g_assert_true (g_file_set_contents (path, (const char *) bytes->data, bytes->len, NULL));

  g_autoptr (SmoothTiles) tiles = smooth_tiles_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothPicture) coarse = smooth_tiles_read_reduced (tiles, 32 * 32, NULL, &error);
  g_assert_cmpint (coarse->width, ==, 32);
  g_autoptr (ScopePlate) plate = scope_plate_new_tiled (coarse, 0.25, tiles, 1.0);
  g_autoptr (SmoothPicture) target = smooth_picture_new (64, 64, NULL);
  SmoothView view = { 10.0, 20.0, 1.0 }, far = { 0.0, 0.0, 0.25 };

  g_assert_false (scope_plate_load_tile (plate, &far, 32, 32)); /* memory is as fine */
  scope_plate_draw (plate, &view, 1.0, 0.0, 0.0, target); /* coarse, but never blank */
  g_assert_cmphex (smooth_picture_get_pixel (target, 30, 30) >> 24, ==, 0xff);
  g_assert_true (scope_plate_load_tile (plate, &view, 64, 64));
  g_assert_false (scope_plate_load_tile (plate, &view, 64, 64)); /* one tile is all of it */
  scope_plate_draw (plate, &view, 1.0, 0.0, 0.0, target);
  for (gint i = 0; i < 64; i += 9)
    g_assert_cmphex (smooth_picture_get_pixel (target, i, 63 - i), ==, 0xff000000u + 0x010101u * (guint32) (10 + i + 20 + 63 - i));

  ScopeTileCache *cache = scope_tile_cache_new (tiles);
  g_assert_false (scope_tile_cache_has (cache, 0, 0, 0));
  scope_tile_cache_load (cache, 0, 0, 0);
  scope_tile_cache_load (cache, 0, 0, 0);
  g_assert_true (scope_tile_cache_has (cache, 0, 0, 0));
  g_assert_cmpuint (scope_tile_cache_get_bytes (cache), ==, side * side * 4);
  scope_tile_cache_free (cache);
  remove_tree (folder);
}

int
main (int argc, char **argv)
{
  g_autofree char *state = g_dir_make_tmp ("smoothscope-state-XXXXXX", NULL);

  g_setenv ("XDG_STATE_HOME", state, TRUE);
  g_setenv ("XDG_CONFIG_HOME", state, TRUE);
  g_setenv ("GSETTINGS_BACKEND", "keyfile", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/recovery", test_recovery);
  g_test_add_func ("/window/settings", test_settings);
  g_test_add_func ("/window/session", test_session);
  g_test_add_func ("/window/reference-undo", test_reference_undo);
  g_test_add_func ("/window/turn", test_turn);
  g_test_add_func ("/window/tables", test_tables);
  g_test_add_func ("/window/help-topics", test_help_topics);
  g_test_add_func ("/window/view", test_view);
  g_test_add_func ("/window/history", test_history);
  g_test_add_func ("/window/file-kinds", test_file_kinds);
  g_test_add_func ("/window/plate", test_plate);
  g_test_add_func ("/window/selection", test_selection);
  g_test_add_func ("/window/quality", test_quality);
  g_test_add_func ("/window/limits", test_limits);
  g_test_add_func ("/window/comparison", test_comparison);
  g_test_add_func ("/window/mixtures", test_mixtures);
  g_test_add_func ("/window/pin", test_pin);
  g_test_add_func ("/window/brightness", test_brightness);
  g_test_add_func ("/window/tile-cache", test_tile_cache);
  g_test_add_func ("/window/layers", test_layers);
  g_test_add_func ("/window/layer-list", test_layer_list);
  g_test_add_func ("/window/worker", test_worker);
  g_test_add_func ("/window/worker-wait", test_worker_wait);
  int status = g_test_run ();
  remove_tree (state);
  return status;
}
