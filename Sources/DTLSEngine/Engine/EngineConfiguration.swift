// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Which end of the handshake an engine plays (RFC 6347 §4.2).
public enum Role: Sendable, Hashable {
    case client
    case server
}

/// What a server asks of its client's identity (RFC 5246 §7.4.4); mirrors `GTlsAuthenticationMode`.
public enum ClientAuthentication: Sendable {
    /// No certificate is asked for.
    case none
    /// One is asked for; a client without one is served all the same.
    case requested
    /// One is asked for; a client without one is refused.
    case required
}

/// Everything that one association needs to know before it starts.
public struct EngineConfiguration: Sendable {
    /// The `SSL_CTX` shared by all engines of one role and one set of policies.
    public let context: SSLContext
    /// What this end proves its identity with.
    ///
    /// A server needs a chain and its key, a client may have none.
    public var credentials: Credentials?
    /// Servers only: ``credentials`` are still to be found, and the engine asks for them (``Event/certificateRequested``)
    /// when a client has said hello.
    public var asksForCredentials = false
    /// Servers only: what is asked of the client.
    public var clientAuthentication = ClientAuthentication.none
    /// Servers only: the authorities whose names a client is shown when it is asked for a certificate (RFC 5246 §7.4.4).
    ///
    /// Advice to the client and no more: whom to accept is the verdict's business. None: any will do.
    public var acceptedAuthorities: [X509Certificate] = []
    /// Clients only: the host name to send in `server_name` (RFC 6066 §3), in its ASCII form, never an IP address.
    public var serverName: String?
    /// Application protocols in order of preference (RFC 7301), 1 to 255 bytes each; empty: no ALPN.
    public var protocols: [[UInt8]] = []
    /// The largest datagram to send, in bytes of UDP payload: ``smallestMTU`` to ``largestMTU``.
    public var mtu = EngineConfiguration.defaultMTU
    /// How long a handshake may take in all, in microseconds.
    public var handshakeTimeout = EngineConfiguration.defaultHandshakeTimeout

    /// What fits almost every path and is what GLib programs are used to: bytes of UDP payload.
    public static let defaultMTU = 1400
    /// 256 bytes of IPv4 less IP and UDP headers: libssl's own floor.
    public static let smallestMTU = 228
    /// The largest UDP payload over IPv4.
    public static let largestMTU = 65_507
    /// A minute, in microseconds.
    public static let defaultHandshakeTimeout: Int64 = 60_000_000

    /// - Parameter context: the shared context; its role is the engine's role.
    public init(context: SSLContext) {
        self.context = context
    }
}
