/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies over the corners of the canvas: scale bar, legend, and the card of the spot under the pointer. */
#include "canvas-private.h"
#include "pen.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define BAR_WIDTH 168.0
#define BAR_HEIGHT 10.0
#define TITLE_WIDTH 250.0
#define SWATCH 10.0
#define LINE_GAP 4.0
#define USUAL_TEXT 13.4 /* pixels: 10 points */

static char *
dup_limit (const ScopeColouring *colouring, double value)
{
  if (colouring->is_difference && value > 0.0)
    return colouring->is_share ? g_strdup_printf ("+%.3g %%", 100.0 * value) : g_strdup_printf ("+%'.4g", value);
  return colouring->is_share ? g_strdup_printf ("%.3g %%", 100.0 * value) : g_strdup_printf ("%'.4g", value);
}

static void
draw_colour_bar (cairo_t *cairo, const SmoothColourScale *scale, double x, double y)
{
  for (int i = 0; i < (int) BAR_WIDTH; i++)
    {
      scope_set_colour (cairo, smooth_colour_scale_get_colour (scale, (i + 0.5) / BAR_WIDTH), 1.0);
      cairo_rectangle (cairo, x + i, y, 1.0, BAR_HEIGHT);
      cairo_fill (cairo);
    }
}

/* 'No value: 3,039 spots': empty where every spot has one. */
static PangoLayout *
missing_layout_new (ScopeCanvas *canvas, const ScopeColouring *colouring)
{
  gboolean is_region = colouring->outcome != NULL && colouring->names == colouring->outcome->categories;
  gboolean is_same = colouring->is_difference && colouring->names != NULL;
  g_autofree char *text = g_strdup_printf (is_same     ? _("Unchanged: %'d spots")
                                           : is_region ? _("Outside: %'d spots")
                                                       : _("No value: %'d spots"),
                                           (int) colouring->n_missing);

  return scope_layout_new (GTK_WIDGET (canvas), 0.85, colouring->n_missing > 0 ? text : "");
}

/* 'dominant type changes: 123 spots': empty where the layer flags none. */
static PangoLayout *
hatch_layout_new (ScopeCanvas *canvas, const ScopeColouring *colouring)
{
  g_autofree char *text = colouring->hatched == NULL ? g_strdup ("")
                                                     : g_strdup_printf (_("%s: %'d spots"), g_dgettext (GETTEXT_PACKAGE, colouring->layer->flag),
                                                                        (int) colouring->n_hatched);

  return scope_layout_new (GTK_WIDGET (canvas), 0.85, text);
}

static void
draw_swatch (cairo_t *cairo, double x, double y, double line, guint32 colour, double alpha)
{
  cairo_arc (cairo, x + SWATCH / 2.0, y + line / 2.0, SWATCH / 2.0, 0.0, 2.0 * G_PI);
  scope_set_colour (cairo, colour, alpha);
  cairo_fill (cairo);
}

static void
draw_missing (cairo_t *cairo, PangoLayout *layout, guint32 colour, double x, double y, guint32 ink)
{
  draw_swatch (cairo, x, y, scope_layout_height (layout), colour & 0xffffff, MAX ((colour >> 24) / 255.0, 0.7));
  scope_draw_layout (cairo, layout, x + SWATCH + 6.0, y, ink, 0.8);
}

static void
draw_hatch (cairo_t *cairo, PangoLayout *layout, double x, double y, guint32 ink)
{
  double line = scope_layout_height (layout);

  draw_swatch (cairo, x, y, line, 0x909498, 0.5);
  cairo_save (cairo);
  cairo_arc (cairo, x + SWATCH / 2.0, y + line / 2.0, SWATCH / 2.0, 0.0, 2.0 * G_PI);
  cairo_clip (cairo);
  scope_set_colour (cairo, ink, 1.0);
  cairo_set_line_width (cairo, 1.2);
  for (gint i = -2; i <= 4; i++)
    {
      cairo_move_to (cairo, x + 4.0 * i, y + line);
      cairo_line_to (cairo, x + 4.0 * i + line, y);
    }
  cairo_stroke (cairo);
  cairo_restore (cairo);
  scope_draw_layout (cairo, layout, x + SWATCH + 6.0, y, ink, 0.8);
}

/* On a logarithmic scale the limits do not tell what lies between them. */
static void
draw_middle (ScopeCanvas *canvas, cairo_t *cairo, const ScopeColouring *colouring, double x, double y, guint32 ink)
{
  g_autofree char *text = dup_limit (colouring, sqrt (colouring->scale.low * colouring->scale.high));
  g_autoptr (PangoLayout) layout = scope_layout_new (GTK_WIDGET (canvas), 0.85, text);

  scope_draw_layout (cairo, layout, x - scope_layout_width (layout) / 2.0, y, ink, 0.8);
}

/* The room that the canvas leaves beside a card of this size, below the tools. */
static void
get_room (ScopeCanvas *canvas, double width, double height, double *room_x, double *room_y)
{
  *room_x = MAX (gtk_widget_get_width (GTK_WIDGET (canvas)) - 2.0 * SCOPE_EDGE - width, 0.0);
  *room_y = MAX (gtk_widget_get_height (GTK_WIDGET (canvas)) - SCOPE_CANVAS_TOP - SCOPE_EDGE - height, 0.0);
}

/* Where a card of this size lies: kept, so that it can be taken hold of. */
static void
place_card (ScopeCanvas *canvas, ScopeCard card, double width, double height, double *x, double *y)
{
  const double *place = scope_document_get_look (canvas->document)->card_places[card];
  double room_x, room_y;

  get_room (canvas, width, height, &room_x, &room_y);
  *x = floor (SCOPE_EDGE + room_x * place[0]);
  *y = floor (SCOPE_CANVAS_TOP + room_y * place[1]);
  graphene_rect_init (&canvas->cards[card], (float) *x, (float) *y, (float) width, (float) height);
}

/* Returns: the card at a point of the widget, or -1 */
gint
scope_canvas_find_card (ScopeCanvas *canvas, double widget_x, double widget_y)
{
  graphene_point_t point = GRAPHENE_POINT_INIT ((float) widget_x, (float) widget_y);

  for (gint card = 0; card < SCOPE_N_CARDS; card++)
    if (canvas->cards[card].size.width > 0.0f && graphene_rect_contains_point (&canvas->cards[card], &point))
      return card;
  return -1;
}

/* A drag of a card begins. */
void
scope_canvas_take_card (ScopeCanvas *canvas, gint card, double widget_x, double widget_y)
{
  canvas->moved_card = card;
  canvas->grip_x = widget_x - (double) canvas->cards[card].origin.x;
  canvas->grip_y = widget_y - (double) canvas->cards[card].origin.y;
}

void
scope_canvas_move_card (ScopeCanvas *canvas, double widget_x, double widget_y)
{
  const graphene_rect_t *box = &canvas->cards[canvas->moved_card];
  ScopeLook look = *scope_document_get_look (canvas->document);
  double room_x, room_y;

  get_room (canvas, (double) box->size.width, (double) box->size.height, &room_x, &room_y);
  look.card_places[canvas->moved_card][0] = CLAMP ((widget_x - canvas->grip_x - SCOPE_EDGE) / MAX (room_x, 1.0), 0.0, 1.0);
  look.card_places[canvas->moved_card][1] = CLAMP ((widget_y - canvas->grip_y - SCOPE_CANVAS_TOP) / MAX (room_y, 1.0), 0.0, 1.0);
  scope_document_set_look (canvas->document, &look);
}

/* Moves a card to the next corner, clockwise: what a drag does, for the keyboard. */
void
scope_canvas_turn_card (ScopeCanvas *canvas, ScopeCard card)
{
  static const double corners[][2] = { { 0.0, 0.0 }, { 1.0, 0.0 }, { 1.0, 1.0 }, { 0.0, 1.0 } };
  ScopeLook look = *scope_document_get_look (canvas->document);
  gint nearest = 0;

  for (gint i = 1; i < 4; i++)
    if (hypot (look.card_places[card][0] - corners[i][0], look.card_places[card][1] - corners[i][1])
        < hypot (look.card_places[card][0] - corners[nearest][0], look.card_places[card][1] - corners[nearest][1]))
      nearest = i;
  memcpy (look.card_places[card], corners[(nearest + 1) % 4], sizeof look.card_places[card]);
  scope_document_set_look (canvas->document, &look);
}

/* Title, bar, limits; where values are missing, what their colour means. */
static void
snapshot_bar_legend (ScopeCanvas *canvas, GtkSnapshot *snapshot, const ScopeColouring *colouring)
{
  gboolean dark = scope_canvas_is_dark (canvas);
  guint32 ink = scope_text_colour (dark);
  g_autofree char *low_text = dup_limit (colouring, colouring->scale.low);
  g_autofree char *high_text = dup_limit (colouring, colouring->scale.high);
  g_autoptr (PangoLayout) title = scope_layout_new (GTK_WIDGET (canvas), 0.9, colouring->title);
  g_autoptr (PangoLayout) low = scope_layout_new (GTK_WIDGET (canvas), 0.85, low_text);
  g_autoptr (PangoLayout) high = scope_layout_new (GTK_WIDGET (canvas), 0.85, high_text);
  g_autoptr (PangoLayout) missing = missing_layout_new (canvas, colouring);
  g_autoptr (PangoLayout) hatch = hatch_layout_new (canvas, colouring);

  scope_layout_limit (title, TITLE_WIDTH);
  scope_layout_limit (missing, BAR_WIDTH - SWATCH - 6.0);
  double title_height = scope_layout_height (title), line = scope_layout_height (low);
  double hatch_width = colouring->hatched != NULL ? scope_layout_width (hatch) + SWATCH + 6.0 : 0.0;
  double width = MAX (MAX (BAR_WIDTH, scope_layout_width (title)), hatch_width) + 2.0 * SCOPE_PADDING;
  double height = title_height + LINE_GAP + BAR_HEIGHT + 2.0 + line + (colouring->n_missing > 0 ? LINE_GAP + line : 0.0)
                  + (colouring->hatched != NULL ? LINE_GAP + line : 0.0)
                  + 2.0 * SCOPE_PADDING;
  double x, y;
  place_card (canvas, SCOPE_CARD_LEGEND, width, height, &x, &y);

  cairo_t *cairo = scope_append_cairo (snapshot, x, y, width, height);
  scope_draw_card (cairo, x, y, width, height, dark);
  x += SCOPE_PADDING;
  y += SCOPE_PADDING;
  scope_draw_layout (cairo, title, x, y, ink, 1.0);
  y += title_height + LINE_GAP;
  draw_colour_bar (cairo, &colouring->scale, x, y);
  y += BAR_HEIGHT + 2.0;
  scope_draw_layout (cairo, low, x, y, ink, 0.8);
  scope_draw_layout (cairo, high, x + BAR_WIDTH - scope_layout_width (high), y, ink, 0.8);
  if (colouring->scale.is_log)
    draw_middle (canvas, cairo, colouring, x + BAR_WIDTH / 2.0, y, ink);
  if (colouring->n_missing > 0)
    draw_missing (cairo, missing, colouring->missing, x, y + line + LINE_GAP, ink);
  if (colouring->hatched != NULL)
    draw_hatch (cairo, hatch, x, y + (line + LINE_GAP) * (colouring->n_missing > 0 ? 2.0 : 1.0), ink);
  cairo_destroy (cairo);
}

/* One line a category, as many as fit; the last line then counts the rest. */
static void
snapshot_category_legend (ScopeCanvas *canvas, GtkSnapshot *snapshot, const ScopeColouring *colouring)
{
  gboolean dark = scope_canvas_is_dark (canvas);
  guint32 ink = scope_text_colour (dark);
  g_autoptr (PangoLayout) title = scope_layout_new (GTK_WIDGET (canvas), 0.9, colouring->title);
  g_autoptr (PangoLayout) entry = scope_layout_new (GTK_WIDGET (canvas), 0.85, "");
  g_autoptr (PangoLayout) missing = missing_layout_new (canvas, colouring);
  double title_height = scope_layout_height (title) + LINE_GAP, line = scope_layout_height (entry) + 2.0;
  double missing_height = colouring->n_missing > 0 ? line + LINE_GAP : 0.0;
  double widest = MAX (scope_layout_width (title), scope_layout_width (missing) + SWATCH + 6.0);
  double available = gtk_widget_get_height (GTK_WIDGET (canvas)) * 0.7 - title_height - missing_height;
  gint64 n_lines = MIN (colouring->n_entries, MAX ((gint64) (available / line), 2));
  gint64 shown = colouring->n_entries > n_lines ? n_lines - 1 : n_lines;

  scope_layout_limit (entry, 150.0);
  for (gint64 i = 0; i < shown; i++)
    {
      pango_layout_set_text (entry, colouring->entries[i].name, -1);
      widest = MAX (widest, scope_layout_width (entry) + SWATCH + 6.0);
    }
  double width = widest + 2.0 * SCOPE_PADDING;
  double height = title_height + (double) n_lines * line + missing_height + 2.0 * SCOPE_PADDING;
  double x, y;
  place_card (canvas, SCOPE_CARD_LEGEND, width, height, &x, &y);

  cairo_t *cairo = scope_append_cairo (snapshot, x, y, width, height);
  scope_draw_card (cairo, x, y, width, height, dark);
  x += SCOPE_PADDING;
  y += SCOPE_PADDING;
  scope_draw_layout (cairo, title, x, y, ink, 1.0);
  y += title_height;
  for (gint64 i = 0; i < n_lines; i++, y += line)
    {
      g_autofree char *rest = i >= shown ? g_strdup_printf (_("and %d more"), (int) (colouring->n_entries - shown)) : NULL;
      pango_layout_set_text (entry, rest != NULL ? rest : colouring->entries[i].name, -1);
      scope_draw_layout (cairo, entry, x + SWATCH + 6.0, y, ink, rest != NULL ? 0.7 : 1.0);
      if (rest == NULL)
        draw_swatch (cairo, x, y - 1.0, line, colouring->entries[i].colour, 1.0);
    }
  if (colouring->n_missing > 0)
    draw_missing (cairo, missing, colouring->missing, x, y + LINE_GAP, ink);
  cairo_destroy (cairo);
}

/* Red, green and blue: what each shows, and from which value to which. */
static void
snapshot_channel_legend (ScopeCanvas *canvas, GtkSnapshot *snapshot, const ScopeColouring *colouring)
{
  static const guint32 colours[SCOPE_N_CHANNELS] = { 0xff0000, 0x00ff00, 0x0000ff };
  gboolean dark = scope_canvas_is_dark (canvas);
  guint32 ink = scope_text_colour (dark);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (PangoLayout) missing = missing_layout_new (canvas, colouring);
  double widest = colouring->n_missing > 0 ? scope_layout_width (missing) : 0.0, line = 0.0;

  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    {
      const ScopeColouring *channel = colouring->channels[c];
      g_autofree char *low = channel != NULL ? dup_limit (channel, channel->scale.low) : NULL;
      g_autofree char *high = channel != NULL ? dup_limit (channel, channel->scale.high) : NULL;
      g_autofree char *text = channel != NULL ? g_strdup_printf (_("%s: %s – %s"), channel->title, low, high) : g_strdup (_("nothing"));
      PangoLayout *layout = scope_layout_new (GTK_WIDGET (canvas), 0.85, text);
      scope_layout_limit (layout, 240.0);
      g_ptr_array_add (lines, layout);
      widest = MAX (widest, scope_layout_width (layout));
      line = scope_layout_height (layout) + 2.0;
    }
  double width = widest + SWATCH + 6.0 + 2.0 * SCOPE_PADDING;
  double height = SCOPE_N_CHANNELS * line + (colouring->n_missing > 0 ? line + LINE_GAP : 0.0) + 2.0 * SCOPE_PADDING;
  double x, y;
  place_card (canvas, SCOPE_CARD_LEGEND, width, height, &x, &y);
  cairo_t *cairo = scope_append_cairo (snapshot, x, y, width, height);
  scope_draw_card (cairo, x, y, width, height, dark);
  x += SCOPE_PADDING;
  y += SCOPE_PADDING;
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++, y += line)
    {
      gboolean is_shown = colouring->channels[c] != NULL;
      draw_swatch (cairo, x, y - 1.0, line, colours[c], is_shown ? 1.0 : 0.25);
      scope_draw_layout (cairo, lines->pdata[c], x + SWATCH + 6.0, y, ink, is_shown ? 1.0 : 0.6);
    }
  if (colouring->n_missing > 0)
    draw_missing (cairo, missing, colouring->missing, x, y + LINE_GAP, ink);
  cairo_destroy (cairo);
}

/* How much larger than usual the user wants text. */
static double
get_text_factor (GtkWidget *widget)
{
  PangoContext *context = gtk_widget_get_pango_context (widget);
  const PangoFontDescription *font = pango_context_get_font_description (context);
  double size = pango_font_description_get_size (font) / (double) PANGO_SCALE;
  double pixels = pango_font_description_get_size_is_absolute (font) ? size : size * pango_cairo_context_get_resolution (context) / 72.0;

  return MAX (pixels / USUAL_TEXT, 1.0);
}

static void
snapshot_scale_bar (ScopeCanvas *canvas, GtkSnapshot *snapshot)
{
  const SmoothSection *section = scope_document_get_section (canvas->document);
  gboolean dark = scope_canvas_is_dark (canvas);
  double factor = get_text_factor (GTK_WIDGET (canvas));
  double widest = MIN (160.0, gtk_widget_get_width (GTK_WIDGET (canvas)) / factor / 3.0);
  double width = factor * (widest + 2.0 * SCOPE_PADDING), height = factor * 42.0;
  double x, y;

  place_card (canvas, SCOPE_CARD_SCALE_BAR, width, height, &x, &y);
  cairo_t *cairo = scope_append_cairo (snapshot, x, y, width, height);
  cairo_translate (cairo, x, y + height);
  cairo_scale (cairo, factor, factor);
  smooth_draw_scale_bar (cairo, 0.0, 0.0, section->um_per_pixel / canvas->view.zoom * factor, widest, scope_text_colour (dark));
  cairo_destroy (cairo);
}

/* The card of the spot under the pointer */

/* The three most abundant types of a spot, one a line. */
static void
append_top_types (GString *text, const SmoothOutcome *outcome, gint64 spot)
{
  gint64 s = -1;

  for (gint64 i = 0; outcome != NULL && outcome->result != NULL && i < outcome->n_spots && s < 0; i++)
    if (outcome->spots[i] == spot)
      s = i;
  if (s < 0)
    return;

  const SmoothResult *result = outcome->result;
  const double *shares = smooth_matrix_column (result->proportions, s);
  gint64 taken[3] = { -1, -1, -1 };
  for (gint n = 0; n < 3 && n < result->n_types; n++)
    {
      gint64 best = -1;
      for (gint64 k = 0; k < result->n_types; k++)
        if (k != taken[0] && k != taken[1] && (best < 0 || shares[k] > shares[best]))
          best = k;
      taken[n] = best;
      if (best < 0 || shares[best] < 0.005)
        break;
      g_string_append_printf (text, "\n%3.0f %%  %s", 100.0 * shares[best], result->type_names[best]);
    }
}

static const char *
region_of (const SmoothOutcome *outcome, gint64 spot)
{
  for (gint64 i = 0; outcome != NULL && outcome->labels != NULL && i < outcome->n_spots; i++)
    if (outcome->spots[i] == spot && outcome->labels[i] >= 0)
      return outcome->categories[outcome->labels[i]];
  return NULL;
}

/* The values of both settings, where two are compared. */
static void
append_both (GString *text, const ScopePainting *painting, gint64 spot)
{
  if (painting->colouring_a == NULL || painting->colouring_b == NULL || *painting->colouring_a->title == '\0')
    return;
  g_autofree char *a = scope_colouring_dup_value (painting->colouring_a, spot);
  g_autofree char *b = scope_colouring_dup_value (painting->colouring_b, spot);
  g_string_append_printf (text, _("\nA: %s · B: %s"), a, b);
}

static char *
dup_spot_text (ScopeCanvas *canvas, const ScopeColouring *colouring)
{
  const SmoothSection *section = colouring->section;
  const SmoothOutcome *outcome = scope_document_get_outcome (canvas->document);
  gint64 spot = canvas->hovered;
  GString *text = g_string_new (section->barcodes[spot]);
  g_autofree char *value = scope_colouring_dup_value (colouring, spot);
  const char *region = region_of (outcome, spot);
  const char *remark = NULL;

  g_string_append_c (text, '\n');
  if (section->array_rows[spot] >= 0)
    g_string_append_printf (text, _("row %d, column %d"), section->array_rows[spot], section->array_cols[spot]);
  if (region != NULL)
    g_string_append_printf (text, section->array_rows[spot] >= 0 ? " · %s" : "%s", region);
  if (section->array_rows[spot] < 0 && region == NULL)
    g_string_truncate (text, text->len - 1);
  if (*colouring->title != '\0')
    g_string_append_printf (text, "\n%s: %s", colouring->title, value);
  append_both (text, canvas->painting, spot);

  if (!(section->spot_flags[spot] & SMOOTH_SPOT_IN_TISSUE))
    remark = _("off the tissue");
  else if (!(section->spot_flags[spot] & SMOOTH_SPOT_HAS_COUNTS))
    remark = _("no counts for this spot");
  else if (section->spot_flags[spot] & SMOOTH_SPOT_EMPTY)
    remark = _("all counts are zero");
  if (remark != NULL)
    g_string_append_printf (text, "\n%s", remark);
  append_top_types (text, outcome, spot);
  return g_string_free (text, FALSE);
}

/* The region that holds a place: the last one has it. */
static const char *
region_at (ScopeCanvas *canvas, double x, double y)
{
  const SmoothRegions *regions = scope_document_get_regions (canvas->document);

  for (gint64 i = smooth_regions_get_n (regions) - 1; i >= 0; i--)
    if (smooth_region_contains (smooth_regions_get (regions, i), x, y))
      return smooth_regions_get (regions, i)->name;
  return NULL;
}

/* Of a point of a finer lattice that is no spot. */
static char *
dup_point_text (ScopeCanvas *canvas, const ScopeColouring *colouring)
{
  const SmoothLayerPoints *points = colouring->layer->points;
  gint64 point = canvas->hovered_point;
  double x = points->coords[2 * point], y = points->coords[2 * point + 1], um = colouring->section->um_per_pixel;
  const char *region = region_at (canvas, x, y);
  GString *text = g_string_new (_("between the spots"));

  g_string_append_printf (text, "\n%.0f, %.0f µm", x * um, y * um);
  if (region != NULL)
    g_string_append_printf (text, " · %s", region);
  g_string_append_printf (text, "\n%s: %.3g", colouring->title,
                          smooth_layer_points_column (colouring->layer, scope_document_get_look (canvas->document)->column)[point]);
  return g_string_free (text, FALSE);
}

static gboolean
is_over_point (ScopeCanvas *canvas, const ScopeColouring *colouring)
{
  return colouring->point_colours != NULL && canvas->hovered_point >= 0 && canvas->hovered_point < colouring->layer->points->n_points
         && scope_document_get_look (canvas->document)->column < colouring->layer->n_columns;
}

/* Where what is under the pointer lies, in full-resolution pixels, and how wide it is drawn. */
static double
find_hovered (ScopeCanvas *canvas, const ScopeColouring *colouring, double *x, double *y)
{
  const SmoothSection *section = colouring->section;
  gboolean is_point = is_over_point (canvas, colouring);
  const double *place = is_point ? colouring->layer->points->coords + 2 * canvas->hovered_point : section->coords + 2 * canvas->hovered;

  *x = place[0];
  *y = place[1];
  return is_point ? colouring->layer->points->diameter : section->spot_diameter / section->um_per_pixel;
}

static void
snapshot_hovered (ScopeCanvas *canvas, GtkSnapshot *snapshot, const ScopeColouring *colouring)
{
  gboolean dark = scope_canvas_is_dark (canvas);
  int canvas_width = gtk_widget_get_width (GTK_WIDGET (canvas)), canvas_height = gtk_widget_get_height (GTK_WIDGET (canvas));
  int width, height;
  double spot_x, spot_y, left = scope_canvas_get_pane_left (canvas, canvas->side);

  double x, y, diameter = find_hovered (canvas, colouring, &x, &y);
  scope_view_to_widget (&canvas->view, scope_canvas_get_pane_width (canvas), canvas_height, x, y, &spot_x, &spot_y);
  spot_x += left;
  double radius = MAX (diameter * canvas->view.zoom
                          * scope_document_get_look (canvas->document)->colours.spot_scale / 2.0, 2.0) + 1.0;
  cairo_t *cairo = scope_append_cairo (snapshot, spot_x - radius - 3.0, spot_y - radius - 3.0, 2.0 * radius + 6.0, 2.0 * radius + 6.0);
  cairo_arc (cairo, spot_x, spot_y, radius, 0.0, 2.0 * G_PI);
  scope_stroke_with_halo (cairo, 0x101010, 1.5);
  cairo_destroy (cairo);

  g_autofree char *text = canvas->hovered >= 0 ? dup_spot_text (canvas, colouring) : dup_point_text (canvas, colouring);
  g_autoptr (PangoLayout) layout = scope_layout_new (GTK_WIDGET (canvas), 0.85, text);
  pango_layout_set_spacing (layout, 2 * PANGO_SCALE);
  pango_layout_get_pixel_size (layout, &width, &height);
  double card_width = width + 2.0 * SCOPE_PADDING, card_height = height + 2.0 * SCOPE_PADDING;
  x = left + canvas->pointer_x + 16.0;
  y = canvas->pointer_y + 16.0;
  if (x + card_width > canvas_width)
    x = MAX (left + canvas->pointer_x - 12.0 - card_width, 0.0);
  if (y + card_height > canvas_height)
    y = MAX (canvas->pointer_y - 12.0 - card_height, 0.0);
  cairo = scope_append_cairo (snapshot, x, y, card_width, card_height);
  x = floor (x);
  y = floor (y);
  scope_draw_card (cairo, x, y, card_width, card_height, dark);
  scope_draw_layout (cairo, layout, x + SCOPE_PADDING, y + SCOPE_PADDING, scope_text_colour (dark), 1.0);
  cairo_destroy (cairo);
}

/* Draws what belongs to the look. */
void
scope_canvas_snapshot_cards (ScopeCanvas *canvas, GtkSnapshot *snapshot)
{
  const ScopeColouring *colouring = scope_canvas_get_colouring (canvas);

  const ScopeLook *look = scope_document_get_look (canvas->document);

  memset (canvas->cards, 0, sizeof canvas->cards);
  if (look->show_scale_bar)
    snapshot_scale_bar (canvas, snapshot);
  if (look->show_legend && colouring != NULL)
    {
      if (scope_colouring_is_mixed (colouring))
        snapshot_channel_legend (canvas, snapshot, colouring);
      else if (colouring->names != NULL)
        snapshot_category_legend (canvas, snapshot, colouring);
      else if (*colouring->title != '\0')
        snapshot_bar_legend (canvas, snapshot, colouring);
    }
  if (colouring != NULL && ((canvas->hovered >= 0 && canvas->hovered < colouring->section->n_spots)
                            || (canvas->hovered < 0 && is_over_point (canvas, colouring))))
    snapshot_hovered (canvas, snapshot, colouring);
}
