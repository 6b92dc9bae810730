/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of TIFF share: libtiff's error handlers are the process's. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The first member of every client handle that is given to libtiff. */
typedef struct
{
  char message[200]; /* what libtiff said first */
} SmoothTiffMessage;

void smooth_i_tiff_set_handlers (void);

G_END_DECLS
