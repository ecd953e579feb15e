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
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline GType CGIO_G_TYPE_FROM_INSTANCE(gconstpointer instance) { return G_TYPE_FROM_INSTANCE(instance); }

// An event descriptor that wakes a poll from another thread: the importer does not see the flags.
static inline int CGIO_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

// How many datagrams CGIO_sendmmsg takes at most.
#define CGIO_SENDMMSG_LIMIT 16

// sendmmsg, one datagram a vector: sys/socket.h shows it, and its structure, to _GNU_SOURCE alone.
static inline int CGIO_sendmmsg(int fd, const GOutputVector *datagrams, guint count, int flags) {
  struct {
    struct msghdr header;
    unsigned int sent;
  } messages[CGIO_SENDMMSG_LIMIT];
  struct iovec vectors[CGIO_SENDMMSG_LIMIT];

  count = MIN(count, CGIO_SENDMMSG_LIMIT);
  memset(messages, 0, count * sizeof *messages);
  for (guint i = 0; i < count; i++) {
    vectors[i] = (struct iovec){(void *)datagrams[i].buffer, datagrams[i].size};
    messages[i].header.msg_iov = &vectors[i];
    messages[i].header.msg_iovlen = 1;
  }
  return syscall(SYS_sendmmsg, fd, messages, count, flags);
}
