/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file layer in which one chosen operation fails: a library that stands before libc's own (LD_PRELOAD).
 *
 * Only what changes files below the folder $FAILING_FOLDER counts: opening for writing, writing, bringing to the disk, closing,
 * renaming and making folders. The operation of number $FAILING_AT (from 1) fails as on a full disk (ENOSPC), and from then on
 * so do all of the same kind where $FAILING_STAYS is set. The number of operations is written to $FAILING_COUNT at the end.
 * A write that fails has written half of its bytes before, as a disk that runs full does.
 */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS /* both forms of open() and its like are meant as they are called */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum
{
  OPEN = 1,
  WRITE,
  SYNC,
  CLOSE,
  RENAME,
  MAKE,
  TRUNCATE,
} Kind;

static _Atomic int n_done;
static _Atomic int failed_kind;

static const char *
get_folder (void)
{
  const char *folder = getenv ("FAILING_FOLDER");

  return folder != NULL && *folder != '\0' ? folder : NULL;
}

static int
is_below (const char *path)
{
  const char *folder = get_folder ();
  char whole[PATH_MAX];

  if (folder == NULL || path == NULL)
    return 0;
  if (*path != '/')
    {
      if (getcwd (whole, sizeof whole) == NULL || strlen (whole) + strlen (path) + 2 > sizeof whole)
        return 0;
      strcat (strcat (whole, "/"), path);
      path = whole;
    }
  return strncmp (path, folder, strlen (folder)) == 0;
}

/* Whether this descriptor is a file below the folder that may be written. */
static int
is_ours (int fd)
{
  char link[64], path[PATH_MAX];

  if (get_folder () == NULL || fd < 0)
    return 0;
  int flags = fcntl (fd, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
    return 0;
  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink (link, path, sizeof path - 1);
  if (n < 0)
    return 0;
  path[n] = '\0';
  return is_below (path);
}

/* Counts an operation, and tells whether it is the one to fail. */
static int
fails (Kind kind)
{
  const char *at = getenv ("FAILING_AT");
  int now = atomic_fetch_add (&n_done, 1) + 1;

  if (at != NULL && now == atoi (at))
    atomic_store (&failed_kind, kind);
  else if (getenv ("FAILING_STAYS") == NULL || atomic_load (&failed_kind) != (int) kind)
    return 0;
  errno = ENOSPC;
  return 1;
}

#define NEXT(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

__attribute__ ((destructor)) static void
tell (void)
{
  const char *path = getenv ("FAILING_COUNT");
  int fd = path != NULL ? NEXT (open) (path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;

  if (fd < 0)
    return;
  dprintf (fd, "%d\n", atomic_load (&n_done));
  NEXT (close) (fd);
}

static int
open_any (__typeof__ (&open) next, const char *path, int flags, mode_t mode)
{
  if ((flags & O_ACCMODE) != O_RDONLY && is_below (path) && fails (OPEN))
    return -1;
  return next (path, flags, mode);
}

#define OPENS(name)                                                                                                                    \
  int name (const char *path, int flags, ...)                                                                                         \
  {                                                                                                                                    \
    va_list args;                                                                                                                      \
    va_start (args, flags);                                                                                                            \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg (args, mode_t) : 0;                                                    \
    va_end (args);                                                                                                                     \
    return open_any ((__typeof__ (&open)) dlsym (RTLD_NEXT, #name), path, flags, mode);                                                \
  }

OPENS (open)
OPENS (open64)

ssize_t
write (int fd, const void *data, size_t n)
{
  if (is_ours (fd) && fails (WRITE))
    {
      if (n > 1)
        (void) !NEXT (write) (fd, data, n / 2);
      errno = ENOSPC;
      return -1;
    }
  return NEXT (write) (fd, data, n);
}

#define WRITES_AT(name, offset_type)                                                                                                   \
  ssize_t name (int fd, const void *data, size_t n, offset_type at)                                                                    \
  {                                                                                                                                    \
    if (is_ours (fd) && fails (WRITE))                                                                                                 \
      return -1;                                                                                                                       \
    return NEXT (name) (fd, data, n, at);                                                                                              \
  }

WRITES_AT (pwrite, off_t)
WRITES_AT (pwrite64, off64_t)

#define TRUNCATES(name, offset_type)                                                                                                   \
  int name (int fd, offset_type size)                                                                                                  \
  {                                                                                                                                    \
    return is_ours (fd) && fails (TRUNCATE) ? -1 : NEXT (name) (fd, size);                                                             \
  }

TRUNCATES (ftruncate, off_t)
TRUNCATES (ftruncate64, off64_t)

/* What is not to fail is not done either: nobody pulls the plug, and disks are slow. */
int
fsync (int fd)
{
  if (!is_ours (fd))
    return NEXT (fsync) (fd);
  return fails (SYNC) ? -1 : 0;
}

int
close (int fd)
{
  int failed = is_ours (fd) && fails (CLOSE);
  int answer = NEXT (close) (fd); /* the descriptor is gone in either case, as Linux does it */

  if (!failed)
    return answer;
  errno = ENOSPC;
  return -1;
}

int
rename (const char *from, const char *to)
{
  return is_below (to) && fails (RENAME) ? -1 : NEXT (rename) (from, to);
}

int
mkdir (const char *path, mode_t mode)
{
  return is_below (path) && fails (MAKE) ? -1 : NEXT (mkdir) (path, mode);
}
