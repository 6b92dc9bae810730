/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of files on threads of their own, so that the window never waits. */
#pragma once

#include "gene-index.h"
#include "plate.h"
#include "progress.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* A section with what the window needs besides. */
typedef struct
{
  SmoothSection *section;
  ScopePlate *plate;     /* (nullable): no histology */
  ScopeGeneIndex *genes;
} ScopeLoaded;

void scope_loaded_free (ScopeLoaded *loaded);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeLoaded, scope_loaded_free)

void scope_load_section_async (const char *path, ScopeProgress *progress, GAsyncReadyCallback callback, gpointer data);
ScopeLoaded *scope_load_section_finish (GAsyncResult *result, GError **error);

void scope_load_signature_async (const char *path, SmoothSection *section, SmoothScale scale, ScopeProgress *progress, GAsyncReadyCallback callback,
                                 gpointer data);
SmoothSignature *scope_load_signature_finish (GAsyncResult *result, GError **error);

void scope_load_regions_async (const char *path, SmoothSection *section, GAsyncReadyCallback callback, gpointer data);
SmoothRegions *scope_load_regions_finish (GAsyncResult *result, GError **error);

void scope_load_picture_async (const char *path, SmoothSection *section, ScopeProgress *progress, GAsyncReadyCallback callback,
                               gpointer data);
ScopePlate *scope_load_picture_finish (GAsyncResult *result, GError **error);

void scope_load_files_async (const char *const paths[SMOOTH_N_INPUT_FILES], GAsyncReadyCallback callback, gpointer data);
SmoothInputFiles *scope_load_files_finish (GAsyncResult *result, GError **error);

void scope_load_categories_async (const char *path, SmoothSection *section, GAsyncReadyCallback callback, gpointer data);
SmoothLayer *scope_load_categories_finish (GAsyncResult *result, GError **error);

G_END_DECLS
