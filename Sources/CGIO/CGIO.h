// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// GLib, GObject and GIO for Swift: the headers, and a `static inline` twin for each macro that Swift cannot see.
// Nothing more. A twin has the macro's name behind `CGIO_`.
#pragma once

#include <gio/gio.h>
#include <gio/gnetworking.h>
#include <glib-object.h>
#include <glib.h>
#include <string.h>
#include <sys/eventfd.h>

static inline GType CGIO_G_TYPE_FROM_INSTANCE(gconstpointer instance) { return G_TYPE_FROM_INSTANCE(instance); }

// An event descriptor that wakes a poll from another thread: the importer does not see the flags.
static inline int CGIO_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
