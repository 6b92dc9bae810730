/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing of Matrix Market coordinate files. */
#include "files/mtx.h"

#include "files/output.h"

/**
 * smooth_mtx_save:
 * @is_symmetric: only the lower triangle is written, as the format has it for symmetric matrices; the caller knows that it is
 * @comment: (nullable): one line for the head of the file
 *
 * Real coordinates, numbered from 1, column by column; entries of 0 are left out. Numbers read back to the bit.
 */
gboolean
smooth_mtx_save (const SmoothSparse *matrix, gboolean is_symmetric, const char *comment, const char *path, GError **error)
{
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  gint64 n_entries = 0;

  if (output == NULL)
    return FALSE;
  for (gint64 j = 0; j < matrix->n_cols; j++)
    for (gint64 e = matrix->starts[j]; e < matrix->starts[j + 1]; e++)
      n_entries += matrix->values[e] != 0.0 && (!is_symmetric || matrix->rows[e] >= j);
  smooth_output_printf (output, "%%%%MatrixMarket matrix coordinate real %s\n", is_symmetric ? "symmetric" : "general");
  if (comment != NULL)
    smooth_output_printf (output, "%% %s\n", comment);
  smooth_output_printf (output, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", matrix->n_rows, matrix->n_cols, n_entries);
  for (gint64 j = 0; j < matrix->n_cols; j++)
    for (gint64 e = matrix->starts[j]; e < matrix->starts[j + 1]; e++)
      if (matrix->values[e] != 0.0 && (!is_symmetric || matrix->rows[e] >= j))
        {
          smooth_output_printf (output, "%d %" G_GINT64_FORMAT " ", matrix->rows[e] + 1, j + 1);
          smooth_output_number (output, matrix->values[e]);
          smooth_output_text (output, "\n");
        }
  return smooth_output_commit (output, error);
}
