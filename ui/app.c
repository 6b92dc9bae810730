/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A second start of the program opens a window of the first. With a host of somebody else's there is one window, for it. */
#include "app.h"

#include "appearance.h"
#include "file-host.h"
#include "help-topic.h"
#include "help-window.h"
#include "settings.h"
#include "smooth-config.h"
#include "trace.h"
#include "window.h"

#include <glib/gi18n.h>
#include <locale.h>

struct _ScopeApp
{
  GtkApplication parent_instance;
  ScopeHost *host; /* NULL: files */
  gboolean has_offered; /* what a crash left behind */
};

G_DEFINE_FINAL_TYPE (ScopeApp, scope_app, GTK_TYPE_APPLICATION)

static const GOptionEntry options[] = {
  { "signatures", 's', 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Reference: a table of cell types × genes"), N_ ("FILE") },
  { "signature-scale", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Scale of the reference: counts or log1p; guessed otherwise"),
    N_ ("SCALE") },
  { "regions", 'r', 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Regions: GeoJSON"), N_ ("FILE") },
  { "empty", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Open nothing, not even the sample"), NULL },
  { "version", 'v', 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL, N_ ("[FOLDER, FILE or SESSION] [TISSUE PICTURE or CATEGORIES]…") },
  { NULL },
};

/* Returns: (transfer full) (nullable): the folder of the bundled sample */
static char *
dup_sample_path (void)
{
  const char *from_environment = g_getenv ("SMOOTHSCOPE_DATA_DIR");
  g_autofree char *path
    = g_build_filename (from_environment != NULL ? from_environment : SMOOTH_DATA_DIR, "sample", NULL);

  return g_file_test (path, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&path) : NULL;
}

/* A path as the caller meant it, relative to where the program was called. */
static char *
dup_path (GApplicationCommandLine *line, const char *argument)
{
  if (argument == NULL)
    return NULL;
  g_autoptr (GFile) file = g_application_command_line_create_file_for_arg (line, argument);
  return g_file_get_path (file);
}

static ScopeWindow *
open_window (ScopeApp *app, const char *section, const char *signature, SmoothScale scale, const char *regions)
{
  g_autoptr (ScopeHost) host
    = app->host != NULL ? g_object_ref (app->host) : scope_file_host_new (section, signature, scale, regions);
  ScopeWindow *window = scope_window_new (GTK_APPLICATION (app), host);

  gtk_window_present (GTK_WINDOW (window));
  if (!app->has_offered)
    scope_window_offer_recovery (window);
  app->has_offered = TRUE;
  return window;
}

static gboolean
read_scale (const char *text, SmoothScale *scale)
{
  *scale = SMOOTH_SCALE_GUESS;
  if (text == NULL)
    return TRUE;
  if (g_str_equal (text, "counts"))
    *scale = SMOOTH_SCALE_COUNTS;
  else if (g_str_equal (text, "log1p"))
    *scale = SMOOTH_SCALE_LOG1P;
  else
    return FALSE;
  return TRUE;
}

static int
scope_app_command_line (GApplication *base, GApplicationCommandLine *line)
{
  GVariantDict *given = g_application_command_line_get_options_dict (line);
  const char *signatures = NULL, *regions_argument = NULL, *scale_text = NULL;
  g_autofree const char **paths = NULL;
  SmoothScale scale;

  g_variant_dict_lookup (given, "signatures", "^&ay", &signatures);
  g_variant_dict_lookup (given, "regions", "^&ay", &regions_argument);
  g_variant_dict_lookup (given, "signature-scale", "&s", &scale_text);
  g_variant_dict_lookup (given, G_OPTION_REMAINING, "^a&ay", &paths);
  if (!read_scale (scale_text, &scale))
    {
      g_application_command_line_printerr (line, _("--signature-scale: expected counts or log1p, found '%s'\n"), scale_text);
      return 2;
    }

  g_autofree char *section = dup_path (line, paths != NULL ? paths[0] : NULL);
  g_autofree char *signature = dup_path (line, signatures);
  g_autofree char *regions = dup_path (line, regions_argument);
  if (section == NULL && SCOPE_APP (base)->host == NULL && !g_variant_dict_contains (given, "empty"))
    section = dup_sample_path ();
  ScopeWindow *window = open_window (SCOPE_APP (base), section, signature, scale, regions);
  for (gsize i = 1; paths != NULL && paths[0] != NULL && paths[i] != NULL; i++)
    {
      g_autofree char *path = dup_path (line, paths[i]);
      scope_window_open_later (window, path);
    }
  return 0;
}

static int
scope_app_handle_local_options (GApplication *base, GVariantDict *given)
{
  if (!g_variant_dict_contains (given, "version"))
    return -1;
  g_print ("smoothscope %s\n", SMOOTH_VERSION);
  return 0;
}

static void
scope_app_activate (GApplication *base)
{
  open_window (SCOPE_APP (base), NULL, NULL, SMOOTH_SCALE_GUESS, NULL);
}

static void
on_sample (GSimpleAction *action, GVariant *parameter, gpointer app)
{
  GtkWindow *window = gtk_application_get_active_window (app);
  g_autofree char *path = dup_sample_path ();

  if (window != NULL && SCOPE_IS_WINDOW (window))
    scope_window_open_sample (SCOPE_WINDOW (window), path);
}

/* Returns: (transfer none) (nullable): a window of that type */
static GtkWindow *
find_window (GtkApplication *app, GType type)
{
  for (GList *l = gtk_application_get_windows (app); l != NULL; l = l->next)
    if (G_TYPE_CHECK_INSTANCE_TYPE (l->data, type))
      return l->data;
  return NULL;
}

/* There is one window of help. */
static void
show_help (GtkApplication *app, const char *topic)
{
  GtkWindow *help = find_window (app, SCOPE_TYPE_HELP_WINDOW);

  if (help == NULL)
    help = GTK_WINDOW (scope_help_window_new (app));
  scope_help_window_show_page (SCOPE_HELP_WINDOW (help), topic);
  gtk_window_present (help);
}

static void
on_help (GSimpleAction *action, GVariant *parameter, gpointer app)
{
  show_help (app, "start");
}

/* F1: what the hand is at. */
static void
on_help_here (GSimpleAction *action, GVariant *parameter, gpointer app)
{
  GtkWindow *window = gtk_application_get_active_window (app);
  const char *topic = window != NULL && !SCOPE_IS_HELP_WINDOW (window) ? scope_help_find_topic (window) : NULL;

  show_help (app, topic != NULL ? topic : "start");
}

static void
on_help_at (GSimpleAction *action, GVariant *parameter, gpointer app)
{
  show_help (app, g_variant_get_string (parameter, NULL));
}

/* Help does not stay alone. */
static void
scope_app_window_removed (GtkApplication *base, GtkWindow *window)
{
  GTK_APPLICATION_CLASS (scope_app_parent_class)->window_removed (base, window);
  GtkWindow *help = find_window (base, SCOPE_TYPE_HELP_WINDOW);
  if (help != NULL && find_window (base, SCOPE_TYPE_WINDOW) == NULL)
    gtk_window_destroy (help);
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer app)
{
  GtkWindow *dialog
    = g_object_new (GTK_TYPE_ABOUT_DIALOG, "transient-for", gtk_application_get_active_window (app), "modal", TRUE, "program-name", "Smoothscope",
                    "version", SMOOTH_VERSION, "logo-icon-name", SCOPE_APP_ID, "license-type", GTK_LICENSE_GPL_3_0, "comments",
                    _("Cell types on tissue sections, smoothed in space"), NULL);

  gtk_window_present (dialog); /* gtk_show_about_dialog() would keep it hidden: see on_shortcuts() of the window */
}

/* Closes windows one by one, so that each may ask about what is not saved. */
static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer app)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (app));

  for (GList *l = windows; l != NULL; l = l->next)
    if (SCOPE_IS_WINDOW (l->data))
      gtk_window_close (l->data);
}

static void
on_appearance (GSimpleAction *action, GVariant *value, gpointer app)
{
  g_simple_action_set_state (action, value);
  scope_appearance_choose (g_variant_get_string (value, NULL));
}

static const GActionEntry entries[] = {
  { .name = "appearance", .parameter_type = "s", .state = "'desktop'", .change_state = on_appearance },
  { .name = "sample", .activate = on_sample },
  { .name = "help", .activate = on_help },
  { .name = "help-here", .activate = on_help_here },
  { .name = "help-at", .parameter_type = "s", .activate = on_help_at },
  { .name = "about", .activate = on_about },
  { .name = "quit", .activate = on_quit },
};

static const struct
{
  const char *action;
  const char *keys[4];
} accelerators[] = {
  { "win.open", { "<Control>o" } },
  { "win.open-file", { "<Control><Shift>o" } },
  { "win.open-reference", { "<Control>r" } },
  { "win.save", { "<Control>s" } },
  { "win.save-as", { "<Control><Shift>s" } },
  { "win.export-tables", { "<Control><Shift>e" } },
  { "win.export-figure", { "<Control>e" } },
  { "win.send", { "<Control>Return" } },
  { "win.undo", { "<Control>z" } },
  { "win.redo", { "<Control><Shift>z", "<Control>y" } },
  { "win.zoom-in", { "<Control>plus", "<Control>equal" } },
  { "win.zoom-out", { "<Control>minus" } },
  { "win.zoom-fit", { "<Control>0" } },
  { "win.find", { "<Control>f" } },
  { "win.panels", { "F9" } },
  { "win.next-pane", { "F6" } },
  { "win.previous-pane", { "<Shift>F6" } },
  { "win.plots", { "F8" } },
  { "app.help-here", { "F1" } },
  { "win.shortcuts", { "<Control>question" } },
  { "window.close", { "<Control>w" } },
  { "app.quit", { "<Control>q" } },
};

/* The menu shows what was chosen last time. */
static void
restore_appearance (GApplication *base)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (base), "appearance");
  g_autofree char *choice = scope_settings_dup_string ("appearance");

  if (*choice != '\0')
    g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_string (choice));
}

static void
scope_app_startup (GApplication *base)
{
  g_autoptr (GtkCssProvider) css = gtk_css_provider_new ();

  G_APPLICATION_CLASS (scope_app_parent_class)->startup (base);
  g_action_map_add_action_entries (G_ACTION_MAP (base), entries, G_N_ELEMENTS (entries), base);
  for (gsize i = 0; i < G_N_ELEMENTS (accelerators); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (base), accelerators[i].action, accelerators[i].keys);
  gtk_css_provider_load_from_resource (css, "/org/smoothscope/Smoothscope/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (css),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  gtk_window_set_default_icon_name (SCOPE_APP_ID);
  scope_appearance_start ();
  restore_appearance (base);
}

static void
scope_app_dispose (GObject *object)
{
  g_clear_object (&SCOPE_APP (object)->host);
  G_OBJECT_CLASS (scope_app_parent_class)->dispose (object);
}

static void
scope_app_class_init (ScopeAppClass *klass)
{
  GApplicationClass *app_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_app_dispose;
  GTK_APPLICATION_CLASS (klass)->window_removed = scope_app_window_removed;
  app_class->startup = scope_app_startup;
  app_class->activate = scope_app_activate;
  app_class->command_line = scope_app_command_line;
  app_class->handle_local_options = scope_app_handle_local_options;
}

static void
scope_app_init (ScopeApp *app)
{
}

/* GTK draws by OpenGL. Where a processor has to do that in place of a graphics card, the first frame takes seconds and
 * every other one longer than with Cairo. */
static void
prefer_cairo_without_graphics_card (void)
{
  static const char *const signs[] = { "/dev/dri/renderD128", "/dev/dri/renderD129", "/dev/nvidia0", "/dev/dxg", "/dev/mali0" };

  for (gsize i = 0; i < G_N_ELEMENTS (signs); i++)
    if (g_file_test (signs[i], G_FILE_TEST_EXISTS))
      return;
  g_setenv ("GSK_RENDERER", "cairo", FALSE);
}

/* To be called once by the process that is to show windows, before anything else here: the user's language, the renderer and
 * the trace for tests. */
void
scope_app_prepare (void)
{
  setlocale (LC_ALL, "");
  smooth_language_bind ();
  scope_trace_init ();
  prefer_cairo_without_graphics_card ();
}

/* Runs @app until its last window is closed; returns the code to exit with. */
int
scope_app_run (ScopeApp *app, int argc, char **argv)
{
  int status = g_application_run (G_APPLICATION (app), argc, argv);

  scope_trace_finish ();
  return status;
}

/* The desktop program. */
ScopeApp *
scope_app_new (void)
{
  ScopeApp *app = g_object_new (SCOPE_TYPE_APP, "application-id", SCOPE_APP_ID, "resource-base-path",
                                "/org/smoothscope/Smoothscope", "flags", G_APPLICATION_HANDLES_COMMAND_LINE, NULL);

  g_application_add_main_option_entries (G_APPLICATION (app), options);
  g_application_set_option_context_summary (G_APPLICATION (app),
                                            _("Shows cell types on a tissue section, smoothed in space.\n"
                                              "Without a folder it opens the bundled sample."));
  return app;
}

/**
 * scope_app_new_for_host:
 * @host: referenced
 *
 * One window for @host, in this process: what a plug-in runs.
 */
ScopeApp *
scope_app_new_for_host (ScopeHost *host)
{
  ScopeApp *app = g_object_new (SCOPE_TYPE_APP, "application-id", SCOPE_APP_ID, "resource-base-path",
                                "/org/smoothscope/Smoothscope", "flags", G_APPLICATION_NON_UNIQUE, NULL);

  app->host = g_object_ref (host);
  return app;
}
