/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the spots are coloured by: from a choice to values, colours, limits and a legend. */
#pragma once

#include <smooth.h>

G_BEGIN_DECLS

typedef enum
{
  SCOPE_BY_COUNTS,         /* total counts */
  SCOPE_BY_DETECTED,       /* how many genes were found */
  SCOPE_BY_MITOCHONDRIAL,  /* the share of counts of mitochondrial genes */
  SCOPE_BY_GENE,           /* one gene, on the scale of the model */
  SCOPE_BY_TYPE,           /* the proportion of one cell type */
  SCOPE_BY_DOMINANT,       /* the most abundant cell type */
  SCOPE_BY_REGION,         /* the region that has the spot */
  SCOPE_BY_LAYER,          /* a column of what an analysis found */
  SCOPE_BY_COMPOSITION,    /* all cell types, as a pie a spot */
  SCOPE_BY_GENES,          /* the mean or sum of a list of genes */
  SCOPE_BY_RGB,            /* three columns as red, green and blue */
} ScopeColourBy;

typedef enum
{
  SCOPE_BACKGROUND_THEME, /* light or dark as the window is */
  SCOPE_BACKGROUND_WHITE,
  SCOPE_BACKGROUND_BLACK,
} ScopeBackground;

/* What lies over the canvas and can be moved. */
typedef enum
{
  SCOPE_CARD_LEGEND,
  SCOPE_CARD_SCALE_BAR,
  SCOPE_N_CARDS,
} ScopeCard;

#define SCOPE_N_CHANNELS 3

/* What one of red, green and blue shows. */
typedef enum
{
  SCOPE_CHANNEL_NONE,
  SCOPE_CHANNEL_GENE,
  SCOPE_CHANNEL_TYPE,
  SCOPE_CHANNEL_LAYER,
} ScopeChannelKind;

typedef struct
{
  ScopeChannelKind kind;
  gint64 index;            /* of the gene, the type or the layer's column */
  const char *layer;       /* (nullable): its key; interned */
} ScopeChannel;

/* How the section is looked at: a plain record, compared and copied by value. What is new here belongs into the table of
 * look.c too, so that sessions keep it. */
typedef struct
{
  ScopeColourBy by;
  gint64 gene;             /* of the section */
  gint64 type;             /* of the signature */
  const char *layer;       /* (nullable): key of a layer; interned, so that records can be compared by value */
  gint64 column;           /* of that layer */
  const char *genes;       /* (nullable): names of the genes of a list, as they were typed; interned */
  gboolean is_sum;         /* of the genes of the list; else their mean */
  ScopeChannel channels[SCOPE_N_CHANNELS]; /* red, green, blue */
  SmoothColourSettings colours; /* as figures have them; compare: where there is a setting A; line is not used */
  SmoothOwnColours own;
  ScopeBackground background;
  gboolean show_regions;
  gboolean show_legend;
  gboolean show_scale_bar;
  double card_places[SCOPE_N_CARDS][2]; /* 0..1: across and down the room that the canvas leaves beside the card */
  double swipe;            /* 0..1: where the line lies across the canvas */
} ScopeLook;

/* Immutable. */
typedef struct _ScopeColouring ScopeColouring;
struct _ScopeColouring
{
  SmoothSection *section;
  SmoothOutcome *outcome;  /* (nullable): what the values are taken from */
  SmoothLayer *layer;      /* (nullable): the same; only where the look is by it */
  char *title;             /* of the legend: 'Pax6, log-normalised' */
  SmoothColourScale scale; /* of values that are no categories */
  guint32 missing;         /* 0xAARRGGBB */
  SmoothValuesKind kind;
  gboolean is_share;       /* values are shares of 1, written as percentages */
  gboolean is_difference;  /* values are B - A; of categories those of B, where they differ */
  double *values;          /* n_spots of the section: NAN where missing; of categories their number */
  guint32 *colours;        /* n_spots: 0xAARRGGBB */
  guint32 *point_colours;  /* (nullable): of the layer's points, which are drawn in place of the spots */
  gint64 n_entries;        /* > 0: categories instead of a colour bar */
  SmoothLegendEntry *entries; /* names belong to the outcome or layer */
  char **names;            /* (nullable) borrowed from these: of all categories */
  const guint8 *hatched;   /* (nullable) borrowed from the layer: n_spots: 1 where flagged */
  gint64 n_hatched;        /* spots on the tissue */
  gint64 n_missing;        /* analysable spots without a value: drawn in the missing colour */
  SmoothPies *pies;        /* (nullable): what the spots are made of, in the order of names */
  ScopeColouring *channels[SCOPE_N_CHANNELS]; /* (nullable): values and scales of red, green and blue; the values above are then
                              the mean of their places on these scales */

  /*< private >*/
  gatomicrefcount ref_count;
};

/* What the colours of one of two pictures are taken from. */
typedef struct
{
  SmoothOutcome *outcome; /* (nullable) */
  SmoothLayer *layer;     /* (nullable): the one that the look is by */
  SmoothLayer *channels[SCOPE_N_CHANNELS]; /* (nullable): those that red, green and blue are of */
} ScopeSource;

extern const SmoothParamTable scope_look_params; /* of the other fields but names and colours; in look.c */
void scope_source_ref (ScopeSource *source);
void scope_source_clear (ScopeSource *source);

void scope_look_init (ScopeLook *look);
guint32 scope_look_get_type_colour (const ScopeLook *look, gint64 type);
guint32 scope_look_get_category_colour (const ScopeLook *look, gint64 category);
gboolean scope_look_colours_equal (const ScopeLook *a, const ScopeLook *b);

ScopeColouring *scope_colouring_new (SmoothSection *section, SmoothOutcome *outcome, SmoothLayer *layer, const ScopeLook *look);
ScopeColouring *scope_colouring_new_of (SmoothSection *section, const ScopeSource *source, const ScopeLook *look,
                                        const ScopeColouring *before);
void scope_colouring_new_pair (SmoothSection *section, const ScopeSource *a, const ScopeSource *b, const ScopeLook *look,
                               ScopeColouring **colouring_a, ScopeColouring **colouring_b);
ScopeColouring *scope_colouring_new_difference (SmoothSection *section, const ScopeSource *a, const ScopeSource *b, const ScopeLook *look);
ScopeColouring *scope_colouring_ref (ScopeColouring *colouring);
void scope_colouring_unref (ScopeColouring *colouring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeColouring, scope_colouring_unref)

gboolean scope_colouring_is_mixed (const ScopeColouring *colouring);
char *scope_colouring_dup_value (const ScopeColouring *colouring, gint64 spot);

G_END_DECLS
