// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Stand-ins for TLS over streams, which this backend does not have: their GInitable init fails and says so.
#pragma once

#include <gio/gio.h>

GType gdtls_swift_stream_client_get_type (void);
GType gdtls_swift_stream_server_get_type (void);
