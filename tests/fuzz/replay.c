/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target on the files of the folders that are its arguments, where libFuzzer is not there to do so. */
#include "fuzz.h"

#include <stdio.h>

static void
replay_file (const char *path)
{
  g_autofree char *data = NULL;
  gsize size = 0;

  if (!g_file_get_contents (path, &data, &size, NULL))
    g_error ("%s cannot be read", path);
  g_autofree uint8_t *exact = g_memdup2 (data, size); /* not one byte more: reading past the end shows */
  LLVMFuzzerTestOneInput (exact, size);
}

int
main (int argc, char **argv)
{
  int n = 0;

  for (int i = 1; i < argc; i++)
    {
      g_autoptr (GDir) folder = g_dir_open (argv[i], 0, NULL);
      const char *name;
      if (folder == NULL)
        g_error ("%s cannot be opened", argv[i]);
      while ((name = g_dir_read_name (folder)) != NULL)
        {
          g_autofree char *path = g_build_filename (argv[i], name, NULL);
          replay_file (path);
          n++;
        }
    }
  printf ("%d inputs replayed\n", n);
  return n > 0 ? 0 : 1;
}
