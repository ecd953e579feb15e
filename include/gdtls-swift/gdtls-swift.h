/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

/* DTLS for GLib programs: everything beyond what <gio/gio.h> declares.
 *
 * The library also has all functions of GIO's gdtlsconnection.h, gdtlsclientconnection.h and gdtlsserverconnection.h
 * under their own names. A program that is linked with it before GIO, as `pkg-config --libs gdtls-swift` does, makes
 * connections of this library with g_dtls_client_connection_new() and g_dtls_server_connection_new(), whatever TLS
 * backend GIO has, or none.
 */

#define GDTLS_SWIFT_INSIDE

#include "gdtls-swift-version.h"

#include "gdtls-swift-certificate.h"
#include "gdtls-swift-client-connection.h"
#include "gdtls-swift-connection.h"
#include "gdtls-swift-database.h"
#include "gdtls-swift-file-database.h"
#include "gdtls-swift-server-connection.h"

#undef GDTLS_SWIFT_INSIDE
