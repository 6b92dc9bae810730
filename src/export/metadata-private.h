/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recipes put into figures, and taken out of them. */
#pragma once

#include "export/metadata.h"

G_BEGIN_DECLS

#define METADATA_KEY "Smoothscope recipe"                                /* of PNG texts */
#define METADATA_FILE "smoothscope-recipe.json"                          /* of PDF attachments */
#define METADATA_NAMESPACE "https://smoothscope.org/ns/recipe/1"         /* of SVG elements; a name, not a place */
#define METADATA_LARGEST ((gsize) 64 << 20)                              /* bytes: a recipe with its regions */

/* Each returns the text of the recipe, NULL where there is none; @what: (out): why, in words, a static text. */
char *smooth_i_metadata_dup_from_png (const guint8 *data, gsize length, const char **what);
char *smooth_i_metadata_dup_from_pdf (const guint8 *data, gsize length, const char **what);
char *smooth_i_metadata_dup_from_svg (const guint8 *data, gsize length, const char **what);
char *smooth_i_metadata_inflate (const guint8 *data, gsize length);
char *smooth_i_metadata_dup (const guint8 *data, gsize length, const char *path, GError **error);

gboolean smooth_i_metadata_add_to_pdf (GByteArray *pdf, const char *text);
char *smooth_i_metadata_dup_for_svg (const char *title, const char *text);

G_END_DECLS
