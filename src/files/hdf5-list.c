/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files, groups and lists of HDF5. A list is compared with what the file stores before memory is taken for it.
 *
 * The library is not safe for threads as Debian builds it: whoever calls it holds smooth_i_hdf5_lock().
 */
#include "files/hdf5-private.h"

#include "base/error.h"
#include "files/decimal.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_RATIO 2000               /* of values to stored bytes; deflate reaches 1032 */
#define FREE_BYTES ((gint64) 1 << 20) /* a list of so many bytes is never suspicious */
#define MAX_CHUNK ((gint64) 1 << 28)
#define BLOCK ((gint64) 1 << 19)     /* elements: some milliseconds */
#define MAX_TEXT 65536

static GMutex lock;

/* Takes the library for this thread and stops it from printing its errors. Once in a process it is also told never to
 * follow a link into another file and never to load code for a filter: a file of data must do neither; and not to tidy up when
 * the program ends: we close what we open, and what could not be closed on a full disk makes it crash (1.10.8). */
void
smooth_i_hdf5_lock (void)
{
  static gboolean is_confined = FALSE;

  g_mutex_lock (&lock);
  if (!is_confined)
    H5dont_atexit ();
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  if (!is_confined)
    {
      H5Lunregister (H5L_TYPE_EXTERNAL);
      H5PLset_loading_state (0);
      smooth_i_hdf5_add_filters ();
      is_confined = TRUE;
    }
}

void
smooth_i_hdf5_unlock (void)
{
  g_mutex_unlock (&lock);
}

/* What the system said is within a longer sentence of descriptors and addresses. */
static herr_t
keep_first (unsigned n, const H5E_error2_t *entry, void *data)
{
  static const char mark[] = "error message = '";
  char **text = data;

  (void) n;
  if (*text != NULL || entry->desc == NULL)
    return 0;
  const char *begin = strstr (entry->desc, mark);
  const char *end = begin != NULL ? strchr (begin + strlen (mark), '\'') : NULL;
  *text = end != NULL ? g_strndup (begin + strlen (mark), (gsize) (end - begin) - strlen (mark)) : g_strdup (entry->desc);
  return 0;
}

/* Returns: (transfer full): what the library says about its last failure: the innermost, most exact sentence */
char *
smooth_i_hdf5_dup_message (void)
{
  char *text = NULL;

  H5Ewalk2 (H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  return text != NULL ? text : g_strdup ("no reason given");
}

static gboolean
fail_in_library (const char *name, GError **error)
{
  g_autofree char *message = smooth_i_hdf5_dup_message ();

  return smooth_i_refuse (name, error, "cannot be read: %s", message);
}

/* HDF5 files begin with a signature (those with a user block of 512 bytes or more are not written for sections). */
static gboolean
check_signature (const char *path, GError **error)
{
  guint8 head[8] = { 0 };
  FILE *file = g_fopen (path, "rbe");

  if (file == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be opened: %s", path, g_strerror (errno));
      return FALSE;
    }
  errno = 0;
  size_t n = fread (head, 1, sizeof head, file);
  int code = ferror (file) ? errno : 0;
  (void) fclose (file);
  if (code != 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be read: %s", path, g_strerror (code));
      return FALSE;
    }
  if (n == sizeof head && memcmp (head, "\x89HDF\r\n\x1a\n", sizeof head) == 0)
    return TRUE;
  if (n == 0)
    return smooth_i_refuse (path, error, "expected an HDF5 file, found an empty file (0 bytes)");
  return smooth_i_refuse (path, error, "expected an HDF5 file, found the bytes %02x %02x %02x %02x", head[0], head[1],
                          head[2], head[3]);
}

/* Returns: the open file, or H5I_INVALID_HID with an error */
hid_t
smooth_i_hdf5_open (const char *path, GError **error)
{
  if (!check_signature (path, error))
    return H5I_INVALID_HID;

  g_auto (Hdf5Id) access = H5Pcreate (H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking (access, 0, 1); /* some network drives have no locks, and a reader needs none */
#endif
  hid_t file = H5Fopen (path, H5F_ACC_RDONLY, access);
  if (file < 0)
    fail_in_library (path, error);
  return file;
}

/* Returns: whether @parent has a member @name of that type, which can be opened */
gboolean
smooth_i_hdf5_has (hid_t parent, const char *name, H5I_type_t type)
{
  if (H5Lexists (parent, name, H5P_DEFAULT) <= 0)
    return FALSE;
  g_auto (Hdf5Id) id = H5Oopen (parent, name, H5P_DEFAULT);
  return id >= 0 && H5Iget_type (id) == type;
}

static herr_t
add_member (hid_t group, const char *name, const H5L_info_t *info, void *data)
{
  GString *text = data;

  (void) group;
  (void) info;
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  if (text->len < 200)
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", valid);
  return 0;
}

/* Returns: (transfer full): the names in @group, for messages */
char *
smooth_i_hdf5_dup_members (hid_t group)
{
  g_autoptr (GString) text = g_string_new (NULL);

  H5Literate (group, H5_INDEX_NAME, H5_ITER_INC, NULL, add_member, text);
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : g_strdup ("nothing");
}

void
hdf5_list_clear (Hdf5List *list)
{
  hdf5_id_close (list->id);
  g_free (list->name);
}

/* Opens the dataset and finds its length; FALSE where it is no list. */
static gboolean
open_list (Hdf5List *list, hid_t group, const char *name, GError **error)
{
  if (H5Lexists (group, name, H5P_DEFAULT) <= 0)
    {
      g_autofree char *members = smooth_i_hdf5_dup_members (group);
      return smooth_i_refuse (list->name, error, "expected a list, found none (there are: %s)", members);
    }
  list->id = H5Oopen (group, name, H5P_DEFAULT);
  if (list->id < 0)
    return fail_in_library (list->name, error);
  if (H5Iget_type (list->id) != H5I_DATASET)
    return smooth_i_refuse (list->name, error, "expected a list, found a group");

  g_auto (Hdf5Id) space = H5Dget_space (list->id);
  int rank = space >= 0 ? H5Sget_simple_extent_ndims (space) : -1;
  hsize_t length = 0;
  if (rank != 1)
    return rank < 0 ? fail_in_library (list->name, error)
                    : smooth_i_refuse (list->name, error, "expected a list (1 dimension), found %d dimensions", rank);
  if (H5Sget_simple_extent_dims (space, &length, NULL) != 1 || length > G_MAXINT64 / 65536)
    return smooth_i_refuse (list->name, error, "expected a list, found %" PRIu64 " elements", (guint64) length);
  list->length = (gint64) length;
  return TRUE;
}

/**
 * smooth_i_hdf5_check_stored:
 * @rank: of the dataset, 1 to 3
 * @n_elements: what it claims to hold
 * @element: bytes of one
 * @block: (out): rows (elements, of a list) of one chunk; 1 without chunks
 *
 * What a dataset claims to hold must be in the file, as far as compression can explain.
 */
gboolean
smooth_i_hdf5_check_stored (hid_t id, const char *name, int rank, gint64 n_elements, gint64 element, gint64 *block, GError **error)
{
  g_auto (Hdf5Id) creation = H5Dget_create_plist (id);
  H5D_layout_t layout = creation >= 0 ? H5Pget_layout (creation) : H5D_LAYOUT_ERROR;
  gint64 claimed = n_elements * element;
  hsize_t chunk[3] = { 1, 1, 1 }, size = 1;

  if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
    return smooth_i_refuse (name, error, "expected values in this file, found an unknown or virtual layout");
  if (H5Pget_external_count (creation) > 0)
    return smooth_i_refuse (name, error, "expected values in this file, found a reference to another file");
  if (layout == H5D_CHUNKED && H5Pget_chunk (creation, rank, chunk) != rank)
    return fail_in_library (name, error);
  for (int d = 0; d < rank; d++)
    size = chunk[d] > 0 && size <= (hsize_t) G_MAXINT64 / chunk[d] ? size * chunk[d] : (hsize_t) G_MAXINT64;
  if (size > (hsize_t) MAX (MAX_CHUNK, 2 * claimed) / (hsize_t) element)
    return smooth_i_refuse (name, error, "expected chunks of a sensible size, found %" PRIu64 " elements", (guint64) size);

  gint64 stored = (gint64) MIN (H5Dget_storage_size (id), (hsize_t) G_MAXINT64 / MAX_RATIO);
  if (claimed > FREE_BYTES && claimed / (layout == H5D_CHUNKED ? MAX_RATIO : 1) > stored)
    return smooth_i_refuse (name, error, "expected %" PRId64 " elements, found only %" PRId64 " stored bytes", n_elements,
                            stored);
  *block = (gint64) chunk[0];
  return TRUE;
}

/* A list is read in blocks of whole chunks. */
static gboolean
check_stored (Hdf5List *list, gint64 element, GError **error)
{
  gint64 chunk;

  if (!smooth_i_hdf5_check_stored (list->id, list->name, 1, list->length, element, &chunk, error))
    return FALSE;
  list->block = chunk * MAX (BLOCK / chunk, 1);
  return TRUE;
}

/**
 * smooth_i_hdf5_list_open:
 * @list: (out): to be cleared also after a failure
 * @place: the path of the file and of the group, for messages
 *
 * Opens a list and checks that the file can hold what it claims.
 */
gboolean
smooth_i_hdf5_list_open (Hdf5List *list, hid_t group, const char *place, const char *name, GError **error)
{
  *list = (Hdf5List){ .id = H5I_INVALID_HID, .name = g_strconcat (place, "/", name, NULL) };
  if (!open_list (list, group, name, error))
    return FALSE;

  g_auto (Hdf5Id) type = H5Dget_type (list->id);
  size_t element = type >= 0 ? H5Tget_size (type) : 0;
  list->class = type >= 0 ? H5Tget_class (type) : H5T_NO_CLASS;
  if (element == 0)
    return fail_in_library (list->name, error);
  if (element > MAX_TEXT)
    return smooth_i_refuse (list->name, error, "expected elements of at most %d bytes, found %zu", MAX_TEXT, element);
  return check_stored (list, (gint64) element, error);
}

/* Reads @n elements from @first on; @transfer: how. */
static gboolean
read_part (const Hdf5List *list, hid_t type, hid_t transfer, gint64 first, gint64 n, gpointer values, GError **error)
{
  g_auto (Hdf5Id) file_space = H5Dget_space (list->id);
  hsize_t start = (hsize_t) first, count = (hsize_t) n;
  g_auto (Hdf5Id) memory_space = H5Screate_simple (1, &count, NULL);

  if (memory_space < 0 || H5Sselect_hyperslab (file_space, H5S_SELECT_SET, &start, NULL, &count, NULL) < 0
      || H5Dread (list->id, type, memory_space, file_space, transfer, values) < 0)
    return fail_in_library (list->name, error);
  return TRUE;
}

/* Reads all elements, block by block. */
static gboolean
read_blocks (const Hdf5List *list, hid_t type, hid_t transfer, gpointer values, SmoothRun *run, GError **error)
{
  size_t size = H5Tget_size (type);

  for (gint64 at = 0; at < list->length; at += list->block)
    if (!smooth_run_check (run, error)
        || !read_part (list, type, transfer, at, MIN (list->block, list->length - at), (char *) values + (gsize) at * size, error))
      return FALSE;
  return TRUE;
}

/**
 * smooth_i_hdf5_list_read:
 * @type: of the elements in memory; the library converts, and clips what does not fit
 * @values: (out): room for all elements
 * @run: (nullable): cancellation
 */
gboolean
smooth_i_hdf5_list_read (const Hdf5List *list, hid_t type, gpointer values, SmoothRun *run, GError **error)
{
  return read_blocks (list, type, H5P_DEFAULT, values, run, error);
}

/* The same of @n elements from @first on, which go to the beginning of @values. */
gboolean
smooth_i_hdf5_list_read_part (const Hdf5List *list, hid_t type, gint64 first, gint64 n, gpointer values, GError **error)
{
  return read_part (list, type, H5P_DEFAULT, first, n, values, error);
}

/* Gives away one text, which must be UTF-8. */
static char *
take_text (const Hdf5List *list, gint64 i, const char *text, gsize length, GError **error)
{
  if (g_utf8_validate_len (text, length, NULL))
    return g_strndup (text, length);
  smooth_i_refuse (list->name, error, "element %" PRId64 ": expected UTF-8 text, found other bytes", i);
  return NULL;
}

/* Texts of one width, padded by zeros or blanks. @type: of the elements in memory; @text: of their texts. */
static gboolean
read_fixed (const Hdf5List *list, hid_t type, hid_t text_type, char **texts, GError **error)
{
  gsize width = H5Tget_size (text_type);
  gboolean blanks = H5Tget_strpad (text_type) == H5T_STR_SPACEPAD;
  g_autofree char *buffer = g_try_malloc ((gsize) list->length * width + 1);

  if (buffer == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for %" PRId64 " texts of %zu bytes", list->name,
                        list->length, width);
      return FALSE;
    }
  if (!smooth_i_hdf5_list_read (list, type, buffer, NULL, error))
    return FALSE;
  for (gint64 i = 0; i < list->length; i++)
    {
      const char *text = buffer + (gsize) i * width;
      gsize length = strnlen (text, width);
      while (blanks && length > 0 && text[length - 1] == ' ')
        length--;
      texts[i] = take_text (list, i, text, length, error);
      if (texts[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

static void *
loan (size_t size, void *loans)
{
  gpointer memory = g_try_malloc (MAX (size, 1));

  if (memory != NULL)
    g_ptr_array_add (loans, memory);
  return memory;
}

static void
keep_loan (void *memory, void *loans)
{
  (void) memory;
  (void) loans;
}

/* Texts of any length. The library allocates each through us, since it loses those it has when it fails midway. */
static gboolean
read_variable (const Hdf5List *list, hid_t type, char **texts, GError **error)
{
  g_autoptr (GPtrArray) loans = g_ptr_array_new_with_free_func (g_free);
  g_autofree char **loaned = g_new0 (char *, MAX (list->length, 1));
  g_auto (Hdf5Id) transfer = H5Pcreate (H5P_DATASET_XFER);

  if (H5Pset_vlen_mem_manager (transfer, loan, loans, keep_loan, loans) < 0)
    return fail_in_library (list->name, error);
  if (!read_blocks (list, type, transfer, loaned, NULL, error))
    return FALSE;
  for (gint64 i = 0; i < list->length; i++)
    {
      const char *text = loaned[i] != NULL ? loaned[i] : "";
      texts[i] = take_text (list, i, text, strlen (text), error);
      if (texts[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

static char **
dup_texts (const Hdf5List *list, hid_t type, hid_t text_type, GError **error)
{
  g_auto (GStrv) texts = g_try_new0 (char *, (gsize) list->length + 1);

  if (texts == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for %" PRId64 " texts", list->name, list->length);
      return NULL;
    }
  gboolean good = H5Tis_variable_str (text_type) > 0 ? read_variable (list, type, texts, error)
                                                     : read_fixed (list, type, text_type, texts, error);
  return good ? g_steal_pointer (&texts) : NULL;
}

/**
 * smooth_i_hdf5_list_dup_texts:
 *
 * Returns: (transfer full): the texts of a list of fixed or variable width, NULL-terminated
 */
char **
smooth_i_hdf5_list_dup_texts (const Hdf5List *list, GError **error)
{
  if (list->class != H5T_STRING)
    {
      smooth_i_refuse (list->name, error, "expected texts, found %s",
                       list->class == H5T_INTEGER || list->class == H5T_FLOAT ? _("numbers") : _("other elements"));
      return NULL;
    }
  g_auto (Hdf5Id) type = H5Dget_type (list->id);
  return dup_texts (list, type, type, error);
}

/* Returns: (transfer full): the type of compounds in memory that have @member alone, read as @type */
static hid_t
make_member_type (const char *member, hid_t type)
{
  hid_t compound = H5Tcreate (H5T_COMPOUND, H5Tget_size (type));

  if (compound >= 0)
    H5Tinsert (compound, member, 0, type);
  return compound;
}

/**
 * smooth_i_hdf5_list_dup_member_texts:
 * @list: of compounds
 *
 * Returns: (transfer full): the texts in that member of each
 */
char **
smooth_i_hdf5_list_dup_member_texts (const Hdf5List *list, const char *member, GError **error)
{
  g_auto (Hdf5Id) compound = H5Dget_type (list->id);
  int i = H5Tget_member_index (compound, member);
  g_auto (Hdf5Id) text = i >= 0 ? H5Tget_member_type (compound, (unsigned) i) : H5I_INVALID_HID;

  if (text < 0 || H5Tget_class (text) != H5T_STRING || H5Tget_size (text) > MAX_TEXT)
    {
      smooth_i_refuse (list->name, error, "expected texts in the member '%s', found other elements", member);
      return NULL;
    }
  g_auto (Hdf5Id) type = make_member_type (member, text);
  return dup_texts (list, type, text, error);
}

/* Reads a member of compounds as numbers of @type. */
gboolean
smooth_i_hdf5_list_read_member (const Hdf5List *list, const char *member, hid_t type, gpointer values, GError **error)
{
  g_auto (Hdf5Id) compound = make_member_type (member, type);

  return smooth_i_hdf5_list_read (list, compound, values, NULL, error);
}

/**
 * smooth_i_hdf5_list_dup_words:
 *
 * Returns: (transfer full): the texts of a list, or its numbers or flags as texts
 */
char **
smooth_i_hdf5_list_dup_words (const Hdf5List *list, GError **error)
{
  g_autofree double *values = NULL;
  char **words = NULL;

  if (list->class == H5T_ENUM)
    {
      g_autofree gboolean *flags = smooth_i_hdf5_list_dup_flags (list, error);
      words = flags != NULL ? g_new0 (char *, list->length + 1) : NULL;
      for (gint64 i = 0; words != NULL && i < list->length; i++)
        words[i] = g_strdup (flags[i] ? "True" : "False");
      return words;
    }
  if (list->class != H5T_INTEGER && list->class != H5T_FLOAT)
    return smooth_i_hdf5_list_dup_texts (list, error);
  values = g_try_new (double, list->length + 1);
  words = values != NULL ? g_try_new0 (char *, list->length + 1) : NULL;
  if (words == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for %" PRId64 " numbers", list->name,
                        list->length);
      return NULL;
    }
  if (!smooth_i_hdf5_list_read (list, H5T_NATIVE_DOUBLE, values, NULL, error))
    {
      g_free (words);
      return NULL;
    }
  for (gint64 i = 0; i < list->length; i++)
    {
      char text[SMOOTH_I_DECIMAL_SIZE] = "nan";
      if (isfinite (values[i]))
        smooth_i_format_number (values[i], text);
      words[i] = g_strdup (text);
    }
  return words;
}

/**
 * smooth_i_hdf5_list_dup_flags:
 *
 * Returns: (transfer full): a list of integers, or of h5py's booleans (an enumeration in one byte), each as 0 or 1
 */
gboolean *
smooth_i_hdf5_list_dup_flags (const Hdf5List *list, GError **error)
{
  g_auto (Hdf5Id) type = H5Dget_type (list->id);
  gboolean is_enum = list->class == H5T_ENUM && H5Tget_size (type) == 1;
  g_autofree gint8 *bytes = g_try_malloc0 ((gsize) list->length + 1);
  gboolean *flags = NULL;

  if (!is_enum && list->class != H5T_INTEGER)
    {
      smooth_i_refuse (list->name, error, "expected flags (booleans or whole numbers), found other elements");
      return NULL;
    }
  if (bytes == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for %" PRId64 " flags", list->name, list->length);
      return NULL;
    }
  if (!smooth_i_hdf5_list_read (list, is_enum ? type : H5T_NATIVE_INT8, bytes, NULL, error))
    return NULL;
  flags = g_new (gboolean, list->length + 1);
  for (gint64 i = 0; i < list->length; i++)
    flags[i] = bytes[i] != 0;
  return flags;
}
