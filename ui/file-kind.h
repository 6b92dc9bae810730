/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file that was dropped on the window is meant to be. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  SCOPE_FILE_SECTION, /* a folder of Space Ranger, or a file in it */
  SCOPE_FILE_SIGNATURE,
  SCOPE_FILE_REGIONS,
  SCOPE_FILE_RECIPE,
  SCOPE_FILE_PICTURE,    /* a TIFF of the tissue */
  SCOPE_FILE_CATEGORIES, /* a table whose first column is called Barcode */
} ScopeFileKind;

ScopeFileKind scope_file_kind_of (const char *path);

G_END_DECLS
