/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of a solver's outcomes, as tables and reports write them. */
#include "model/info.h"

#include <glib/gi18n-lib.h>

/* Returns: the name; _() says it in the user's language */
const char *
smooth_status_get_name (SmoothStatus status)
{
  switch (status)
    {
    case SMOOTH_STATUS_IMPROVING:
      return N_("improving");
    case SMOOTH_STATUS_CONVERGED:
      return N_("converged");
    case SMOOTH_STATUS_STOPPED:
      return N_("stopped");
    case SMOOTH_STATUS_INDEFINITE:
      return N_("indefinite");
    default:
      g_return_val_if_reached ("unknown");
    }
}
