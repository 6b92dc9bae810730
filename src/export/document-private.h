/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drawings as PDF and SVG documents whose text stays text: of figures and of plots. */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

typedef void (*SmoothDocumentFunc) (cairo_t *cairo, gconstpointer data);

typedef struct
{
  SmoothDocumentFunc draw;
  gconstpointer data;
  double width, height; /* points */
  const char *title;
  const char *recipe;   /* (nullable): JSON that goes into the file */
} SmoothDocument;

gboolean smooth_i_document_save_pdf (const SmoothDocument *document, const char *path, GError **error);
gboolean smooth_i_document_save_svg (const SmoothDocument *document, const char *path, GError **error);

G_END_DECLS
