/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to translate in a page of help: the text of each of its blocks, lines joined by blanks. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns: (transfer none): what takes the place of @text, which it may be itself; has no new line */
typedef const char *(*ScopeHelpTextFunc) (const char *text, gpointer data);

char *scope_help_text_map (const char *page, ScopeHelpTextFunc replace, gpointer data);
const char *scope_help_text_say (const char *text);
char *scope_help_text_translate (const char *page);

G_END_DECLS
