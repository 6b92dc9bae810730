/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of pictures: every colour type of PNG and JPEG, and files that are damaged, cut short or no pictures. */
#include "base/error.h"
#include "files/picture-private.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#define WIDTH 37
#define HEIGHT 23

static char *folder;

static guint32
red (gint x, gint y)
{
  return (guint32) (x * 6 + y) & 255;
}

static guint32
green (gint x, gint y)
{
  return (guint32) (y * 11 + x / 8) & 255;
}

static guint32
blue (gint x, gint y)
{
  return (guint32) (255 - x * 3 - y) & 255;
}

typedef struct
{
  const char *name;
  int type, depth, interlace;
  gboolean transparent; /* a tRNS chunk */
} PngKind;

static const PngKind png_kinds[] = {
  { "grey1", PNG_COLOR_TYPE_GRAY, 1, 0, FALSE },        { "grey2", PNG_COLOR_TYPE_GRAY, 2, 0, FALSE },
  { "grey4", PNG_COLOR_TYPE_GRAY, 4, 1, FALSE },        { "grey8", PNG_COLOR_TYPE_GRAY, 8, 0, FALSE },
  { "grey16", PNG_COLOR_TYPE_GRAY, 16, 0, FALSE },      { "grey8t", PNG_COLOR_TYPE_GRAY, 8, 0, TRUE },
  { "rgb8", PNG_COLOR_TYPE_RGB, 8, 0, FALSE },          { "rgb8i", PNG_COLOR_TYPE_RGB, 8, 1, FALSE },
  { "rgb16", PNG_COLOR_TYPE_RGB, 16, 0, FALSE },        { "palette1", PNG_COLOR_TYPE_PALETTE, 1, 0, FALSE },
  { "palette8", PNG_COLOR_TYPE_PALETTE, 8, 0, FALSE },  { "palette8t", PNG_COLOR_TYPE_PALETTE, 8, 1, TRUE },
  { "ga8", PNG_COLOR_TYPE_GRAY_ALPHA, 8, 0, FALSE },    { "ga16", PNG_COLOR_TYPE_GRAY_ALPHA, 16, 0, FALSE },
  { "rgba8", PNG_COLOR_TYPE_RGBA, 8, 0, FALSE },        { "rgba8i", PNG_COLOR_TYPE_RGBA, 8, 1, FALSE },
  { "rgba16", PNG_COLOR_TYPE_RGBA, 16, 1, FALSE },
};

/* The stored value of one channel: what the pixel functions say, reduced to the depth. */
static guint32
sample (const PngKind *kind, gint x, gint y, gint channel)
{
  gint n = kind->type == PNG_COLOR_TYPE_RGB ? 3 : kind->type == PNG_COLOR_TYPE_RGBA ? 4 : kind->type == PNG_COLOR_TYPE_GRAY_ALPHA ? 2 : 1;
  guint32 values[4] = { red (x, y), green (x, y), blue (x, y), red (y, x) };

  if (n == 2)
    values[1] = values[3];
  return kind->depth == 16 ? values[channel] * 257 : values[channel] >> (8 - kind->depth);
}

/* Premultiplied, as Cairo wants it. */
static guint32
pack (guint32 r, guint32 g, guint32 b, guint32 a)
{
  guint32 c[3] = { r, g, b };

  for (gint i = 0; i < 3; i++)
    c[i] = (c[i] * a + 127) / 255;
  return a << 24 | c[0] << 16 | c[1] << 8 | c[2];
}

static guint32
expected_pixel (const PngKind *kind, gint x, gint y)
{
  guint32 v = sample (kind, x, y, 0);
  guint32 full = (1u << MIN (kind->depth, 8)) - 1;
  guint32 grey = kind->depth == 16 ? v / 257 : v * 255 / full;

  switch (kind->type)
    {
    case PNG_COLOR_TYPE_PALETTE:
      return pack (v, 255 - v, v / 2, kind->transparent && v < 100 ? v : 255);
    case PNG_COLOR_TYPE_GRAY:
      return pack (grey, grey, grey, kind->transparent && v == 7 ? 0 : 255);
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      return pack (grey, grey, grey, red (y, x));
    default:
      return pack (red (x, y), green (x, y), blue (x, y), kind->type == PNG_COLOR_TYPE_RGBA ? red (y, x) : 255);
    }
}

static void
put_sample (const PngKind *kind, guint8 *row, gint i, guint32 value)
{
  if (kind->depth == 16)
    {
      row[2 * i] = (guint8) (value >> 8);
      row[2 * i + 1] = (guint8) value;
    }
  else
    row[i * kind->depth / 8] |= (guint8) (value << (8 - kind->depth - i * kind->depth % 8));
}

static void
set_palette (png_structp png, png_infop info, const PngKind *kind)
{
  png_color colours[256];
  png_byte alphas[100];
  png_color_16 key = { .gray = 7 };

  for (int i = 0; i < 256; i++)
    colours[i] = (png_color){ (png_byte) i, (png_byte) (255 - i), (png_byte) (i / 2) };
  for (int i = 0; i < 100; i++)
    alphas[i] = (png_byte) i;
  if (kind->type == PNG_COLOR_TYPE_PALETTE)
    png_set_PLTE (png, info, colours, 1 << kind->depth);
  if (kind->transparent)
    png_set_tRNS (png, info, alphas, kind->type == PNG_COLOR_TYPE_PALETTE ? 100 : 0, &key);
}

static char *
write_png (const PngKind *kind)
{
  static const int channels[] = { [PNG_COLOR_TYPE_RGB] = 3, [PNG_COLOR_TYPE_GRAY_ALPHA] = 2, [PNG_COLOR_TYPE_RGBA] = 4 };
  int n = kind->type == PNG_COLOR_TYPE_GRAY || kind->type == PNG_COLOR_TYPE_PALETTE ? 1 : channels[kind->type];
  char *path = g_build_filename (folder, kind->name, NULL);
  FILE *file = g_fopen (path, "wb");
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct (png);
  guint8 bytes[HEIGHT][WIDTH * 8] = { { 0 } };
  png_bytep rows[HEIGHT];

  for (gint y = 0; y < HEIGHT; y++)
    {
      rows[y] = bytes[y];
      for (gint x = 0; x < WIDTH; x++)
        for (int c = 0; c < n; c++)
          put_sample (kind, bytes[y], x * n + c, sample (kind, x, y, c));
    }
  png_init_io (png, file);
  png_set_IHDR (png, info, WIDTH, HEIGHT, kind->depth, kind->type, kind->interlace, PNG_COMPRESSION_TYPE_DEFAULT,
                PNG_FILTER_TYPE_DEFAULT);
  set_palette (png, info, kind);
  png_set_rows (png, info, rows);
  png_write_png (png, info, PNG_TRANSFORM_IDENTITY, NULL);
  png_destroy_write_struct (&png, &info);
  fclose (file);
  return path;
}

static void
test_png_kinds (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (png_kinds); k++)
    {
      g_autofree char *path = write_png (&png_kinds[k]);
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothPicture) picture = smooth_picture_load (path, &error);
      g_assert_no_error (error);
      g_assert_cmpint (picture->width, ==, WIDTH);
      g_assert_cmpint (picture->height, ==, HEIGHT);
      for (gint y = 0; y < HEIGHT; y++)
        for (gint x = 0; x < WIDTH; x++)
          if (smooth_picture_get_pixel (picture, x, y) != expected_pixel (&png_kinds[k], x, y))
            g_error ("%s: pixel (%d, %d) is %08x, expected %08x", png_kinds[k].name, x, y, smooth_picture_get_pixel (picture, x, y),
                     expected_pixel (&png_kinds[k], x, y));
      g_unlink (path);
    }
}

static void
test_png_save (void)
{
  for (gint transparent = 0; transparent < 2; transparent++)
    {
      g_autofree char *path = g_build_filename (folder, "saved.png", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothPicture) picture = smooth_picture_new (WIDTH, HEIGHT, &error);
      for (gint y = 0; y < HEIGHT; y++)
        for (gint x = 0; x < WIDTH; x++)
          picture->pixels[y * WIDTH + x] = pack (red (x, y), green (x, y), blue (x, y), transparent ? red (y, x) : 255);
      g_assert_true (smooth_picture_save_png (picture, path, &error));
      g_assert_no_error (error);
      g_autoptr (SmoothPicture) back = smooth_picture_load (path, &error);
      g_assert_no_error (error);
      for (gint i = 0; i < WIDTH * HEIGHT; i++)
        g_assert_cmphex (back->pixels[i], ==, picture->pixels[i]);
      g_unlink (path);
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothPicture) picture = smooth_picture_new (1, 1, NULL);
  g_assert_false (smooth_picture_save_png (picture, folder, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
}

typedef struct
{
  J_COLOR_SPACE in, stored;
  int components;
  gboolean progressive, adobe;
} JpegKind;

static const JpegKind jpeg_kinds[] = {
  { JCS_GRAYSCALE, JCS_GRAYSCALE, 1, FALSE, FALSE }, { JCS_RGB, JCS_YCbCr, 3, FALSE, FALSE }, { JCS_RGB, JCS_YCbCr, 3, TRUE, FALSE },
  { JCS_RGB, JCS_RGB, 3, FALSE, TRUE },              { JCS_CMYK, JCS_CMYK, 4, FALSE, TRUE },  { JCS_CMYK, JCS_CMYK, 4, FALSE, FALSE },
  { JCS_CMYK, JCS_YCCK, 4, TRUE, TRUE },
};

/* A slow ramp, which JPEG keeps within a few levels. The channels are grey, RGB, or CMY in the kind's sense and black = x. */
static guint32
jpeg_channel (const JpegKind *kind, gint x, gint y, gint c)
{
  guint32 values[3] = { (guint32) (40 + 4 * x), (guint32) (40 + 6 * y), (guint32) (200 - 3 * x) };

  if (kind->components < 4)
    return values[c];
  guint32 ink = c < 3 ? 255 - values[c] : (guint32) (2 * y);
  return kind->adobe ? 255 - ink : ink;
}

static char *
write_jpeg (const JpegKind *kind)
{
  char *path = g_build_filename (folder, "picture.jpg", NULL);
  FILE *file = g_fopen (path, "wb");
  struct jpeg_error_mgr manager;
  struct jpeg_compress_struct jpeg = { .err = jpeg_std_error (&manager) };
  guint8 bytes[WIDTH * 4];

  jpeg_create_compress (&jpeg);
  jpeg_stdio_dest (&jpeg, file);
  jpeg.image_width = WIDTH;
  jpeg.image_height = HEIGHT;
  jpeg.input_components = kind->components;
  jpeg.in_color_space = kind->in;
  jpeg_set_defaults (&jpeg);
  jpeg_set_colorspace (&jpeg, kind->stored);
  jpeg_set_quality (&jpeg, 98, TRUE);
  jpeg.write_Adobe_marker = kind->adobe;
  if (kind->progressive)
    jpeg_simple_progression (&jpeg);
  jpeg_start_compress (&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height)
    {
      JSAMPROW row = bytes;
      for (gint x = 0; x < WIDTH; x++)
        for (gint c = 0; c < kind->components; c++)
          bytes[x * kind->components + c] = (guint8) jpeg_channel (kind, x, (gint) jpeg.next_scanline, c);
      jpeg_write_scanlines (&jpeg, &row, 1);
    }
  jpeg_finish_compress (&jpeg);
  jpeg_destroy_compress (&jpeg);
  fclose (file);
  return path;
}

static gint
expected_jpeg (const JpegKind *kind, gint x, gint y, gint c)
{
  if (kind->components == 1)
    return 40 + 4 * x;
  gint values[3] = { 40 + 4 * x, 40 + 6 * y, 200 - 3 * x };
  return kind->components == 3 ? values[c] : values[c] * (255 - 2 * y) / 255;
}

static void
test_jpeg_kinds (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (jpeg_kinds); k++)
    {
      g_autofree char *path = write_jpeg (&jpeg_kinds[k]);
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothPicture) picture = smooth_picture_load (path, &error);
      g_assert_no_error (error);
      g_assert_cmpint (picture->width, ==, WIDTH);
      g_assert_cmpint (picture->height, ==, HEIGHT);
      for (gint y = 0; y < HEIGHT; y++)
        for (gint x = 0; x < WIDTH; x++)
          for (gint c = 0; c < 3; c++)
            {
              guint32 pixel = smooth_picture_get_pixel (picture, x, y);
              gint value = (gint) (pixel >> (16 - 8 * c) & 255);
              g_assert_cmphex (pixel >> 24, ==, 255);
              if (ABS (value - expected_jpeg (&jpeg_kinds[k], x, y, c)) > 12)
                g_error ("kind %d: channel %d of (%d, %d) is %d, expected %d", (int) k, c, x, y, value,
                         expected_jpeg (&jpeg_kinds[k], x, y, c));
            }
      g_unlink (path);
    }
}

static void
assert_refused (const char *path, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_picture_load (path, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == SMOOTH_ERROR);
  if (strstr (error->message, path) == NULL || strstr (error->message, expected) == NULL)
    g_error ("expected '%s' and '%s' in '%s'", path, expected, error->message);
}

/* Every cut of every kind of file must be refused. */
static void
check_cuts (const char *path)
{
  g_autofree char *data = NULL;
  g_autofree char *cut = g_build_filename (folder, "cut", NULL);
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  for (gsize n = 0; n < length; n += 1 + n / 20)
    {
      g_file_set_contents (cut, data, (gssize) n, NULL);
      assert_refused (cut, n == 0 ? "found an empty file (0 bytes)" : n < 3 ? "expected a PNG, JPEG or TIFF" : "");
    }
  g_file_set_contents (cut, data, (gssize) length - 1, NULL);
  assert_refused (cut, "cut short");
  g_unlink (cut);
}

static void
test_cut_short (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (png_kinds); k += 3)
    {
      g_autofree char *path = write_png (&png_kinds[k]);
      check_cuts (path);
      g_unlink (path);
    }
  for (gsize k = 0; k < G_N_ELEMENTS (jpeg_kinds); k++)
    {
      g_autofree char *path = write_jpeg (&jpeg_kinds[k]);
      check_cuts (path);
      g_unlink (path);
    }
}

static void
test_damaged (void)
{
  g_autofree char *path = write_png (&png_kinds[6]);
  g_autofree char *data = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  data[length / 2] ^= 1;
  g_file_set_contents (path, data, (gssize) length, NULL);
  assert_refused (path, "damaged");
  g_unlink (path);
}

/* The marker of the end in the midst of the pixels: libjpeg would go on with grey. */
static void
test_damaged_jpeg (void)
{
  g_autofree char *path = write_jpeg (&jpeg_kinds[1]);
  g_autofree char *data = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  memcpy (data + length - 60, "\xff\xd9", 2);
  g_file_set_contents (path, data, (gssize) length, NULL);
  assert_refused (path, "damaged");
  g_unlink (path);
}

/* Puts another size into the header of a valid PNG picture, with the right checksum. */
static void
write_sized (const char *path, guint32 width, guint32 height)
{
  g_autofree char *source = write_png (&png_kinds[6]);
  g_autofree char *data = NULL;
  gsize length;
  guint32 crc = 0xffffffff;

  g_assert_true (g_file_get_contents (source, &data, &length, NULL));
  guint32 numbers[2] = { GUINT32_TO_BE (width), GUINT32_TO_BE (height) };
  memcpy (data + 16, numbers, 8);
  for (gsize i = 12; i < 29; i++)
    {
      crc ^= (guint8) data[i];
      for (gint bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
  crc = GUINT32_TO_BE (~crc);
  memcpy (data + 29, &crc, 4);
  g_file_set_contents (path, data, (gssize) length, NULL);
  g_unlink (source);
}

static void
test_absurd_sizes (void)
{
  g_autofree char *path = g_build_filename (folder, "absurd.png", NULL);

  write_sized (path, 40001, 1);
  assert_refused (path, "expected a picture of 1 to 40000 pixels a side, found 40001 x 1");
  write_sized (path, 7, 2000000000);
  assert_refused (path, "found 7 x 2000000000");
  write_sized (path, 40000, 40000);
  assert_refused (path, "cut short: expected 4800000000 bytes of pixels, found a file of");
  write_sized (path, 0, 5);
  assert_refused (path, "damaged");
  g_unlink (path);
}

static void
test_no_picture (void)
{
  g_autofree char *path = g_build_filename (folder, "tissue.png", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing.png", NULL);

  g_file_set_contents (path, "GIF89a..", 8, NULL);
  assert_refused (path, "expected a PNG, JPEG or TIFF picture, found a GIF picture");
  g_file_set_contents (path, "barcode,in_tissue", -1, NULL);
  assert_refused (path, "found the bytes 62 61 72 63");
  assert_refused (missing, "cannot be opened");
  assert_refused (folder, "found a folder");
  g_unlink (path);
}

/* A name says nothing: this PNG picture is called .jpg. */
static void
test_wrong_name (void)
{
  g_autofree char *path = write_png (&png_kinds[6]);
  g_autofree char *other = g_build_filename (folder, "picture.jpg", NULL);

  g_assert_cmpint (g_rename (path, other), ==, 0);
  g_autoptr (SmoothPicture) picture = smooth_picture_load (other, NULL);
  g_assert_nonnull (picture);
  g_unlink (other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("smooth-picture-XXXXXX", NULL);
  g_test_add_func ("/picture/png-kinds", test_png_kinds);
  g_test_add_func ("/picture/png-save", test_png_save);
  g_test_add_func ("/picture/jpeg-kinds", test_jpeg_kinds);
  g_test_add_func ("/picture/cut-short", test_cut_short);
  g_test_add_func ("/picture/damaged", test_damaged);
  g_test_add_func ("/picture/damaged-jpeg", test_damaged_jpeg);
  g_test_add_func ("/picture/absurd-sizes", test_absurd_sizes);
  g_test_add_func ("/picture/no-picture", test_no_picture);
  g_test_add_func ("/picture/wrong-name", test_wrong_name);
  int status = g_test_run ();
  if (g_rmdir (folder) != 0 && status == 0)
    status = 1;
  g_free (folder);
  return status;
}
