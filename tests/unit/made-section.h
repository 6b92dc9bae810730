/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small sections made in memory, and scratch files, for tests. */
#pragma once

#include "section/section.h"

#include <glib/gstdio.h>
#include <string.h>

/* A section of n_spots x n_genes. counts: row-major, spot by spot. Names are copied; spots are in the tissue. */
static inline SmoothSection *
made_section_new (const char *const *barcodes, const char *const *ids, const char *const *symbols, const double *counts)
{
  SmoothSection *section = g_new0 (SmoothSection, 1);
  gint64 n_spots = section->n_spots = g_strv_length ((char **) barcodes);
  gint64 n_genes = section->n_genes = g_strv_length ((char **) ids);

  g_autoptr (SmoothMatrix) dense = smooth_matrix_new_from_values (n_genes, n_spots, counts, NULL);
  section->name = g_strdup ("made");
  section->path = g_strdup ("made");
  section->barcodes = g_strdupv ((char **) barcodes);
  section->gene_ids = g_strdupv ((char **) ids);
  section->gene_names = g_strdupv ((char **) symbols);
  section->spot_flags = g_new0 (guint8, n_spots);
  section->array_rows = g_new0 (gint32, n_spots);
  section->array_cols = g_new0 (gint32, n_spots);
  section->coords = g_new0 (double, 2 * n_spots);
  section->total_counts = g_new0 (double, n_spots);
  section->counts = smooth_sparse_new_from_dense (dense, NULL);
  section->report = smooth_report_new ();
  section->input_files = g_new0 (char *, 1);
  for (gint64 s = 0; s < n_spots; s++)
    {
      for (gint64 g = 0; g < n_genes; g++)
        section->total_counts[s] += counts[s * n_genes + g];
      section->spot_flags[s] = SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS;
      if (section->total_counts[s] == 0.0)
        section->spot_flags[s] |= SMOOTH_SPOT_EMPTY;
    }
  g_atomic_ref_count_init (&section->ref_count);
  return section;
}

/* Writes a scratch file. Returns: (transfer full): its path */
static inline char *
made_file (const char *ending, const char *text)
{
  g_autofree char *template = g_strconcat ("smooth-XXXXXX", ending, NULL);
  char *path = NULL;
  int fd = g_file_open_tmp (template, &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static inline void
made_file_remove (char *path)
{
  g_remove (path);
  g_free (path);
}

/* Whether a line of the report has these words at this level. */
static inline gboolean
report_has (const SmoothReport *report, SmoothReportLevel level, const char *words)
{
  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    {
      SmoothReportLevel found;
      const char *line = smooth_report_get_line (report, i, &found);
      if (found == level && strstr (line, words) != NULL)
        return TRUE;
    }
  return FALSE;
}

/* The folder of a shared data set, NULL with the test skipped where it is absent. */
static inline char *
shared_folder (const char *name)
{
  const char *shared = g_getenv ("SMOOTH_SHARED_DIR");
  char *path = g_build_filename (shared != NULL ? shared : "absent", "data", name, NULL);

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return path;
  g_free (path);
  g_test_skip ("the shared data are not there");
  return NULL;
}
