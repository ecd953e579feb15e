/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "gdtls-swift-database.h"

G_BEGIN_DECLS

#define GDTLS_SWIFT_TYPE_FILE_DATABASE (gdtls_swift_file_database_get_type ())

/**
 * gdtls_swift_file_database_get_type:
 *
 * Returns: the #GType `GDtlsSwiftFileDatabase`. Any thread.
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (
    GDtlsSwiftFileDatabase, gdtls_swift_file_database, GDTLS_SWIFT, FILE_DATABASE, GDtlsSwiftDatabase)

/**
 * GDtlsSwiftFileDatabase:
 *
 * The authorities of a file: a #GTlsFileDatabase, whatever the process's TLS backend is. Any thread.
 *
 * Since: 1.0
 */

/**
 * gdtls_swift_file_database_new:
 * @anchors: (type filename): the name of a file with the certificates to trust, in PEM, or one in DER
 * @error: return location for a #GError
 *
 * Makes a database of the authorities in a file. It blocks while it reads. Any thread.
 *
 * The error is %G_TLS_ERROR_MISC where the file cannot be read, or has no or a broken certificate.
 *
 * Returns: (transfer full): the database, or %NULL with @error set. Free it with g_object_unref().
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GTlsDatabase *gdtls_swift_file_database_new (const gchar *anchors,
                                             GError     **error);

G_END_DECLS
