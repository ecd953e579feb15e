// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// The certificates that somebody trusts.
///
/// Immutable and shared: any number of threads verify against it at once.
///
/// Every certificate in it is an anchor, a server's own as well as an authority's.
///
/// Unchecked Sendable: the X509_STORE is filled in `init`; afterwards it is only searched, under a lock of its own.
public final class TrustStore: @unchecked Sendable {
    /// The `X509_STORE *`, owned.
    let pointer: OpaquePointer

    /// The anchors, each once, in the order in which they were given.
    public let certificates: [X509Certificate]

    private let bySubject: [[UInt8]: [X509Certificate]]
    private let byIssuer: [[UInt8]: [X509Certificate]]
    private let byFingerprint: [[UInt8]: X509Certificate]

    /// Makes a store of these anchors; of none, one that trusts nobody.
    ///
    /// The corresponding C functions are `X509_STORE_new` and `X509_STORE_add_cert`.
    ///
    /// - Parameter certificates: the anchors; duplicates do no harm.
    /// - Throws: ``OpenSSLError`` where memory has run out.
    public init(_ certificates: some Sequence<X509Certificate>) throws(OpenSSLError) {
        let store = try OpenSSL.make { X509_STORE_new() }
        var unique: [X509Certificate] = []
        var byFingerprint: [[UInt8]: X509Certificate] = [:]
        for certificate in certificates where byFingerprint[certificate.sha256] == nil {
            guard OpenSSL.call(failure: 0, { X509_STORE_add_cert(store, certificate.pointer) }) == 1 else {
                let error = OpenSSLError.drain()
                X509_STORE_free(store)
                throw error
            }
            unique.append(certificate)
            byFingerprint[certificate.sha256] = certificate
        }
        self.pointer = store
        self.certificates = unique
        self.byFingerprint = byFingerprint
        self.bySubject = Dictionary(grouping: unique, by: \.subjectDER)
        self.byIssuer = Dictionary(grouping: unique, by: \.issuerDER)
    }

    deinit {
        X509_STORE_free(pointer)
    }

    /// Whether this very certificate is an anchor.
    public func contains(_ certificate: X509Certificate) -> Bool {
        byFingerprint[certificate.sha256] == certificate
    }

    /// The anchor with this SHA-256 fingerprint.
    public func certificate(sha256: [UInt8]) -> X509Certificate? {
        byFingerprint[sha256]
    }

    /// The anchor that issued `certificate`; `nil` where none did.
    public func issuer(of certificate: X509Certificate) -> X509Certificate? {
        // Nearly always the names are equal byte for byte; the rest, such as another string type, takes a search.
        certificate.issuer(among: bySubject[certificate.issuerDER] ?? []) ?? certificate.issuer(among: certificates)
    }

    /// The anchors whose issuer has this distinguished name, byte for byte.
    ///
    /// - Parameter name: the name in DER.
    /// - Returns: those certificates; none is no error.
    public func certificates(issuedBy name: [UInt8]) -> [X509Certificate] {
        byIssuer[name] ?? []
    }
}
