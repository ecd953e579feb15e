// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// What can be read off an `SSL` about its association.
enum PeerParameters {
    static func negotiated(_ ssl: OpenSSLPointer) -> Negotiated {
        var chosen: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &chosen, &length)
        let name = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)).map { String(cString: $0) }
        return Negotiated(
            version: UInt16(truncatingIfNeeded: SSL_version(ssl)),
            cipherName: name ?? "unknown",
            applicationProtocol: chosen.map { [UInt8](UnsafeBufferPointer(start: $0, count: Int(length))) }
        )
    }

    /// The least that a protected record of the suite holds, in bytes.
    static func protectedOverhead(_ ssl: OpenSSLPointer) -> Int {
        (SSL_get_pending_cipher(ssl) ?? SSL_get_current_cipher(ssl)).map { CipherSuite($0).smallestRecord } ?? 24
    }
}

extension DTLSEngine {
    /// The certificates that the peer has shown, leaf first; empty before that.
    public var peerCertificates: [X509Certificate] { peerChain }

    /// The certificate that the server of this association has shown, on either end.
    public var serverCertificate: X509Certificate? {
        role == .client ? peerChain.first : configuration.credentials?.chain.first
    }

    /// Channel bindings that libssl holds the material of (RFC 5929, RFC 9266); `nil` before the handshake is complete
    /// or where the association does not allow it.
    public func channelBinding(_ binding: ChannelBinding) -> [UInt8]? {
        guard case .established = state else { return nil }
        switch binding {
        case .tlsUnique: return firstFinished()
        case .tlsExporter: return exporter()
        }
    }

    /// The client's Finished comes first in a full handshake, the server's in a resumed one (RFC 5929 §3.1).
    private func firstFinished() -> [UInt8]? {
        let isOurs = (role == .client) != (SSL_session_reused(ssl) == 1)
        var finished = [UInt8](repeating: 0, count: 64)
        let count = isOurs ? SSL_get_finished(ssl, &finished, 64) : SSL_get_peer_finished(ssl, &finished, 64)
        return (1...64).contains(count) ? Array(finished.prefix(count)) : nil
    }

    /// RFC 9266 §4: only where the extended master secret binds the secret to this handshake.
    private func exporter() -> [UInt8]? {
        guard COpenSSL_SSL_get_extms_support(ssl) == 1 else { return nil }
        let ssl = self.ssl
        let label = "EXPORTER-Channel-Binding"
        var material = [UInt8](repeating: 0, count: 32)
        let result = OpenSSL.call(failure: 0) {
            SSL_export_keying_material(ssl, &material, 32, label, label.utf8.count, nil, 0, 1)
        }
        return result == 1 ? material : nil
    }
}

extension X509Certificate {
    /// The digest of tls-server-end-point (RFC 5929 §4.1): by the hash of the certificate's own signature, or SHA-256
    /// where that is MD5 or SHA-1; `nil` where the signature has no one hash.
    public var serverEndPoint: [UInt8]? {
        var hash: Int32 = NID_undef
        guard X509_get_signature_info(pointer, &hash, nil, nil, nil) == 1 else { return nil }
        if hash == NID_md5 || hash == NID_sha1 { hash = NID_sha256 }
        guard hash != NID_undef, let name = OBJ_nid2sn(hash), let method = EVP_get_digestbyname(name) else {
            return nil
        }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var size: UInt32 = 0
        let pointer = self.pointer
        guard OpenSSL.call(failure: 0, { X509_digest(pointer, method, &digest, &size) }) == 1 else { return nil }
        return Array(digest.prefix(Int(size)))
    }
}

/// The channel bindings that come from the association itself.
public enum ChannelBinding: Sendable {
    case tlsUnique
    case tlsExporter
}
