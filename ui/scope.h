/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window for those who bring a host of their own: what a plug-in includes. */
#pragma once

#include "app.h"
#include "file-host.h"
#include "host.h"
#include "window.h"
