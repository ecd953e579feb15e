// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// What an engine wants done or known.
///
/// After each input and command, poll until ``timeout(_:)``, which ends the cycle.
public enum Output: Sendable {
    /// Send this as one datagram.
    case transmit([UInt8])
    /// Something happened; told once.
    case event(Event)
    /// Nothing more for now: call ``DTLSEngine/handleTimeout(now:)`` at this instant, or `nil`: never.
    case timeout(Instant?)
}

/// What an engine tells, each once.
///
/// What is rare and large is kept aside, so that datagrams move as one word.
public enum Event: Sendable {
    /// The peer has shown its certificates, leaf first, and proved nothing yet as to whom it may be trusted by.
    ///
    /// The handshake stands still until ``DTLSEngine/resolvePeerVerification(_:now:)``.
    case verifyPeer([X509Certificate])
    /// A client is asked for a certificate and has none configured, or a server's is still to be found
    /// (``EngineConfiguration/asksForCredentials``).
    ///
    /// The handshake stands still until ``DTLSEngine/resolveCertificateRequest(_:now:)``.
    case certificateRequested
    /// The handshake is complete and the peer accepted on both sides.
    indirect case handshakeCompleted(Negotiated)
    /// One datagram of the peer's application, decrypted and authentic.
    case applicationData([UInt8])
    /// The peer's close_notify: nothing more will come.
    case peerClosed
    /// The association is over. Every later input is inert.
    indirect case failed(EngineError)
}

/// What the handshake agreed upon.
public struct Negotiated: Sendable {
    /// The version on the wire: 0xFEFD for DTLS 1.2, 0xFEFF for 1.0 (`SSL_version`).
    public let version: UInt16
    /// OpenSSL's name of the cipher suite (`SSL_CIPHER_get_name`).
    public let cipherName: String
    /// The application protocol, if one was agreed upon (RFC 7301).
    public let applicationProtocol: [UInt8]?
}

/// What is to become of a peer whose certificate was asked about.
public enum Verdict: Sendable {
    case accept
    /// Refuse, with the alert that tells the peer why.
    case refuse(RefusalReason)
}

/// Why a peer is refused, as far as its alert can say (RFC 5246 §7.2.2).
public enum RefusalReason: Sendable {
    case badCertificate
    case unknownAuthority
    case expired
    case revoked
}
