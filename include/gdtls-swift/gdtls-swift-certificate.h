/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "gdtls-swift-version.h"

G_BEGIN_DECLS

#define GDTLS_SWIFT_TYPE_CERTIFICATE (gdtls_swift_certificate_get_type ())

/**
 * gdtls_swift_certificate_get_type:
 *
 * Returns: the #GType `GDtlsSwiftCertificate`. Any thread.
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (GDtlsSwiftCertificate, gdtls_swift_certificate, GDTLS_SWIFT, CERTIFICATE, GTlsCertificate)

/**
 * GDtlsSwiftCertificate:
 *
 * A certificate, with or without its private key and the certificates above it: a #GTlsCertificate, whatever the
 * process's TLS backend is.
 *
 * Once made it never changes, and may be used from any thread. The constructors do what those of #GTlsCertificate do,
 * which need a TLS backend of GIO. They have two kinds of errors in common: %G_TLS_ERROR_BAD_CERTIFICATE where there is
 * no certificate or key, or a broken one, and errors of the domain %G_FILE_ERROR where a file cannot be read.
 *
 * Since: 1.0
 */

/**
 * gdtls_swift_certificate_new_from_file:
 * @file: (type filename): the name of a file
 * @error: return location for a #GError
 *
 * Reads a certificate from a file: PEM with a certificate, perhaps its private key, and perhaps the certificates above
 * it, each followed by its issuer; or a certificate in DER; or, where the name ends in `.p12` or `.pfx`, PKCS #12
 * without a password. It blocks while it reads. Any thread.
 *
 * Returns: (transfer full): the certificate, or %NULL with @error set. Free it with g_object_unref().
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GTlsCertificate *gdtls_swift_certificate_new_from_file (const gchar *file,
                                                        GError     **error);

/**
 * gdtls_swift_certificate_new_from_files:
 * @cert_file: (type filename): the name of a file with the certificate, and perhaps those above it, in PEM or DER
 * @key_file: (type filename): the name of a file with the certificate's private key, in PEM or DER
 * @error: return location for a #GError
 *
 * Reads a certificate and its private key from two files, which may be one and the same. It blocks while it reads. Any
 * thread.
 *
 * Returns: (transfer full): the certificate, or %NULL with @error set. Free it with g_object_unref().
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GTlsCertificate *gdtls_swift_certificate_new_from_files (const gchar *cert_file,
                                                         const gchar *key_file,
                                                         GError     **error);

/**
 * gdtls_swift_certificate_new_from_pem:
 * @data: PEM
 * @length: its length in bytes, or -1 if it ends with a NUL
 * @error: return location for a #GError
 *
 * Makes a certificate of PEM: the certificate, perhaps its private key, and perhaps the certificates above it, each
 * followed by its issuer. Any thread.
 *
 * Returns: (transfer full): the certificate, or %NULL with @error set. Free it with g_object_unref().
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GTlsCertificate *gdtls_swift_certificate_new_from_pem (const gchar *data,
                                                       gssize       length,
                                                       GError     **error);

/**
 * gdtls_swift_certificate_new_from_pkcs12:
 * @data: (array length=length) (element-type guint8): PKCS #12
 * @length: its length in bytes
 * @password: (nullable): its password
 * @error: return location for a #GError
 *
 * Makes a certificate, with its key and the certificates above it, of a PKCS #12 container. A password that does not
 * open it is %G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD. Any thread.
 *
 * Returns: (transfer full): the certificate, or %NULL with @error set. Free it with g_object_unref().
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GTlsCertificate *gdtls_swift_certificate_new_from_pkcs12 (const guint8 *data,
                                                          gsize         length,
                                                          const gchar  *password,
                                                          GError      **error);

G_END_DECLS
