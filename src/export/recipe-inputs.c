/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the inputs of a recipe are where it says, with the bytes that it was made from, and where they are otherwise. */
#include "export/recipe-private.h"

#include "base/error.h"
#include "files/choice.h"
#include "files/output.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_DEPTH 4        /* of folders that are searched */
#define MAX_ENTRIES 20000  /* that are looked at */

/* ---- Files ------------------------------------------------------------------------------------------------- */

/* Returns: FALSE where there is no such file */
static gboolean
look_at (const char *path, gint64 *size, gint64 *time)
{
  GStatBuf status;

  if (g_stat (path, &status) != 0 || !S_ISREG (status.st_mode))
    return FALSE;
  *size = status.st_size;
  *time = (gint64) status.st_mtim.tv_sec * G_USEC_PER_SEC + status.st_mtim.tv_nsec / 1000;
  return TRUE;
}

/* Computes checksum and size of a file as it is now. */
gboolean
smooth_i_recipe_file_sum (SmoothRecipeFile *file, GError **error)
{
  gint64 size = 0, before = 0, now = 0;

  look_at (file->path, &size, &before);
  char *sum = smooth_file_dup_sha256 (file->path, &size, error);
  if (sum == NULL)
    return FALSE;
  g_free (file->sum);
  file->sum = sum;
  file->size = size;
  file->time = look_at (file->path, &size, &now) && now == before ? now : 0;
  return TRUE;
}

/* Whether the file at @path has the bytes of @file, as far as they are known. @found: (out) (optional): its checksum */
static gboolean
has_bytes (const SmoothRecipeFile *file, const char *path, gint64 *time, char **found)
{
  gint64 size = -1;
  g_autofree char *sum = NULL;

  if (!look_at (path, &size, time))
    return FALSE;
  if (file->sum == NULL)
    return file->size < 0 || file->size == size;
  if (file->size >= 0 && file->size != size && found == NULL)
    return FALSE;
  sum = smooth_file_dup_sha256 (path, NULL, NULL);
  gboolean is_same = sum != NULL && strcmp (sum, file->sum) == 0;
  if (found != NULL)
    *found = g_steal_pointer (&sum);
  return is_same;
}

static SmoothInputState
check_file (SmoothRecipeFile *file, SmoothWording *what)
{
  gint64 size, time = 0;
  g_autofree char *found = NULL;

  if (!look_at (file->path, &size, &time))
    {
      smooth_i_word (what, "%s is not there", file->path);
      return SMOOTH_INPUT_MISSING;
    }
  if (has_bytes (file, file->path, &time, &found))
    {
      file->time = time;
      return SMOOTH_INPUT_SAME;
    }
  if (file->sum != NULL)
    smooth_i_word (what, "%s has changed since the recipe was written (expected SHA-256 %.12s..., found %.12s...)", file->path,
                             file->sum, found != NULL ? found : _("none"));
  else
    smooth_i_word (what, "%s has changed since the recipe was written (expected %" PRId64 " bytes, found %" PRId64 ")",
                             file->path, file->size, size);
  return SMOOTH_INPUT_CHANGED;
}

/* As smooth_recipe_check_input(), with @what empty or filled. */
SmoothInputState
smooth_i_recipe_word_input (SmoothRecipe *recipe, const char *name, SmoothWording *what)
{
  SmoothRecipeInput *input = smooth_i_recipe_find_input (recipe, name);
  SmoothInputState state = SMOOTH_INPUT_SAME;
  g_autofree char *choice = NULL;

  g_return_val_if_fail (input != NULL, SMOOTH_INPUT_MISSING);

  g_autofree char *file = smooth_i_choice_split (input->path, &choice);
  if (!g_file_test (file, G_FILE_TEST_EXISTS))
    {
      smooth_i_word (what, "%s is not there", file);
      state = SMOOTH_INPUT_MISSING;
    }
  for (guint i = 0; i < input->files->len && state != SMOOTH_INPUT_MISSING; i++)
    {
      SmoothWording said = { NULL };
      SmoothInputState its_state = check_file (g_ptr_array_index (input->files, i), &said);
      if (its_state > state)
        {
          state = its_state;
          smooth_i_wording_clear (what);
          *what = said;
          said = (SmoothWording){ NULL };
        }
      smooth_i_wording_clear (&said);
    }
  if (state != SMOOTH_INPUT_MISSING || input->other == NULL || strcmp (input->other, input->path) == 0)
    return state;

  g_autofree char *old = g_steal_pointer (&input->path);
  g_autofree char *other = g_steal_pointer (&input->other);
  SmoothWording said = { NULL };
  input->path = g_strdup (old);
  smooth_recipe_move_input (recipe, name, other);
  SmoothInputState there = smooth_i_recipe_word_input (recipe, name, &said);
  smooth_i_wording_clear (&said);
  if (there == SMOOTH_INPUT_SAME)
    {
      smooth_i_wording_clear (what);
      return SMOOTH_INPUT_SAME;
    }
  smooth_recipe_move_input (recipe, name, old);
  input->other = g_steal_pointer (&other);
  return state;
}

/**
 * smooth_recipe_check_input:
 * @name: of an input that @recipe has
 * @what: (out) (transfer full) (nullable): what is missing or has changed, for a message
 *
 * Reads every file of the input, for its checksum. Where it is not at its path but at the other one that the recipe knows,
 * with the same bytes, it is moved there.
 */
SmoothInputState
smooth_recipe_check_input (SmoothRecipe *recipe, const char *name, char **what)
{
  SmoothWording said = { NULL };
  SmoothInputState state = smooth_i_recipe_word_input (recipe, name, &said);

  *what = g_steal_pointer (&said.shown);
  smooth_i_wording_clear (&said);
  return state;
}

/* ---- Moving ------------------------------------------------------------------------------------------------ */

/* The folder that the files of a listed input are named from: that at its path, or that of the file at its path. */
static char *
dup_root (const SmoothRecipeInput *input)
{
  g_autofree char *choice = NULL;
  g_autofree char *file = smooth_i_choice_split (input->path, &choice);
  g_autofree char *prefix = g_strconcat (file, G_DIR_SEPARATOR_S, NULL);

  for (guint i = 0; i < input->files->len; i++)
    if (g_str_has_prefix (((const SmoothRecipeFile *) g_ptr_array_index (input->files, i))->path, prefix))
      return g_steal_pointer (&file);
  return g_path_get_dirname (file);
}

/* Where a file would be if its root were another; NULL for one outside of it, which has not moved. */
static char *
dup_moved (const SmoothRecipeFile *file, const char *old_root, const char *new_root)
{
  gsize length = strlen (old_root);

  if (!g_str_has_prefix (file->path, old_root) || !G_IS_DIR_SEPARATOR (file->path[length]))
    return NULL;
  return g_build_filename (new_root, file->path + length + 1, NULL);
}

/**
 * smooth_recipe_move_input:
 * @path: where the input is now; what stood behind it ('#NAME') still does
 *
 * The files of a folder are then those of the same names in the new one. Nothing is looked at.
 */
void
smooth_recipe_move_input (SmoothRecipe *recipe, const char *name, const char *path)
{
  SmoothRecipeInput *input = smooth_i_recipe_find_input (recipe, name);
  g_autofree char *choice = NULL, *new_choice = NULL;

  g_return_if_fail (input != NULL);

  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *file = smooth_i_choice_split (absolute, &new_choice);
  g_autofree char *old = smooth_i_choice_split (input->path, &choice);
  g_autofree char *old_root = dup_root (input);
  g_autofree char *new_root = strcmp (old_root, old) == 0 ? g_strdup (file) : g_path_get_dirname (file);

  for (guint i = 0; i < input->files->len; i++)
    {
      SmoothRecipeFile *its = g_ptr_array_index (input->files, i);
      char *moved = input->is_listed ? dup_moved (its, old_root, new_root) : g_strdup (file);
      if (moved == NULL)
        continue;
      g_free (its->path);
      its->path = moved;
      its->time = 0;
    }
  g_free (input->path);
  input->path = smooth_i_choice_join (file, new_choice != NULL ? new_choice : choice);
}

/* Whether an input is, or was, a folder. */
gboolean
smooth_recipe_input_is_folder (const SmoothRecipe *recipe, const char *name)
{
  const SmoothRecipeInput *input = smooth_i_recipe_find_input (recipe, name);

  if (input == NULL || !input->is_listed)
    return FALSE;
  g_autofree char *choice = NULL;
  g_autofree char *path = smooth_i_choice_split (input->path, &choice);
  g_autofree char *root = dup_root (input);
  return strcmp (root, path) == 0;
}

void
smooth_recipe_remove_input (SmoothRecipe *recipe, const char *name)
{
  SmoothRecipeInput *input = smooth_i_recipe_find_input (recipe, name);

  if (input != NULL)
    g_ptr_array_remove (recipe->inputs, input);
}

/* ---- Finding ----------------------------------------------------------------------------------------------- */

typedef struct
{
  SmoothRecipeInput *input;
  const char *root;   /* of the input as the recipe has it */
  SmoothRecipeFile *sign; /* the file that is looked for */
  const char *tail;   /* its path from the root */
  gint n_left;        /* entries to look at */
} Search;

/* Whether all files of the input are in @root. */
static gboolean
all_are_in (const Search *search, const char *root)
{
  for (guint i = 0; i < search->input->files->len; i++)
    {
      const SmoothRecipeFile *file = g_ptr_array_index (search->input->files, i);
      g_autofree char *path = dup_moved (file, search->root, root);
      gint64 time;
      if (!has_bytes (file, path != NULL ? path : file->path, &time, NULL))
        return FALSE;
    }
  return TRUE;
}

/* Returns: (transfer full) (nullable): the path of the input, where the file at @path shows that it is there */
static char *
try_file (const Search *search, const char *path)
{
  gint64 time;
  g_autofree char *choice = NULL;
  g_autofree char *old = smooth_i_choice_split (search->input->path, &choice);

  if (!search->input->is_listed)
    return has_bytes (search->sign, path, &time, NULL) ? g_strdup (path) : NULL;
  if (!g_str_has_suffix (path, search->tail))
    return NULL;
  g_autofree char *root = g_strndup (path, strlen (path) - strlen (search->tail) - 1);
  if (!G_IS_DIR_SEPARATOR (path[strlen (root)]) || !all_are_in (search, root))
    return NULL;
  g_autofree char *moved = strcmp (old, search->root) == 0 ? g_strdup (root)
                                                           : g_build_filename (root, old + strlen (search->root) + 1, NULL);
  return g_steal_pointer (&moved);
}

/* Files of the right size are tried, those of this folder before those of the folders in it. */
static char *
search_folder (Search *search, const char *folder, gint depth)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_free);
  const char *name;
  char *found = NULL;

  while (dir != NULL && found == NULL && search->n_left-- > 0 && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      gint64 size = -1, time;
      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        {
          if (*name != '.' && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
            g_ptr_array_add (folders, g_steal_pointer (&path));
        }
      else if (look_at (path, &size, &time) && size == search->sign->size)
        found = try_file (search, path);
    }
  for (guint i = 0; i < folders->len && found == NULL && depth < MAX_DEPTH; i++)
    found = search_folder (search, folders->pdata[i], depth + 1);
  return found;
}

/* The largest file within the root: it is read last where others are not the same, and is the hardest to mistake. */
static SmoothRecipeFile *
find_sign (const SmoothRecipeInput *input, const char *root)
{
  SmoothRecipeFile *sign = NULL;

  for (guint i = 0; i < input->files->len; i++)
    {
      SmoothRecipeFile *file = g_ptr_array_index (input->files, i);
      g_autofree char *within = dup_moved (file, root, root);
      if (within != NULL && file->sum != NULL && (sign == NULL || file->size > sign->size))
        sign = file;
    }
  return sign;
}

/**
 * smooth_recipe_find_input:
 * @name: of an input that @recipe has
 * @folder: is searched with the folders in it, not without end
 *
 * Looks for the files of an input by size and checksum; a single file may have another name. Reads files of the same size.
 *
 * Returns: TRUE where they were found: the input is moved there
 */
gboolean
smooth_recipe_find_input (SmoothRecipe *recipe, const char *name, const char *folder)
{
  SmoothRecipeInput *input = smooth_i_recipe_find_input (recipe, name);

  g_return_val_if_fail (input != NULL, FALSE);

  g_autofree char *root = dup_root (input);
  Search search = { .input = input, .root = root, .sign = find_sign (input, root), .n_left = MAX_ENTRIES };
  if (search.sign == NULL)
    return FALSE;
  search.tail = search.sign->path + strlen (root) + 1;
  g_autofree char *found = search_folder (&search, folder, 0);
  if (found == NULL)
    return FALSE;
  smooth_recipe_move_input (recipe, name, found);
  return TRUE;
}

/* ---- Checksums that are known ------------------------------------------------------------------------------ */

static const SmoothRecipeFile *
find_file (const SmoothRecipe *recipe, const char *path)
{
  for (guint i = 0; i < recipe->inputs->len; i++)
    {
      const SmoothRecipeInput *input = g_ptr_array_index (recipe->inputs, i);
      for (guint j = 0; j < input->files->len; j++)
        {
          const SmoothRecipeFile *file = g_ptr_array_index (input->files, j);
          if (file->sum != NULL && strcmp (file->path, path) == 0)
            return file;
        }
    }
  return NULL;
}

/* Takes over the checksums of files that have not been written to since @from computed them: they need not be read again. */
void
smooth_recipe_take_sums (SmoothRecipe *recipe, const SmoothRecipe *from)
{
  for (guint i = 0; i < recipe->inputs->len; i++)
    {
      SmoothRecipeInput *input = g_ptr_array_index (recipe->inputs, i);
      for (guint j = 0; j < input->files->len; j++)
        {
          SmoothRecipeFile *file = g_ptr_array_index (input->files, j);
          const SmoothRecipeFile *known = find_file (from, file->path);
          gint64 size, time;
          if (known == NULL || known->time == 0 || !look_at (file->path, &size, &time) || size != known->size || time != known->time)
            continue;
          g_free (file->sum);
          file->sum = g_strdup (known->sum);
          file->size = size;
          file->time = time;
        }
    }
}
