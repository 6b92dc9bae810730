/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of TIFF: strips and tiles, 8 and 16 bits, every packing, levels of pyramids, sizes in micrometres, and damage. */
#include "base/error.h"
#include "files/picture-private.h"
#include "files/tiles.h"

#include "made-section.h"

#include <openjpeg.h>
#include <tiffio.h>

#define WIDTH 50
#define HEIGHT 37
#define JP2000 34712     /* of Xenium */
#define JP2000_RGB 33005 /* of Aperio */

static char *path;

static guint32
value (gint x, gint y, gint channel)
{
  return (guint32) (channel == 0 ? 5 * x + y : channel == 1 ? 250 - 4 * x : 6 * y + x / 2) & 255;
}

typedef struct
{
  const char *mode; /* of TIFFOpen(): "w", "wb" (big-endian), "w8" (BigTIFF) */
  guint16 samples, bits, photometric, compression, planar, predictor;
  guint32 tile; /* 0: strips of 7 rows */
} Kind;

static const Kind kinds[] = {
  { "w", 1, 8, PHOTOMETRIC_MINISBLACK, COMPRESSION_NONE, PLANARCONFIG_CONTIG, 0, 0 },
  { "w", 1, 16, PHOTOMETRIC_MINISBLACK, COMPRESSION_NONE, PLANARCONFIG_CONTIG, 0, 0 },
  { "w", 1, 8, PHOTOMETRIC_MINISWHITE, COMPRESSION_PACKBITS, PLANARCONFIG_CONTIG, 0, 0 },
  { "w", 3, 8, PHOTOMETRIC_RGB, COMPRESSION_NONE, PLANARCONFIG_CONTIG, 0, 0 },
  { "wb", 3, 8, PHOTOMETRIC_RGB, COMPRESSION_LZW, PLANARCONFIG_CONTIG, 2, 0 },
  { "w8", 3, 8, PHOTOMETRIC_RGB, COMPRESSION_ADOBE_DEFLATE, PLANARCONFIG_CONTIG, 2, 16 },
  { "wb", 3, 16, PHOTOMETRIC_RGB, COMPRESSION_LZW, PLANARCONFIG_CONTIG, 0, 16 },
  { "w", 3, 8, PHOTOMETRIC_RGB, COMPRESSION_ZSTD, PLANARCONFIG_SEPARATE, 0, 0 },
  { "w", 3, 16, PHOTOMETRIC_RGB, COMPRESSION_ADOBE_DEFLATE, PLANARCONFIG_SEPARATE, 0, 32 },
  { "w", 4, 8, PHOTOMETRIC_RGB, COMPRESSION_NONE, PLANARCONFIG_CONTIG, 0, 16 },
  { "w", 1, 16, PHOTOMETRIC_MINISBLACK, COMPRESSION_ADOBE_DEFLATE, PLANARCONFIG_CONTIG, 2, 16 },
  { "w8", 1, 16, PHOTOMETRIC_MINISBLACK, JP2000, PLANARCONFIG_CONTIG, 0, 32 },
  { "w", 3, 8, PHOTOMETRIC_RGB, JP2000_RGB, PLANARCONFIG_CONTIG, 0, 16 },
};

static OPJ_SIZE_T
on_packed (void *data, OPJ_SIZE_T n, void *packed)
{
  g_byte_array_append (packed, data, (guint) n);
  return n;
}

/* Returns: (transfer full): a tile packed by JPEG 2000 without loss */
static GByteArray *
pack_jpeg2000 (const Kind *kind, const void *part)
{
  GByteArray *packed = g_byte_array_new ();
  opj_image_cmptparm_t channels[4] = { 0 };
  opj_cparameters_t settings;

  for (gint c = 0; c < kind->samples; c++)
    channels[c] = (opj_image_cmptparm_t){ .dx = 1, .dy = 1, .w = kind->tile, .h = kind->tile, .prec = kind->bits };
  opj_image_t *image = opj_image_create (kind->samples, channels, kind->samples == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
  image->x1 = image->y1 = kind->tile;
  for (guint32 i = 0; i < kind->tile * kind->tile * kind->samples; i++)
    image->comps[i % kind->samples].data[i / kind->samples] = kind->bits == 8 ? ((const guint8 *) part)[i] : ((const guint16 *) part)[i];
  opj_set_default_encoder_parameters (&settings);
  settings.numresolution = 3;
  settings.tcp_numlayers = 1;
  settings.cp_disto_alloc = 1;
  settings.tcp_mct = kind->samples == 3;
  opj_codec_t *codec = opj_create_compress (OPJ_CODEC_J2K);
  opj_stream_t *stream = opj_stream_default_create (OPJ_FALSE);
  opj_stream_set_write_function (stream, on_packed);
  opj_stream_set_user_data (stream, packed, NULL);
  g_assert_true (opj_setup_encoder (codec, &settings, image) && opj_start_compress (codec, image, stream) && opj_encode (codec, stream)
                 && opj_end_compress (codec, stream));
  opj_stream_destroy (stream);
  opj_destroy_codec (codec);
  opj_image_destroy (image);
  return packed;
}

static tmsize_t
write_tile (TIFF *tiff, const Kind *kind, guint32 tile, void *part, tmsize_t size)
{
  if (kind->compression != JP2000 && kind->compression != JP2000_RGB)
    return TIFFWriteEncodedTile (tiff, tile, part, size);
  g_autoptr (GByteArray) packed = pack_jpeg2000 (kind, part);
  return TIFFWriteRawTile (tiff, tile, packed->data, (tmsize_t) packed->len) == (tmsize_t) packed->len ? size : -1;
}

/* One strip or tile from (left, top) on, of all channels or of one. */
static void
fill_part (const Kind *kind, guint32 left, guint32 top, guint32 width, guint32 height, gint channel, void *part)
{
  gint n = kind->planar == PLANARCONFIG_CONTIG ? kind->samples : 1;

  for (guint32 y = 0; y < height; y++)
    for (guint32 x = 0; x < width; x++)
      for (gint c = 0; c < n; c++)
        {
          guint32 v = value ((gint) (left + x), (gint) (top + y), channel >= 0 ? channel : c);
          gsize at = ((gsize) y * width + x) * (gsize) n + (gsize) c;
          if (kind->bits == 8)
            ((guint8 *) part)[at] = (guint8) v;
          else
            ((guint16 *) part)[at] = (guint16) (v * 16);
        }
}

static void
write_plane (TIFF *tiff, const Kind *kind, guint32 width, guint32 height)
{
  g_autofree guint8 *part = g_malloc0 ((gsize) (width + 64) * (height + 64) * 8);
  guint32 part_width = kind->tile > 0 ? kind->tile : width, part_height = kind->tile > 0 ? kind->tile : 7;
  gint n_passes = kind->planar == PLANARCONFIG_CONTIG ? 1 : kind->samples;

  TIFFSetField (tiff, TIFFTAG_IMAGEWIDTH, width);
  TIFFSetField (tiff, TIFFTAG_IMAGELENGTH, height);
  TIFFSetField (tiff, TIFFTAG_BITSPERSAMPLE, kind->bits);
  TIFFSetField (tiff, TIFFTAG_SAMPLESPERPIXEL, kind->samples);
  TIFFSetField (tiff, TIFFTAG_PHOTOMETRIC, kind->photometric);
  TIFFSetField (tiff, TIFFTAG_COMPRESSION, kind->compression);
  TIFFSetField (tiff, TIFFTAG_PLANARCONFIG, kind->planar);
  if (kind->samples == 4)
    TIFFSetField (tiff, TIFFTAG_EXTRASAMPLES, 1, &(uint16_t){ EXTRASAMPLE_UNSPECIFIED });
  if (kind->predictor > 0)
    TIFFSetField (tiff, TIFFTAG_PREDICTOR, kind->predictor);
  if (kind->tile > 0)
    {
      TIFFSetField (tiff, TIFFTAG_TILEWIDTH, kind->tile);
      TIFFSetField (tiff, TIFFTAG_TILELENGTH, kind->tile);
    }
  else
    TIFFSetField (tiff, TIFFTAG_ROWSPERSTRIP, part_height);
  for (gint pass = 0; pass < n_passes; pass++)
    for (guint32 top = 0; top < height; top += part_height)
      for (guint32 left = 0; left < width; left += part_width)
        {
          guint32 rows = kind->tile > 0 ? part_height : MIN (part_height, height - top);
          tmsize_t size = (tmsize_t) part_width * rows * kind->bits / 8 * (n_passes > 1 ? 1 : kind->samples);
          fill_part (kind, left, top, part_width, rows, n_passes > 1 ? pass : -1, part);
          tmsize_t n = kind->tile > 0 ? write_tile (tiff, kind, TIFFComputeTile (tiff, left, top, 0, (guint16) pass), part, size)
                                      : TIFFWriteEncodedStrip (tiff, TIFFComputeStrip (tiff, top, (guint16) pass), part, size);
          g_assert_cmpint (n, ==, size);
        }
}

static void
write_file (const Kind *kind)
{
  TIFF *tiff = TIFFOpen (path, kind->mode);

  write_plane (tiff, kind, WIDTH, HEIGHT);
  TIFFClose (tiff);
}

static guint32
expected_channel (const Kind *kind, gint x, gint y, gint c)
{
  guint32 v = value (x, y, kind->samples == 1 ? 0 : c), largest = 0;

  for (gint k = 0; k < WIDTH * HEIGHT * (kind->samples == 1 ? 1 : 3) && kind->bits == 16; k++)
    largest = MAX (largest, value (k % WIDTH, k / WIDTH % HEIGHT, k / (WIDTH * HEIGHT)));
  v = kind->bits == 16 ? v * 16 * 255 / (largest * 16) : v;
  return kind->photometric == PHOTOMETRIC_MINISWHITE ? 255 - v : v;
}

static void
test_kinds (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      g_autoptr (GError) error = NULL;
      write_file (&kinds[k]);
      g_autoptr (SmoothPicture) picture = smooth_picture_load (path, &error);
      g_assert_no_error (error);
      g_assert_cmpint (picture->width, ==, WIDTH);
      g_assert_cmpint (picture->height, ==, HEIGHT);
      for (gint y = 0; y < HEIGHT; y += 3)
        for (gint x = 0; x < WIDTH; x += 7)
          {
            guint32 expected = 0xff;
            for (gint c = 0; c < 3; c++)
              expected = expected << 8 | expected_channel (&kinds[k], x, y, c);
            g_assert_cmphex (smooth_picture_get_pixel (picture, x, y), ==, expected);
          }
    }
}

/* JPEG in TIFF loses a little. */
static void
test_jpeg (void)
{
  g_autoptr (GError) error = NULL;
  TIFF *tiff = TIFFOpen (path, "w");
  guint8 grey[16 * 16 * 3];

  memset (grey, 100, sizeof grey);
  TIFFSetField (tiff, TIFFTAG_IMAGEWIDTH, 16);
  TIFFSetField (tiff, TIFFTAG_IMAGELENGTH, 16);
  TIFFSetField (tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField (tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
  TIFFSetField (tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField (tiff, TIFFTAG_COMPRESSION, COMPRESSION_JPEG);
  TIFFSetField (tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_YCBCR);
  TIFFSetField (tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  TIFFSetField (tiff, TIFFTAG_ROWSPERSTRIP, 16);
  g_assert_cmpint (TIFFWriteEncodedStrip (tiff, 0, grey, sizeof grey), >, 0);
  TIFFClose (tiff);
  g_autoptr (SmoothPicture) picture = smooth_picture_load (path, &error);
  g_assert_no_error (error);
  for (gint shift = 0; shift < 24; shift += 8)
    g_assert_cmpfloat_with_epsilon (smooth_picture_get_pixel (picture, 8, 8) >> shift & 255, 100, 2.5);
}

static SmoothPicture *
decode (gint64 max_pixels, double *um, GError **error)
{
  g_autofree char *data = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  SmoothPictureSource source = { .data = (const guint8 *) data, .length = length, .path = path, .max_pixels = max_pixels };
  return smooth_i_picture_decode (&source, um, error);
}

/* Levels are further pictures, or below the first one; a picture of another shape is none. */
static void
test_pyramid (void)
{
  const Kind kind = kinds[3];

  for (gint below = 0; below < 2; below++)
    {
      TIFF *tiff = TIFFOpen (path, "w");
      TIFFSetField (tiff, TIFFTAG_IMAGEDESCRIPTION, "<OME><Pixels PhysicalSizeX=\"0.25\" SizeX=\"64\"/></OME>");
      if (below)
        TIFFSetField (tiff, TIFFTAG_SUBIFD, 2, (toff_t[]){ 0, 0 });
      write_plane (tiff, &kind, 64, 48);
      TIFFWriteDirectory (tiff);
      if (!below)
        {
          write_plane (tiff, &kind, 40, 12); /* a label */
          TIFFWriteDirectory (tiff);
        }
      write_plane (tiff, &kind, 32, 24);
      TIFFWriteDirectory (tiff);
      write_plane (tiff, &kind, 16, 12);
      TIFFClose (tiff);
      const struct { gint64 max; gint width; double um; } cases[] = { { 5000, 64, 0.25 }, { 1000, 32, 0.5 }, { 500, 16, 1.0 } };
      for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        {
          g_autoptr (GError) error = NULL;
          double um;
          g_autoptr (SmoothPicture) picture = decode (cases[i].max, &um, &error);
          g_assert_no_error (error);
          g_assert_cmpint (picture->width, ==, cases[i].width);
          g_assert_cmpfloat (um, ==, cases[i].um);
        }
      g_autoptr (GError) error = NULL;
      g_assert_null (decode (100, NULL, &error));
      g_assert_nonnull (strstr (error->message, "expected a picture of at most 100 pixels, found 64 x 48"));
    }
}

static void
test_units (void)
{
  static const struct { const char *text; double um; } cases[] = {
    { "<Pixels PhysicalSizeX=\"0.2125\"/>", 0.2125 }, { "<Pixels PhysicalSizeX=\"212.5\" PhysicalSizeXUnit=\"nm\"/>", 0.2125 },
    { "<Pixels PhysicalSizeX=\"0.001\" PhysicalSizeXUnit=\"mm\"/>", 1.0 }, { "plain words", 0.0 }, { "<Pixels PhysicalSizeX=\"-1\"/>", 0.0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      double um = -1.0;
      TIFF *tiff = TIFFOpen (path, "w");
      TIFFSetField (tiff, TIFFTAG_IMAGEDESCRIPTION, cases[i].text);
      write_plane (tiff, &kinds[0], WIDTH, HEIGHT);
      TIFFClose (tiff);
      g_autoptr (SmoothPicture) picture = smooth_picture_load_measured (path, &um, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat_with_epsilon (um, cases[i].um, 1e-12);
    }
}

static void
assert_refused (const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_picture_load (path, &error));
  if (error->domain != SMOOTH_ERROR || strstr (error->message, expected) == NULL || strstr (error->message, path) == NULL)
    g_error ("expected '%s' in '%s'", expected, error->message);
}

static void
test_cut (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      g_autofree char *data = NULL;
      gsize length;
      write_file (&kinds[k]);
      g_assert_true (g_file_get_contents (path, &data, &length, NULL));
      for (gsize n = 4; n < length - 1; n += 1 + n / 12)
        {
          g_file_set_contents (path, data, (gssize) n, NULL);
          assert_refused ("");
        }
    }
}

/* All tiles of a level, put together. */
static SmoothPicture *
assemble (SmoothTiles *tiles, gint level, GError **error)
{
  const SmoothTileLevel *shape = smooth_tiles_get_level (tiles, level);
  g_autoptr (SmoothPicture) picture = smooth_picture_new (shape->width, shape->height, NULL);

  for (gint row = shape->n_down - 1; row >= 0; row--) /* in no order that would suit the reader */
    for (gint column = 0; column < shape->n_across; column++)
      {
        g_autoptr (SmoothPicture) tile = smooth_tiles_read (tiles, level, column, row, error);
        if (tile == NULL)
          return NULL;
        g_assert_cmpint (tile->width, ==, MIN (shape->tile_width, shape->width - column * shape->tile_width));
        for (gint y = 0; y < tile->height; y++)
          for (gint x = 0; x < tile->width; x++)
            picture->pixels[(gsize) (row * shape->tile_height + y) * (picture->stride / 4) + (gsize) (column * shape->tile_width + x)]
                = smooth_picture_get_pixel (tile, x, y);
      }
  return g_steal_pointer (&picture);
}

/* Tile by tile the picture is the one that is read at once. */
static void
test_tiles (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      g_autoptr (GError) error = NULL;
      write_file (&kinds[k]);
      g_autoptr (SmoothPicture) whole = smooth_picture_load (path, &error);
      g_autoptr (SmoothTiles) tiles = smooth_tiles_open (path, &error);
      g_assert_no_error (error);
      g_assert_cmpint (smooth_tiles_get_n_levels (tiles), ==, 1);
      g_autoptr (SmoothPicture) picture = assemble (tiles, 0, &error);
      g_assert_no_error (error);
      for (gint i = 0; i < WIDTH * HEIGHT; i++)
        if (picture->pixels[i] != whole->pixels[i])
          g_error ("kind %d, pixel %d: %x, at once %x", (gint) k, i, picture->pixels[i], whole->pixels[i]);
    }
}

/* Levels come in the order of their sizes; what is small enough is read as it is, else the means of blocks. */
static void
test_levels (void)
{
  g_autoptr (GError) error = NULL;
  TIFF *tiff = TIFFOpen (path, "w8");
  const Kind kind = { "w8", 3, 8, PHOTOMETRIC_RGB, COMPRESSION_LZW, PLANARCONFIG_CONTIG, 0, 16 };

  write_plane (tiff, &kind, 64, 48);
  TIFFWriteDirectory (tiff);
  write_plane (tiff, &kind, 40, 12); /* a label */
  TIFFWriteDirectory (tiff);
  write_plane (tiff, &kind, 16, 12);
  TIFFWriteDirectory (tiff);
  write_plane (tiff, &kind, 32, 24);
  TIFFClose (tiff);
  g_autoptr (SmoothTiles) tiles = smooth_tiles_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_tiles_get_n_levels (tiles), ==, 3);
  g_assert_cmpint (smooth_tiles_get_level (tiles, 1)->width, ==, 32);
  g_assert_cmpfloat (smooth_tiles_get_level (tiles, 2)->scale, ==, 0.25);
  g_autoptr (SmoothPicture) second = assemble (tiles, 1, &error), level = smooth_tiles_read_reduced (tiles, 32 * 24, NULL, &error);
  g_assert_cmpmem (second->pixels, 4 * 32 * 24, level->pixels, 4 * 32 * 24);

  g_autoptr (SmoothPicture) third = assemble (tiles, 2, &error), reduced = smooth_tiles_read_reduced (tiles, 50, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (reduced->width, ==, 8); /* 16 x 12 by 2 */
  g_assert_cmpint (reduced->height, ==, 6);
  for (gint at = 0; at < 3 * 8 * 6; at++)
    {
      gint x = at / 3 % 8, y = at / 24, shift = 8 * (at % 3);
      guint32 sum = 2;
      for (gint i = 0; i < 4; i++)
        sum += smooth_picture_get_pixel (third, 2 * x + i % 2, 2 * y + i / 2) >> shift & 255;
      g_assert_cmpuint (smooth_picture_get_pixel (reduced, x, y) >> shift & 255, ==, sum / 4);
    }
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  smooth_run_cancel (run);
  g_assert_null (smooth_tiles_read_reduced (tiles, 50, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

/* A file that was cut is refused at the latest where a tile is read. */
static void
test_cut_tiles (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      g_autofree char *data = NULL;
      gsize length;
      write_file (&kinds[k]);
      g_assert_true (g_file_get_contents (path, &data, &length, NULL));
      for (gsize n = 4; n < length - 1; n += 1 + n / 12)
        {
          g_autoptr (GError) error = NULL;
          g_file_set_contents (path, data, (gssize) n, NULL);
          g_autoptr (SmoothTiles) tiles = smooth_tiles_open (path, &error);
          g_autoptr (SmoothPicture) picture = tiles != NULL ? assemble (tiles, 0, &error) : NULL;
          g_assert_null (picture);
          g_assert_nonnull (strstr (error->message, path));
        }
    }
}

static void
set_tag (guint16 tag, guint32 number)
{
  TIFF *tiff = TIFFOpen (path, "r+");

  TIFFSetField (tiff, tag, number);
  TIFFRewriteDirectory (tiff);
  TIFFClose (tiff);
}

static void
test_refused (void)
{
  write_file (&kinds[0]);
  set_tag (TIFFTAG_IMAGEWIDTH, 30000);
  set_tag (TIFFTAG_IMAGELENGTH, 8000);
  assert_refused ("the TIFF picture is cut short: expected 30000 x 8000 pixels, found a file of");
  set_tag (TIFFTAG_IMAGELENGTH, 30000);
  assert_refused ("expected a picture of at most 268435456 pixels, found 30000 x 30000");
  set_tag (TIFFTAG_IMAGEWIDTH, 50000);
  assert_refused ("expected a picture of 1 to 40000 pixels a side, found 50000 x 30000");

  write_file (&kinds[0]);
  set_tag (TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
  assert_refused ("expected a grey or RGB TIFF picture of 8 or 16 bits, found 1 samples of 8 bits (photometric 1)");
  write_file (&kinds[0]);
  set_tag (TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_CIELAB);
  assert_refused ("expected a grey or RGB TIFF picture");
  write_file (&kinds[0]);
  set_tag (TIFFTAG_BITSPERSAMPLE, 4);
  assert_refused ("found 1 samples of 4 bits");

  g_file_set_contents (path, "II*\0abcdefgh", 12, NULL);
  assert_refused ("the TIFF picture is damaged: ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *folder = g_dir_make_tmp ("smooth-tiff-XXXXXX", NULL);
  path = g_build_filename (folder, "a.tif", NULL);
  TIFFSetWarningHandler (NULL);
  g_test_add_func ("/tiff/kinds", test_kinds);
  g_test_add_func ("/tiff/jpeg", test_jpeg);
  g_test_add_func ("/tiff/pyramid", test_pyramid);
  g_test_add_func ("/tiff/units", test_units);
  g_test_add_func ("/tiff/cut", test_cut);
  g_test_add_func ("/tiff/refused", test_refused);
  g_test_add_func ("/tiff/tiles", test_tiles);
  g_test_add_func ("/tiff/levels", test_levels);
  g_test_add_func ("/tiff/cut-tiles", test_cut_tiles);
  int status = g_test_run ();
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  return status;
}
