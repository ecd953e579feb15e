// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// `GDtlsSwiftCertificate`: a GTlsCertificate over ``X509Certificate``.
///
/// Everything is parsed while the object is constructed, and immutable from then on; what is in a PKCS#11 token may come
/// later. What goes wrong is kept until `g_initable_init` asks, since constructing cannot fail.
///
/// Unchecked Sendable: written in construction and disposal alone, when nobody else has the object.
final class CertificateObject: ObjectImpl, @unchecked Sendable {
    /// The certificate; `nil` in an object whose construction failed, or whose token has not been there yet.
    var x509: X509Certificate? { parsed ?? token?.knownCertificate }

    /// The private key, where it is in memory.
    private(set) var key: PrivateKey?

    /// What a PKCS#11 token has of certificate and key; `nil` where all is in memory.
    private(set) var token: TokenCredentials?

    /// The next certificate of the chain.
    private(set) var issuer: GRef<UnsafeMutablePointer<GTlsCertificate>>?

    private var parsed: X509Certificate?
    private var firstError: GLibError?
    private var container = PKCS12Input()
    /// The URIs, as they were set.
    private(set) var tokenURIs: (certificate: SecretBytes?, key: SecretBytes?)

    override class var objectType: ObjectType { type }

    /// The GType, registered on first use.
    ///
    /// The corresponding C function is `gdtls_swift_certificate_get_type`.
    static var gtype: GType { ObjectType.register(CertificateObject.self) }

    private static let type = ObjectType(
        name: "GDtlsSwiftCertificate",
        parent: { g_tls_certificate_get_type() },
        flags: .final,
        interfaces: [Interface({ g_initable_get_type() }, install: installInitable)],
        properties: properties,
        classInit: { $0.assumingMemoryBound(to: GTlsCertificateClass.self).pointee.verify = verifyTrampoline }
    )

    override func constructed() {
        openContainer()
    }

    override func dispose() {
        issuer = nil
    }

    /// Says how construction went.
    ///
    /// The corresponding C vfunc is `GInitableIface.init`.
    ///
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE` for data that is no certificate or key, or for none at all;
    ///   `G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD` for a container that another password opens; `G_IO_ERROR_NOT_SUPPORTED`
    ///   for PKCS #11 where something has to be installed for it.
    func finishConstruction() throws {
        if let firstError { throw firstError }
        if token == nil, let token = try TokenCredentials(certificate: tokenURIs.certificate, key: tokenURIs.key) {
            try token.loadModules()
            // A token that is not there may be inserted before it is needed.
            _ = try token.readCertificate(allowsAbsence: true)
            self.token = token
        }
        guard parsed != nil || tokenURIs.certificate != nil else {
            throw GLibError.tls(
                G_TLS_ERROR_BAD_CERTIFICATE,
                "There is no certificate: neither in DER, PEM nor PKCS #12, nor the URI of one in PKCS #11"
            )
        }
    }

    /// Says what is wrong with this certificate and its issuers.
    ///
    /// The corresponding C vfunc is `GTlsCertificateClass.verify`.
    ///
    /// - Parameters:
    ///   - identity: whom it must be about; `nil` for nobody in particular.
    ///   - anchor: the certificate that must vouch for it; without one `G_TLS_CERTIFICATE_UNKNOWN_CA` is not reported.
    /// - Returns: every problem found.
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE` where one of the certificates cannot be read.
    func verify(
        identity: PeerIdentity?,
        anchor: UnsafeMutablePointer<GTlsCertificate>?
    ) throws -> GTlsCertificateFlags {
        let anchors = try anchor.map { [try Self.x509(of: $0)] } ?? []
        let chain = try Self.chain(of: rawInstance.assumingMemoryBound(to: GTlsCertificate.self))
        var problems = try TrustStore(anchors).verify(
            chain: chain,
            identity: identity,
            purpose: nil,
            time: currentTime()
        )
        if anchor == nil { problems.remove(.unknownCA) }
        return GTlsCertificateFlags(rawValue: problems.rawValue)
    }

    /// Fills an object that ``make(x509:key:issuer:)`` has just made.
    func adopt(_ x509: X509Certificate, _ key: PrivateKey?, _ issuer: GRef<UnsafeMutablePointer<GTlsCertificate>>?) {
        self.parsed = x509
        self.key = key
        self.issuer = issuer
    }
}

// MARK: - What the properties set

extension CertificateObject {
    func setCertificate(_ what: String, _ parse: () throws(OpenSSLError) -> X509Certificate) {
        guard parsed == nil, tokenURIs.certificate == nil else { return refuseSecond("certificate") }
        parsed = attempt("The certificate is no valid \(what)", parse)
    }

    func setKey(_ what: String, _ parse: () throws(OpenSSLError) -> PrivateKey) {
        guard key == nil, tokenURIs.key == nil else { return refuseSecond("private key") }
        key = attempt("The private key is no valid \(what), or is encrypted: decrypt it with “openssl pkey”", parse)
    }

    func setIssuer(_ issuer: GRef<UnsafeMutablePointer<GTlsCertificate>>?) {
        guard let issuer else { return }
        self.issuer = issuer
    }

    func setContainer(_ bytes: SecretBytes) { container.data = bytes }

    func setPassword(_ password: SecretBytes) { container.password = password }

    func setCertificateURI(_ uri: SecretBytes) {
        guard parsed == nil, tokenURIs.certificate == nil else { return refuseSecond("certificate") }
        tokenURIs.certificate = uri
    }

    func setKeyURI(_ uri: SecretBytes) {
        guard key == nil, tokenURIs.key == nil else { return refuseSecond("private key") }
        tokenURIs.key = uri
    }

    private func openContainer() {
        // The password is wiped with its last owner, which is this variable.
        let input = container
        container = PKCS12Input()
        guard let data = input.data else { return }
        guard parsed == nil, key == nil, tokenURIs.certificate == nil, tokenURIs.key == nil else {
            return refuseSecond("certificate or private key")
        }
        do throws(PKCS12.Failure) {
            let credentials = try PKCS12.open(data, password: input.password)
            parsed = credentials.chain.first
            key = credentials.key
            if issuer == nil { issuer = Self.certificate(fromChain: Array(credentials.chain.dropFirst())) }
        } catch {
            fail(error.gError(hadPassword: input.password != nil))
        }
    }

    private func attempt<R>(_ complaint: String, _ parse: () throws(OpenSSLError) -> R) -> R? {
        do throws(OpenSSLError) {
            return try parse()
        } catch {
            fail(GLibError.tls(G_TLS_ERROR_BAD_CERTIFICATE, "\(complaint) (\(error))"))
            return nil
        }
    }

    private func fail(_ error: GLibError) {
        if firstError == nil { firstError = error }
    }

    private func refuseSecond(_ what: String) {
        logCritical("A GDtlsSwiftCertificate takes one \(what): set one of its properties, not several")
    }
}

/// What a PKCS#12 container needs, in whatever order the properties come.
private struct PKCS12Input {
    /// Wiped like the password: a container need not be encrypted.
    var data: SecretBytes?
    var password: SecretBytes?
}

extension PKCS12.Failure {
    fileprivate func gError(hadPassword: Bool) -> GLibError {
        switch self {
        case .wrongPassword where hadPassword:
            .tls(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD, "The password does not open the PKCS #12 data")
        case .wrongPassword:
            .tls(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD, "The PKCS #12 data is encrypted: give its password")
        case .empty:
            .tls(G_TLS_ERROR_BAD_CERTIFICATE, "The PKCS #12 data holds no certificate")
        case .unreadable(let error):
            .tls(G_TLS_ERROR_BAD_CERTIFICATE, "The PKCS #12 data cannot be read (\(error))")
        }
    }
}

// MARK: - From C

private let installInitable: Interface.Install = { vtable, _ in
    vtable?.assumingMemoryBound(to: GInitableIface.self).pointee.`init` = { me, _, error in
        bridge(error, failure: 0) {
            try implementation(me, as: CertificateObject.self).finishConstruction()
            return 1
        }
    }
}

private let verifyTrampoline:
    @convention(c) @Sendable (
        UnsafeMutablePointer<GTlsCertificate>?, OpaquePointer?, UnsafeMutablePointer<GTlsCertificate>?
    ) -> GTlsCertificateFlags = { me, identity, anchor in
        let certificate = implementation(me, as: CertificateObject.self)
        let identity = identity.map(PeerIdentity.init(connectable:))
        return (try? certificate.verify(identity: identity, anchor: anchor)) ?? G_TLS_CERTIFICATE_GENERIC_ERROR
    }
