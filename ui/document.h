/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the window shows and the user edits: section, reference, regions, parameters, look and the newest outcome. */
#pragma once

#include "colouring.h"
#include "gene-index.h"
#include "history.h"
#include "plate.h"
#include "selection.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define SCOPE_MOST_CATEGORIES 8 /* files of categories that a section may have */

#define SCOPE_TYPE_DOCUMENT (scope_document_get_type ())
G_DECLARE_FINAL_TYPE (ScopeDocument, scope_document, SCOPE, DOCUMENT, GObject)

/* What a 'changed' signal tells. */
typedef enum
{
  SCOPE_CHANGED_SECTION = 1 << 0,
  SCOPE_CHANGED_SIGNATURE = 1 << 1,
  SCOPE_CHANGED_REGIONS = 1 << 2,
  SCOPE_CHANGED_PARAMETERS = 1 << 3,
  SCOPE_CHANGED_LOOK = 1 << 4,
  SCOPE_CHANGED_OUTCOME = 1 << 5,  /* a newer outcome, or the busy state */
  SCOPE_CHANGED_HISTORY = 1 << 6,  /* what can be undone and redone */
  SCOPE_CHANGED_PIN = 1 << 7,      /* the setting A, or its outcome */
  SCOPE_CHANGED_SELECTION = 1 << 8,
  SCOPE_CHANGED_LAYERS = 1 << 9,   /* what analyses found */
  SCOPE_CHANGED_PLATE = 1 << 20,   /* another histology of the same section */
  SCOPE_CHANGED_ANALYSES = 1 << 12, /* their settings */
} ScopeChanges;

ScopeDocument *scope_document_new (void);

void scope_document_set_section (ScopeDocument *document, SmoothSection *section, ScopePlate *plate, ScopeGeneIndex *genes);
void scope_document_set_signature (ScopeDocument *document, SmoothSignature *signature, SmoothScale asked_scale);
void scope_document_edit_files (ScopeDocument *document, SmoothInputFiles *files, const char *what);
void scope_document_edit_signature (ScopeDocument *document, SmoothSignature *signature, SmoothScale asked_scale, const char *what);
void scope_document_turn (ScopeDocument *document, gint turn);
void scope_document_open (ScopeDocument *document, SmoothSection *section, ScopePlate *plate, ScopeGeneIndex *genes,
                          const ScopeState *state, const ScopeLook *look);
const ScopeState *scope_document_get_state (ScopeDocument *document);
SmoothSection *scope_document_get_section (ScopeDocument *document);
void scope_document_set_plate (ScopeDocument *document, ScopePlate *plate, const char *path);
const char *scope_document_get_plate_path (ScopeDocument *document);
gboolean scope_document_add_categories (ScopeDocument *document, SmoothLayer *layer, const char *path);
GPtrArray *scope_document_get_category_files (ScopeDocument *document);
ScopePlate *scope_document_get_plate (ScopeDocument *document);
ScopeGeneIndex *scope_document_get_genes (ScopeDocument *document);
SmoothSignature *scope_document_get_signature (ScopeDocument *document);
SmoothScale scope_document_get_asked_scale (ScopeDocument *document);

SmoothRegions *scope_document_get_regions (ScopeDocument *document);
void scope_document_edit_regions (ScopeDocument *document, SmoothRegions *regions, const char *what);

void scope_document_mark_saved (ScopeDocument *document);
void scope_document_mark_saved_as (ScopeDocument *document, const ScopeState *state, const ScopeLook *look);
void scope_document_mark_recovered (ScopeDocument *document);
void scope_document_mark_regions_saved (ScopeDocument *document);
gboolean scope_document_is_modified (ScopeDocument *document, gboolean with_look);

const SmoothParameters *scope_document_get_parameters (ScopeDocument *document);
gboolean scope_document_set_parameter (ScopeDocument *document, const SmoothParameterGroup *group, const SmoothParam *param,
                                       double value, GError **error);
void scope_document_set_held (ScopeDocument *document, gboolean is_held);
void scope_document_set_parameters (ScopeDocument *document, const SmoothParameters *parameters, const char *what);

const SmoothAnalysisSettings *scope_document_get_analyses (ScopeDocument *document);
void scope_document_set_analyses (ScopeDocument *document, const SmoothAnalysisSettings *settings, const char *what, gconstpointer merge_key);

const ScopeLook *scope_document_get_look (ScopeDocument *document);
void scope_document_set_look (ScopeDocument *document, const ScopeLook *look);

ScopeSelection *scope_document_get_selection (ScopeDocument *document);
void scope_document_set_selection (ScopeDocument *document, ScopeSelection *selection);
void scope_document_select (ScopeDocument *document, ScopeSelection *spots, ScopeSelectMode mode);
guint scope_document_get_n_layers (ScopeDocument *document);
SmoothLayer *scope_document_get_nth_layer (ScopeDocument *document, guint i);
SmoothLayer *scope_document_get_layer (ScopeDocument *document, const char *key);
SmoothLayer *scope_document_get_looked_at_layer (ScopeDocument *document);
void scope_document_set_layer (ScopeDocument *document, SmoothLayer *layer);
void scope_document_remove_layer (ScopeDocument *document, const char *key);

void scope_document_pin (ScopeDocument *document);
void scope_document_set_pinned (ScopeDocument *document, ScopePin *pin, const char *what);
void scope_document_swap_pinned (ScopeDocument *document);
void scope_document_return_to_pinned (ScopeDocument *document);
const ScopePin *scope_document_get_pinned (ScopeDocument *document);
SmoothOutcome *scope_document_get_pinned_outcome (ScopeDocument *document);
GPtrArray *scope_document_get_pinned_layers (ScopeDocument *document);
void scope_document_get_source (ScopeDocument *document, ScopeSource *source);
void scope_document_get_pinned_source (ScopeDocument *document, ScopeSource *source);

void scope_document_undo (ScopeDocument *document);
void scope_document_redo (ScopeDocument *document);
const char *scope_document_get_undo (ScopeDocument *document);
const char *scope_document_get_redo (ScopeDocument *document);

SmoothOutcome *scope_document_get_outcome (ScopeDocument *document);
guint64 scope_document_get_generation (ScopeDocument *document);
gboolean scope_document_is_busy (ScopeDocument *document);
void scope_document_wait (ScopeDocument *document, gint64 deadline);
const GError *scope_document_get_failure (ScopeDocument *document);

G_END_DECLS
