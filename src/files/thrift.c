/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thrift's compact encoding, as far as Parquet's metadata need it. No read goes behind the end, no skip runs deep.
 *
 * Source: Apache Thrift, 'Thrift Compact protocol encoding' (doc/specs/thrift-compact-protocol.md).
 */
#include "files/parquet-private.h"

#define MAX_DEPTH 32

static void
fail (Thrift *thrift)
{
  thrift->failed = TRUE;
  thrift->at = thrift->end;
}

static guint8
read_byte (Thrift *thrift)
{
  if (thrift->at >= thrift->end)
    {
      fail (thrift);
      return 0;
    }
  return *thrift->at++;
}

/* Seven bits a byte, the lowest first. */
static guint64
read_varint (Thrift *thrift)
{
  guint64 value = 0;

  for (gint shift = 0; shift < 64; shift += 7)
    {
      guint8 byte = read_byte (thrift);
      value |= (guint64) (byte & 127) << shift;
      if (byte < 128)
        return value;
    }
  fail (thrift);
  return 0;
}

/* Signs alternate: 0, -1, 1, -2, ... */
gint64
thrift_read_integer (Thrift *thrift)
{
  guint64 value = read_varint (thrift);

  return (gint64) (value >> 1) ^ -(gint64) (value & 1);
}

/* Returns: the next field; ids are told as what they are beyond the previous one */
ThriftField
thrift_next_field (Thrift *thrift, gint previous_id)
{
  guint8 head = read_byte (thrift);
  ThriftField field = { (ThriftType) (head & 15), previous_id + (head >> 4) };

  if (thrift->failed || field.type == THRIFT_STOP)
    return (ThriftField){ THRIFT_STOP, 0 };
  if (head >> 4 == 0)
    {
      gint64 id = thrift_read_integer (thrift);
      field.id = (gint) CLAMP (id, -1, 32767);
    }
  return field;
}

/* Returns: the number of elements of a list or set, which each take at least a byte */
gint64
thrift_read_list (Thrift *thrift, ThriftType *element)
{
  guint8 head = read_byte (thrift);
  guint64 n = head >> 4 == 15 ? read_varint (thrift) : head >> 4;

  *element = (ThriftType) (head & 15);
  if (n > (guint64) (thrift->end - thrift->at))
    {
      fail (thrift);
      return 0;
    }
  return (gint64) n;
}

/* Returns: (nullable): @length bytes that belong to the input */
const guint8 *
thrift_read_binary (Thrift *thrift, gsize *length)
{
  guint64 n = read_varint (thrift);

  *length = 0;
  if (thrift->failed || n > (guint64) (thrift->end - thrift->at))
    {
      fail (thrift);
      return NULL;
    }
  const guint8 *bytes = thrift->at;
  thrift->at += n;
  *length = n;
  return bytes;
}

static void skip (Thrift *thrift, ThriftType type, gint depth);

/* In lists and maps a boolean takes a byte; as a field its type is its value. */
static void
skip_element (Thrift *thrift, ThriftType type, gint depth)
{
  if (type == THRIFT_TRUE || type == THRIFT_FALSE)
    read_byte (thrift);
  else
    skip (thrift, type, depth + 1);
}

static void
skip_list (Thrift *thrift, gint depth)
{
  ThriftType element;
  gint64 n = thrift_read_list (thrift, &element);

  for (gint64 i = 0; i < n && !thrift->failed; i++)
    skip_element (thrift, element, depth);
}

static void
skip_map (Thrift *thrift, gint depth)
{
  guint64 n = read_varint (thrift);
  guint8 types = n > 0 ? read_byte (thrift) : 0;

  for (guint64 i = 0; i < n && !thrift->failed; i++)
    {
      skip_element (thrift, (ThriftType) (types >> 4), depth);
      skip_element (thrift, (ThriftType) (types & 15), depth);
    }
}

static void
skip_struct (Thrift *thrift, gint depth)
{
  ThriftField field = { THRIFT_STOP, 0 };

  while ((field = thrift_next_field (thrift, field.id)).type != THRIFT_STOP)
    skip (thrift, field.type, depth + 1);
}

static void
skip (Thrift *thrift, ThriftType type, gint depth)
{
  gsize length;

  if (depth > MAX_DEPTH)
    {
      fail (thrift);
      return;
    }
  switch (type)
    {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
      break; /* the type is the value */
    case THRIFT_BYTE:
      read_byte (thrift);
      break;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
      read_varint (thrift);
      break;
    case THRIFT_DOUBLE:
      for (gint i = 0; i < 8; i++)
        read_byte (thrift);
      break;
    case THRIFT_BINARY:
      thrift_read_binary (thrift, &length);
      break;
    case THRIFT_LIST:
    case THRIFT_SET:
      skip_list (thrift, depth);
      break;
    case THRIFT_MAP:
      skip_map (thrift, depth);
      break;
    case THRIFT_STRUCT:
      skip_struct (thrift, depth);
      break;
    case THRIFT_STOP:
    default:
      fail (thrift);
    }
}

/* Steps over a field of which nothing is wanted. */
void
thrift_skip (Thrift *thrift, ThriftType type)
{
  skip (thrift, type, 0);
}
