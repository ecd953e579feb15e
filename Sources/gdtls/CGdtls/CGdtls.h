// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// All the C that the command calls: the library's public header, GIO with what it has for Unix, and a few headers of
// Linux. Nothing more.
#pragma once

#include "../../../include/gdtls-swift/gdtls-swift.h"

#include <dlfcn.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>
