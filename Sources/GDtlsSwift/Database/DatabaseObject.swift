// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// `GDtlsSwiftDatabase`: a GTlsDatabase of the authorities that this system trusts.
///
/// They are read on first use, once in the process. All methods may be called from any thread at once; none holds a
/// lock while it verifies.
///
/// Unchecked Sendable: it has no state; what subclasses add, they guard.
class DatabaseObject: ObjectImpl, @unchecked Sendable {
    override class var objectType: ObjectType { type }

    /// The GType, registered on first use.
    ///
    /// The corresponding C function is `gdtls_swift_database_get_type`.
    class var gtype: GType { ObjectType.register(DatabaseObject.self) }

    private static let type = ObjectType(
        name: "GDtlsSwiftDatabase",
        parent: { g_tls_database_get_type() },
        classInit: { installDatabaseFunctions($0.assumingMemoryBound(to: GTlsDatabaseClass.self)) }
    )

    /// The anchors.
    ///
    /// - Throws: `G_TLS_ERROR_MISC` where they cannot be read.
    func trustStore() throws -> TrustStore {
        do throws(OpenSSLError) {
            return try TrustStore.system.get()
        } catch {
            throw GLibError.tls(G_TLS_ERROR_MISC, "The authorities that this system trusts cannot be read (\(error))")
        }
    }

    /// What the handles of this database's certificates begin with, before the fingerprint.
    var handlePrefix: String { "system-trust:#" }
}

extension DatabaseObject {
    /// Says all that is wrong with a chain.
    ///
    /// The corresponding C vfunc is `GTlsDatabaseClass.verify_chain`.
    ///
    /// - Parameters:
    ///   - chain: the certificate and its issuers, of any backend.
    ///   - purpose: an OID, in dotted decimal; `nil` for anything.
    ///   - identity: whom the certificate must be about; `nil` for nobody in particular.
    ///   - cancellable: looked at before and after.
    /// - Returns: every problem found.
    /// - Throws: `G_IO_ERROR_CANCELLED`, or `G_TLS_ERROR_…` where no verification was possible.
    func verify(
        _ chain: UnsafeMutablePointer<GTlsCertificate>,
        purpose: UnsafePointer<CChar>?,
        identity: OpaquePointer?,
        cancellable: UnsafeMutablePointer<GCancellable>?
    ) throws -> GTlsCertificateFlags {
        try checkCancelled(cancellable)
        let problems = try trustStore().verify(
            chain: CertificateObject.chain(of: chain),
            identity: identity.map(PeerIdentity.init(connectable:)),
            purpose: purpose.map { CertificatePurpose(oid: String(cString: $0)) },
            time: currentTime()
        )
        try checkCancelled(cancellable)
        return GTlsCertificateFlags(rawValue: problems.rawValue)
    }

    /// A name by which to find the certificate again; `nil` where it is not here.
    func handle(of certificate: UnsafeMutablePointer<GTlsCertificate>) throws -> String? {
        let x509 = try CertificateObject.x509(of: certificate)
        return try trustStore().contains(x509) ? handlePrefix + hexadecimal(x509.sha256) : nil
    }

    /// The certificate of a handle; `nil` where it is not one of ours.
    func certificate(forHandle handle: String) throws -> X509Certificate? {
        guard handle.hasPrefix(handlePrefix), let digest = bytes(ofHexadecimal: handle.dropFirst(handlePrefix.count))
        else { return nil }
        return try trustStore().certificate(sha256: digest)
    }

    /// The anchor that issued the certificate; `nil` where none did.
    func issuer(of certificate: UnsafeMutablePointer<GTlsCertificate>) throws -> X509Certificate? {
        try trustStore().issuer(of: CertificateObject.x509(of: certificate))
    }

    /// The anchors whose issuer has this name.
    func certificates(issuedBy name: UnsafePointer<GByteArray>) throws -> [X509Certificate] {
        try trustStore().certificates(issuedBy: Array(name.pointee.buffer))
    }
}

extension CertificatePurpose {
    fileprivate init(oid: String) {
        self =
            switch oid {
            case G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER: .server
            case G_TLS_DATABASE_PURPOSE_AUTHENTICATE_CLIENT: .client
            default: .other(oid)
            }
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private func bytes(ofHexadecimal text: Substring) -> [UInt8]? {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}
