/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a figure: what is found in it is a text, and what is read from that is a recipe or an error. */
#include "export/metadata-private.h"
#include "export/recipe.h"
#include "fuzz.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) recipe_error = NULL;
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autofree char *text = smooth_i_metadata_dup (data, size, "input", &error);

  fuzz_check_error (text != NULL, error);
  if (text == NULL)
    return 0;
  FUZZ_CHECK (g_utf8_validate (text, -1, NULL));
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new_from_json (text, strlen (text), "/input", report, &recipe_error);
  fuzz_check_error (recipe != NULL, recipe_error);
  return 0;
}
