// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#if DEBUG
    public import CGIO
    internal import DTLSEngine
    internal import GObjectKit

    // What the tests call of the inside, in debug builds alone: they load the library as programs do.

    /// ``verifyPeer(chain:database:identity:peerIsServer:interaction:cancellable:)`` on a certificate and its issuers.
    @_cdecl("gdtls_swift_debug_verify_peer")
    public func gdtls_swift_debug_verify_peer(
        _ certificate: UnsafeMutablePointer<GTlsCertificate>,
        _ database: UnsafeMutablePointer<GTlsDatabase>?,
        _ identity: OpaquePointer?,
        _ peerIsServer: gboolean,
        _ rebuilt: UnsafeMutablePointer<UnsafeMutablePointer<GTlsCertificate>?>?
    ) -> UInt32 {
        // Backwards and twice, but for the peer's own: as careless as a peer may be.
        let chain = (try? CertificateObject.chain(of: certificate)) ?? []
        let careless = chain.prefix(1) + chain.dropFirst().reversed() + chain
        let verdict = verifyPeer(
            chain: Array(careless),
            database: database,
            identity: identity,
            peerIsServer: peerIsServer != 0
        )
        rebuilt?.pointee = verdict.certificate?.retained()
        return verdict.flags.rawValue
    }

    /// How many certificates the credentials of a certificate have, and whether their key fits; −1 for an error.
    @_cdecl("gdtls_swift_debug_credentials")
    public func gdtls_swift_debug_credentials(
        _ certificate: UnsafeMutablePointer<GTlsCertificate>,
        _ keyFits: UnsafeMutablePointer<gboolean>
    ) -> Int32 {
        guard let credentials = try? CertificateObject.credentials(of: certificate) else { return -1 }
        keyFits.pointee = credentials.key.map { credentials.chain[0].matches($0) } == true ? 1 : 0
        return Int32(credentials.chain.count)
    }

    /// Lets one of the library's calls of OpenSSL fail, whichever thread makes it.
    ///
    /// - Parameter calls: how many calls succeed before one fails; negative: none fails.
    @_cdecl("gdtls_swift_debug_inject_failure")
    public func gdtls_swift_debug_inject_failure(_ calls: Int64) {
        FaultInjection.failCall(after: Int(calls))
    }
#endif
