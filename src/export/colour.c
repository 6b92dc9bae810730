/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colour maps by a few control colours in OKLab, a palette for categories, and values to colours.
 *
 * The sequential maps keep the names and the looks under which readers know them (viridis and magma of S. van der
 * Walt and N. Smith, cividis of J. Nunez, C. Anderton and R. Renslow), but are made here: eleven control colours a
 * map, joined in OKLab by monotone cubics, so that lightness never turns back between two of them. The diverging map
 * is a formula: two hues of equal lightness and chroma at equal distance from a pale middle.
 * OKLab: B. Ottosson, 'A perceptual color space for image processing' (2020).
 */
#include "export/colour.h"

#include <math.h>

#define N_LEVELS 256
#define N_CONTROLS 11

static const char *const map_names[SMOOTH_N_COLOURMAPS] = { "viridis", "magma", "cividis", "diverging" };

/* At t = 0, 0.1, ..., 1. */
static const guint32 controls[SMOOTH_COLOURMAP_DIVERGING][N_CONTROLS] = {
  { 0x440154, 0x482576, 0x414487, 0x35608d, 0x2a788e, 0x21908c, 0x22a884, 0x43bf71, 0x7ad151, 0xbbdf27, 0xfde725 },
  { 0x000004, 0x140e36, 0x3b0f70, 0x641a80, 0x8c2981, 0xb73779, 0xde4968, 0xf7705c, 0xfe9f6d, 0xfecf92, 0xfcfdbf },
  { 0x00224e, 0x0a3470, 0x35456c, 0x4f576c, 0x666970, 0x7d7c78, 0x948e77, 0xaea371, 0xc8b866, 0xe5cf52, 0xfee838 },
};

/* Found by annealing: the smallest distance in OKLab between any two of them, as seen with normal sight and with each of
 * the three dichromacies (G. Machado, M. Oliveira, L. Fernandes 2009), is as large as it could be made, and so is the
 * distance to the pinks and violets of an H&E stain. All stand out from a white and from a dark page. */
static const guint32 palette[] = {
  0x005cc5, 0xf3be08, 0x00997f, 0xbe1d2c, 0x74ccff, 0x9a6af4, 0x972288,
  0x7bff89, 0xa8b494, 0xb86c16, 0xf14e71, 0xff873c, 0xc1e8ca, 0x00aad8,
};

typedef struct
{
  double L, a, b;
} Oklab;

static double
to_linear (double s)
{
  return s <= 0.04045 ? s / 12.92 : pow ((s + 0.055) / 1.055, 2.4);
}

static double
from_linear (double l)
{
  l = CLAMP (l, 0.0, 1.0);
  return l <= 0.0031308 ? 12.92 * l : 1.055 * pow (l, 1.0 / 2.4) - 0.055;
}

static Oklab
to_oklab (guint32 colour)
{
  double r = to_linear (((colour >> 16) & 0xff) / 255.0);
  double g = to_linear (((colour >> 8) & 0xff) / 255.0);
  double b = to_linear ((colour & 0xff) / 255.0);
  double l = cbrt (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  double m = cbrt (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  double s = cbrt (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);

  return (Oklab) {
    0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
  };
}

/* To sRGB, 0..255 and not yet rounded; colours outside of sRGB are cut channel by channel. */
static void
from_oklab (Oklab c, double rgb[3])
{
  double l = c.L + 0.3963377774 * c.a + 0.2158037573 * c.b;
  double m = c.L - 0.1055613458 * c.a - 0.0638541728 * c.b;
  double s = c.L - 0.0894841775 * c.a - 1.2914855480 * c.b;

  l = l * l * l;
  m = m * m * m;
  s = s * s * s;
  rgb[0] = 255.0 * from_linear (+4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  rgb[1] = 255.0 * from_linear (-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  rgb[2] = 255.0 * from_linear (-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

static double
luminance (const double rgb[3])
{
  return 0.2126 * to_linear (rgb[0] / 255.0) + 0.7152 * to_linear (rgb[1] / 255.0) + 0.0722 * to_linear (rgb[2] / 255.0);
}

/* Rounds each channel up or down, whichever of the eight ways comes nearest in luminance: neighbouring levels differ by
 * less than one step of a channel, and rounding to the nearest would let lightness fall here and there. */
static guint32
round_colour (const double rgb[3])
{
  double wanted = luminance (rgb), best = G_MAXDOUBLE;
  guint32 colour = 0;

  for (guint way = 0; way < 8; way++)
    {
      double r[3];
      double off = 0.0;
      for (guint c = 0; c < 3; c++)
        {
          r[c] = CLAMP (floor (rgb[c]) + ((way >> c) & 1), 0.0, 255.0);
          off += fabs (r[c] - rgb[c]);
        }
      double badness = fabs (luminance (r) - wanted) + 1e-5 * off;
      if (badness < best)
        {
          best = badness;
          colour = ((guint32) r[0] << 16) | ((guint32) r[1] << 8) | (guint32) r[2];
        }
    }
  return 0xff000000 | colour;
}

/* A slope that keeps a cubic monotone between points whose chords have slopes @left and @right (Fritsch and Carlson). */
static double
limited_slope (double left, double right)
{
  return left * right <= 0.0 ? 0.0 : 2.0 * left * right / (left + right);
}

/* The value at @u = 0..1 between y[1] and y[2]; y[0] and y[3] are their outer neighbours. */
static double
cubic (const double y[4], double u)
{
  double chord = y[2] - y[1];
  double m0 = limited_slope (y[1] - y[0], chord), m1 = limited_slope (chord, y[3] - y[2]);

  return y[1] + u * (m0 + u * (3.0 * chord - 2.0 * m0 - m1 + u * (m0 + m1 - 2.0 * chord)));
}

static Oklab
sequential (const Oklab *nodes, double t)
{
  double x = t * (N_CONTROLS - 1);
  gint i = MIN ((gint) x, N_CONTROLS - 2);
  double L[4], a[4], b[4];

  for (gint j = 0; j < 4; j++)
    {
      gint k = i + j - 1;
      /* Beyond either end the chord goes on. */
      gint inside = CLAMP (k, 0, N_CONTROLS - 1), next = k < 0 ? 1 : N_CONTROLS - 2;
      double beyond = k == inside ? 0.0 : 1.0;
      L[j] = nodes[inside].L + beyond * (nodes[inside].L - nodes[next].L);
      a[j] = nodes[inside].a + beyond * (nodes[inside].a - nodes[next].a);
      b[j] = nodes[inside].b + beyond * (nodes[inside].b - nodes[next].b);
    }
  return (Oklab) { cubic (L, x - i), cubic (a, x - i), cubic (b, x - i) };
}

/* Lightness falls evenly from the pale middle to both ends, so that equal distances from the middle look equally strong;
 * the middle is rounded off, for a sharp edge there would draw a line that is not in the data. */
static Oklab
diverging (double t)
{
  double x = 2.0 * t - 1.0;
  double far = (sqrt (x * x + 0.01) - 0.1) / (sqrt (1.01) - 0.1);
  double hue = (x < 0.0 ? 255.0 : 27.0) * G_PI / 180.0;
  double chroma = 0.168 * sin (0.5 * G_PI * fabs (x)) * (1.0 - 0.12 * far * far);

  return (Oklab) { 0.955 - 0.535 * far, chroma * cos (hue), chroma * sin (hue) };
}

static const guint32 *
levels (SmoothColourmap map)
{
  static guint32 tables[SMOOTH_N_COLOURMAPS][N_LEVELS];
  static gsize ready = 0;

  if (g_once_init_enter (&ready))
    {
      for (gint m = 0; m < SMOOTH_N_COLOURMAPS; m++)
        {
          Oklab nodes[N_CONTROLS] = { 0 };
          for (gint i = 0; i < N_CONTROLS && m != SMOOTH_COLOURMAP_DIVERGING; i++)
            nodes[i] = to_oklab (controls[m][i]);
          for (gint i = 0; i < N_LEVELS; i++)
            {
              double t = (double) i / (N_LEVELS - 1), rgb[3];
              from_oklab (m == SMOOTH_COLOURMAP_DIVERGING ? diverging (t) : sequential (nodes, t), rgb);
              tables[m][i] = round_colour (rgb);
            }
        }
      g_once_init_leave (&ready, 1);
    }
  return tables[map];
}

/**
 * smooth_colourmap_get_name:
 *
 * Returns: (transfer none): the name, lower case: "viridis"
 */
const char *
smooth_colourmap_get_name (SmoothColourmap map)
{
  g_return_val_if_fail ((guint) map < SMOOTH_N_COLOURMAPS, NULL);
  return map_names[map];
}

/**
 * smooth_colourmap_get:
 * @map: a colour map
 * @t: 0..1; what lies outside takes the nearer end, and NaN the first
 *
 * Returns: the colour at @t as 0xFFRRGGBB; one of 256 levels
 */
guint32
smooth_colourmap_get (SmoothColourmap map, double t)
{
  g_return_val_if_fail ((guint) map < SMOOTH_N_COLOURMAPS, 0);
  return levels (map)[t > 0.0 ? (gint) (MIN (t, 1.0) * (N_LEVELS - 1) + 0.5) : 0];
}

/**
 * smooth_colour_scale_get_place:
 *
 * Returns: where a value lies along the bar: 0 at the lower limit, 1 at the upper one, less or more outside of them; NAN for
 *   NAN. What has no logarithm lies before all that has one
 */
double
smooth_colour_scale_get_place (const SmoothColourScale *scale, double value)
{
  if (!scale->is_log)
    return (value - scale->low) / (scale->high - scale->low);
  if (value <= 0.0)
    return -INFINITY;
  return log (value / scale->low) / log (scale->high / scale->low);
}

/**
 * smooth_colour_scale_get_colour:
 * @place: along the bar, 0..1; what lies outside takes the nearer end
 *
 * Returns: 0xFFRRGGBB
 */
guint32
smooth_colour_scale_get_colour (const SmoothColourScale *scale, double place)
{
  return smooth_colourmap_get (scale->map, scale->is_reversed ? 1.0 - place : place);
}

/**
 * smooth_category_colour:
 * @i: the number of a category, from 0; negative: none
 *
 * The first 14 can be told apart with every kind of colour vision and over H&E stained tissue. Further ones go round
 * the hues by the golden angle in three rings of lightness: all different, though no longer for every eye.
 *
 * Returns: 0xFFRRGGBB; a grey for no category
 */
guint32
smooth_category_colour (gint64 i)
{
  if (i < 0)
    return 0xff9a9a9a;
  if (i < (gint64) G_N_ELEMENTS (palette))
    return 0xff000000 | palette[i];

  static const double lightness[] = { 0.70, 0.54, 0.84 };
  static const double chroma[] = { 0.13, 0.12, 0.10 };
  gint64 n = i - (gint64) G_N_ELEMENTS (palette);
  double hue = fmod ((double) n * 0.61803398874989485, 1.0) * 2.0 * G_PI;
  double rgb[3];

  from_oklab ((Oklab) { lightness[n % 3], chroma[n % 3] * cos (hue), chroma[n % 3] * sin (hue) }, rgb);
  return round_colour (rgb);
}

static void
swap (double *a, double *b)
{
  double t = *a;
  *a = *b;
  *b = t;
}

/* The k-th smallest of n values, which are reordered: values before k are not larger, those behind not smaller. O(n). */
static double
select_value (double *values, gint64 n, gint64 k)
{
  gint64 low = 0, high = n - 1;

  while (low < high)
    {
      gint64 middle = low + (high - low) / 2;
      if (values[middle] < values[low])
        swap (&values[middle], &values[low]);
      if (values[high] < values[low])
        swap (&values[high], &values[low]);
      if (values[high] < values[middle])
        swap (&values[high], &values[middle]);

      double pivot = values[middle];
      gint64 i = low, j = high;
      while (i <= j)
        {
          while (values[i] < pivot)
            i++;
          while (pivot < values[j])
            j--;
          if (i <= j)
            swap (&values[i++], &values[j--]);
        }
      if (k <= j)
        high = j;
      else if (k >= i)
        low = i;
      else
        break;
    }
  return values[k];
}

/* Linear between the two nearest ranks. */
static double
percentile (double *values, gint64 n, double percent)
{
  double rank = CLAMP (percent, 0.0, 100.0) / 100.0 * (double) (n - 1);
  gint64 k = (gint64) rank;
  double at = select_value (values, n, k);

  if (k + 1 >= n || rank == (double) k)
    return at;
  double next = values[k + 1];
  for (gint64 i = k + 2; i < n; i++)
    next = MIN (next, values[i]);
  return at + (rank - (double) k) * (next - at);
}

static void
full_range (const double *values, gint64 n, double *low, double *high)
{
  *low = *high = values[0];
  for (gint64 i = 1; i < n; i++)
    {
      *low = MIN (*low, values[i]);
      *high = MAX (*high, values[i]);
    }
}

/**
 * smooth_value_limits:
 * @values: @n values; those that are not finite are ignored
 * @n: their number
 * @low_percentile: 0..100, of the value that takes the first colour
 * @high_percentile: 0..100, of the value that takes the last colour
 * @low: (out): the lower limit
 * @high: (out): the upper limit, always larger than @low
 *
 * Where the percentiles coincide (a gene that is seen in few spots) the limits are the smallest and the largest
 * value; where those coincide too the range goes from the value to zero, and it is 0..1 for zeros and for no value
 * at all. O(n) time, n doubles.
 */
void
smooth_value_limits (const double *values, gint64 n, double low_percentile, double high_percentile, double *low, double *high)
{
  g_autofree double *finite = g_new (double, (gsize) MAX (n, 1));
  gint64 m = 0;

  for (gint64 i = 0; i < n; i++)
    if (isfinite (values[i]))
      finite[m++] = values[i];

  *low = 0.0;
  *high = 1.0;
  if (m == 0)
    return;

  *low = percentile (finite, m, low_percentile);
  *high = percentile (finite, m, high_percentile);
  if (!(*low < *high))
    full_range (finite, m, low, high);
  if (!(*low < *high))
    {
      *low = MIN (*low, 0.0);
      *high = *high > 0.0 ? *high : *low < 0.0 ? 0.0 : 1.0;
    }
}

/**
 * smooth_colour_values:
 * @map: a colour map
 * @values: @n values
 * @n: their number
 * @low: takes the first colour, and so does what is smaller
 * @high: takes the last colour, and so does what is larger
 * @missing: the colour of NaN, 0xAARRGGBB
 * @colours: (out): @n colours, 0xAARRGGBB
 */
void
smooth_colour_values (SmoothColourmap map, const double *values, gint64 n, double low, double high, guint32 missing,
                      guint32 *colours)
{
  g_return_if_fail ((guint) map < SMOOTH_N_COLOURMAPS);

  const guint32 *table = levels (map);
  double factor = high > low ? (N_LEVELS - 1) / (high - low) : 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      double level = (values[i] - low) * factor;
      if (isnan (level))
        colours[i] = missing;
      else
        colours[i] = table[(gint) (CLAMP (level, 0.0, N_LEVELS - 1.0) + 0.5)];
    }
}
