// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Finds and opens libgdtls-swift.
#pragma once

#include <gio/gio.h>

// The library's backend functions, or NULL with an error that says where they were sought. Opens the library on first
// use and keeps it open for good; a failure is for good as well. Any thread. Reads no environment variable.
const GTlsBackendInterface *gdtls_swift_library_get (GError **error);
