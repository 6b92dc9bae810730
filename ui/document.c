/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every edit goes through here: it is remembered for undo, handed to the engine and told to all panels by one signal. */
#include "document.h"

#include "engine.h"
#include "history.h"
#include "trace.h"

#include <glib/gi18n.h>
#include <string.h>

struct _ScopeDocument
{
  GObject parent_instance;

  SmoothSection *section;
  ScopePlate *plate;
  ScopeGeneIndex *genes;
  SmoothSignature *signature;
  SmoothScale asked_scale;
  ScopeState state; /* what edits change */
  SmoothRegions *saved_regions;
  ScopeLook look;
  ScopeSelection *selection; /* NULL: no spot is selected */
  GPtrArray *layers; /* of SmoothLayer, referenced: what analyses found, in the order in which they first came */

  ScopeHistory *history;
  ScopeEngine *engine;
  SmoothOutcome *outcome; /* the newest; NULL before the first of a section */
  guint64 generation;     /* of the outcome */
  GError *failure;        /* of the newest request */
};

G_DEFINE_FINAL_TYPE (ScopeDocument, scope_document, G_TYPE_OBJECT)

static guint changed_signal;

static void
tell (ScopeDocument *document, ScopeChanges changes)
{
  g_signal_emit (document, changed_signal, 0, (guint) changes);
}

static void
compute (ScopeDocument *document)
{
  SmoothInputs inputs = { .section = document->section, .signature = document->signature, .regions = document->state.regions };

  if (document->section == NULL)
    return;
  g_clear_error (&document->failure);
  guint64 generation = scope_engine_request (document->engine, &inputs, &document->state.parameters);
  scope_trace_requested (generation);
}

static void
on_outcome (ScopeDocument *document, SmoothOutcome *outcome, guint64 generation)
{
  if (outcome->inputs.section != document->section || outcome->inputs.signature != document->signature)
    return;
  if (document->outcome != outcome)
    {
      g_clear_pointer (&document->outcome, smooth_outcome_unref);
      document->outcome = smooth_outcome_ref (outcome);
    }
  document->generation = generation;
  tell (document, SCOPE_CHANGED_OUTCOME);
}

/* The last good outcome stays. */
static void
on_failed (ScopeDocument *document, GError *error, guint64 generation)
{
  if (scope_engine_is_busy (document->engine))
    return;
  g_debug ("generation %" G_GUINT64_FORMAT " failed: %s", generation, error->message);
  g_clear_error (&document->failure);
  document->failure = g_error_copy (error);
  tell (document, SCOPE_CHANGED_OUTCOME);
}

/**
 * scope_document_set_section:
 * @section: the new section; referenced
 * @plate: (nullable): its histology; referenced
 * @genes: its genes; referenced
 *
 * Parameters stay as they are; reference, regions and history belonged to the old section and go.
 */
void
scope_document_set_section (ScopeDocument *document, SmoothSection *section, ScopePlate *plate, ScopeGeneIndex *genes)
{
  smooth_section_ref (section);
  g_clear_pointer (&document->section, smooth_section_unref);
  document->section = section;
  g_clear_pointer (&document->plate, scope_plate_unref);
  document->plate = plate != NULL ? scope_plate_ref (plate) : NULL;
  scope_gene_index_ref (genes);
  g_clear_pointer (&document->genes, scope_gene_index_unref);
  document->genes = genes;

  g_clear_pointer (&document->signature, smooth_signature_unref);
  g_clear_pointer (&document->outcome, smooth_outcome_unref);
  smooth_regions_unref (document->state.regions);
  document->state.regions = smooth_regions_new ();
  scope_document_mark_regions_saved (document);
  scope_history_clear (document->history);
  g_clear_pointer (&document->selection, scope_selection_unref);
  document->look.by = SCOPE_BY_COUNTS;
  document->look.gene = document->look.type = -1;
  document->look.layer = NULL;
  g_ptr_array_set_size (document->layers, 0);
  document->look.limits = SCOPE_LIMITS_AUTO;

  compute (document);
  tell (document, SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_LOOK
                      | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_HISTORY | SCOPE_CHANGED_SELECTION | SCOPE_CHANGED_LAYERS);
}

/**
 * scope_document_set_signature:
 * @signature: (nullable): the reference; referenced
 * @asked_scale: what the user said about its scale, for the recipe
 */
void
scope_document_set_signature (ScopeDocument *document, SmoothSignature *signature, SmoothScale asked_scale)
{
  ScopeChanges changes = SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_OUTCOME;

  if (signature != NULL)
    smooth_signature_ref (signature);
  g_clear_pointer (&document->signature, smooth_signature_unref);
  document->signature = signature;
  document->asked_scale = asked_scale;
  g_clear_pointer (&document->outcome, smooth_outcome_unref);

  ScopeColourBy by = document->look.by;
  gboolean by_type = by == SCOPE_BY_TYPE || by == SCOPE_BY_DOMINANT;
  if (signature != NULL && (by_type || by == SCOPE_BY_COUNTS))
    document->look.by = SCOPE_BY_DOMINANT;
  else if (signature == NULL && by_type)
    document->look.by = SCOPE_BY_COUNTS;
  document->look.type = -1;
  memset (document->look.type_colours, 0, sizeof document->look.type_colours);
  changes |= SCOPE_CHANGED_LOOK;

  compute (document);
  tell (document, changes);
}

SmoothSection *
scope_document_get_section (ScopeDocument *document)
{
  return document->section;
}

ScopePlate *
scope_document_get_plate (ScopeDocument *document)
{
  return document->plate;
}

/* Returns: (nullable): NULL before the first section */
ScopeGeneIndex *
scope_document_get_genes (ScopeDocument *document)
{
  return document->genes;
}

SmoothSignature *
scope_document_get_signature (ScopeDocument *document)
{
  return document->signature;
}

SmoothScale
scope_document_get_asked_scale (ScopeDocument *document)
{
  return document->asked_scale;
}

/* Never NULL. */
SmoothRegions *
scope_document_get_regions (ScopeDocument *document)
{
  return document->state.regions;
}

static void
remember (ScopeDocument *document, const char *what, gconstpointer merge_key)
{
  scope_history_push (document->history, &document->state, what, merge_key, g_get_monotonic_time ());
}

/**
 * scope_document_edit_regions:
 * @regions: the new list; referenced
 * @what: the edit, in a user's words, for undo
 */
void
scope_document_edit_regions (ScopeDocument *document, SmoothRegions *regions, const char *what)
{
  if (smooth_regions_equal (regions, document->state.regions))
    return;
  remember (document, what, NULL);
  smooth_regions_ref (regions);
  smooth_regions_unref (document->state.regions);
  document->state.regions = regions;
  compute (document);
  tell (document, SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_HISTORY | SCOPE_CHANGED_OUTCOME);
}

void
scope_document_mark_regions_saved (ScopeDocument *document)
{
  smooth_regions_ref (document->state.regions);
  g_clear_pointer (&document->saved_regions, smooth_regions_unref);
  document->saved_regions = document->state.regions;
}

/* Whether regions would be lost if the section were closed now. */
gboolean
scope_document_has_unsaved_regions (ScopeDocument *document)
{
  return smooth_regions_get_n (document->state.regions) > 0
         && !smooth_regions_equal (document->state.regions, document->saved_regions);
}

const SmoothParameters *
scope_document_get_parameters (ScopeDocument *document)
{
  return &document->state.parameters;
}

/**
 * scope_document_set_parameter:
 * @group: of smooth_parameter_groups
 * @param: of its table
 * @error: where @value is outside of its range; nothing is changed then
 */
gboolean
scope_document_set_parameter (ScopeDocument *document, const SmoothParameterGroup *group, const SmoothParam *param,
                              double value, GError **error)
{
  SmoothParameters parameters = document->state.parameters;

  if (!smooth_param_set (param, (char *) &parameters + group->offset, value, error))
    return FALSE;
  if (smooth_parameters_equal (&parameters, &document->state.parameters))
    return TRUE;

  remember (document, g_dgettext (GETTEXT_PACKAGE, param->label), param);
  document->state.parameters = parameters;
  compute (document);
  tell (document, SCOPE_CHANGED_PARAMETERS | SCOPE_CHANGED_HISTORY | SCOPE_CHANGED_OUTCOME);
  return TRUE;
}

/* Whether a hand holds a slider: what it does until it lets go is one step of undo. */
void
scope_document_set_held (ScopeDocument *document, gboolean is_held)
{
  scope_history_set_held (document->history, is_held);
}

/* All parameters at once, as one step. */
void
scope_document_set_parameters (ScopeDocument *document, const SmoothParameters *parameters, const char *what)
{
  if (smooth_parameters_equal (parameters, &document->state.parameters))
    return;
  remember (document, what, NULL);
  document->state.parameters = *parameters;
  compute (document);
  tell (document, SCOPE_CHANGED_PARAMETERS | SCOPE_CHANGED_HISTORY | SCOPE_CHANGED_OUTCOME);
}

const ScopeLook *
scope_document_get_look (ScopeDocument *document)
{
  return &document->look;
}

void
scope_document_set_look (ScopeDocument *document, const ScopeLook *look)
{
  if (memcmp (look, &document->look, sizeof *look) == 0)
    return;
  document->look = *look;
  tell (document, SCOPE_CHANGED_LOOK);
}

/* Returns: (nullable): NULL where no spot is selected */
ScopeSelection *
scope_document_get_selection (ScopeDocument *document)
{
  return document->selection;
}

/**
 * scope_document_set_selection:
 * @selection: (nullable): of the section's spots; referenced
 */
void
scope_document_set_selection (ScopeDocument *document, ScopeSelection *selection)
{
  if (selection == document->selection)
    return;
  g_return_if_fail (selection == NULL || (document->section != NULL && selection->n_spots == document->section->n_spots));
  if (selection != NULL)
    scope_selection_ref (selection);
  g_clear_pointer (&document->selection, scope_selection_unref);
  document->selection = selection;
  tell (document, SCOPE_CHANGED_SELECTION);
}

/* Selects @spots (nullable), alone or together with what is selected. */
void
scope_document_select (ScopeDocument *document, ScopeSelection *spots, ScopeSelectMode mode)
{
  ScopeSelection *selection = scope_selection_combine (document->selection, spots, mode);

  scope_document_set_selection (document, selection);
  g_clear_pointer (&selection, scope_selection_unref);
}

guint
scope_document_get_n_layers (ScopeDocument *document)
{
  return document->layers->len;
}

/* Returns: (transfer none) */
SmoothLayer *
scope_document_get_nth_layer (ScopeDocument *document, guint i)
{
  return document->layers->pdata[i];
}

static gint
find_layer (ScopeDocument *document, const char *key)
{
  for (guint i = 0; key != NULL && i < document->layers->len; i++)
    if (g_str_equal (scope_document_get_nth_layer (document, i)->key, key))
      return (gint) i;
  return -1;
}

/* Returns: (nullable) (transfer none): the layer of that key */
SmoothLayer *
scope_document_get_layer (ScopeDocument *document, const char *key)
{
  gint i = find_layer (document, key);

  return i >= 0 ? scope_document_get_nth_layer (document, (guint) i) : NULL;
}

/* Returns: (nullable) (transfer none): the layer that spots are coloured by */
SmoothLayer *
scope_document_get_looked_at_layer (ScopeDocument *document)
{
  return document->look.by == SCOPE_BY_LAYER ? scope_document_get_layer (document, document->look.layer) : NULL;
}

/**
 * scope_document_set_layer:
 * @layer: of the present section; referenced; takes the place of the one of the same key
 */
void
scope_document_set_layer (ScopeDocument *document, SmoothLayer *layer)
{
  gint i = find_layer (document, layer->key);

  if (document->section == NULL || layer->n_spots != document->section->n_spots)
    return;
  smooth_layer_ref (layer);
  if (i < 0)
    g_ptr_array_add (document->layers, layer);
  else
    {
      smooth_layer_unref (document->layers->pdata[i]);
      document->layers->pdata[i] = layer;
    }
  tell (document, SCOPE_CHANGED_LAYERS);
}

/* Spots that were coloured by it are coloured by their counts. */
void
scope_document_remove_layer (ScopeDocument *document, const char *key)
{
  ScopeChanges changes = SCOPE_CHANGED_LAYERS;
  gint i = find_layer (document, key);

  if (i < 0)
    return;
  if (document->look.by == SCOPE_BY_LAYER && g_strcmp0 (document->look.layer, key) == 0)
    {
      document->look.by = document->signature != NULL ? SCOPE_BY_DOMINANT : SCOPE_BY_COUNTS;
      changes |= SCOPE_CHANGED_LOOK;
    }
  g_ptr_array_remove_index (document->layers, (guint) i);
  tell (document, changes);
}

/* Tells what an undo or redo changed. */
static void
after_travel (ScopeDocument *document, SmoothRegions *regions_before, const SmoothParameters *parameters_before)
{
  ScopeChanges changes = SCOPE_CHANGED_HISTORY | SCOPE_CHANGED_OUTCOME;

  if (document->state.regions != regions_before)
    changes |= SCOPE_CHANGED_REGIONS;
  if (!smooth_parameters_equal (&document->state.parameters, parameters_before))
    changes |= SCOPE_CHANGED_PARAMETERS;
  compute (document);
  tell (document, changes);
}

static void
travel (ScopeDocument *document, gboolean (*step) (ScopeHistory *, ScopeState *))
{
  g_autoptr (SmoothRegions) regions = smooth_regions_ref (document->state.regions);
  SmoothParameters parameters = document->state.parameters;

  if (step (document->history, &document->state))
    after_travel (document, regions, &parameters);
}

void
scope_document_undo (ScopeDocument *document)
{
  travel (document, scope_history_undo);
}

void
scope_document_redo (ScopeDocument *document)
{
  travel (document, scope_history_redo);
}

/* Returns: (nullable): what undo would undo, in a user's words */
const char *
scope_document_get_undo (ScopeDocument *document)
{
  return scope_history_get_undo (document->history);
}

const char *
scope_document_get_redo (ScopeDocument *document)
{
  return scope_history_get_redo (document->history);
}

/* Returns: (nullable): the newest outcome; may belong to older parameters while the document is busy */
SmoothOutcome *
scope_document_get_outcome (ScopeDocument *document)
{
  return document->outcome;
}

guint64
scope_document_get_generation (ScopeDocument *document)
{
  return document->generation;
}

/* Whether the final outcome of the present parameters is still to come. */
gboolean
scope_document_is_busy (ScopeDocument *document)
{
  return scope_engine_is_busy (document->engine);
}

/* Waits for that outcome until @deadline (monotonic, us), where it is likely to come until then. */
void
scope_document_wait (ScopeDocument *document, gint64 deadline)
{
  scope_engine_wait (document->engine, deadline);
}

/* Returns: (nullable): why the present parameters have no outcome */
const GError *
scope_document_get_failure (ScopeDocument *document)
{
  return document->failure;
}

static void
scope_document_dispose (GObject *object)
{
  ScopeDocument *document = SCOPE_DOCUMENT (object);

  if (document->engine != NULL)
    g_signal_handlers_disconnect_by_data (document->engine, document);
  g_clear_object (&document->engine);
  G_OBJECT_CLASS (scope_document_parent_class)->dispose (object);
}

static void
scope_document_finalize (GObject *object)
{
  ScopeDocument *document = SCOPE_DOCUMENT (object);

  g_clear_pointer (&document->section, smooth_section_unref);
  g_clear_pointer (&document->plate, scope_plate_unref);
  g_clear_pointer (&document->genes, scope_gene_index_unref);
  g_clear_pointer (&document->signature, smooth_signature_unref);
  g_clear_pointer (&document->outcome, smooth_outcome_unref);
  g_clear_pointer (&document->selection, scope_selection_unref);
  smooth_regions_unref (document->state.regions);
  smooth_regions_unref (document->saved_regions);
  g_ptr_array_unref (document->layers);
  scope_history_free (document->history);
  g_clear_error (&document->failure);
  G_OBJECT_CLASS (scope_document_parent_class)->finalize (object);
}

static void
scope_document_class_init (ScopeDocumentClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_document_dispose;
  G_OBJECT_CLASS (klass)->finalize = scope_document_finalize;

  /* changed (ScopeChanges changes) */
  changed_signal = g_signal_new ("changed", SCOPE_TYPE_DOCUMENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 G_TYPE_UINT);
}

static void
scope_document_init (ScopeDocument *document)
{
  document->state.regions = smooth_regions_new ();
  document->saved_regions = smooth_regions_ref (document->state.regions);
  smooth_parameters_init (&document->state.parameters);
  scope_look_init (&document->look);
  document->layers = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_layer_unref);
  document->history = scope_history_new ();
  document->engine = scope_engine_new ();
  g_signal_connect_swapped (document->engine, "outcome", G_CALLBACK (on_outcome), document);
  g_signal_connect_swapped (document->engine, "failed", G_CALLBACK (on_failed), document);
}

ScopeDocument *
scope_document_new (void)
{
  return g_object_new (SCOPE_TYPE_DOCUMENT, NULL);
}
