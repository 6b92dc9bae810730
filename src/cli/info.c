/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli info: what a folder holds, for eyes and for scripts. */
#include "cli/commands.h"

#include <glib/gi18n-lib.h>

static const CliFlag flags[] = {
  { "json", NULL, N_("print JSON"), FALSE },
  { NULL, NULL, NULL, FALSE },
};

static void
print_text (const SmoothSection *section)
{
  /* Translators: the first words of these lines are a column of their own, 15 letters wide. */
  g_print (_("section        %s\n"), section->name);
  g_print (_("folder         %s\n"), section->path);
  g_print (_("spots          %" PRId64 ", of which %" PRId64 " can be analysed\n"), section->n_spots,
           smooth_report_get_count (section->report, "analysed"));
  g_print (_("genes          %" PRId64 "\n"), section->n_genes);
  g_print (section->um_is_known ? _("pitch          %.1f um, spots %.1f um wide, %.4f um a pixel\n")
                                : _("pitch          %.1f um, spots %.1f um wide, %.4f um a pixel (a guess)\n"),
           section->pitch, section->spot_diameter, section->um_per_pixel);
  if (section->picture != NULL)
    g_print (_("picture        %d x %d, %.4f of full resolution\n"), section->picture->width, section->picture->height,
             section->picture_scale);
  else
    g_print (_("picture        none\n"));
  g_autofree char *reference = smooth_section_find_reference (section->path, NULL);
  g_print (_("reference      %s\n"), reference != NULL ? reference : _("none in the folder"));
  for (guint i = 0; i < smooth_report_get_n_lines (section->report); i++)
    {
      SmoothReportLevel level;
      const char *line = smooth_report_get_line (section->report, i, &level);
      g_print (level == SMOOTH_REPORT_WARNING ? _("warning        %s\n") : _("note           %s\n"), line);
    }
}

static void
add_picture (JsonBuilder *builder, const SmoothSection *section)
{
  json_builder_set_member_name (builder, "picture");
  if (section->picture == NULL)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_object (builder);
  smooth_json_add_int (builder, "width", section->picture->width);
  smooth_json_add_int (builder, "height", section->picture->height);
  smooth_json_add_double (builder, "scale", section->picture_scale);
  json_builder_end_object (builder);
}

static void
print_json (const SmoothSection *section)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "name", section->name);
  smooth_json_add_string (builder, "path", section->path);
  smooth_json_add_int (builder, "n_spots", section->n_spots);
  smooth_json_add_int (builder, "n_genes", section->n_genes);
  smooth_json_add_double (builder, "um_per_pixel", section->um_per_pixel);
  smooth_json_add_double (builder, "pitch_um", section->pitch);
  smooth_json_add_double (builder, "spot_diameter_um", section->spot_diameter);
  add_picture (builder, section);
  g_autofree char *reference = smooth_section_find_reference (section->path, NULL);
  smooth_json_add_string (builder, "reference", reference);
  smooth_json_add_report (builder, section->report);
  json_builder_end_object (builder);

  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = smooth_json_dup_text (root);
  g_print ("%s\n", text);
}

static int
run (const CliOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSection) section = smooth_section_load (cli_options_get_argument (options), NULL, &error);

  if (section == NULL)
    return cli_fail (error);
  if (cli_options_get (options, "json") != NULL)
    print_json (section);
  else
    print_text (section);
  return CLI_DONE;
}

const CliCommand cli_info_command = {
  .name = "info",
  .summary = N_("say what a section folder holds"),
  .argument = "PATH",
  .flags = flags,
  .run = run,
};
