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
  char *plate_path; /* (nullable): of a histology that is not the section's own */
  ScopePlate *plate;
  ScopeGeneIndex *genes;
  ScopeState state; /* what edits change */
  ScopeState saved; /* what is kept in a file, or what began */
  ScopeLook look, saved_look;
  gboolean is_recovered; /* what is there was never kept, though nothing has changed since */
  char **coloured_types; /* (nullable): the names that belong to look.own.types */
  ScopeSelection *selection; /* NULL: no spot is selected */
  GPtrArray *category_files; /* of char *: their layers are among the following, by their names */
  GPtrArray *layers; /* of SmoothLayer, referenced: what analyses found, in the order in which they first came */

  ScopeHistory *history;
  ScopeEngine *engine;
  SmoothOutcome *outcome; /* the newest; NULL before the first of a section */
  guint64 generation;     /* of the outcome */
  GError *failure;        /* of the newest request */

  ScopeEngine *pin_engine;       /* computes the outcome of the setting A where it is not there; NULL: was not needed */
  SmoothOutcome *pinned_outcome; /* (nullable): of the setting A */
  guint64 pin_generation;        /* of the newest request of that engine */
  GPtrArray *pinned_layers;      /* of SmoothLayer: as they were when the setting was kept; empty where they are not known */
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
  SmoothInputs inputs = { .section = document->section, .signature = document->state.signature, .regions = document->state.regions };

  if (document->section == NULL)
    return;
  smooth_input_files_fill (document->state.files, &inputs);
  g_clear_error (&document->failure);
  guint64 generation = scope_engine_request (document->engine, &inputs, &document->state.parameters);
  scope_trace_requested (generation);
}

/* The setting A */

/* Whether it was computed with the tables that there are. */
static gboolean
has_files (ScopeDocument *document, const SmoothOutcome *outcome)
{
  SmoothInputs inputs = { NULL };

  smooth_input_files_fill (document->state.files, &inputs);
  return outcome->inputs.likeness == inputs.likeness && outcome->inputs.confidences == inputs.confidences
         && outcome->inputs.type_priors == inputs.type_priors;
}

static gboolean
belongs_to_pin (ScopeDocument *document, const SmoothOutcome *outcome)
{
  const ScopePin *pin = document->state.pin;

  return outcome != NULL && pin != NULL && outcome->inputs.section == document->section
         && outcome->inputs.signature == document->state.signature && outcome->inputs.regions != NULL
         && has_files (document, outcome) && scope_pin_fits (pin, &outcome->parameters, outcome->inputs.regions)
         && (outcome->result == NULL || outcome->result->info.status != SMOOTH_STATUS_IMPROVING);
}

static SmoothLayer *
find_in (const GPtrArray *layers, const char *key)
{
  for (guint i = 0; key != NULL && i < layers->len; i++)
    if (g_str_equal (((SmoothLayer *) layers->pdata[i])->key, key))
      return layers->pdata[i];
  return NULL;
}

static void
take_pinned_outcome (ScopeDocument *document, SmoothOutcome *outcome)
{
  smooth_outcome_ref (outcome);
  g_clear_pointer (&document->pinned_outcome, smooth_outcome_unref);
  document->pinned_outcome = outcome;
}

static void
on_pin_outcome (ScopeDocument *document, SmoothOutcome *outcome, guint64 generation)
{
  if (generation != document->pin_generation || !belongs_to_pin (document, outcome))
    return;
  take_pinned_outcome (document, outcome);
  tell (document, SCOPE_CHANGED_PIN);
}

static void
on_pin_failed (ScopeDocument *document, GError *error, guint64 generation)
{
  g_debug ("the setting A failed: %s", error->message);
}

/* The outcome of the setting A is the present one, if that belongs to it; else it is computed beside. */
static void
compute_pinned (ScopeDocument *document)
{
  ScopePin *pin = document->state.pin;

  if (pin == NULL || document->section == NULL)
    {
      g_clear_pointer (&document->pinned_outcome, smooth_outcome_unref);
      g_ptr_array_set_size (document->pinned_layers, 0);
      document->pin_generation = 0;
      return;
    }
  if (belongs_to_pin (document, document->pinned_outcome))
    return;
  g_ptr_array_set_size (document->pinned_layers, 0);
  g_clear_pointer (&document->pinned_outcome, smooth_outcome_unref);
  if (belongs_to_pin (document, document->outcome))
    {
      document->pinned_outcome = smooth_outcome_ref (document->outcome);
      for (guint i = 0; i < document->layers->len; i++)
        g_ptr_array_add (document->pinned_layers, smooth_layer_ref (document->layers->pdata[i]));
      return;
    }
  if (document->pin_engine == NULL)
    {
      document->pin_engine = scope_engine_new ();
      g_signal_connect_swapped (document->pin_engine, "outcome", G_CALLBACK (on_pin_outcome), document);
      g_signal_connect_swapped (document->pin_engine, "failed", G_CALLBACK (on_pin_failed), document);
    }
  SmoothInputs inputs = { .section = document->section, .signature = document->state.signature, .regions = pin->regions };
  smooth_input_files_fill (document->state.files, &inputs);
  document->pin_generation = scope_engine_request (document->pin_engine, &inputs, &pin->parameters);
}

static void
on_outcome (ScopeDocument *document, SmoothOutcome *outcome, guint64 generation)
{
  if (outcome->inputs.section != document->section || outcome->inputs.signature != document->state.signature)
    return;
  if (document->outcome != outcome)
    {
      g_clear_pointer (&document->outcome, smooth_outcome_unref);
      document->outcome = smooth_outcome_ref (outcome);
    }
  document->generation = generation;
  gboolean is_pinned = document->pinned_outcome == NULL && belongs_to_pin (document, outcome);
  if (is_pinned)
    take_pinned_outcome (document, outcome);
  tell (document, SCOPE_CHANGED_OUTCOME | (is_pinned ? SCOPE_CHANGED_PIN : 0));
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

static void
remember (ScopeDocument *document, const char *what, gconstpointer merge_key)
{
  scope_history_push (document->history, &document->state, what, merge_key, g_get_monotonic_time ());
}

static void
remember_coloured_types (ScopeDocument *document)
{
  if (document->state.signature == NULL)
    return;
  g_strfreev (document->coloured_types);
  document->coloured_types = g_strdupv (document->state.signature->type_names);
}

/* What is shown where there is another reference, or none: its dominant types rather than counts; the colours that were
 * chosen for types stay as long as no reference with other types comes. */
static void
follow_signature (ScopeDocument *document)
{
  const SmoothSignature *signature = document->state.signature;
  ScopeColourBy by = document->look.by;
  gboolean by_type = by == SCOPE_BY_TYPE || by == SCOPE_BY_DOMINANT || by == SCOPE_BY_COMPOSITION;

  g_clear_pointer (&document->outcome, smooth_outcome_unref);
  if (signature != NULL && (by_type || by == SCOPE_BY_COUNTS))
    document->look.by = SCOPE_BY_DOMINANT;
  else if (signature == NULL && by_type)
    document->look.by = SCOPE_BY_COUNTS;
  document->look.type = -1;
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    if (document->look.channels[c].kind == SCOPE_CHANNEL_TYPE)
      document->look.channels[c] = (ScopeChannel){ 0 };
  if (signature == NULL)
    return;
  if (document->coloured_types == NULL
      || !g_strv_equal ((const char *const *) document->coloured_types, (const char *const *) signature->type_names))
    memset (document->look.own.types, 0, sizeof document->look.own.types);
  remember_coloured_types (document);
}

/* The section and all that belongs to it alone. */
static void
take_section (ScopeDocument *document, SmoothSection *section, ScopePlate *plate, ScopeGeneIndex *genes)
{
  smooth_section_ref (section);
  g_clear_pointer (&document->section, smooth_section_unref);
  document->section = section;
  if (plate != NULL)
    scope_plate_ref (plate);
  g_clear_pointer (&document->plate_path, g_free);
  g_clear_pointer (&document->plate, scope_plate_unref);
  document->plate = plate;
  scope_gene_index_ref (genes);
  g_clear_pointer (&document->genes, scope_gene_index_unref);
  document->genes = genes;
  g_clear_pointer (&document->outcome, smooth_outcome_unref);
  g_clear_pointer (&document->selection, scope_selection_unref);
  g_ptr_array_set_size (document->layers, 0);
  g_ptr_array_set_size (document->category_files, 0);
}

/* The section with its spots as they are to be turned. */
static void
follow_turn (ScopeDocument *document)
{
  SmoothSection *turned = smooth_section_new_turned (document->section, document->state.turn);

  smooth_section_unref (document->section);
  document->section = turned;
  document->state.turn = turned->turn;
}

/* Computes and tells all after a section was taken. */
static void
begin_section (ScopeDocument *document)
{
  scope_history_clear (document->history);
  scope_document_mark_saved (document);
  compute_pinned (document);
  compute (document);
  tell (document, SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_PARAMETERS
                      | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_HISTORY | SCOPE_CHANGED_SELECTION
                      | SCOPE_CHANGED_LAYERS | SCOPE_CHANGED_PIN);
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
  take_section (document, section, plate, genes);
  scope_state_clear (&document->state);
  document->state.regions = smooth_regions_new ();
  document->state.turn = section->turn;
  document->look.by = SCOPE_BY_COUNTS;
  document->look.gene = document->look.type = -1;
  document->look.layer = NULL;
  memset (document->look.channels, 0, sizeof document->look.channels);
  document->look.colours.limits = SMOOTH_LIMITS_AUTO;
  begin_section (document);
}

/**
 * scope_document_open:
 * @section: with @plate (nullable) and @genes as for scope_document_set_section()
 * @state: all that edits change, as it was kept; referenced
 * @look: how it was looked at; its gene, type and layer are those of @section and @state
 *
 * As if the section had always been there with all this: there is nothing to undo and nothing unsaved.
 */
void
scope_document_open (ScopeDocument *document, SmoothSection *section, ScopePlate *plate, ScopeGeneIndex *genes,
                     const ScopeState *state, const ScopeLook *look)
{
  ScopeState old = document->state;

  take_section (document, section, plate, genes);
  document->state = *state;
  scope_state_ref (&document->state);
  scope_state_clear (&old);
  follow_turn (document);
  document->look = *look;
  remember_coloured_types (document);
  begin_section (document);
}

/* The reference, and what of the look it decides. */
static void
take_signature (ScopeDocument *document, SmoothSignature *signature, SmoothScale asked_scale)
{
  if (signature != NULL)
    smooth_signature_ref (signature);
  g_clear_pointer (&document->state.signature, smooth_signature_unref);
  document->state.signature = signature;
  document->state.asked_scale = asked_scale;
  follow_signature (document);
}

/**
 * scope_document_set_signature:
 * @signature: the reference that belongs to the section; referenced
 * @asked_scale: what the user said about its scale, for the recipe
 *
 * It is there from the beginning: that cannot be undone.
 */
void
scope_document_set_signature (ScopeDocument *document, SmoothSignature *signature, SmoothScale asked_scale)
{
  take_signature (document, signature, asked_scale);
  if (document->saved.signature != document->state.signature)
    {
      g_clear_pointer (&document->saved.signature, smooth_signature_unref);
      document->saved.signature = signature != NULL ? smooth_signature_ref (signature) : NULL;
    }
  document->saved_look = document->look;
  compute (document);
  compute_pinned (document);
  tell (document, SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_PIN);
}

/* The number of the file that a layer is of, or -1. */
static gint
find_categories (ScopeDocument *document, const SmoothLayer *layer)
{
  for (guint i = 0; i < document->category_files->len; i++)
    {
      g_autofree char *name = g_path_get_basename (document->category_files->pdata[i]);
      if (g_str_has_prefix (layer->key, "file:") && g_str_equal (layer->key + strlen ("file:"), name))
        return (gint) i;
    }
  return -1;
}

/* Other spots under the same picture: what was computed for the old ones goes, what they are coloured by stays. */
static void
turn_section (ScopeDocument *document)
{
  follow_turn (document);
  g_clear_pointer (&document->outcome, smooth_outcome_unref);
  g_clear_pointer (&document->selection, scope_selection_unref);
  for (guint i = document->layers->len; i-- > 0;)
    if (find_categories (document, document->layers->pdata[i]) < 0)
      g_ptr_array_remove_index (document->layers, i);
}

#define CHANGED_BY_TURN (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_SELECTION | SCOPE_CHANGED_LAYERS | SCOPE_CHANGED_PIN)

/* Turns the spots on the picture, see smooth_section_new_turned(): one step of undo. */
void
scope_document_turn (ScopeDocument *document, gint turn)
{
  if (document->section == NULL || turn == document->state.turn)
    return;
  remember (document, _("turn the spots"), NULL);
  document->state.turn = turn;
  turn_section (document);
  compute (document);
  compute_pinned (document);
  tell (document, CHANGED_BY_TURN | SCOPE_CHANGED_HISTORY);
}

/**
 * scope_document_edit_signature:
 * @signature: (nullable): the new reference; referenced. %NULL: there is none any more
 * @what: the edit, in a user's words, for undo
 */
void
scope_document_edit_signature (ScopeDocument *document, SmoothSignature *signature, SmoothScale asked_scale, const char *what)
{
  if (signature == document->state.signature)
    return;
  remember (document, what, NULL);
  take_signature (document, signature, asked_scale);
  compute (document);
  compute_pinned (document);
  tell (document, SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_PIN | SCOPE_CHANGED_HISTORY);
}

/**
 * scope_document_edit_files:
 * @files: (nullable): the new tables; referenced. %NULL: there are none any more
 * @what: the edit, in a user's words, for undo
 */
void
scope_document_edit_files (ScopeDocument *document, SmoothInputFiles *files, const char *what)
{
  if (files == document->state.files)
    return;
  remember (document, what, NULL);
  if (files != NULL)
    smooth_input_files_ref (files);
  g_clear_pointer (&document->state.files, smooth_input_files_unref);
  document->state.files = files;
  compute (document);
  compute_pinned (document);
  tell (document, SCOPE_CHANGED_PARAMETERS | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_PIN | SCOPE_CHANGED_HISTORY);
}

SmoothSection *
scope_document_get_section (ScopeDocument *document)
{
  return document->section;
}

/**
 * scope_document_set_plate:
 * @plate: another histology of the present section: the same tissue, of another size; referenced
 * @path: of its file
 */
void
scope_document_set_plate (ScopeDocument *document, ScopePlate *plate, const char *path)
{
  char *kept = g_strdup (path);

  g_free (document->plate_path);
  document->plate_path = kept;
  scope_plate_ref (plate);
  g_clear_pointer (&document->plate, scope_plate_unref);
  document->plate = plate;
  tell (document, SCOPE_CHANGED_PLATE);
}

/* Returns: (nullable): the file of a histology that is not the section's own */
const char *
scope_document_get_plate_path (ScopeDocument *document)
{
  return document->plate_path;
}

/**
 * scope_document_add_categories:
 * @layer: of scope_load_categories_async(); referenced
 * @path: of its file, absolute
 *
 * The categories of another file of that name are replaced.
 *
 * Returns: FALSE where there are SCOPE_MOST_CATEGORIES files already
 */
gboolean
scope_document_add_categories (ScopeDocument *document, SmoothLayer *layer, const char *path)
{
  gint number = find_categories (document, layer);

  if (number < 0 && document->category_files->len >= SCOPE_MOST_CATEGORIES)
    return FALSE;
  g_ptr_array_add (document->category_files, g_strdup (path));
  if (number >= 0)
    g_ptr_array_remove_index (document->category_files, (guint) number);
  scope_document_set_layer (document, layer);
  return TRUE;
}

/* Returns: (transfer none): of char *: absolute paths, in the order in which they were added */
GPtrArray *
scope_document_get_category_files (ScopeDocument *document)
{
  return document->category_files;
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
  return document->state.signature;
}

SmoothScale
scope_document_get_asked_scale (ScopeDocument *document)
{
  return document->state.asked_scale;
}

/* Never NULL. */
SmoothRegions *
scope_document_get_regions (ScopeDocument *document)
{
  return document->state.regions;
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

/* @state and @look, as they once were, are kept in a file. */
void
scope_document_mark_saved_as (ScopeDocument *document, const ScopeState *state, const ScopeLook *look)
{
  ScopeState old = document->saved;

  document->saved = *state;
  scope_state_ref (&document->saved);
  scope_state_clear (&old);
  document->saved_look = *look;
  document->is_recovered = FALSE;
}

/* What is there now is kept in a file. */
void
scope_document_mark_saved (ScopeDocument *document)
{
  scope_document_mark_saved_as (document, &document->state, &document->look);
}

/* What is there was never kept in a file. */
void
scope_document_mark_recovered (ScopeDocument *document)
{
  document->is_recovered = TRUE;
}

/* The regions at least are. */
void
scope_document_mark_regions_saved (ScopeDocument *document)
{
  smooth_regions_ref (document->state.regions);
  g_clear_pointer (&document->saved.regions, smooth_regions_unref);
  document->saved.regions = document->state.regions;
}

/* Whether work would be lost if the section were closed now; @with_look: whether the look counts as work, too. */
gboolean
scope_document_is_modified (ScopeDocument *document, gboolean with_look)
{
  return document->section != NULL
         && (document->is_recovered || !scope_state_equal (&document->state, &document->saved)
             || (with_look && memcmp (&document->look, &document->saved_look, sizeof document->look) != 0));
}

/* All that edits change, as it is now. */
const ScopeState *
scope_document_get_state (ScopeDocument *document)
{
  return &document->state;
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

/**
 * scope_document_set_pinned:
 * @pin: (nullable): the setting A; referenced. %NULL: there is none any more
 * @what: the edit, in a user's words, for undo
 */
void
scope_document_set_pinned (ScopeDocument *document, ScopePin *pin, const char *what)
{
  if (pin == document->state.pin)
    return;
  remember (document, what, NULL);
  if (pin != NULL)
    scope_pin_ref (pin);
  g_clear_pointer (&document->state.pin, scope_pin_unref);
  document->state.pin = pin;
  compute_pinned (document);
  tell (document, SCOPE_CHANGED_PIN | SCOPE_CHANGED_HISTORY);
}

/* Keeps the present setting as A. */
void
scope_document_pin (ScopeDocument *document)
{
  g_autoptr (ScopePin) pin = scope_pin_new (&document->state.parameters, document->state.regions);

  if (document->section != NULL)
    scope_document_set_pinned (document, pin, _("keep as A"));
}

/* Makes @pin the present setting, and tells all. */
static void
adopt (ScopeDocument *document, ScopePin *pin, ScopeChanges changes)
{
  smooth_regions_ref (pin->regions);
  smooth_regions_unref (document->state.regions);
  document->state.regions = pin->regions;
  document->state.parameters = pin->parameters;
  compute (document);
  tell (document, changes | SCOPE_CHANGED_PARAMETERS | SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_HISTORY | SCOPE_CHANGED_OUTCOME);
}

/* A becomes the present setting, and that one A: one step of undo. */
void
scope_document_swap_pinned (ScopeDocument *document)
{
  ScopePin *a = document->state.pin;

  if (a == NULL || scope_pin_fits (a, &document->state.parameters, document->state.regions))
    return;
  remember (document, _("swap A and B"), NULL);
  document->state.pin = scope_pin_new (&document->state.parameters, document->state.regions);
  compute_pinned (document);
  adopt (document, a, SCOPE_CHANGED_PIN);
  scope_pin_unref (a);
}

/* A becomes the present setting: one step of undo. A stays. */
void
scope_document_return_to_pinned (ScopeDocument *document)
{
  ScopePin *a = document->state.pin;

  if (a == NULL || scope_pin_fits (a, &document->state.parameters, document->state.regions))
    return;
  remember (document, _("back to A"), NULL);
  adopt (document, a, 0);
}

/* Returns: (nullable): the setting A */
const ScopePin *
scope_document_get_pinned (ScopeDocument *document)
{
  return document->state.pin;
}

/* Returns: (nullable): its outcome; NULL while it is being computed, too */
SmoothOutcome *
scope_document_get_pinned_outcome (ScopeDocument *document)
{
  return document->pinned_outcome;
}

const SmoothAnalysisSettings *
scope_document_get_analyses (ScopeDocument *document)
{
  return &document->state.analyses;
}

/**
 * scope_document_set_analyses:
 * @settings: copied; out of range they make the analysis fail, in words
 * @what: the edit, in a user's words, for undo
 * @merge_key: (nullable): edits of one key that follow each other quickly are one step
 */
void
scope_document_set_analyses (ScopeDocument *document, const SmoothAnalysisSettings *settings, const char *what, gconstpointer merge_key)
{
  if (smooth_analysis_settings_equal (settings, &document->state.analyses))
    return;
  remember (document, what, merge_key);
  document->state.analyses = *settings;
  tell (document, SCOPE_CHANGED_ANALYSES | SCOPE_CHANGED_HISTORY);
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
  return find_in (document->layers, key);
}

/* Returns: (nullable) (transfer none): the layer that spots are coloured by */
SmoothLayer *
scope_document_get_looked_at_layer (ScopeDocument *document)
{
  return document->look.by == SCOPE_BY_LAYER ? scope_document_get_layer (document, document->look.layer) : NULL;
}

static void
get_source (ScopeDocument *document, SmoothOutcome *outcome, const GPtrArray *layers, ScopeSource *source)
{
  const ScopeLook *look = &document->look;

  *source = (ScopeSource){ .outcome = outcome };
  if (look->by == SCOPE_BY_LAYER)
    source->layer = find_in (layers, look->layer);
  for (gint c = 0; c < SCOPE_N_CHANNELS && look->by == SCOPE_BY_RGB; c++)
    if (look->channels[c].kind == SCOPE_CHANNEL_LAYER)
      source->channels[c] = find_in (layers, look->channels[c].layer);
}

/* Returns: (transfer none): of SmoothLayer: of the setting A, as far as they are known */
GPtrArray *
scope_document_get_pinned_layers (ScopeDocument *document)
{
  return document->pinned_layers;
}

/* What the colours are taken from: nothing is referenced. */
void
scope_document_get_source (ScopeDocument *document, ScopeSource *source)
{
  get_source (document, document->outcome, document->layers, source);
}

/* The same of the setting A. */
void
scope_document_get_pinned_source (ScopeDocument *document, ScopeSource *source)
{
  get_source (document, document->pinned_outcome, document->pinned_layers, source);
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
      document->look.by = document->state.signature != NULL ? SCOPE_BY_DOMINANT : SCOPE_BY_COUNTS;
      changes |= SCOPE_CHANGED_LOOK;
    }
  g_ptr_array_remove_index (document->layers, (guint) i);
  tell (document, changes);
}

/* Tells what an undo or redo changed. */
static void
after_travel (ScopeDocument *document, const ScopeState *before)
{
  ScopeChanges changes = SCOPE_CHANGED_HISTORY;

  if (document->state.regions != before->regions)
    changes |= SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_OUTCOME;
  if (!smooth_parameters_equal (&document->state.parameters, &before->parameters))
    changes |= SCOPE_CHANGED_PARAMETERS | SCOPE_CHANGED_OUTCOME;
  if (document->state.files != before->files)
    changes |= SCOPE_CHANGED_PARAMETERS | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_PIN;
  if (document->state.pin != before->pin)
    changes |= SCOPE_CHANGED_PIN;
  if (document->state.turn != before->turn)
    {
      changes |= CHANGED_BY_TURN;
      turn_section (document);
    }
  if (document->state.signature != before->signature)
    {
      changes |= SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_PIN;
      follow_signature (document);
    }
  if (!smooth_analysis_settings_equal (&document->state.analyses, &before->analyses))
    changes |= SCOPE_CHANGED_ANALYSES;
  compute_pinned (document);
  if (changes & SCOPE_CHANGED_OUTCOME)
    compute (document);
  tell (document, changes);
}

static void
travel (ScopeDocument *document, gboolean (*step) (ScopeHistory *, ScopeState *))
{
  ScopeState before = document->state;

  scope_state_ref (&before);
  if (step (document->history, &document->state))
    after_travel (document, &before);
  scope_state_clear (&before);
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
  if (document->pin_engine != NULL)
    g_signal_handlers_disconnect_by_data (document->pin_engine, document);
  g_clear_object (&document->pin_engine);
  G_OBJECT_CLASS (scope_document_parent_class)->dispose (object);
}

static void
scope_document_finalize (GObject *object)
{
  ScopeDocument *document = SCOPE_DOCUMENT (object);

  g_clear_pointer (&document->section, smooth_section_unref);
  g_clear_pointer (&document->plate_path, g_free);
  g_clear_pointer (&document->plate, scope_plate_unref);
  g_clear_pointer (&document->genes, scope_gene_index_unref);
  g_clear_pointer (&document->outcome, smooth_outcome_unref);
  g_clear_pointer (&document->selection, scope_selection_unref);
  g_clear_pointer (&document->pinned_outcome, smooth_outcome_unref);
  g_ptr_array_unref (document->pinned_layers);
  scope_state_clear (&document->state);
  scope_state_clear (&document->saved);
  g_strfreev (document->coloured_types);
  g_ptr_array_unref (document->layers);
  g_ptr_array_unref (document->category_files);
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
  smooth_parameters_init (&document->state.parameters);
  smooth_analysis_settings_init (&document->state.analyses);
  scope_look_init (&document->look);
  scope_document_mark_saved (document);
  document->category_files = g_ptr_array_new_with_free_func (g_free);
  document->layers = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_layer_unref);
  document->pinned_layers = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_layer_unref);
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
