/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recipes: texts that come back, inputs that moved or changed, what is not known, damaged files. */
#include "export/look.h"
#include "export/recipe.h"

#include "../remove-tree.h"

#include <string.h>

typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("smooth-recipe-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
tear_down (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

/* Writes a file under the folder, and the folders that lead to it. */
static char *
write_file (const Fixture *fixture, const char *name, const char *text)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static char *
path_of (const Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static SmoothRegions *
make_regions (void)
{
  const double points[] = { 0.1, 0.2, 10.3, 0.4, 5.5, 7.0 / 3.0 };
  g_autoptr (SmoothRegions) none = smooth_regions_new ();

  return smooth_regions_new_with (none, "tumour \"inner\"", 0x123456, points, 3);
}

/* A section of two files and a reference, the recipe saved in work/a.smoothscope. */
static SmoothRecipe *
make_recipe (const Fixture *fixture)
{
  g_autofree char *counts = write_file (fixture, "work/data/counts.h5", "not really counts");
  g_autofree char *positions = write_file (fixture, "work/data/spatial/positions.csv", "a,1,2");
  g_autofree char *reference = write_file (fixture, "work/reference.csv", "gene,A,B");
  g_autofree char *section = path_of (fixture, "work/data");
  g_autoptr (SmoothRegions) regions = make_regions ();
  SmoothRecipe *recipe = smooth_recipe_new ("deconvolve");
  SmoothParameters parameters;

  smooth_parameters_init (&parameters);
  parameters.prior.rho = 0.1 + 0.2;
  smooth_recipe_add_input (recipe, "section", section, (char *[]){ counts, positions, NULL });
  smooth_recipe_add_input (recipe, "signature", reference, NULL);
  smooth_recipe_add_option (recipe, "signature-scale", "log1p");
  smooth_recipe_set_regions (recipe, regions);
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    smooth_recipe_add_parameters (recipe, smooth_parameter_groups[g].table, (const char *) &parameters + smooth_parameter_groups[g].offset);
  smooth_recipe_add_text (recipe, "look", "gene", "1e5");
  smooth_recipe_add_text (recipe, "look", "type", "007");
  smooth_recipe_add_text (recipe, "look", "opacity", "0.30000000000000004");
  smooth_recipe_add_text (recipe, "look", "note", "µ \"quoted\"\n");
  smooth_recipe_add_text (recipe, "type.colours", "T.cell [CD4]", "#102030");
  recipe->flags = SMOOTH_RECIPE_ABSOLUTE;
  return recipe;
}

static char *
save_recipe (const Fixture *fixture, const SmoothRecipe *recipe, const char *name)
{
  char *path = path_of (fixture, name);
  g_autoptr (GError) error = NULL;

  smooth_recipe_save (recipe, path, &error);
  g_assert_no_error (error);
  return path;
}

static SmoothRecipe *
read_recipe (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothReport) report = smooth_report_new ();
  SmoothRecipe *recipe = smooth_recipe_read (path, report, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (smooth_report_get_n_lines (report), ==, 0);
  return recipe;
}

static void
assert_state (SmoothRecipe *recipe, const char *name, SmoothInputState expected, const char *says)
{
  g_autofree char *what = NULL;

  g_assert_cmpint (smooth_recipe_check_input (recipe, name, &what), ==, expected);
  g_assert_true ((says == NULL) == (what == NULL));
  if (says != NULL)
    g_assert_nonnull (strstr (what, says));
}

static void
test_round_trip (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (SmoothRecipe) recipe = make_recipe (fixture);
  g_autofree char *path = save_recipe (fixture, recipe, "work/a.smoothscope");
  g_autoptr (SmoothRecipe) again = read_recipe (path);
  g_autoptr (GError) error = NULL;
  SmoothParameters parameters;

  g_assert_cmpstr (smooth_recipe_get_input (again, "section"), ==, smooth_recipe_get_input (recipe, "section"));
  g_assert_cmpstr (smooth_recipe_get_option (again, "signature-scale"), ==, "log1p");
  g_assert_true (smooth_regions_equal (again->regions, recipe->regions));
  g_assert_true (smooth_recipe_get_parameters (again, &parameters, &error));
  g_assert_cmpfloat (parameters.prior.rho, ==, 0.1 + 0.2);
  g_assert_cmpstr (smooth_recipe_get_text (again, "look", "gene"), ==, "1e5");
  g_assert_cmpstr (smooth_recipe_get_text (again, "look", "type"), ==, "007");
  g_assert_cmpstr (smooth_recipe_get_text (again, "look", "opacity"), ==, "0.30000000000000004");
  g_assert_cmpstr (smooth_recipe_get_text (again, "look", "note"), ==, "µ \"quoted\"\n");
  g_assert_cmpstr (smooth_recipe_get_text (again, "type.colours", "T.cell [CD4]"), ==, "#102030");
  g_assert_null (smooth_recipe_get_text (again, "view", "x"));
  assert_state (again, "section", SMOOTH_INPUT_SAME, NULL);
  assert_state (again, "signature", SMOOTH_INPUT_SAME, NULL);

  g_autofree char *text = smooth_recipe_dup_json (again, fixture->folder, &error);
  g_autofree char *elsewhere = path_of (fixture, "figure.png");
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (SmoothRecipe) third = smooth_recipe_new_from_json (text, strlen (text), elsewhere, report, &error);
  g_assert_no_error (error);
  g_assert_null (strstr (text, fixture->folder)); /* without the flag there is no absolute path in it */
  g_assert_cmpstr (smooth_recipe_get_input (third, "signature"), ==, smooth_recipe_get_input (recipe, "signature"));
}

static void
test_changed (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (SmoothRecipe) recipe = make_recipe (fixture);
  g_autofree char *path = save_recipe (fixture, recipe, "work/a.smoothscope");
  g_autoptr (SmoothRecipe) again = read_recipe (path);

  g_free (write_file (fixture, "work/data/spatial/positions.csv", "a,1,3"));
  assert_state (again, "section", SMOOTH_INPUT_CHANGED, "positions.csv has changed");
  assert_state (again, "signature", SMOOTH_INPUT_SAME, NULL);
  g_autofree char *counts = path_of (fixture, "work/data/counts.h5");
  g_remove (counts);
  assert_state (again, "section", SMOOTH_INPUT_MISSING, "counts.h5 is not there");

  /* An unchanged file is not read again, a changed one is. */
  g_autoptr (SmoothRecipe) next = make_recipe (fixture);
  smooth_recipe_take_sums (next, again);
  next->flags = SMOOTH_RECIPE_QUICK;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = smooth_recipe_dup_json (next, fixture->folder, &error);
  g_auto (GStrv) parts = g_strsplit (text, "sha256", -1);
  g_assert_cmpuint (g_strv_length (parts) - 1, ==, 0); /* make_recipe() has written all three anew */
  g_autoptr (SmoothRecipe) third = read_recipe (path);
  assert_state (third, "section", SMOOTH_INPUT_SAME, NULL);
  smooth_recipe_take_sums (next, third);
  g_autofree char *known = smooth_recipe_dup_json (next, fixture->folder, &error);
  g_auto (GStrv) known_parts = g_strsplit (known, "sha256", -1);
  g_assert_cmpuint (g_strv_length (known_parts) - 1, ==, 2);
}

static void
move (const Fixture *fixture, const char *from, const char *to)
{
  g_autofree char *old = path_of (fixture, from);
  g_autofree char *new = path_of (fixture, to);
  g_autofree char *folder = g_path_get_dirname (new);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (g_rename (old, new), ==, 0);
}

static void
test_moved (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (SmoothRecipe) recipe = make_recipe (fixture);
  g_autofree char *path = save_recipe (fixture, recipe, "work/a.smoothscope");
  g_autofree char *away = save_recipe (fixture, recipe, "work/b.smoothscope");

  /* The session alone: the absolute path still holds the same. */
  move (fixture, "work/b.smoothscope", "far/away/b.smoothscope");
  g_autofree char *far = path_of (fixture, "far/away/b.smoothscope");
  g_autoptr (SmoothRecipe) alone = read_recipe (far);
  g_assert_cmpstr (smooth_recipe_get_input (alone, "section"), !=, smooth_recipe_get_input (recipe, "section"));
  assert_state (alone, "section", SMOOTH_INPUT_SAME, NULL);
  g_assert_cmpstr (smooth_recipe_get_input (alone, "section"), ==, smooth_recipe_get_input (recipe, "section"));

  /* The data: they are found beside the session, under another name too, and others like them are not taken. */
  move (fixture, "work/data", "work/kept/old/data 2");
  move (fixture, "work/reference.csv", "work/kept/types.csv");
  g_free (write_file (fixture, "work/a/counts.h5", "not really COUNTS"));
  g_free (write_file (fixture, "work/a/spatial/positions.csv", "a,1,2"));
  g_free (write_file (fixture, "work/reference2.csv", "gene,A,C"));
  g_autoptr (SmoothRecipe) again = read_recipe (path);
  g_autofree char *folder = path_of (fixture, "work");
  g_autofree char *section = path_of (fixture, "work/kept/old/data 2");
  g_autofree char *reference = path_of (fixture, "work/kept/types.csv");
  assert_state (again, "section", SMOOTH_INPUT_MISSING, "data is not there");
  assert_state (again, "signature", SMOOTH_INPUT_MISSING, "reference.csv is not there");
  g_assert_true (smooth_recipe_find_input (again, "section", folder));
  g_assert_cmpstr (smooth_recipe_get_input (again, "section"), ==, section);
  assert_state (again, "section", SMOOTH_INPUT_SAME, NULL);
  g_assert_true (smooth_recipe_find_input (again, "signature", folder));
  g_assert_cmpstr (smooth_recipe_get_input (again, "signature"), ==, reference);
  assert_state (again, "signature", SMOOTH_INPUT_SAME, NULL);

  /* Nothing like it. */
  g_autoptr (SmoothRecipe) third = read_recipe (path);
  g_assert_false (smooth_recipe_find_input (third, "section", "/no/such/folder"));
  g_free (write_file (fixture, "work/kept/old/data 2/counts.h5", "other"));
  g_assert_false (smooth_recipe_find_input (third, "section", folder));

  /* By hand: other bytes are told, and that file is taken all the same. */
  smooth_recipe_move_input (third, "section", section);
  assert_state (third, "section", SMOOTH_INPUT_CHANGED, "counts.h5 has changed");
  smooth_recipe_remove_input (third, "signature");
  g_assert_null (smooth_recipe_get_input (third, "signature"));
}

/* What stands behind a path goes with it. */
static void
test_choice (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *cells = write_file (fixture, "cells.h5ad", "cells");
  g_autofree char *named = g_strconcat (cells, "#type", NULL);
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new ("deconvolve");
  g_autofree char *moved = path_of (fixture, "sub/cells.h5ad#type");
  SmoothParameters parameters;

  smooth_parameters_init (&parameters);
  smooth_recipe_add_parameters (recipe, &smooth_graph_params, &parameters.graph);
  smooth_recipe_add_input (recipe, "signature", named, NULL);
  g_autofree char *path = save_recipe (fixture, recipe, "a.json");
  g_autoptr (SmoothRecipe) again = read_recipe (path);
  assert_state (again, "signature", SMOOTH_INPUT_SAME, NULL);
  g_assert_cmpstr (smooth_recipe_get_input (again, "signature"), ==, named);
  move (fixture, "cells.h5ad", "sub/cells.h5ad");
  assert_state (again, "signature", SMOOTH_INPUT_MISSING, "cells.h5ad is not there");
  g_assert_true (smooth_recipe_find_input (again, "signature", fixture->folder));
  g_assert_cmpstr (smooth_recipe_get_input (again, "signature"), ==, moved);
}

static void
test_unknown (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const known[] = { "look", NULL };
  const char *text = "{\"smoothscope\": \"9\", \"format\": 2, \"parameters\": {\"graph\": {\"k\": 7}, \"new\": {\"n\": 1}},"
                     " \"later\": 3, \"a.b\": {}, \"n\": null, \"window\": {\"look\": {\"x\": 1}, \"plots\": {\"y\": \"z\"}}, \"options\": {\"o\": \"p\"}}";
  g_autofree char *path = write_file (fixture, "a.json", text);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (SmoothRecipe) read = smooth_recipe_read (path, report, NULL);
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new ("deconvolve");
  SmoothParameters parameters;

  g_assert_nonnull (read);
  g_assert_cmpuint (smooth_report_get_n_lines (report), ==, 2);
  g_assert_nonnull (strstr (smooth_report_get_line (report, 0, NULL), "later"));
  g_assert_nonnull (strstr (smooth_report_get_line (report, 1, NULL), "a.b"));
  smooth_parameters_init (&parameters);
  smooth_recipe_add_parameters (recipe, &smooth_graph_params, &parameters.graph);
  smooth_recipe_keep_unknown (recipe, read, known);
  g_autofree char *kept = smooth_recipe_dup_json (recipe, "/", NULL);
  g_assert_nonnull (strstr (kept, "\"new\""));
  g_assert_nonnull (strstr (kept, "\"plots\""));
  g_assert_nonnull (strstr (kept, "\"o\""));
  g_assert_null (strstr (kept, "\"look\""));
}

/* Whatever is cut off or changed, reading says the file's name and never fails otherwise. */
static void
test_damaged (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (SmoothRecipe) recipe = make_recipe (fixture);
  g_autofree char *path = save_recipe (fixture, recipe, "work/a.smoothscope");
  g_autofree char *text = NULL;
  gsize length, n_refused = 0;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  for (gsize i = 0; i < length; i += 3)
    {
      g_autofree char *broken = g_strdup (text);
      g_autoptr (SmoothReport) report = smooth_report_new ();
      g_autoptr (GError) error = NULL;
      if (i % 2 == 0)
        broken[i] = '\0';
      else
        broken[i] = (char) (32 + (i * 7) % 90);
      g_autoptr (SmoothRecipe) read = smooth_recipe_new_from_json (broken, strlen (broken), path, report, &error);
      g_assert_true ((read == NULL) == (error != NULL));
      if (error != NULL)
        g_assert_nonnull (strstr (error->message, "a.smoothscope"));
      n_refused += error != NULL;
    }
  g_assert_cmpuint (n_refused, >, length / 6 - 10);
}

/* A recipe of this text, and what it shows. */
static void
read_look (const char *text, SmoothLook *look, guint n_warnings)
{
  static char *const types[] = { (char *) "A", (char *) "B", NULL };
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new_from_json (text, strlen (text), "/a.json", report, &error);

  g_assert_no_error (error);
  g_assert_true (smooth_look_read (look, recipe, types, report, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (smooth_report_get_n_lines (report), ==, n_warnings);
}

/* Sessions of old and of now, and figures, give the same colours by the same settings. */
static void
test_look (G_GNUC_UNUSED Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  const char *const texts[] = {
    "{\"format\": 2, \"parameters\": {}, \"window\": {\"look\": {\"by\": \"type\", \"type\": \"B\", \"map\": \"magma\", \"limits\": \"percentiles\", \"lower-percentile\": 3,"
    " \"upper-limit\": 7.5, \"spot-scale\": 1.5, \"outlines\": \"true\", \"graph\": \"true\", \"histology-opacity\": 0.25, \"missing\": \"#40102030\"},"
    " \"type-colours\": {\"B\": \"#ff0000ff\"}, \"category-colours\": {\"1\": \"#ff00ff00\"}}}",
    "{\"format\": 2, \"parameters\": {}, \"window\": {\"look\": {\"by\": \"type\", \"type\": \"B\"}, \"colours\": {\"map\": \"magma\", \"limits\": \"percentile\","
    " \"low-percentile\": 3, \"high\": 7.5, \"spot-size\": 1.5, \"spot-outlines\": \"true\", \"edges\": \"true\", \"histology\": 0.25,"
    " \"missing\": \"#40102030\"}, \"type-colours\": {\"B\": \"#ff0000ff\"}, \"category-colours\": {\"1\": \"#ff00ff00\"}}}",
    "{\"format\": 2, \"command\": \"figure\", \"options\": {\"panels\": \"type:B,counts\", \"missing-colour\": \"#10203040\", \"type-colours\": \"B=#0000ff\","
    " \"category-colours\": \"2=#00ff00\"}, \"parameters\": {\"colours\": {\"map\": \"magma\", \"limits\": \"percentile\", \"low-percentile\": 3,"
    " \"high\": 7.5, \"spot-size\": 1.5, \"spot-outlines\": true, \"edges\": true, \"histology\": 0.25}}, \"window\": {\"look\": {\"by\": \"counts\"}}}",
  };
  SmoothColourSettings expected;

  smooth_params_init (&smooth_colour_params, &expected);
  expected.map = SMOOTH_COLOURMAP_MAGMA;
  expected.limits = SMOOTH_LIMITS_PERCENTILE;
  expected.percentiles[0] = 3.0;
  expected.typed[1] = 7.5;
  expected.spot_scale = 1.5;
  expected.has_outlines = expected.edges = TRUE;
  expected.histology_opacity = 0.25;
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      SmoothLook look;
      read_look (texts[i], &look, 0);
      g_assert_cmpstr (look.panel, ==, "type:B");
      g_assert_true (smooth_params_equal (&smooth_colour_params, &look.colours, &expected));
      g_assert_cmphex (look.own.missing, ==, 0x40102030);
      g_assert_cmphex (look.own.types[0], ==, 0);
      g_assert_cmphex (look.own.types[1], ==, 0xff0000ff);
      g_assert_cmphex (look.own.categories[1], ==, 0xff00ff00);
      smooth_look_clear (&look);
    }
}

/* What a session is coloured by becomes the name of a panel; what is not allowed is told. */
static void
test_look_panels (G_GNUC_UNUSED Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  static const struct { const char *look, *panel; guint n_warnings; } cases[] = {
    { "\"by\": \"counts\", \"gene\": \"A\"", "counts", 0 },
    { "\"by\": \"gene\", \"gene\": \"Pax6\"", "gene:Pax6", 0 },
    { "\"by\": \"genes\", \"genes\": \"A;B\"", "genes:mean:A,B", 0 },
    { "\"by\": \"genes\", \"genes\": \"A, B\", \"sum-of-genes\": \"true\"", "genes:sum:A, B", 0 },
    { "\"by\": \"layer\", \"layer\": \"clusters\", \"column\": \"0\", \"column-name\": \"cluster\"", "layer:clusters/cluster", 0 },
    { "\"by\": \"rgb\", \"red\": \"gene:A\", \"blue\": \"type:B\"", "rgb:gene:A||type:B", 0 },
    { "\"by\": \"composition\", \"map\": \"of another time\"", "composition", 1 },
    { "\"regions\": \"false\"", NULL, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"format\": 2, \"parameters\": {}, \"window\": {\"look\": {%s}}}", cases[i].look);
      SmoothLook look;
      read_look (text, &look, cases[i].n_warnings);
      g_assert_cmpstr (look.panel, ==, cases[i].panel);
      g_assert_true (look.shows_regions == (cases[i].panel != NULL));
      smooth_look_clear (&look);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/recipe/round-trip", Fixture, NULL, set_up, test_round_trip, tear_down);
  g_test_add ("/recipe/changed", Fixture, NULL, set_up, test_changed, tear_down);
  g_test_add ("/recipe/moved", Fixture, NULL, set_up, test_moved, tear_down);
  g_test_add ("/recipe/choice", Fixture, NULL, set_up, test_choice, tear_down);
  g_test_add ("/recipe/unknown", Fixture, NULL, set_up, test_unknown, tear_down);
  g_test_add ("/recipe/look", Fixture, NULL, set_up, test_look, tear_down);
  g_test_add ("/recipe/look-panels", Fixture, NULL, set_up, test_look_panels, tear_down);
  g_test_add ("/recipe/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
  return g_test_run ();
}
