/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws one region after another, as fast as nobody draws, and says after each how many there are: to be killed, or to meet a full disk.
 *
 * usage: journal-writer SECTION SEED [STROKES]   without a number it draws on and ends at the first failure; with one it goes on, as
 *                                                the window does, and leaves the journal behind
 *        journal-writer aside                    puts aside what was left behind */
#include "journal.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>

#define LEAST_MS 10 /* from one stroke to the next */
#define MOST_MS 60

typedef struct
{
  ScopeDocument *document;
  ScopeJournal *journal;
  GMainLoop *loop;
  GRand *rand;
  gint n;
  gint n_strokes; /* 0: until it is killed */
} Writer;

static SmoothRecipe *
make_recipe (gpointer data)
{
  Writer *writer = data;

  return scope_session_new_recipe (writer->document, NULL, NULL);
}

static void
on_failed (const GError *error, gpointer data)
{
  const Writer *writer = data;

  fprintf (stderr, "%s\n", error->message);
  if (writer->n_strokes == 0)
    exit (1);
}

static gboolean
stroke (gpointer data)
{
  Writer *writer = data;
  double x = g_rand_double_range (writer->rand, 0.0, 5000.0), y = g_rand_double_range (writer->rand, 0.0, 5000.0);
  const double points[] = { x, y, x + 300.0, y, x + 100.0, y + 200.0 };
  g_autofree char *name = g_strdup_printf ("Region %d", ++writer->n);
  g_autoptr (SmoothRegions) regions
    = smooth_regions_new_with (scope_document_get_regions (writer->document), name, 0x204060, points, 3);

  scope_document_edit_regions (writer->document, regions, "draw");
  scope_journal_follow (writer->journal, TRUE);
  printf ("%d\n", writer->n);
  fflush (stdout);
  if (writer->n_strokes > 0)
    scope_journal_flush (writer->journal); /* so that the operations on files are the same every time */
  if (writer->n != writer->n_strokes)
    g_timeout_add ((guint) g_rand_int_range (writer->rand, LEAST_MS, MOST_MS), stroke, writer);
  else
    g_main_loop_quit (writer->loop);
  return G_SOURCE_REMOVE;
}

static int
put_aside (void)
{
  g_autoptr (GPtrArray) all = scope_recovery_find_all ();

  for (guint i = 0; i < all->len; i++)
    scope_recovery_put_aside (all->pdata[i]);
  printf ("%u\n", all->len);
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], "aside"))
    return put_aside ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSection) section = argc >= 3 ? smooth_section_load (argv[1], NULL, &error) : NULL;
  Writer writer = { .document = scope_document_new (), .loop = g_main_loop_new (NULL, FALSE) };

  if (section == NULL)
    {
      fprintf (stderr, "%s\n", error != NULL ? error->message : "usage: journal-writer SECTION SEED [STROKES]");
      return 2;
    }
  g_autoptr (ScopeGeneIndex) genes = scope_gene_index_new (section);
  writer.n_strokes = argc > 3 ? atoi (argv[3]) : 0;
  writer.rand = g_rand_new_with_seed ((guint32) strtoul (argv[2], NULL, 10));
  writer.journal = scope_journal_new (make_recipe, on_failed, &writer);
  scope_document_set_section (writer.document, section, NULL, genes);
  g_idle_add (stroke, &writer);
  g_main_loop_run (writer.loop);
  while (g_main_context_iteration (NULL, FALSE))
    ; /* failures are told */
  scope_journal_free (writer.journal);
  g_object_unref (writer.document);
  g_rand_free (writer.rand);
  g_main_loop_unref (writer.loop);
  return 0;
}
