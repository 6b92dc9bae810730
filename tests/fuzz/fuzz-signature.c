/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a signature and as labels of a small section: what is accepted can be prepared, saved and read again. */
#include "section/labels.h"
#include "section/prepare.h"

#include "../unit/made-section.h"
#include "fuzz.h"

#include <math.h>

static void
check_prepared (const SmoothSection *section, const SmoothSignature *signature)
{
  SmoothPrepareSettings settings;

  smooth_params_init (&smooth_prepare_params, &settings);
  for (gint scale = 0; scale < 2; scale++)
    {
      g_autoptr (GError) error = NULL;
      settings.scale = scale;
      g_autoptr (SmoothPrepared) prepared = smooth_prepared_new (section, signature, &settings, NULL, &error);
      fuzz_check_error (prepared != NULL, error);
      if (prepared == NULL)
        continue;
      FUZZ_CHECK (smooth_sparse_check (prepared->expression, NULL));
      for (gint64 i = 0; i < prepared->n_genes * prepared->n_types; i++)
        FUZZ_CHECK (isfinite (prepared->signature->values[i]) && prepared->signature->values[i] >= 0.0);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const barcodes[] = { "AAACCCGGGT-1", "CCCGGGTTTA-1", "s_3", NULL };
  static const char *const ids[] = { "ENSG00000000001", "ENSG00000000002.4", "G3", "G4", NULL };
  static const char *const symbols[] = { "A", "B", "G3", "B", NULL };
  static const double counts[] = { 1, 2, 3, 4, /**/ 0, 0, 5, 10, /**/ 2, 0, 40, 0 };
  g_autoptr (SmoothSection) section = made_section_new (barcodes, ids, symbols, counts);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) label_error = NULL;
  g_autofree char *path = fuzz_file (data, size);
  char **labels = smooth_labels_load (path, section, NULL, report, &label_error);
  g_autoptr (SmoothSignature) signature = smooth_signature_load (path, section, SMOOTH_SCALE_GUESS, &error);

  fuzz_check_error (labels != NULL, label_error);
  fuzz_check_error (signature != NULL, error);
  if (labels != NULL)
    {
      g_autoptr (SmoothSignature) made = smooth_signature_new_from_labels (section, (const char *const *) labels, 0, NULL);
      if (made != NULL)
        check_prepared (section, made);
    }
  smooth_labels_free (labels, section->n_spots);
  if (signature == NULL)
    return 0;
  check_prepared (section, signature);
  FUZZ_CHECK (smooth_signature_save (signature, path, NULL));
  g_autoptr (SmoothSignature) again = smooth_signature_load (path, section, SMOOTH_SCALE_GUESS, &error);
  FUZZ_CHECK (error == NULL && again->scale == signature->scale && again->n_genes == signature->n_genes);
  FUZZ_CHECK (g_strv_equal ((const char *const *) again->gene_names, (const char *const *) signature->gene_names));
  FUZZ_CHECK (g_strv_equal ((const char *const *) again->type_names, (const char *const *) signature->type_names));
  FUZZ_CHECK (memcmp (again->values->values, signature->values->values,
                      (gsize) (signature->n_genes * signature->n_types) * sizeof (double)) == 0);
  return 0;
}
