/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The preview is drawn by the code that writes the file, on a thread that does the newest order only. */
#include "export-dialog.h"

#include "help-topic.h"
#include "dialogs.h"
#include "param-row.h"
#include "settings.h"
#include "trace.h"
#include "worker.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define PREVIEW 1100 /* pixels: its longer side */

static const SmoothParameterGroup page_group = { &smooth_page_params, 0 };

struct _ScopeExportDialog
{
  GtkWindow parent_instance;
  GtkWidget *preview, *message, *size, *spinner;
  GtkWidget *show, *genes, *genes_box, *part, *title, *rows;
  GtkWidget *save, *copy, *cancel;

  ScopeFigureOrder *order;
  double view[4]; /* what the window shows */
  GPtrArray *kinds; /* of char *: what the entries of 'show' are: "screen", "types", "genes", or the key of a layer */
  ScopeWorker *worker;
  SmoothRun *run; /* of the figures that are being copied or saved */
  gint n_jobs;    /* these */
  gboolean is_saving, is_filling;
  ScopeRecipeFunc recipe_func;
  ScopeExportedFunc exported_func;
  gpointer data;
};

G_DEFINE_FINAL_TYPE (ScopeExportDialog, scope_export_dialog, GTK_TYPE_WINDOW)

/* ---- The preview ---- */

typedef struct
{
  SmoothPicture *picture; /* or NULL */
  double width, height;   /* mm */
  char *problem;          /* or NULL */
} Preview;

static void
preview_free (gpointer data)
{
  Preview *preview = data;

  smooth_picture_unref (preview->picture);
  g_free (preview->problem);
  g_free (preview);
}

static void
draw_preview (ScopeWorker *worker, gpointer request, SmoothRun *run, gpointer state)
{
  Preview *preview = g_new0 (Preview, 1);
  g_autoptr (GError) error = NULL;

  preview->picture = scope_figure_order_draw (request, PREVIEW, 0.0, &preview->width, &preview->height, &error);
  if (preview->picture == NULL)
    preview->problem = g_strdup (error->message);
  scope_worker_publish (worker, preview);
}

/* Takes over the picture. */
static GdkTexture *
texture_new (SmoothPicture *picture)
{
  g_autoptr (GBytes) bytes = g_bytes_new_with_free_func (picture->pixels, (gsize) picture->height * picture->stride,
                                                         (GDestroyNotify) smooth_picture_unref, picture);

  return gdk_memory_texture_new (picture->width, picture->height, GDK_MEMORY_DEFAULT, bytes, picture->stride);
}

static char *
dup_size (const ScopeFigureOrder *order, const Preview *preview)
{
  double dpi = order->settings.dpi;

  if (order->settings.format != SMOOTH_PAGE_PNG)
    return g_strdup_printf (_("%.1f × %.1f mm"), preview->width, preview->height);
  return g_strdup_printf (_("%.1f × %.1f mm, %.0f × %.0f pixels"), preview->width, preview->height, round (preview->width * dpi / 25.4),
                          round (preview->height * dpi / 25.4));
}

static void
show_preview (gpointer answer, gpointer owner)
{
  ScopeExportDialog *dialog = owner;
  Preview *preview = answer;

  gtk_spinner_stop (GTK_SPINNER (dialog->spinner));
  gtk_widget_set_visible (dialog->message, preview->problem != NULL);
  gtk_label_set_text (GTK_LABEL (dialog->message), preview->problem != NULL ? preview->problem : "");
  gtk_widget_set_sensitive (dialog->save, preview->picture != NULL && !dialog->is_saving);
  gtk_widget_set_sensitive (dialog->copy, preview->picture != NULL);
  if (preview->picture != NULL)
    {
      g_autofree char *size = dup_size (dialog->order, preview);
      g_autoptr (GdkTexture) texture = texture_new (g_steal_pointer (&preview->picture));
      gtk_picture_set_paintable (GTK_PICTURE (dialog->preview), GDK_PAINTABLE (texture));
      gtk_label_set_text (GTK_LABEL (dialog->size), size);
    }
  else
    gtk_picture_set_paintable (GTK_PICTURE (dialog->preview), NULL);
  scope_trace ("figure-previewed", NULL);
  preview_free (preview);
}

static void
order_free (gpointer order)
{
  scope_figure_order_free (order);
}

static const ScopeWorkerFuncs funcs = {
  .name = "figure",
  .work = draw_preview,
  .deliver = show_preview,
  .request_free = order_free,
  .answer_free = preview_free,
};

static void
request_preview (ScopeExportDialog *dialog)
{
  if (dialog->is_filling)
    return;
  gtk_spinner_start (GTK_SPINNER (dialog->spinner));
  scope_worker_request (dialog->worker, scope_figure_order_copy (dialog->order), 1.0);
}

/* ---- The controls ---- */

/* Rows that have no effect are hidden. */
static gboolean
has_effect (const ScopeFigureOrder *order, const char *name)
{
  gboolean is_grid = order->kind != SCOPE_FIGURE_SCREEN;

  if (g_str_equal (name, "columns") || g_str_equal (name, "letters") || g_str_equal (name, "same-limits"))
    return is_grid;
  if (g_str_equal (name, "outlines") || g_str_equal (name, "labels"))
    return order->regions != NULL && smooth_regions_get_n (order->regions) > 0 && (g_str_equal (name, "outlines") || order->settings.outlines);
  return !g_str_equal (name, "vector-spots") || order->settings.format != SMOOTH_PAGE_PNG;
}

static void
update_rows (ScopeExportDialog *dialog)
{
  for (GtkWidget *row = gtk_widget_get_first_child (dialog->rows); row != NULL; row = gtk_widget_get_next_sibling (row))
    {
      const SmoothParam *param = scope_param_row_get_param (SCOPE_PARAM_ROW (row));
      gtk_widget_set_visible (row, has_effect (dialog->order, param->name));
      scope_param_row_set_value (SCOPE_PARAM_ROW (row), smooth_param_get (param, &dialog->order->settings));
    }
  gtk_widget_set_visible (dialog->genes_box, dialog->order->kind == SCOPE_FIGURE_GENES);
}

static void
on_row_changed (ScopeExportDialog *dialog, double value, ScopeParamRow *row)
{
  smooth_param_set (scope_param_row_get_param (row), &dialog->order->settings, value, NULL);
  update_rows (dialog);
  request_preview (dialog);
}

static void
set_width (ScopeExportDialog *dialog, double width)
{
  dialog->order->settings.width = width;
  dialog->order->settings.height = 0.0;
  update_rows (dialog);
  request_preview (dialog);
}

static void
on_column (ScopeExportDialog *dialog)
{
  set_width (dialog, 85.0);
}

static void
on_page (ScopeExportDialog *dialog)
{
  set_width (dialog, 180.0);
}

static void
on_show (ScopeExportDialog *dialog)
{
  guint i = gtk_drop_down_get_selected (GTK_DROP_DOWN (dialog->show));
  const char *kind = i < dialog->kinds->len ? dialog->kinds->pdata[i] : "screen";
  ScopeFigureOrder *order = dialog->order;

  if (dialog->is_filling)
    return;
  order->kind = g_str_equal (kind, "screen")  ? SCOPE_FIGURE_SCREEN
                : g_str_equal (kind, "types") ? SCOPE_FIGURE_TYPES
                : g_str_equal (kind, "genes") ? SCOPE_FIGURE_GENES
                                              : SCOPE_FIGURE_LAYER;
  g_free (order->layer);
  order->layer = order->kind == SCOPE_FIGURE_LAYER ? g_strdup (kind) : NULL;
  update_rows (dialog);
  request_preview (dialog);
}

static void
on_part (ScopeExportDialog *dialog)
{
  gboolean is_view = gtk_drop_down_get_selected (GTK_DROP_DOWN (dialog->part)) == 1;

  if (is_view)
    memcpy (dialog->order->crop, dialog->view, sizeof dialog->view);
  else
    memset (dialog->order->crop, 0, sizeof dialog->view);
  request_preview (dialog);
}

static void
on_title (ScopeExportDialog *dialog)
{
  g_free (dialog->order->title);
  dialog->order->title = g_strdup (gtk_editable_get_text (GTK_EDITABLE (dialog->title)));
  request_preview (dialog);
}

static void
on_genes (ScopeExportDialog *dialog)
{
  g_free (dialog->order->genes);
  dialog->order->genes = g_strdup (gtk_editable_get_text (GTK_EDITABLE (dialog->genes)));
  request_preview (dialog);
}

static void
add_kind (ScopeExportDialog *dialog, GtkStringList *list, const char *kind, const char *text)
{
  g_ptr_array_add (dialog->kinds, g_strdup (kind));
  gtk_string_list_append (list, text);
}

/* What there is to show, and what was shown last time if it is there again. */
static void
fill_show (ScopeExportDialog *dialog)
{
  const ScopeFigureOrder *order = dialog->order;
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  g_autofree char *last = scope_settings_dup_text ("figure", "show");
  guint selected = 0;

  add_kind (dialog, list, "screen", _("As on the screen"));
  if (order->colouring->outcome != NULL && order->colouring->outcome->result != NULL)
    add_kind (dialog, list, "types", _("All cell types"));
  add_kind (dialog, list, "genes", _("Chosen genes"));
  for (guint i = 0; i < order->layers->len; i++)
    {
      const SmoothLayer *layer = order->layers->pdata[i];
      add_kind (dialog, list, layer->key, g_dgettext (GETTEXT_PACKAGE, layer->title));
    }
  for (guint i = 0; last != NULL && i < dialog->kinds->len; i++)
    if (g_str_equal (dialog->kinds->pdata[i], last) && !g_str_equal (last, "genes"))
      selected = i;
  gtk_drop_down_set_model (GTK_DROP_DOWN (dialog->show), G_LIST_MODEL (list));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (dialog->show), selected);
}

static void
add_rows (ScopeExportDialog *dialog)
{
  for (gsize i = 0; i < smooth_page_params.n_params; i++)
    {
      GtkWidget *row = scope_param_row_new (&page_group, &smooth_page_params.params[i]);
      g_signal_connect_swapped (row, "changed", G_CALLBACK (on_row_changed), dialog);
      gtk_box_append (GTK_BOX (dialog->rows), row);
    }
}

static void
remember (ScopeExportDialog *dialog)
{
  guint i = gtk_drop_down_get_selected (GTK_DROP_DOWN (dialog->show));

  scope_settings_save_table (&smooth_page_params, &dialog->order->settings);
  if (i < dialog->kinds->len)
    scope_settings_set_text ("figure", "show", dialog->kinds->pdata[i]);
}

/* ---- Copying and saving ---- */

typedef struct
{
  ScopeFigureOrder *order;
  SmoothRun *run;
  SmoothRecipe *recipe; /* of a file */
  char *path;           /* NULL: for the clipboard */
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  scope_figure_order_free (job->order);
  g_clear_pointer (&job->run, smooth_run_unref);
  smooth_recipe_free (job->recipe);
  g_free (job->path);
  g_free (job);
}

static void
tell_problem (ScopeExportDialog *dialog, const char *text)
{
  gtk_label_set_text (GTK_LABEL (dialog->message), text);
  gtk_widget_set_visible (dialog->message, TRUE);
}

static void
on_cancel (ScopeExportDialog *dialog)
{
  if (dialog->run != NULL)
    smooth_run_cancel (dialog->run);
}

/* One of the jobs is over. Returns: FALSE where the dialog was closed meanwhile */
static gboolean
end_job (ScopeExportDialog *dialog)
{
  if (dialog->worker == NULL)
    return FALSE;
  if (--dialog->n_jobs == 0)
    {
      gtk_widget_set_visible (dialog->cancel, FALSE);
      gtk_spinner_stop (GTK_SPINNER (dialog->spinner));
    }
  return TRUE;
}

static void
tell_failure (ScopeExportDialog *dialog, const GError *error)
{
  if (g_error_matches (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED))
    scope_trace ("figure-cancelled", NULL);
  else
    tell_problem (dialog, error->message);
}

/* A figure of the present settings, done on a thread: @button cannot be pressed meanwhile. */
static void
start_job (ScopeExportDialog *dialog, Job *job, GtkWidget *button, GTaskThreadFunc func, GAsyncReadyCallback callback)
{
  g_autoptr (GTask) task = g_task_new (dialog, NULL, callback, NULL);

  if (dialog->n_jobs++ == 0)
    {
      g_clear_pointer (&dialog->run, smooth_run_unref);
      dialog->run = smooth_run_new (0);
    }
  job->run = smooth_run_ref (dialog->run);
  job->order = scope_figure_order_copy (dialog->order);
  remember (dialog);
  gtk_widget_set_visible (dialog->cancel, TRUE);
  gtk_widget_set_sensitive (button, FALSE);
  gtk_spinner_start (GTK_SPINNER (dialog->spinner));
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, func);
}

static void
draw_copy (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;
  double width, height;
  SmoothRun *before = smooth_run_set_current (job->run);
  SmoothPicture *picture = scope_figure_order_draw (job->order, 0, job->order->settings.dpi, &width, &height, &error);

  smooth_run_set_current (before);
  if (picture != NULL && !smooth_run_check (job->run, &error))
    g_clear_pointer (&picture, smooth_picture_unref);
  if (picture != NULL)
    g_task_return_pointer (task, picture, (GDestroyNotify) smooth_picture_unref);
  else
    g_task_return_error (task, error);
}

static void
on_drawn (GObject *source, GAsyncResult *result, gpointer data)
{
  ScopeExportDialog *dialog = SCOPE_EXPORT_DIALOG (source);
  g_autoptr (GError) error = NULL;
  SmoothPicture *picture = g_task_propagate_pointer (G_TASK (result), &error);

  if (!end_job (dialog))
    {
      g_clear_pointer (&picture, smooth_picture_unref);
      return;
    }
  gtk_widget_set_sensitive (dialog->copy, TRUE);
  if (picture == NULL)
    {
      tell_failure (dialog, error);
      return;
    }
  g_autoptr (GdkTexture) texture = texture_new (picture);
  gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (dialog)), texture);
  gtk_label_set_text (GTK_LABEL (dialog->size), _("The figure is in the clipboard."));
  scope_trace ("figure-copied", NULL);
}

static void
on_copy (ScopeExportDialog *dialog)
{
  if (gtk_widget_get_sensitive (dialog->copy))
    start_job (dialog, g_new0 (Job, 1), dialog->copy, draw_copy, on_drawn);
}

static void
write_figure (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;
  SmoothRun *before = smooth_run_set_current (job->run);
  gboolean done = scope_figure_order_save (job->order, job->recipe, job->path, &error);

  smooth_run_set_current (before);
  if (done)
    g_task_return_pointer (task, g_strdup (job->path), g_free);
  else
    g_task_return_error (task, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  ScopeExportDialog *dialog = SCOPE_EXPORT_DIALOG (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_task_propagate_pointer (G_TASK (result), &error);

  dialog->is_saving = FALSE;
  if (!end_job (dialog))
    return;
  if (path != NULL)
    {
      dialog->exported_func (path, dialog->data);
      gtk_window_destroy (GTK_WINDOW (dialog));
      return;
    }
  tell_failure (dialog, error);
  gtk_widget_set_sensitive (dialog->save, TRUE);
}

static void
start_writing (ScopeExportDialog *dialog, const char *path)
{
  Job *job = g_new0 (Job, 1);

  job->recipe = dialog->recipe_func (dialog->data);
  job->path = g_strdup (path);
  dialog->is_saving = TRUE;
  start_job (dialog, job, dialog->save, write_figure, on_written);
}

/* A path that the user has not seen with its suffix. */
typedef struct
{
  ScopeExportDialog *dialog;
  char *path;
} Chosen;

static void
on_replace_decided (gboolean yes, gpointer data)
{
  Chosen *chosen = data;

  if (yes && chosen->dialog->worker != NULL)
    start_writing (chosen->dialog, chosen->path);
  g_object_unref (chosen->dialog);
  g_free (chosen->path);
  g_free (chosen);
}

/* The name ends as the format does; where that makes another file of it, which exists, that is asked about. */
static void
on_path (const char *path, gpointer data)
{
  g_autoptr (ScopeExportDialog) dialog = data;

  if (path == NULL || dialog->worker == NULL || dialog->is_saving)
    return;
  const char *suffix = smooth_page_get_suffix ((SmoothPageFormat) dialog->order->settings.format);
  g_autofree char *lower = g_ascii_strdown (path, -1);
  g_autofree char *full = g_str_has_suffix (lower, suffix) ? g_strdup (path) : g_strconcat (path, suffix, NULL);
  if (g_str_equal (full, path) || !g_file_test (full, G_FILE_TEST_EXISTS))
    {
      start_writing (dialog, full);
      return;
    }
  g_autofree char *question = g_strdup_printf (_("Replace %s?"), full);
  Chosen *chosen = g_new0 (Chosen, 1);
  chosen->dialog = g_object_ref (dialog);
  chosen->path = g_steal_pointer (&full);
  scope_dialog_ask (GTK_WINDOW (dialog), question, _("A file of this name exists. What is in it will be lost."), _("_Replace"), on_replace_decided,
                    chosen);
}

static void
on_save (ScopeExportDialog *dialog)
{
  g_autofree char *name = g_strconcat (dialog->order->colouring->section->name,
                                       smooth_page_get_suffix ((SmoothPageFormat) dialog->order->settings.format), NULL);

  scope_dialog_save (GTK_WINDOW (dialog), _("Save figure"), name, on_path, g_object_ref (dialog));
}

/* ---- The window ---- */

/**
 * scope_export_dialog_new:
 * @order: what can be shown; its settings are replaced by those of the last figure
 * @view: x, y, width, height in full-resolution pixels: what the window shows
 * @recipe_func: asked when a figure is saved
 * @exported_func: told when it was
 */
GtkWidget *
scope_export_dialog_new (GtkWindow *parent, const ScopeFigureOrder *order, const double view[4], ScopeRecipeFunc recipe_func,
                         ScopeExportedFunc exported_func, gpointer data)
{
  ScopeExportDialog *dialog = g_object_new (SCOPE_TYPE_EXPORT_DIALOG, "transient-for", parent, NULL);

  dialog->order = scope_figure_order_copy (order);
  memcpy (dialog->view, view, sizeof dialog->view);
  dialog->recipe_func = recipe_func;
  dialog->exported_func = exported_func;
  dialog->data = data;
  smooth_params_init (&smooth_page_params, &dialog->order->settings);
  scope_settings_load_table (&smooth_page_params, &dialog->order->settings);
  dialog->is_filling = TRUE;
  add_rows (dialog);
  fill_show (dialog);
  gtk_editable_set_text (GTK_EDITABLE (dialog->title), order->title != NULL ? order->title : "");
  if (order->genes != NULL)
    gtk_editable_set_text (GTK_EDITABLE (dialog->genes), order->genes);
  dialog->is_filling = FALSE;
  on_show (dialog);
  return GTK_WIDGET (dialog);
}

static void
scope_export_dialog_dispose (GObject *object)
{
  ScopeExportDialog *dialog = SCOPE_EXPORT_DIALOG (object);

  g_clear_pointer (&dialog->worker, scope_worker_free);
  g_clear_pointer (&dialog->order, scope_figure_order_free);
  g_clear_pointer (&dialog->kinds, g_ptr_array_unref);
  g_clear_pointer (&dialog->run, smooth_run_unref);
  G_OBJECT_CLASS (scope_export_dialog_parent_class)->dispose (object);
}

static gboolean
on_save_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  ScopeExportDialog *dialog = SCOPE_EXPORT_DIALOG (widget);

  if (gtk_widget_is_sensitive (dialog->save))
    on_save (dialog);
  return TRUE;
}

static gboolean
on_copy_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  on_copy (SCOPE_EXPORT_DIALOG (widget));
  return TRUE;
}

static void
scope_export_dialog_class_init (ScopeExportDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_export_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/export-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, preview);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, message);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, size);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, show);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, genes);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, genes_box);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, part);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, title);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, rows);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, save);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, copy);
  gtk_widget_class_bind_template_child (widget_class, ScopeExportDialog, cancel);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_s, GDK_CONTROL_MASK, on_save_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_c, GDK_CONTROL_MASK | GDK_SHIFT_MASK, on_copy_key, NULL);
  gtk_widget_class_bind_template_callback (widget_class, on_show);
  gtk_widget_class_bind_template_callback (widget_class, on_part);
  gtk_widget_class_bind_template_callback (widget_class, on_title);
  gtk_widget_class_bind_template_callback (widget_class, on_genes);
  gtk_widget_class_bind_template_callback (widget_class, on_column);
  gtk_widget_class_bind_template_callback (widget_class, on_page);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_save);
}

static void
scope_export_dialog_init (ScopeExportDialog *dialog)
{
  dialog->kinds = g_ptr_array_new_with_free_func (g_free);
  dialog->worker = scope_worker_new (&funcs, dialog);
  dialog->is_filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (dialog));
  scope_help_set_place (GTK_WIDGET (dialog), "figure");
  dialog->is_filling = FALSE;
}
