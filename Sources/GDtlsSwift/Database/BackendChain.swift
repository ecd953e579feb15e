// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// A chain for a database of another TLS backend: those of glib-networking judge certificates of their own classes alone,
/// and take others for a mistake of the program.
enum BackendChain {
    /// Makes the chain anew in the class of the default backend, if the database is that backend's.
    ///
    /// A program that is linked with the library gets such databases of `g_tls_file_database_new`.
    ///
    /// - Parameters:
    ///   - chain: what a peer sent, its own certificate first.
    ///   - database: who is to judge it, borrowed.
    /// - Returns: the object of the first certificate; `nil` where the database is somebody else's, and takes ours.
    /// - Throws: what the backend says of a certificate that it cannot read.
    static func make(
        of chain: [X509Certificate],
        for database: UnsafeMutablePointer<GTlsDatabase>
    ) throws -> GRef<UnsafeMutablePointer<GObject>>? {
        guard let backend = g_tls_backend_get_default(), isDatabase(database, of: backend) else { return nil }
        let type = g_tls_backend_get_certificate_type(backend)
        guard type != CertificateObject.gtype, let path = chain.first?.path(through: chain.dropFirst()) else {
            return nil
        }
        return try path.reversed().reduce(nil) { issuer, x509 in
            let der = x509.der
            let array = g_byte_array_append(g_byte_array_new(), der, guint(der.count))
            defer { g_byte_array_unref(array) }
            return try withExtendedLifetime(issuer) {
                try newInitable(
                    type,
                    [
                        ("certificate", .boxed(array, g_byte_array_get_type())),
                        ("issuer", .object(issuer?.rawPointer, g_tls_certificate_get_type())),
                    ]
                )
            }
        }
    }

    /// Whether a database is of the family of the backend's file databases, as its default database is.
    private static func isDatabase(
        _ database: UnsafeMutablePointer<GTlsDatabase>,
        of backend: OpaquePointer
    ) -> Bool {
        var ancestor = g_tls_backend_get_file_database_type(backend)
        guard g_type_is_a(ancestor, g_tls_database_get_type()) != 0 else { return false }
        while g_type_parent(ancestor) != g_tls_database_get_type() {
            ancestor = g_type_parent(ancestor)
            // The type was GTlsDatabase itself.
            if ancestor == 0 { return false }
        }
        return g_type_is_a(CGIO_G_TYPE_FROM_INSTANCE(database), ancestor) != 0
    }
}
