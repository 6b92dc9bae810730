/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md4c tells what begins and ends; blocks open boxes, text collects as Pango markup until its block ends. */
#include "help-markdown.h"

#include <md4c.h>

typedef struct
{
  const char *folder; /* of pictures */
  GCallback on_link;
  gpointer data;
  GPtrArray *boxes; /* not owned: the open ones, the innermost last */
  GArray *numbers;  /* of the next item of each open list; 0: bullets */
  GString *markup;  /* of the open block */
  GString *alt;     /* of the open picture */
  char *source;     /* of the open picture */
  GtkWidget *grid;  /* of the open table */
  int n_columns;    /* of the open table */
  int row, column;
  gboolean is_head; /* of the table */
} Page;

static GtkBox *
innermost (Page *page)
{
  return page->boxes->pdata[page->boxes->len - 1];
}

static void
open_box (Page *page, GtkOrientation orientation, int spacing, const char *style)
{
  GtkWidget *box = gtk_box_new (orientation, spacing);

  if (style != NULL)
    gtk_widget_add_css_class (box, style);
  if (page->boxes->len > 0)
    gtk_box_append (innermost (page), box);
  gtk_widget_set_hexpand (box, TRUE);
  g_ptr_array_add (page->boxes, box);
}

static void
close_box (Page *page)
{
  g_ptr_array_set_size (page->boxes, (int) page->boxes->len - 1);
}

/* A label of the markup so far, which is then empty. Returns: (transfer floating) (nullable): NULL where there is nothing to
 * say */
static GtkWidget *
take_label (Page *page, GtkAccessibleRole role)
{
  if (page->markup->len == 0)
    return NULL;
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "accessible-role", role, "wrap", TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR,
                                   "xalign", 0.0, "yalign", 0.0, "label", page->markup->str, "use-markup", TRUE, NULL);
  g_signal_connect (label, "activate-link", page->on_link, page->data);
  g_string_truncate (page->markup, 0);
  return label;
}

static void
end_text (Page *page)
{
  GtkWidget *label = take_label (page, GTK_ACCESSIBLE_ROLE_LABEL);

  if (label != NULL)
    gtk_box_append (innermost (page), label);
}

static void
end_heading (Page *page, guint level)
{
  GtkWidget *label = take_label (page, GTK_ACCESSIBLE_ROLE_HEADING);

  if (label == NULL)
    return;
  gtk_widget_add_css_class (label, level == 1 ? "help-title" : "help-heading");
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LEVEL, (int) level, -1);
  gtk_box_append (innermost (page), label);
}

/* Lines of code stay as they are; they can be selected to be copied. */
static void
end_code (Page *page)
{
  if (page->markup->len > 0 && page->markup->str[page->markup->len - 1] == '\n')
    g_string_truncate (page->markup, page->markup->len - 1);
  GtkWidget *label = take_label (page, GTK_ACCESSIBLE_ROLE_LABEL);
  if (label == NULL)
    return;
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "help-code");
  gtk_box_append (innermost (page), label);
}

static void
open_item (Page *page)
{
  guint *number = &g_array_index (page->numbers, guint, page->numbers->len - 1);
  g_autofree char *mark = *number > 0 ? g_strdup_printf ("%u.", (*number)++) : g_strdup ("•");

  open_box (page, GTK_ORIENTATION_HORIZONTAL, 8, NULL);
  gtk_box_append (innermost (page), g_object_new (GTK_TYPE_LABEL, "label", mark, "yalign", 0.0, NULL));
  open_box (page, GTK_ORIENTATION_VERTICAL, 6, NULL);
}

static void
open_table (Page *page)
{
  page->grid = g_object_new (GTK_TYPE_GRID, "column-spacing", page->n_columns > 4 ? 12 : 18, "row-spacing", 5, NULL);
  gtk_widget_add_css_class (page->grid, "help-table");
  gtk_box_append (innermost (page), page->grid);
  page->row = -1;
}

static void
end_cell (Page *page)
{
  GtkWidget *label = take_label (page, GTK_ACCESSIBLE_ROLE_LABEL);

  if (label != NULL)
    {
      if (page->is_head)
        gtk_widget_add_css_class (label, "help-head");
      /* Words are not torn apart, up to a length; the first column names things, and is not squeezed by what the others
       * tell. */
      int first = page->n_columns > 4 ? 8 : 12, other = CLAMP (50 / page->n_columns, 4, 10);
      g_object_set (label, "width-chars", page->column == 0 ? first : other, "max-width-chars",
                    page->column == 0 ? 2 * first : 70, NULL);
      gtk_grid_attach (GTK_GRID (page->grid), label, page->column, page->row, 1, 1);
    }
  page->column++;
}

static void
end_picture (Page *page)
{
  g_autofree char *path = g_build_filename (page->folder, page->source, NULL);
  GtkWidget *picture = gtk_picture_new_for_filename (path);

  gtk_picture_set_alternative_text (GTK_PICTURE (picture), page->alt->str);
  gtk_accessible_update_property (GTK_ACCESSIBLE (picture), GTK_ACCESSIBLE_PROPERTY_LABEL, page->alt->str, -1);
  gtk_widget_set_halign (picture, GTK_ALIGN_START);
  gtk_widget_add_css_class (picture, "help-picture");
  gtk_box_append (innermost (page), picture);
  g_clear_pointer (&page->source, g_free);
  g_string_truncate (page->alt, 0);
}

static int
on_enter_block (MD_BLOCKTYPE type, void *detail, void *data)
{
  Page *page = data;
  guint number = 0;

  switch (type)
    {
    case MD_BLOCK_OL:
      number = ((MD_BLOCK_OL_DETAIL *) detail)->start;
      /* fall through */
    case MD_BLOCK_UL:
      end_text (page);
      open_box (page, GTK_ORIENTATION_VERTICAL, 6, NULL);
      g_array_append_val (page->numbers, number);
      break;
    case MD_BLOCK_LI:
      open_item (page);
      break;
    case MD_BLOCK_QUOTE:
      open_box (page, GTK_ORIENTATION_VERTICAL, 6, "help-quote");
      break;
    case MD_BLOCK_HR:
      gtk_box_append (innermost (page), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
      break;
    case MD_BLOCK_CODE:
      end_text (page);
      break;
    case MD_BLOCK_TABLE:
      page->n_columns = (int) ((MD_BLOCK_TABLE_DETAIL *) detail)->col_count;
      open_table (page);
      break;
    case MD_BLOCK_THEAD:
    case MD_BLOCK_TBODY:
      page->is_head = type == MD_BLOCK_THEAD;
      break;
    case MD_BLOCK_TR:
      page->row++;
      page->column = 0;
      break;
    default:
      break;
    }
  return 0;
}

static int
on_leave_block (MD_BLOCKTYPE type, void *detail, void *data)
{
  Page *page = data;

  switch (type)
    {
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
      g_array_set_size (page->numbers, page->numbers->len - 1);
      close_box (page);
      break;
    case MD_BLOCK_LI:
      end_text (page);
      close_box (page);
      close_box (page);
      break;
    case MD_BLOCK_QUOTE:
      close_box (page);
      break;
    case MD_BLOCK_H:
      end_heading (page, ((MD_BLOCK_H_DETAIL *) detail)->level);
      break;
    case MD_BLOCK_CODE:
      end_code (page);
      break;
    case MD_BLOCK_P:
      end_text (page);
      break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
      end_cell (page);
      break;
    default:
      break;
    }
  return 0;
}

static int
on_enter_span (MD_SPANTYPE type, void *detail, void *data)
{
  Page *page = data;

  if (type == MD_SPAN_IMG)
    {
      const MD_ATTRIBUTE *source = &((MD_SPAN_IMG_DETAIL *) detail)->src;

      end_text (page);
      page->source = g_strndup (source->text, source->size);
      return 0;
    }
  if (page->source != NULL) /* marks within the words for a picture */
    return 0;
  if (type == MD_SPAN_A)
    {
      const MD_ATTRIBUTE *target = &((MD_SPAN_A_DETAIL *) detail)->href;
      g_autofree char *escaped = g_markup_escape_text (target->text, (gssize) target->size);

      g_string_append_printf (page->markup, "<a href=\"%s\">", escaped);
    }
  else if (type == MD_SPAN_EM || type == MD_SPAN_STRONG || type == MD_SPAN_CODE)
    g_string_append (page->markup, type == MD_SPAN_EM ? "<i>" : type == MD_SPAN_STRONG ? "<b>" : "<tt>");
  return 0;
}

static int
on_leave_span (MD_SPANTYPE type, void *detail, void *data)
{
  Page *page = data;

  if (type == MD_SPAN_IMG)
    end_picture (page);
  else if (page->source == NULL && type == MD_SPAN_A)
    g_string_append (page->markup, "</a>");
  else if (page->source == NULL && (type == MD_SPAN_EM || type == MD_SPAN_STRONG || type == MD_SPAN_CODE))
    g_string_append (page->markup, type == MD_SPAN_EM ? "</i>" : type == MD_SPAN_STRONG ? "</b>" : "</tt>");
  return 0;
}

static int
on_text (MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *data)
{
  Page *page = data;
  gboolean is_break = type == MD_TEXT_SOFTBR || type == MD_TEXT_BR;
  g_autofree char *words = is_break ? g_strdup (type == MD_TEXT_BR ? "\n" : " ") : g_strndup (text, size);

  if (page->source != NULL)
    g_string_append (page->alt, words);
  else if (!(is_break && page->markup->len == 0))
    {
      g_autofree char *escaped = g_markup_escape_text (words, -1);
      g_string_append (page->markup, escaped);
    }
  return 0;
}

/**
 * scope_help_markdown_new:
 * @text: Markdown with tables, in UTF-8
 * @folder: that addresses of pictures are relative to
 * @on_link: handler of GtkLabel::activate-link
 *
 * What none of our pages use, HTML and named entities, is shown as it is written.
 *
 * Returns: (transfer floating): a box
 */
GtkWidget *
scope_help_markdown_new (const char *text, const char *folder, GCallback on_link, gpointer data)
{
  const MD_PARSER parser = { .flags = MD_FLAG_TABLES | MD_FLAG_NOHTML,
                             .enter_block = on_enter_block,
                             .leave_block = on_leave_block,
                             .enter_span = on_enter_span,
                             .leave_span = on_leave_span,
                             .text = on_text };
  g_autoptr (GPtrArray) boxes = g_ptr_array_new ();
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GString) markup = g_string_new (NULL), alt = g_string_new (NULL);
  Page page = {
    .folder = folder, .on_link = on_link, .data = data, .boxes = boxes, .numbers = numbers, .markup = markup, .alt = alt
  };

  open_box (&page, GTK_ORIENTATION_VERTICAL, 12, "help-page");
  md_parse (text, (MD_SIZE) strlen (text), &parser, &page);
  return boxes->pdata[0];
}
