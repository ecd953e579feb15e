// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// GTlsBackendGdtlsSwift: the backend object that GIO sees. It holds no state and forwards to the library.
#pragma once

#include <gio/gio.h>

void gdtls_swift_backend_register (GTypeModule *module);
GType gdtls_swift_backend_get_type (void);
