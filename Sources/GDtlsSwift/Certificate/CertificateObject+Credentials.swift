// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension CertificateObject {
    /// Makes the object of what a PEM text, or a certificate in DER, holds.
    ///
    /// - Parameters:
    ///   - contents: the text.
    ///   - key: the text of the private key, where it is another one.
    ///   - source: what the text is, for people.
    /// - Returns: the object; `nil` only where the type system refuses.
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE` where there is no certificate, a broken one, or another one's key.
    static func make(
        contents: some Collection<UInt8>,
        key: SecretBytes? = nil,
        source: String
    ) throws -> GRef<UnsafeMutablePointer<GTlsCertificate>>? {
        var credentials: Credentials
        do throws(OpenSSLError) {
            credentials = try Credentials(contents: contents)
            if let key { credentials.key = try PrivateKey(contents: key) }
        } catch {
            throw GLibError.tls(G_TLS_ERROR_BAD_CERTIFICATE, "The certificate of \(source) cannot be used (\(error))")
        }
        if let leaf = credentials.chain.first, let key = credentials.key, !leaf.matches(key) {
            throw GLibError.tls(
                G_TLS_ERROR_BAD_CERTIFICATE,
                "The private key does not belong to the certificate: \(source)"
            )
        }
        return make(credentials)
    }

    /// Opens a PKCS #12 container.
    ///
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE`, or `G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD`.
    static func make(
        pkcs12 data: UnsafeBufferPointer<UInt8>,
        password: UnsafePointer<CChar>?
    ) throws -> GRef<UnsafeMutablePointer<GObject>> {
        let array = g_byte_array_new()
        defer { g_byte_array_unref(array) }
        g_byte_array_append(array, data.baseAddress, guint(data.count))
        return try newInitable(
            gtype,
            [
                ("pkcs12-data", .boxed(UnsafeRawPointer(array), g_byte_array_get_type())),
                ("password", .cString(password)),
            ]
        )
    }

    private static func make(_ credentials: Credentials) -> GRef<UnsafeMutablePointer<GTlsCertificate>>? {
        guard let leaf = credentials.chain.first else { return nil }
        let issuer = certificate(fromChain: Array(credentials.chain.dropFirst()))
        return make(x509: leaf, key: credentials.key, issuer: issuer)
    }
}
