// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Why an association ended or a command was refused.
///
/// Transient faults (forged, replayed, malformed, misplaced datagrams) never become one of these: they are dropped
/// and counted in ``Statistics``.
public struct EngineError: Error, Sendable, CustomStringConvertible {
    /// What happened; tests and callers compare this.
    public enum Code: Hashable, Sendable {
        /// The handshake took longer than its limit; the peer may be gone, or be no DTLS peer.
        case handshakeTimedOut
        /// The handshake timed out and all that came was no DTLS.
        case notDTLS
        /// The peer ended the handshake or the association with a fatal alert (RFC 5246 §7.2), by its number.
        case peerAlert(UInt8)
        /// The peer said goodbye before the handshake was complete.
        case closedDuringHandshake
        /// This end refused the peer's certificate.
        case peerCertificateRefused
        /// A server that requires a certificate was given none.
        case peerCertificateMissing
        /// A server has no certificate with a private key to show.
        case noCredentials
        /// The certificate or key of this end cannot be used.
        case unusableCredentials
        /// The two ends share no version, cipher suite or signature algorithm.
        case noCommonParameters
        /// The application data is too large for one datagram; the largest size in bytes.
        case messageTooLarge(limit: Int)
        /// The command makes no sense in the present state.
        case invalidState
        /// This end is shut down.
        case closed
        /// libssl ended the association for a reason without a code of its own here.
        case protocolFailure
        /// Memory, or another resource of libcrypto's, ran out.
        case resourcesExhausted
    }

    /// What happened.
    public let code: Code
    /// What libssl said, where it said something.
    public let reasons: OpenSSLError?

    /// The code and libssl's last word on it, for logs.
    public var description: String {
        guard let text = reasons?.entries.last?.text else { return "\(code)" }
        return "\(code): \(text)"
    }

    init(_ code: Code, _ reasons: OpenSSLError? = nil) {
        self.code = code
        self.reasons = reasons
    }
}
