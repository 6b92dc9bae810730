/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths that name one of several things in a file: 'FILE#NAME'. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *smooth_i_choice_split (const char *path, char **choice);
char *smooth_i_choice_join (const char *file, const char *choice);

G_END_DECLS
