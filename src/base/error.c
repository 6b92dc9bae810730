/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quark of the core's error domain. */
#include "base/error.h"

G_DEFINE_QUARK (smooth-error-quark, smooth_error)
