/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An allocator that refuses one chosen block, and counts those that are still held. For programs that include it once.
 *
 * Only large blocks count, which are those that grow with the data: GLib ends the program where it cannot have a small one.
 * It stands before glibc's own functions, for all libraries of the program; not beside sanitizers, which do the same.
 */
#pragma once

#include <glib.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define HAS_FAILING_MALLOC 1

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LARGE 5000 /* bytes */

void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *memory, size_t size);
void *__libc_memalign (size_t alignment, size_t size);
void __libc_free (void *memory);

static _Atomic gint64 failing_next = -1; /* so many large blocks until the one that is refused; below 0: none */
static _Atomic gint64 failing_held;      /* large blocks that have not been freed */

static gboolean
failing_refuse (size_t size)
{
  if (size < LARGE || atomic_load (&failing_next) < 0 || atomic_fetch_sub (&failing_next, 1) != 0)
    return FALSE;
  errno = ENOMEM;
  return TRUE;
}

static void *
failing_count (void *memory, gint64 change)
{
  if (memory != NULL && malloc_usable_size (memory) >= LARGE)
    atomic_fetch_add (&failing_held, change);
  return memory;
}

void *
malloc (size_t size)
{
  return failing_refuse (size) ? NULL : failing_count (__libc_malloc (size), 1);
}

void *
calloc (size_t n, size_t size)
{
  size_t bytes;

  if (!__builtin_mul_overflow (n, size, &bytes) && failing_refuse (bytes))
    return NULL;
  return failing_count (__libc_calloc (n, size), 1);
}

void *
realloc (void *memory, size_t size)
{
  if (failing_refuse (size))
    return NULL;
  gint64 before = memory != NULL && malloc_usable_size (memory) >= LARGE;
  void *grown = __libc_realloc (memory, size);
  if (grown != NULL || size == 0)
    atomic_fetch_sub (&failing_held, before);
  return failing_count (grown, 1);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  return failing_refuse (size) ? NULL : failing_count (__libc_memalign (alignment, size), 1);
}

void *
memalign (size_t alignment, size_t size)
{
  return aligned_alloc (alignment, size);
}

int
posix_memalign (void **memory, size_t alignment, size_t size)
{
  void *found = aligned_alloc (alignment, size);

  if (found == NULL)
    return ENOMEM;
  *memory = found;
  return 0;
}

void
free (void *memory)
{
  failing_count (memory, -1);
  __libc_free (memory);
}

#else
#define HAS_FAILING_MALLOC 0
#endif
