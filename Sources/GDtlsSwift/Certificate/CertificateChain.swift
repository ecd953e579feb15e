// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension CertificateObject {
    /// Makes the object of a certificate that is parsed already.
    ///
    /// - Parameters:
    ///   - x509: the certificate, shared.
    ///   - key: its key, where it is at hand.
    ///   - issuer: the object of the certificate above it.
    /// - Returns: the object; `nil` only where the type system refuses.
    static func make(
        x509: X509Certificate,
        key: PrivateKey? = nil,
        issuer: GRef<UnsafeMutablePointer<GTlsCertificate>>? = nil
    ) -> GRef<UnsafeMutablePointer<GTlsCertificate>>? {
        guard let object = newObject(gtype) else { return nil }
        let made = object.retained().objectPointer
        implementation(made, as: CertificateObject.self).adopt(x509, key, issuer)
        return GRef(taking: made.assumingMemoryBound(to: GTlsCertificate.self))
    }

    /// Makes the objects of a chain, each linked to its issuer.
    ///
    /// - Parameter chain: what a peer sent, its own certificate first, the others in any order, twice or in circles.
    /// - Returns: the object of the first; `nil` for an empty chain.
    static func certificate(fromChain chain: [X509Certificate]) -> GRef<UnsafeMutablePointer<GTlsCertificate>>? {
        guard let path = chain.first?.path(through: chain.dropFirst()) else { return nil }
        return path.reversed().reduce(nil) { issuer, x509 in make(x509: x509, issuer: issuer) }
    }

    /// The certificate behind any GTlsCertificate; one of another backend is parsed anew from its DER.
    ///
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE` where it gives none.
    static func x509(of certificate: UnsafeMutablePointer<GTlsCertificate>) throws -> X509Certificate {
        if let ours = tryImplementation(certificate, as: CertificateObject.self) {
            guard let x509 = try ours.x509 ?? ours.token?.readCertificate() else {
                throw noCertificate(certificate, nil)
            }
            return x509
        }
        return try withProperty("certificate", of: certificate, g_byte_array_get_type()) { value in
            guard let der = value.byteArray else { throw noCertificate(certificate, nil) }
            do throws(OpenSSLError) {
                return try X509Certificate(der: der)
            } catch {
                throw noCertificate(certificate, error)
            }
        }
    }

    /// The certificates of any GTlsCertificate and its issuers, in this order.
    ///
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE` where one of them gives none.
    static func chain(of certificate: UnsafeMutablePointer<GTlsCertificate>) throws -> [X509Certificate] {
        var chain: [X509Certificate] = []
        var next: GRef<UnsafeMutablePointer<GTlsCertificate>>? = GRef(retaining: certificate)
        // Objects of others may make a circle; no real chain is that long.
        while let current = next, chain.count < 100 {
            try withExtendedLifetime(current) {
                chain.append(try x509(of: current.pointer))
                next = issuer(of: current.pointer)
            }
        }
        return chain
    }

    /// All that is needed to show oneself with a GTlsCertificate of any backend: its chain and its key.
    ///
    /// The key is `nil` where there is none. Where it is in a PKCS#11 token, this blocks, and enters application code
    /// to ask for the PIN: never call it under a lock or where nobody may wait.
    ///
    /// - Parameters:
    ///   - certificate: the certificate, borrowed.
    ///   - interaction: asks for a PIN, borrowed; `nil` where nobody can be asked.
    ///   - cancellable: ends it with `G_IO_ERROR_CANCELLED`.
    /// - Returns: the chain and the key.
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE` where the certificate, an issuer or the key cannot be read;
    ///   `G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD` for a PIN that is missing or wrong; what the interaction failed with.
    static func credentials(
        of certificate: UnsafeMutablePointer<GTlsCertificate>,
        interaction: UnsafeMutablePointer<GTlsInteraction>? = nil,
        cancellable: UnsafeMutablePointer<GCancellable>? = nil
    ) throws -> Credentials {
        let chain = try chain(of: certificate)
        if let key = try key(of: certificate) { return Credentials(chain: chain, key: key) }
        let token = try token(of: certificate)
        let key = try token?.findKey(of: chain[0], interaction: interaction, cancellable: cancellable)
        return Credentials(chain: chain, key: key)
    }

    /// The same without waiting for anybody; `nil` where a token has to be asked first.
    static func readyCredentials(of certificate: UnsafeMutablePointer<GTlsCertificate>) throws -> Credentials? {
        guard let key = try key(of: certificate) ?? knownKey(of: certificate) else {
            return try hasKey(certificate) ? nil : Credentials(chain: chain(of: certificate), key: nil)
        }
        return Credentials(chain: try chain(of: certificate), key: key)
    }

    /// Whether the certificate has a private key, or says in which PKCS#11 token there may be one.
    ///
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE` where the key cannot be read.
    static func hasKey(_ certificate: UnsafeMutablePointer<GTlsCertificate>) throws -> Bool {
        try key(of: certificate) != nil || token(of: certificate) != nil
    }

    private static func knownKey(of certificate: UnsafeMutablePointer<GTlsCertificate>) -> PrivateKey? {
        guard let ours = tryImplementation(certificate, as: CertificateObject.self), ours.x509 != nil else {
            return nil
        }
        return ours.token?.knownKey
    }

    /// Where the key is that is not in memory; one of another backend says it by its properties.
    private static func token(of certificate: UnsafeMutablePointer<GTlsCertificate>) throws -> TokenCredentials? {
        if let ours = tryImplementation(certificate, as: CertificateObject.self) { return ours.token }
        return try TokenCredentials(
            certificate: withProperty("pkcs11-uri", of: certificate, .string) { $0.secretString },
            key: withProperty("private-key-pkcs11-uri", of: certificate, .string) { $0.secretString }
        )
    }

    private static func issuer(
        of certificate: UnsafeMutablePointer<GTlsCertificate>
    ) -> GRef<UnsafeMutablePointer<GTlsCertificate>>? {
        if let ours = tryImplementation(certificate, as: CertificateObject.self) { return ours.issuer }
        return withProperty("issuer", of: certificate, g_tls_certificate_get_type()) { $0.dupObject() }
    }

    private static func key(of certificate: UnsafeMutablePointer<GTlsCertificate>) throws -> PrivateKey? {
        if let ours = tryImplementation(certificate, as: CertificateObject.self) { return ours.key }
        return try withProperty("private-key", of: certificate, g_byte_array_get_type()) { value in
            guard let der = value.byteArray else { return nil }
            do throws(OpenSSLError) {
                return try PrivateKey(der: der)
            } catch {
                let message = "The private key of a \(typeName(certificate)) cannot be read (\(error))"
                throw GLibError.tls(G_TLS_ERROR_BAD_CERTIFICATE, message)
            }
        }
    }

    private static func noCertificate(
        _ certificate: UnsafeMutablePointer<GTlsCertificate>,
        _ reason: OpenSSLError?
    ) -> GLibError {
        let detail = reason.map { " (\($0))" } ?? ""
        return .tls(G_TLS_ERROR_BAD_CERTIFICATE, "A \(typeName(certificate)) gives no readable certificate\(detail)")
    }

    private static func typeName(_ object: UnsafeMutablePointer<GTlsCertificate>) -> String {
        g_type_name(CGIO_G_TYPE_FROM_INSTANCE(object)).map { String(cString: $0) } ?? "GTlsCertificate"
    }

    private static func withProperty<R>(
        _ name: String,
        of object: UnsafeMutablePointer<GTlsCertificate>,
        _ type: GType,
        _ body: (UnsafeMutablePointer<GValue>) throws -> R
    ) rethrows -> R {
        var value = GValue()
        g_value_init(&value, type)
        defer { g_value_unset(&value) }
        g_object_get_property(UnsafeMutableRawPointer(object).assumingMemoryBound(to: GObject.self), name, &value)
        return try body(&value)
    }
}
