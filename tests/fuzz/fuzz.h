/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all fuzz targets share: the input as a file, and a check that also works in optimised builds. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* abort() rather than g_error(), whose signal libFuzzer does not catch. */
#define FUZZ_CHECK(condition)                                                          \
  do                                                                                   \
    {                                                                                  \
      if (!(condition))                                                                \
        {                                                                              \
          g_printerr ("%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);    \
          abort ();                                                                    \
        }                                                                              \
    }                                                                                  \
  while (0)

/* A critical message is a mistake of ours, as a crash is. */
static void
fuzz_log (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  g_log_default_handler (domain, level, message, data);
  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR))
    abort ();
}

__attribute__ ((constructor)) static void
fuzz_watch_log (void)
{
  g_log_set_default_handler (fuzz_log, NULL);
}

static char *fuzz_folder;

static inline void
fuzz_remove_file (void)
{
  g_autofree char *path = g_build_filename (fuzz_folder, "input", NULL);

  g_remove (path);
  g_rmdir (fuzz_folder);
  g_free (fuzz_folder);
}

/* Puts the input into a file of this process. Returns: (transfer full): its path; the next call overwrites it */
static inline char *
fuzz_file (const uint8_t *data, size_t size)
{
  if (fuzz_folder == NULL)
    {
      const char *parent = g_file_test ("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir ();
      fuzz_folder = g_build_filename (parent, "smooth-fuzz-XXXXXX", NULL);
      FUZZ_CHECK (g_mkdtemp (fuzz_folder) != NULL);
      atexit (fuzz_remove_file);
    }

  char *path = g_build_filename (fuzz_folder, "input", NULL);
  FILE *file = g_fopen (path, "wb");
  FUZZ_CHECK (file != NULL && fwrite (data, 1, size, file) == size && fclose (file) == 0);
  return path;
}

/* An error must have a message of valid text, and there must be one exactly where there is no result. */
static inline void
fuzz_check_error (gboolean has_result, GError *error)
{
  FUZZ_CHECK (has_result == (error == NULL));
  FUZZ_CHECK (error == NULL || g_utf8_validate (error->message, -1, NULL));
}
