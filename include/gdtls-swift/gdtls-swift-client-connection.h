/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "gdtls-swift-connection.h"

G_BEGIN_DECLS

#define GDTLS_SWIFT_TYPE_CLIENT_CONNECTION (gdtls_swift_client_connection_get_type ())

/**
 * gdtls_swift_client_connection_get_type:
 *
 * Returns: the #GType `GDtlsSwiftClientConnection`. Any thread.
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (GDtlsSwiftClientConnection,
                          gdtls_swift_client_connection,
                          GDTLS_SWIFT,
                          CLIENT_CONNECTION,
                          GDtlsSwiftConnection)

/**
 * GDtlsSwiftClientConnection:
 *
 * A client's end of a DTLS connection: a #GDtlsClientConnection, whatever the process's TLS backend is.
 *
 * Since: 1.0
 */

/**
 * GDtlsSwiftClientConnectionClass:
 * @parent_class: the parent class
 *
 * The class struct. It has no functions of its own.
 *
 * Since: 1.0
 */
struct _GDtlsSwiftClientConnectionClass
{
  GDtlsSwiftConnectionClass parent_class;
};

/**
 * gdtls_swift_client_connection_new:
 * @base_socket: the socket, connected to the server
 * @server_identity: (nullable): whom the server's certificate must be about, such as a #GNetworkAddress; without one,
 *   verification always finds %G_TLS_CERTIFICATE_BAD_IDENTITY
 * @error: return location for a #GError
 *
 * Makes a client's connection over a datagram socket. Nothing is sent yet.
 *
 * The connection keeps a reference to @base_socket and never closes it. The error is %G_IO_ERROR_INVALID_ARGUMENT for a
 * missing @base_socket. Any thread.
 *
 * Returns: (transfer full): the connection, or %NULL with @error set. Free it with g_object_unref().
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GDtlsSwiftClientConnection *gdtls_swift_client_connection_new (GDatagramBased     *base_socket,
                                                               GSocketConnectable *server_identity,
                                                               GError            **error);

G_END_DECLS
