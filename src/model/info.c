/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of a solver's outcomes, as tables and reports write them. */
#include "model/info.h"

const char *
smooth_status_get_name (SmoothStatus status)
{
  switch (status)
    {
    case SMOOTH_STATUS_IMPROVING:
      return "improving";
    case SMOOTH_STATUS_CONVERGED:
      return "converged";
    case SMOOTH_STATUS_STOPPED:
      return "stopped";
    case SMOOTH_STATUS_INDEFINITE:
      return "indefinite";
    default:
      g_return_val_if_reached ("unknown");
    }
}
