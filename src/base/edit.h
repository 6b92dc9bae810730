/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which values of an object differ from those of an earlier one, so that what was made of the one serves for the other. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Part of an immutable object that is an array over places (spots, columns). A version names the values; it lives as long as
 * somebody holds it, so that its address names nothing else meanwhile. */
typedef struct
{
  gpointer version;
  gpointer from;  /* (nullable): version of the object that this one was made of */
  gint64 n;
  gint32 *places; /* n: ascending: where the two may differ */
} SmoothEdit;

void smooth_i_edit_init (SmoothEdit *edit);
void smooth_i_edit_clear (SmoothEdit *edit);
void smooth_i_edit_set (SmoothEdit *edit, const SmoothEdit *from, const gint32 *places, gint64 n);
gpointer smooth_i_edit_ref_version (const SmoothEdit *edit);
void smooth_i_edit_unref_version (gpointer version);

/* Whether the object was made of that of a version. */
static inline gboolean
smooth_i_edit_is_from (const SmoothEdit *edit, gconstpointer version)
{
  return version != NULL && edit->from == version;
}

G_END_DECLS
