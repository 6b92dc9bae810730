/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of numbers by their chunks: the library of HDF5 hands out the stored bytes, one thread at a time; they are unpacked
 * and turned into our numbers on all threads, which the library would do on one and element by element.
 *
 * That is for the chunks that are written day by day: numbers of whole bytes, little-endian, as they are or shuffled and
 * deflated. Of anything else, and of a chunk that is not there or damaged, the library has its say.
 *
 * Shuffled, the first bytes of all elements of a chunk come first, then all second bytes, and so on. High bytes of counts and
 * of row numbers are mostly zero all over: such planes are left out.
 */
#include "files/hdf5-private.h"

#include "base/error.h"
#include "base/parallel.h"
#include "files/inflate.h"

#include <stdatomic.h>
#include <string.h>

#define BATCH 1024 /* elements that are in the cache together */
#define MAX_SCRATCH ((gsize) 1 << 26) /* bytes of a chunk: larger ones are for the library */

typedef enum
{
  SIGNED,
  UNSIGNED,
  REAL,
} Kind;

/* How elements are stored. */
typedef struct
{
  Kind kind;
  gsize size;
  gboolean is_deflated, is_shuffled;
} Form;

/* What one thread unpacks with. */
typedef struct
{
  guint8 *packed, *bytes;
  gsize packed_room;
} Scratch;

typedef struct
{
  const Hdf5List *list;
  Form form;
  Hdf5Number number;
  gint64 chunk; /* elements */
  gpointer values;
  SmoothRun *run;
  Scratch *scratch; /* one a thread */
  GMutex lock;      /* of the library, among our threads */
  _Atomic gint64 n_done;
  GError *error;    /* the first; guarded by the lock */
  _Atomic gboolean has_failed;
} Job;

/* ---- What is stored ---- */

/* FALSE: elements that only the library can read. */
static gboolean
get_kind (hid_t type, Form *form)
{
  const struct { hid_t type; Kind kind; gsize size; } known[] = {
    { H5T_STD_I8LE, SIGNED, 1 },    { H5T_STD_U8LE, UNSIGNED, 1 },  { H5T_STD_I16LE, SIGNED, 2 },   { H5T_STD_U16LE, UNSIGNED, 2 },
    { H5T_STD_I32LE, SIGNED, 4 },   { H5T_STD_U32LE, UNSIGNED, 4 }, { H5T_STD_I64LE, SIGNED, 8 },   { H5T_STD_U64LE, UNSIGNED, 8 },
    { H5T_IEEE_F32LE, REAL, 4 },    { H5T_IEEE_F64LE, REAL, 8 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (H5Tequal (type, known[i].type) > 0)
      {
        form->kind = known[i].kind;
        form->size = known[i].size;
        return TRUE;
      }
  return FALSE;
}

/* FALSE: packed in a way that only the library can unpack. */
static gboolean
get_filters (hid_t creation, Form *form)
{
  int n = H5Pget_nfilters (creation);

  for (int i = 0; i < n; i++)
    {
      unsigned flags, config;
      size_t n_values = 0;
      H5Z_filter_t filter = H5Pget_filter2 (creation, (unsigned) i, &flags, &n_values, NULL, 0, NULL, &config);
      if (filter == H5Z_FILTER_SHUFFLE && i == 0)
        form->is_shuffled = form->size > 1;
      else if (filter == H5Z_FILTER_DEFLATE && i == n - 1)
        form->is_deflated = TRUE;
      else
        return FALSE;
    }
  return n >= 0;
}

/* FALSE: a list that only the library can read. */
static gboolean
get_form (const Hdf5List *list, Form *form, gint64 *chunk)
{
  g_auto (Hdf5Id) type = H5Dget_type (list->id);
  g_auto (Hdf5Id) creation = H5Dget_create_plist (list->id);
  hsize_t size;

  *form = (Form){ 0 };
  if (G_BYTE_ORDER != G_LITTLE_ENDIAN || H5Pget_layout (creation) != H5D_CHUNKED || H5Pget_chunk (creation, 1, &size) != 1
      || !get_kind (type, form) || !get_filters (creation, form) || size > MAX_SCRATCH / form->size)
    return FALSE;
  *chunk = (gint64) size;
  return TRUE;
}

/* ---- Elements ---- */

static gboolean
is_zero (const guint8 *bytes, gint64 n)
{
  return n == 0 || (bytes[0] == 0 && memcmp (bytes, bytes + 1, (gsize) n - 1) == 0);
}

/* The bytes of @n elements from @first on as words; @n_planes: those above are zero. */
static void
gather_planes (const guint8 *bytes, gint64 chunk, gsize n_planes, gint64 first, gint64 n, guint64 *words)
{
  const guint8 *plane = bytes + first;

  for (gint64 i = 0; i < n; i++)
    words[i] = plane[i];
  for (gsize k = 1; k < n_planes; k++)
    {
      plane += chunk;
      for (gint64 i = 0; i < n; i++)
        words[i] |= (guint64) plane[i] << 8 * k;
    }
}

static void
gather_elements (const guint8 *bytes, gsize size, gint64 n, guint64 *words)
{
  for (gint64 i = 0; i < n; i++, bytes += size)
    {
      words[i] = 0;
      memcpy (&words[i], bytes, size);
    }
}

/* Widens numbers below zero. */
static void
extend_signs (gsize size, gint64 n, guint64 *words)
{
  int shift = (int) (64 - 8 * size);

  for (gint64 i = 0; i < n; i++)
    words[i] = (guint64) ((gint64) (words[i] << shift) >> shift);
}

/* The library clips what does not fit, too. */
static void
set_rows (Kind kind, gint64 n, const guint64 *words, gint32 *rows)
{
  if (kind == UNSIGNED)
    for (gint64 i = 0; i < n; i++)
      rows[i] = (gint32) MIN (words[i], (guint64) G_MAXINT32);
  else
    for (gint64 i = 0; i < n; i++)
      rows[i] = (gint32) CLAMP ((gint64) words[i], G_MININT32, G_MAXINT32);
}

static void
set_values (const Form *form, gint64 n, const guint64 *words, double *values)
{
  if (form->kind == UNSIGNED)
    for (gint64 i = 0; i < n; i++)
      values[i] = (double) words[i];
  else if (form->kind == SIGNED)
    for (gint64 i = 0; i < n; i++)
      values[i] = (double) (gint64) words[i];
  else if (form->size == sizeof (double))
    memcpy (values, words, (gsize) n * sizeof (double));
  else
    for (gint64 i = 0; i < n; i++)
      {
        guint32 word = (guint32) words[i];
        float value;
        memcpy (&value, &word, sizeof value);
        values[i] = value;
      }
}

/* Writes the first @n elements of an unpacked chunk to where element @first belongs. */
static void
convert (const Job *job, const guint8 *bytes, gint64 first, gint64 n)
{
  const Form *form = &job->form;
  gsize n_planes = form->size;
  guint64 words[BATCH];

  while (form->is_shuffled && n_planes > 1 && is_zero (bytes + (gint64) (n_planes - 1) * job->chunk, job->chunk))
    n_planes--;
  for (gint64 at = 0; at < n; at += BATCH)
    {
      gint64 count = MIN (BATCH, n - at);
      if (form->is_shuffled)
        gather_planes (bytes, job->chunk, n_planes, at, count, words);
      else
        gather_elements (bytes + at * (gint64) form->size, form->size, count, words);
      if (form->kind == SIGNED && n_planes == form->size)
        extend_signs (form->size, count, words);
      if (job->number == HDF5_ROW)
        set_rows (form->kind, count, words, (gint32 *) job->values + first + at);
      else
        set_values (form, count, words, (double *) job->values + first + at);
    }
}

/* ---- Chunks ---- */

static void
scratch_clear (Scratch *scratch)
{
  g_free (scratch->packed);
  g_free (scratch->bytes);
}

/* Returns: the stored bytes of the chunk, whose number is *@n; NULL where the library shall read it. Called under the lock */
static const guint8 *
fetch (const Job *job, Scratch *scratch, gint64 first, gsize *n)
{
  gsize whole = (gsize) job->chunk * job->form.size;
  hsize_t offset = (hsize_t) first, size = 0;
  guint32 mask = 0;

  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL); /* libraries that are safe for threads keep this by thread */
  if (H5Dget_chunk_storage_size (job->list->id, &offset, &size) < 0 || size == 0 || size > MAX_SCRATCH
      || (!job->form.is_deflated && size != whole))
    return NULL;
  if (scratch->packed_room < size)
    {
      g_free (scratch->packed);
      scratch->packed = g_try_malloc (size);
      scratch->packed_room = scratch->packed != NULL ? size : 0;
    }
  if (scratch->packed == NULL || H5Dread_chunk (job->list->id, H5P_DEFAULT, &offset, &mask, scratch->packed) < 0 || mask != 0)
    return NULL;
  *n = size;
  return scratch->packed;
}

/* Returns: the elements; NULL where they are damaged, or more or fewer than they should be */
static const guint8 *
unpack (const Job *job, Scratch *scratch, const guint8 *packed, gsize n)
{
  gsize whole = (gsize) job->chunk * job->form.size;

  if (scratch->bytes == NULL)
    scratch->bytes = g_try_malloc (whole);
  return scratch->bytes != NULL && smooth_i_inflate_into (packed, n, scratch->bytes, whole) ? scratch->bytes : NULL;
}

/* Lets the library read a chunk, or say why it cannot. Called under the lock. */
static void
read_by_library (Job *job, gint64 first, gint64 n)
{
  gsize size = job->number == HDF5_ROW ? sizeof (gint32) : sizeof (double);

  if (job->error == NULL
      && !smooth_i_hdf5_list_read_part (job->list, job->number == HDF5_ROW ? H5T_NATIVE_INT32 : H5T_NATIVE_DOUBLE, first, n,
                                        (char *) job->values + (gsize) first * size, &job->error))
    job->has_failed = TRUE;
}

static void
read_chunk (gint64 block, gint worker, gpointer data)
{
  Job *job = data;
  Scratch *scratch = &job->scratch[worker];
  gint64 first = block * job->chunk, n = MIN (job->chunk, job->list->length - first);
  gsize n_packed = 0;

  if (job->has_failed || smooth_run_is_cancelled (job->run))
    return;
  g_mutex_lock (&job->lock);
  const guint8 *bytes = fetch (job, scratch, first, &n_packed);
  g_mutex_unlock (&job->lock);
  if (bytes != NULL && job->form.is_deflated)
    bytes = unpack (job, scratch, bytes, n_packed);
  if (bytes != NULL)
    convert (job, bytes, first, n);
  else
    {
      g_mutex_lock (&job->lock);
      read_by_library (job, first, n);
      g_mutex_unlock (&job->lock);
    }
  double n_done = (double) (atomic_fetch_add (&job->n_done, 1) + 1);
  smooth_run_report (job->run, ((double) job->number + n_done * (double) job->chunk / (double) job->list->length) / 2.0, "Reading the counts");
}

/**
 * smooth_i_hdf5_list_read_numbers:
 * @list: of integers, or of numbers where @number is a value
 * @number: what they are in memory: HDF5_ROW: gint32, clipped; HDF5_VALUE: double
 * @values: (out): room for all elements
 * @run: (nullable): progress, rows being the first half of it and values the second; cancellation, and how many threads
 *
 * Gives what smooth_i_hdf5_list_read() does. The caller holds smooth_i_hdf5_lock() for all threads. One chunk, packed and
 * unpacked, of each thread as workspace.
 */
gboolean
smooth_i_hdf5_list_read_numbers (const Hdf5List *list, Hdf5Number number, gpointer values, SmoothRun *run, GError **error)
{
  Job job = { .list = list, .number = number, .values = values, .run = run };

  if (!get_form (list, &job.form, &job.chunk))
    return smooth_i_hdf5_list_read (list, number == HDF5_ROW ? H5T_NATIVE_INT32 : H5T_NATIVE_DOUBLE, values, run, error);
  gint n_threads = MAX (smooth_run_get_n_threads (run), 1);
  job.scratch = g_new0 (Scratch, n_threads);
  g_mutex_init (&job.lock);
  smooth_i_parallel (n_threads, (list->length + job.chunk - 1) / job.chunk, read_chunk, &job);
  for (gint i = 0; i < n_threads; i++)
    scratch_clear (&job.scratch[i]);
  g_free (job.scratch);
  g_mutex_clear (&job.lock);
  if (job.error != NULL)
    g_propagate_error (error, job.error);
  return !job.has_failed && smooth_run_check (run, error);
}
