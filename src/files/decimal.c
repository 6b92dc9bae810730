/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Doubles as the shortest text that reads back to the same bits: in integers, without printf and its locale.
 *
 * A double v = c 2^q stands for every real number that rounds to it: those between (c - 1/2) 2^q and (c + 1/2) 2^q
 * (c - 1/4 below where c is a power of two), bounds included where c is even. Wanted is the number d 10^k of fewest
 * digits in there and, of several, the nearest to v. With k chosen such that 10^k fits into the interval at most a few
 * times, one 64 x 128 bit product for v and for each bound, rounded to odd so that comparisons stay exact, decides it.
 * Source: R. Giulietti, 'The Schubfach way to render doubles' (2020), section 9.
 */
#include "files/decimal.h"

#include <math.h>
#include <string.h>

#define MIN_POWER (-292)
#define MAX_POWER 324
#define N_LIMBS 20 /* 1280 bits: more than 10^324 and 2^1098 need */

typedef struct
{
  guint64 high, low;
} Power;

static Power powers[MAX_POWER - MIN_POWER + 1]; /* the upper 128 bits of 10^p, rounded up */

/* Returns: the 128 bits that follow the leading zero bits of a little-endian number; one more where bits are left out */
static Power
upper_bits (const guint64 limbs[N_LIMBS], gboolean inexact)
{
  gint top = N_LIMBS - 1;

  while (limbs[top] == 0)
    top--;
  gint shift = __builtin_clzll (limbs[top]);
  guint64 third = top >= 2 ? limbs[top - 2] : 0;
  guint64 second = top >= 1 ? limbs[top - 1] : 0;
  Power power = { limbs[top], second };
  if (shift > 0)
    {
      power.high = limbs[top] << shift | second >> (64 - shift);
      power.low = second << shift | third >> (64 - shift);
      inexact |= third << shift != 0;
    }
  else
    inexact |= third != 0;
  for (gint i = 0; i < top - 2; i++)
    inexact |= limbs[i] != 0;
  if (inexact && ++power.low == 0)
    power.high++;
  return power;
}

/* Fills the table: 10^p by repeated multiplication, 10^-p by repeated division of 2^1279, whose floors are exact. */
static gpointer
make_powers (gpointer unused)
{
  guint64 limbs[N_LIMBS] = { 1 };

  (void) unused;
  for (gint p = 0; p <= MAX_POWER; p++)
    {
      unsigned __int128 carry = 0;
      powers[p - MIN_POWER] = upper_bits (limbs, FALSE);
      for (gint i = 0; i < N_LIMBS; i++)
        {
          carry += (unsigned __int128) limbs[i] * 10;
          limbs[i] = (guint64) carry;
          carry >>= 64;
        }
    }
  memset (limbs, 0, sizeof limbs);
  limbs[N_LIMBS - 1] = (guint64) 1 << 63;
  for (gint p = -1; p >= MIN_POWER; p--)
    {
      unsigned __int128 rest = 0;
      for (gint i = N_LIMBS - 1; i >= 0; i--)
        {
          rest = rest << 64 | limbs[i];
          limbs[i] = (guint64) (rest / 10);
          rest %= 10;
        }
      powers[p - MIN_POWER] = upper_bits (limbs, TRUE); /* no power of two is a multiple of ten */
    }
  return powers;
}

/* The upper 64 bits of power * factor / 2^64, the last bit set where any lower bit is: 'rounded to odd'. */
static guint64
multiply_to_odd (Power power, guint64 factor)
{
  unsigned __int128 low = (unsigned __int128) power.low * factor;
  unsigned __int128 product = (unsigned __int128) power.high * factor + (guint64) (low >> 64);

  return (guint64) (product >> 64) | ((guint64) product > 1);
}

/* Finds digits 10^*exponent for value = significand 2^binary > 0; narrow: the neighbour below is only half as far. */
static guint64
shortest (guint64 significand, gint binary, gboolean narrow, gint *exponent)
{
  guint64 odd = significand & 1;
  gint k = (binary * 1262611 - (narrow ? 524031 : 0)) >> 22; /* floor (log10 (2^binary or 3/4 2^binary)) */
  gint shift = binary + ((-k * 1741647) >> 19) + 1;          /* + floor (log2 (10^-k)) + 1 */
  Power power = powers[-k - MIN_POWER];
  guint64 lower = multiply_to_odd (power, (4 * significand - (narrow ? 1 : 2)) << shift) + odd;
  guint64 middle = multiply_to_odd (power, (4 * significand) << shift);
  guint64 upper = multiply_to_odd (power, (4 * significand + 2) << shift) - odd;
  guint64 digits = middle / 4;

  if (digits >= 10)
    {
      guint64 tens = digits / 10;
      gboolean below = lower <= 40 * tens;
      gboolean above = 40 * tens + 40 <= upper;
      if (below != above)
        {
          *exponent = k + 1;
          return tens + above;
        }
    }

  gboolean below = lower <= 4 * digits;
  gboolean above = 4 * digits + 4 <= upper;
  *exponent = k;
  if (below != above)
    return digits + above;
  guint64 half = 4 * digits + 2;
  return digits + (middle > half || (middle == half && (digits & 1)));
}

/* Writes the digits of @number. Returns: how many */
static gsize
write_digits (guint64 number, char *text)
{
  char reversed[20];
  gsize n = 0;

  do
    reversed[n++] = (char) ('0' + number % 10);
  while ((number /= 10) > 0);
  for (gsize i = 0; i < n; i++)
    text[i] = reversed[n - 1 - i];
  return n;
}

/* Writes digits 10^exponent: as 1234, 12.34 or 0.0001234 where that is short, else as 1.234e-10. */
static gsize
layout (const char *digits, gint n, gint exponent, char *text)
{
  gint point = n + exponent; /* digits before the decimal point */
  char *to = text;

  if (point < -4 || point > 17)
    {
      *to++ = digits[0];
      if (n > 1)
        *to++ = '.';
      memcpy (to, digits + 1, (gsize) n - 1);
      to += n - 1;
      *to++ = 'e';
      if (point < 1)
        *to++ = '-';
      return (gsize) (to - text) + write_digits ((guint64) ABS (point - 1), to);
    }
  if (point <= 0)
    {
      memcpy (to, "0.00000", (gsize) (2 - point));
      memcpy (to + 2 - point, digits, (gsize) n);
      return (gsize) (2 - point + n);
    }
  gint whole = MIN (n, point);
  memcpy (to, digits, (gsize) whole);
  memset (to + whole, '0', (gsize) (point - whole));
  if (n <= point)
    return (gsize) point;
  to[whole] = '.';
  memcpy (to + whole + 1, digits + whole, (gsize) (n - whole));
  return (gsize) n + 1;
}

/**
 * smooth_i_format_number:
 * @value: any double; 'nan', 'inf' and '-inf' are what strtod() and most tables call the others
 * @text: (out): the text, NUL-terminated
 *
 * Of all texts that read back to @value one of the fewest digits and, of these, the nearest to it. About 40 ns.
 *
 * Returns: the length of @text
 */
gsize
smooth_i_format_number (double value, char text[SMOOTH_I_DECIMAL_SIZE])
{
  static GOnce once = G_ONCE_INIT;
  guint64 bits;
  char *to = text;

  g_once (&once, make_powers, NULL);
  memcpy (&bits, &value, sizeof bits);
  guint64 fraction = bits & (((guint64) 1 << 52) - 1);
  gint biased = (gint) (bits >> 52 & 0x7ff);
  if (isnan (value))
    return g_strlcpy (text, "nan", SMOOTH_I_DECIMAL_SIZE);
  if (bits >> 63)
    *to++ = '-';
  if (isinf (value))
    return (gsize) (to - text) + g_strlcpy (to, "inf", 4);

  if (fabs (value) < 9007199254740992.0 && value == trunc (value)) /* 2^53: whole numbers are exact as they are */
    to += write_digits ((guint64) fabs (value), to);
  else
    {
      char digits[20];
      gint exponent;
      guint64 number = biased > 0 ? shortest (fraction | (guint64) 1 << 52, biased - 1075, fraction == 0 && biased > 1, &exponent)
                                  : shortest (fraction, -1074, FALSE, &exponent);
      for (; number % 10 == 0; number /= 10)
        exponent++;
      gint n = (gint) write_digits (number, digits);
      to += layout (digits, n, exponent, to);
    }
  *to = '\0';
  return (gsize) (to - text);
}
