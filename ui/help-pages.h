/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of help as they are installed with the program: Markdown files, in the order in which they are read. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *name;  /* of the file, without .md */
  char *title; /* the first heading, without marks */
  char *text;  /* Markdown */
  char *plain; /* the text without marks and case, to search in */
} ScopeHelpPage;

char *scope_help_dup_folder (void);
GPtrArray *scope_help_pages_read (const char *folder);
const ScopeHelpPage *scope_help_pages_find (GPtrArray *pages, const char *name);
gboolean scope_help_page_holds (const ScopeHelpPage *page, const char *words);
gboolean scope_help_page_is_titled (const ScopeHelpPage *page, const char *words);

G_END_DECLS
