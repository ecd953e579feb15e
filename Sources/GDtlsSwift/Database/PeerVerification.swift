// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// What a handshake has to know of the peer's certificate.
struct PeerVerification {
    /// What is wrong with it; nothing where it may be trusted.
    let flags: GTlsCertificateFlags
    /// Its object, linked to its issuers; `nil` where there was no certificate at all.
    let certificate: GRef<UnsafeMutablePointer<GTlsCertificate>>?
    /// Why the verification could not be carried out; `flags` are not empty then.
    let error: GLibError?
}

/// Verifies what a peer showed.
///
/// With a database of ours it is a matter of calculation, without a lock and without a detour over GIO. A database of
/// somebody else's is application code: it may block, and it may call back. So never call this under a lock.
///
/// The corresponding C function is `g_tls_database_verify_chain`.
///
/// - Parameters:
///   - chain: the certificates as they came, the peer's own first.
///   - database: whom to trust, borrowed; NULL trusts nobody.
///   - identity: a `GSocketConnectable *`, borrowed: whom a client meant to reach. A client that cannot say it gets
///     `G_TLS_CERTIFICATE_BAD_IDENTITY`. Not looked at for a server's peer.
///   - peerIsServer: whether we are the client.
///   - interaction: for databases that have to ask the user.
///   - cancellable: for databases that take their time.
/// - Returns: the verdict; never without problems where it could not be reached.
func verifyPeer(
    chain: [X509Certificate],
    database: UnsafeMutablePointer<GTlsDatabase>?,
    identity: OpaquePointer?,
    peerIsServer: Bool,
    interaction: UnsafeMutablePointer<GTlsInteraction>? = nil,
    cancellable: UnsafeMutablePointer<GCancellable>? = nil
) -> PeerVerification {
    let certificate = CertificateObject.certificate(fromChain: chain)
    guard let certificate else {
        return PeerVerification(flags: G_TLS_CERTIFICATE_GENERIC_ERROR, certificate: nil, error: nil)
    }
    let question = Question(
        chain: chain,
        identity: peerIsServer ? identity : nil,
        purpose: peerIsServer ? .server : .client
    )
    do {
        var flags = try question.ask(database, certificate, interaction, cancellable)
        if peerIsServer, identity == nil { flags |= G_TLS_CERTIFICATE_BAD_IDENTITY }
        return PeerVerification(flags: flags, certificate: certificate, error: nil)
    } catch {
        let error = GLibError(error)
        return PeerVerification(flags: G_TLS_CERTIFICATE_GENERIC_ERROR, certificate: certificate, error: error)
    }
}

/// What is to be verified.
private struct Question {
    let chain: [X509Certificate]
    let identity: OpaquePointer?
    let purpose: CertificatePurpose

    func ask(
        _ database: UnsafeMutablePointer<GTlsDatabase>?,
        _ certificate: GRef<UnsafeMutablePointer<GTlsCertificate>>,
        _ interaction: UnsafeMutablePointer<GTlsInteraction>?,
        _ cancellable: UnsafeMutablePointer<GCancellable>?
    ) throws -> GTlsCertificateFlags {
        guard let database else { return try ask(TrustStore([])) | G_TLS_CERTIFICATE_UNKNOWN_CA }
        if let ours = own(database) { return try ask(ours.trustStore()) }
        return try askForeign(database, certificate, interaction, cancellable)
    }

    /// The Swift object of a database of exactly our own types: a subclass may have another opinion.
    private func own(_ database: UnsafeMutablePointer<GTlsDatabase>) -> DatabaseObject? {
        let type = CGIO_G_TYPE_FROM_INSTANCE(database)
        guard type == DatabaseObject.gtype || type == FileDatabaseObject.gtype else { return nil }
        return implementation(database, as: DatabaseObject.self)
    }

    private func ask(_ store: TrustStore) throws -> GTlsCertificateFlags {
        let identity = identity.map(PeerIdentity.init(connectable:))
        let problems = store.verify(chain: chain, identity: identity, purpose: purpose, time: currentTime())
        return GTlsCertificateFlags(rawValue: problems.rawValue)
    }

    private func askForeign(
        _ database: UnsafeMutablePointer<GTlsDatabase>,
        _ certificate: GRef<UnsafeMutablePointer<GTlsCertificate>>,
        _ interaction: UnsafeMutablePointer<GTlsInteraction>?,
        _ cancellable: UnsafeMutablePointer<GCancellable>?
    ) throws -> GTlsCertificateFlags {
        let oid =
            switch purpose {
            case .server: "1.3.6.1.5.5.7.3.1"
            case .client: "1.3.6.1.5.5.7.3.2"
            case .other(let oid): oid
            }
        let translated = try BackendChain.make(of: chain, for: database)
        return try withExtendedLifetime(translated) {
            try withGError { error in
                g_tls_database_verify_chain(
                    database,
                    translated?.rawPointer.assumingMemoryBound(to: GTlsCertificate.self) ?? certificate.pointer,
                    oid,
                    identity,
                    interaction,
                    G_TLS_DATABASE_VERIFY_NONE,
                    cancellable,
                    error
                )
            }
        }
    }
}
