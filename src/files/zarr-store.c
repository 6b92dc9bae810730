/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a Zarr store: groups and arrays by the metadata in their folders, and chunks.
 *
 * Names come from the folders, never from what files say, and no link is followed, so that nothing outside of the store is read.
 * An array must not claim more than MAX_RATIO times what is stored of it, and all of them together not more than MAX_TOTAL.
 */
#include "files/zarr-private.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_RATIO ((gint64) 20000) /* of constant numbers by zstd */
#define FREE_BYTES ((gint64) 1 << 26) /* an array of so many is never suspicious */
#define MAX_TOTAL ((gint64) 1 << 34)
#define MAX_CHUNKS ((gint64) 1 << 16) /* of an array */

/* ---- Files ---- */

static gboolean
is_link (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_SYMLINK);
}

/* The folder or file of that name in @folder is there and no link. Returns: (transfer full) (nullable): its path */
char *
smooth_i_zarr_dup_member (const char *folder, const char *name, GFileTest test)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return !is_link (path) && g_file_test (path, test) ? g_steal_pointer (&path) : NULL;
}

/* Reads a file of at most ZARR_MAX_CHUNK bytes. */
static GBytes *
read_file (const char *path, GError **error)
{
  struct stat facts;
  int file = g_open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);

  if (file < 0 || fstat (file, &facts) != 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be opened: %s", path, g_strerror (errno));
      if (file >= 0)
        close (file);
      return NULL;
    }
  if (!S_ISREG (facts.st_mode) || (guint64) facts.st_size > ZARR_MAX_CHUNK)
    {
      close (file);
      smooth_i_refuse (path, error, "expected a file of at most %" PRIu64 " bytes, found another", (guint64) ZARR_MAX_CHUNK);
      return NULL;
    }
  g_autofree guint8 *bytes = g_try_malloc ((gsize) facts.st_size + 1);
  if (bytes == NULL)
    {
      close (file);
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for a chunk of %" PRIu64 " bytes", path, (guint64) facts.st_size);
      return NULL;
    }
  gsize n = 0;
  gssize more = 1;
  while (n < (gsize) facts.st_size && (more > 0 || (more < 0 && errno == EINTR)))
    {
      more = read (file, bytes + n, (gsize) facts.st_size - n);
      n += (gsize) MAX (more, 0);
    }
  int code = more < 0 ? errno : 0;
  close (file);
  bytes[n] = '\0'; /* behind what is counted: JSON is read as a text */
  if (code == 0)
    return g_bytes_new_take (g_steal_pointer (&bytes), n);
  smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be read: %s", path, g_strerror (code));
  return NULL;
}

static SmoothJson *
load_json (ZarrStore *store, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = read_file (path, error);
  gsize n = 0;
  const char *text = bytes != NULL ? g_bytes_get_data (bytes, &n) : NULL;

  if (bytes == NULL)
    return NULL;
  smooth_i_counts_add_file (store->counts, path);
  return smooth_json_new_from_text (text != NULL ? text : "", n, path, error);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Names in @folder, in their order: those that begin with a dot and zarr.json are metadata, and chunks are of no interest here. */
GPtrArray *
smooth_i_zarr_list_folders (const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = name[0] != '.' && g_utf8_validate (name, -1, NULL) ? smooth_i_zarr_dup_member (folder, name, G_FILE_TEST_IS_DIR) : NULL;
      if (path != NULL)
        g_ptr_array_add (names, g_strdup (name));
    }
  if (dir != NULL)
    g_dir_close (dir);
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* ---- Groups and arrays ---- */

void
zarr_node_clear (ZarrNode *node)
{
  smooth_json_free (node->json);
  smooth_json_free (node->texts);
}

/**
 * smooth_i_zarr_node_load:
 * @node: (out): cleared by its cleanup even on error; its json is NULL where @folder has no metadata and is none of the store
 */
gboolean
smooth_i_zarr_node_load (ZarrNode *node, ZarrStore *store, const char *folder, GError **error)
{
  g_autofree char *path_3 = smooth_i_zarr_dup_member (folder, "zarr.json", G_FILE_TEST_IS_REGULAR);
  g_autofree char *array_2 = smooth_i_zarr_dup_member (folder, ".zarray", G_FILE_TEST_IS_REGULAR);
  g_autofree char *group_2 = smooth_i_zarr_dup_member (folder, ".zgroup", G_FILE_TEST_IS_REGULAR);
  g_autofree char *attributes_2 = smooth_i_zarr_dup_member (folder, ".zattrs", G_FILE_TEST_IS_REGULAR);
  const char *kind = NULL;

  *node = (ZarrNode){ .is_v3 = path_3 != NULL };
  if (path_3 == NULL && array_2 == NULL && group_2 == NULL)
    return TRUE;
  node->json = load_json (store, path_3 != NULL ? path_3 : array_2 != NULL ? array_2 : group_2, error);
  if (node->json == NULL)
    return FALSE;
  node->is_array = array_2 != NULL;
  if (path_3 != NULL)
    {
      if (!smooth_json_get_string (node->json, "node_type", SMOOTH_JSON_REQUIRED, &kind, error))
        return FALSE;
      node->is_array = g_str_equal (kind, "array");
      return smooth_json_get_object (node->json, "attributes", SMOOTH_JSON_OPTIONAL, &node->attributes, error);
    }
  if (attributes_2 == NULL)
    return TRUE;
  node->texts = load_json (store, attributes_2, error);
  return node->texts != NULL && smooth_json_get_object (node->texts, "", SMOOTH_JSON_REQUIRED, &node->attributes, error);
}

/* ---- Chunks ---- */

/* Whether a chunk is stored; a link on the way to it within the array is an error. */
static gboolean
find_chunk (const char *folder, const char *path, gint64 *n_bytes, GError **error)
{
  struct stat facts;

  *n_bytes = -1;
  for (const char *slash = path + strlen (folder); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      const char *end = strchr (slash + 1, '/');
      g_autofree char *part = end != NULL ? g_strndup (path, (gsize) (end - path)) : g_strdup (path);
      if (is_link (part))
        return smooth_i_refuse (part, error, "expected a file or folder of the store, found a link");
    }
  if (g_stat (path, &facts) == 0)
    *n_bytes = facts.st_size;
  return TRUE;
}

/* What an array claims to hold must be in its chunks, as far as packing and chunks that are left out can explain. */
gboolean
smooth_i_zarr_check_stored (ZarrStore *store, const char *folder, const ZarrArray *array, GError **error)
{
  gint64 at[ZARR_MAX_RANK] = { 0 }, stored = 0, n_chunks = 1, item = array->kind == 's' ? ZARR_TEXT_BYTES : (gint64) array->item;
  gint64 claimed = array->n_elements * item;

  for (gint d = 0; d < array->rank; d++)
    n_chunks *= (array->shape[d] + array->chunk[d] - 1) / array->chunk[d]; /* at most n_elements */
  if (n_chunks > MAX_CHUNKS)
    return smooth_i_refuse (folder, error, "expected at most %" PRId64 " chunks, found %" PRId64, MAX_CHUNKS, n_chunks);
  store->n_bytes += claimed;
  do
    {
      g_autofree char *path = smooth_i_zarr_dup_chunk_path (folder, array, at);
      gint64 n;
      if (!find_chunk (folder, path, &n, error))
        return FALSE;
      stored += MAX (n, 0);
    }
  while (stored < G_MAXINT64 / MAX_RATIO && smooth_i_zarr_step (array, at));
  if (claimed > FREE_BYTES && claimed / MAX_RATIO > stored)
    return smooth_i_refuse (folder, error, "claims %" PRId64 " bytes, of which %" PRId64 " are stored", claimed, stored);
  if (store->n_bytes > MAX_TOTAL)
    return smooth_i_refuse (folder, error, "expected tables of at most %" PRId64 " bytes, found more", MAX_TOTAL);
  return TRUE;
}

/**
 * smooth_i_zarr_read_chunk:
 * @at: numbers of chunks
 * @bytes: (out): (nullable): its elements, unpacked; NULL where the chunk is not stored
 */
gboolean
smooth_i_zarr_read_chunk (ZarrStore *store, const char *folder, const ZarrArray *array, const gint64 *at, GBytes **bytes, GError **error)
{
  g_autofree char *path = smooth_i_zarr_dup_chunk_path (folder, array, at);
  gint64 stored;

  *bytes = NULL;
  if (!smooth_run_check (store->run, error) || !find_chunk (folder, path, &stored, error))
    return FALSE;
  if (stored < 0)
    return TRUE;
  g_autoptr (GBytes) packed = read_file (path, error);
  if (packed == NULL)
    return FALSE;
  smooth_i_counts_add_file (store->counts, path);
  *bytes = smooth_i_zarr_unpack (array, packed, path, error);
  return *bytes != NULL;
}
