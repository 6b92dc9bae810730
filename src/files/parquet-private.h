/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of reading Parquet: Thrift's compact encoding, pages, runs of packed numbers. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Types of a field in the compact encoding. */
typedef enum
{
  THRIFT_STOP = 0,
  THRIFT_TRUE = 1,
  THRIFT_FALSE = 2,
  THRIFT_BYTE = 3,
  THRIFT_I16 = 4,
  THRIFT_I32 = 5,
  THRIFT_I64 = 6,
  THRIFT_DOUBLE = 7,
  THRIFT_BINARY = 8,
  THRIFT_LIST = 9,
  THRIFT_SET = 10,
  THRIFT_MAP = 11,
  THRIFT_STRUCT = 12,
} ThriftType;

/* What is still to be read. Whatever goes wrong sets failed and empties it; callers look at the end. */
typedef struct
{
  const guint8 *at, *end;
  gboolean failed;
} Thrift;

typedef struct
{
  ThriftType type; /* THRIFT_STOP: there are no more fields */
  gint id;
} ThriftField;

ThriftField thrift_next_field (Thrift *thrift, gint previous_id);
gint64 thrift_read_integer (Thrift *thrift);
gint64 thrift_read_list (Thrift *thrift, ThriftType *element);
const guint8 *thrift_read_binary (Thrift *thrift, gsize *length);
void thrift_skip (Thrift *thrift, ThriftType type);

typedef enum
{
  PARQUET_BOOLEAN = 0,
  PARQUET_INT32 = 1,
  PARQUET_INT64 = 2,
  PARQUET_FLOAT = 4,
  PARQUET_DOUBLE = 5,
  PARQUET_BYTES = 6,
  PARQUET_FIXED = 7,
} ParquetType;

/* One column of the schema. */
typedef struct
{
  char *name;
  gint64 type;
  gint64 width;       /* bytes of PARQUET_FIXED */
  gboolean is_optional;
  gboolean is_unsigned;
} ParquetColumn;

/* Cells as they are collected: texts in one buffer, and for each cell where its text begins. */
typedef struct
{
  const char *path;
  GString *text;     /* offset 0 is an empty text */
  guint64 *cells;    /* n_rows x n_cols, row-major */
  gint64 n_rows, n_cols;
} ParquetCells;

gboolean smooth_i_parquet_read_chunk (ParquetCells *cells, const ParquetColumn *column, gint64 col, gint64 codec, const guint8 *data,
                                      gsize length, gint64 first_row, gint64 n_rows, GError **error);
gboolean smooth_i_unpack_runs (const guint8 **at, const guint8 *end, gint width, guint32 *values, gint64 n);

G_END_DECLS
