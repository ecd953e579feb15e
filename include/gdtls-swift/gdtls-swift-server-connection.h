/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "gdtls-swift-connection.h"

G_BEGIN_DECLS

#define GDTLS_SWIFT_TYPE_SERVER_CONNECTION (gdtls_swift_server_connection_get_type ())

/**
 * gdtls_swift_server_connection_get_type:
 *
 * Returns: the #GType `GDtlsSwiftServerConnection`. Any thread.
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (GDtlsSwiftServerConnection,
                          gdtls_swift_server_connection,
                          GDTLS_SWIFT,
                          SERVER_CONNECTION,
                          GDtlsSwiftConnection)

/**
 * GDtlsSwiftServerConnection:
 *
 * A server's end of a DTLS connection with one client: a #GDtlsServerConnection, whatever the process's TLS backend is.
 *
 * Since: 1.0
 */

/**
 * GDtlsSwiftServerConnectionClass:
 * @parent_class: the parent class
 *
 * The class struct. It has no functions of its own.
 *
 * Since: 1.0
 */
struct _GDtlsSwiftServerConnectionClass
{
  GDtlsSwiftConnectionClass parent_class;
};

/**
 * gdtls_swift_server_connection_new:
 * @base_socket: the socket, connected to the client
 * @certificate: (nullable): the server's certificate with its private key, of any TLS backend; without one, the
 *   property #GDtlsConnection:certificate has to be set before the handshake
 * @error: return location for a #GError
 *
 * Makes a server's connection over a datagram socket. Nothing is sent or received yet.
 *
 * The connection keeps a reference to @base_socket and never closes it. The errors are %G_IO_ERROR_INVALID_ARGUMENT for a
 * missing @base_socket and %G_TLS_ERROR_BAD_CERTIFICATE for a certificate without a private key. Any thread.
 *
 * Returns: (transfer full): the connection, or %NULL with @error set. Free it with g_object_unref().
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GDtlsSwiftServerConnection *gdtls_swift_server_connection_new (GDatagramBased  *base_socket,
                                                               GTlsCertificate *certificate,
                                                               GError         **error);

G_END_DECLS
