/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text to number, strictly and without a locale: what is no plain decimal number is refused.
 *
 * A number of up to 19 digits whose digits are an integer m < 2^53 and whose power of ten is at most 22 is m * 10^e or
 * m / 10^e with both operands exact, so one rounding gives the nearest double (Clinger, 'How to read floating point
 * numbers accurately', 1990, section 3). All others go through g_ascii_strtod().
 */
#include "files/table.h"

#include <math.h>

#define EXACT_POWERS 22
#define EXACT_INTEGER (1LL << 53)

static const double powers[EXACT_POWERS + 1] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

typedef struct
{
  const char *end; /* behind the number; NULL where there is none */
  gboolean negative;
  gboolean exact;  /* mantissa holds all digits */
  gint64 mantissa;
  gint exponent;   /* of ten */
} Scan;

/* Reads digits into the mantissa. Returns: how many */
static gint
scan_digits (Scan *scan, gboolean fraction)
{
  gint n = 0;

  for (; g_ascii_isdigit (*scan->end); scan->end++, n++)
    {
      if (scan->mantissa >= EXACT_INTEGER)
        scan->exact = FALSE;
      if (!scan->exact)
        continue;
      scan->mantissa = 10 * scan->mantissa + (*scan->end - '0');
      scan->exponent -= fraction;
    }
  return n;
}

static gboolean
scan_exponent (Scan *scan)
{
  if (*scan->end != 'e' && *scan->end != 'E')
    return TRUE;

  gboolean negative = *++scan->end == '-';
  gint value = 0;
  if (*scan->end == '+' || *scan->end == '-')
    scan->end++;
  if (!g_ascii_isdigit (*scan->end))
    return FALSE;
  for (; g_ascii_isdigit (*scan->end); scan->end++)
    value = MIN (10 * value + (*scan->end - '0'), 99999);
  scan->exponent += negative ? -value : value;
  return TRUE;
}

/* Looks at the form alone: sign, digits with at most one point, exponent. */
static Scan
scan_number (const char *text)
{
  Scan scan = { .end = text, .exact = TRUE };
  gint n_digits;

  scan.negative = *text == '-';
  if (*text == '-' || *text == '+')
    scan.end++;
  n_digits = scan_digits (&scan, FALSE);
  if (*scan.end == '.')
    {
      scan.end++;
      n_digits += scan_digits (&scan, TRUE);
    }
  if (n_digits == 0 || !scan_exponent (&scan))
    scan.end = NULL;
  return scan;
}

/**
 * smooth_i_parse_number:
 * @text: a decimal number with a point, as '-1.5e3'; blanks around it are allowed
 * @value: (out): the nearest double; untouched on failure
 *
 * Returns: FALSE for anything else: an empty text, hexadecimal, NaN, infinity, a number too large for a double
 */
gboolean
smooth_i_parse_number (const char *text, double *value)
{
  while (*text == ' ' || *text == '\t')
    text++;

  Scan scan = scan_number (text);
  if (scan.end == NULL)
    return FALSE;
  while (*scan.end == ' ' || *scan.end == '\t')
    scan.end++;
  if (*scan.end != '\0')
    return FALSE;

  double number;
  if (!scan.exact || scan.mantissa > EXACT_INTEGER || ABS (scan.exponent) > EXACT_POWERS)
    number = g_ascii_strtod (text, NULL);
  else
    {
      number = (double) scan.mantissa;
      number = scan.exponent < 0 ? number / powers[-scan.exponent] : number * powers[scan.exponent];
      number = scan.negative ? -number : number;
    }
  if (!isfinite (number))
    return FALSE;
  *value = number;
  return TRUE;
}
