/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * gdtls_swift_certificate_get_type:
 *
 * The certificates of this provider: a #GTlsCertificate and #GInitable.
 *
 * Returns: the #GType `GDtlsSwiftCertificate`. Any thread.
 */
GType gdtls_swift_certificate_get_type (void);

/**
 * gdtls_swift_database_get_type:
 *
 * The system's trust store: a #GTlsDatabase.
 *
 * Returns: the #GType `GDtlsSwiftDatabase`. Any thread.
 */
GType gdtls_swift_database_get_type (void);

/**
 * gdtls_swift_file_database_get_type:
 *
 * A trust store from a PEM file: a #GTlsFileDatabase and #GInitable.
 *
 * Returns: the #GType `GDtlsSwiftFileDatabase`. Any thread.
 */
GType gdtls_swift_file_database_get_type (void);

/**
 * gdtls_swift_client_connection_get_type:
 *
 * A client's connection: a #GDtlsClientConnection and #GInitable, for g_initable_new() where the process's default TLS
 * backend is another one.
 *
 * Returns: the #GType `GDtlsSwiftClientConnection`. Any thread.
 */
GType gdtls_swift_client_connection_get_type (void);

/**
 * gdtls_swift_server_connection_get_type:
 *
 * A server's connection: a #GDtlsServerConnection and #GInitable.
 *
 * Returns: the #GType `GDtlsSwiftServerConnection`. Any thread.
 */
GType gdtls_swift_server_connection_get_type (void);

G_END_DECLS
