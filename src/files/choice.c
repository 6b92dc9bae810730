/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One of several matrices, genomes or label columns of a file is named behind a '#' at the end of its path, so that the
 * choice goes wherever a path goes: command lines, dialogs, recipes. */
#include "files/choice.h"

#include <string.h>

/**
 * smooth_i_choice_split:
 * @path: a file or folder, or one with '#NAME' behind it; a file whose own name has a '#' is taken as it is
 * @choice: (out) (transfer full) (nullable): NAME
 *
 * Returns: (transfer full): the path of the file or folder
 */
char *
smooth_i_choice_split (const char *path, char **choice)
{
  const char *mark = strrchr (path, '#');

  *choice = NULL;
  if (mark == NULL || mark == path || mark[1] == '\0' || g_file_test (path, G_FILE_TEST_EXISTS))
    return g_strdup (path);
  *choice = g_strdup (mark + 1);
  return g_strndup (path, (gsize) (mark - path));
}

/* Returns: (transfer full): @file, with '#' and @choice behind it where there is one */
char *
smooth_i_choice_join (const char *file, const char *choice)
{
  return choice != NULL ? g_strconcat (file, "#", choice, NULL) : g_strdup (file);
}
