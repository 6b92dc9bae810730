/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The procedures as GIMP's browser shows them, and what they run: the same for every API of GIMP. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PROCEDURE_WINDOW "plug-in-smoothscope"
#define PROCEDURE_OVERLAY "smoothscope-overlay"
#define PROCEDURE_EXPORT "smoothscope-regions-export"

#define PROCEDURE_MENU "<Image>/Filters/Map"
#define PROCEDURE_AUTHORS "The Smoothscope authors"
#define PROCEDURE_COPYRIGHT "GPL-3.0-or-later"
#define PROCEDURE_DATE "2026"

/* Label and blurb are marked for translation; help, as all help, is in English. */
typedef struct
{
  const char *name;
  const char *label;    /* (nullable): in the menu */
  const char *blurb;    /* one sentence */
  const char *help;
  const char *argument; /* (nullable): name of the argument beside the image */
  const char *argument_help;
} Procedure;

typedef enum
{
  PROCEDURES_WINDOW,
  PROCEDURES_OVERLAY,
  PROCEDURES_EXPORT,
  N_PROCEDURES
} ProcedureKind;

extern const Procedure procedures[N_PROCEDURES];

void procedures_prepare (void);
gboolean procedure_run_window (gint32 image, GError **error);
gboolean procedure_run_overlay (gint32 image, const char *recipe, gint32 *group, GError **error);
gboolean procedure_run_export (gint32 image, const char *path, GError **error);

G_END_DECLS
