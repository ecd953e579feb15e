// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// What matters here of a ClientHello (RFC 5246 §7.4.1.2, RFC 6347 §4.2.1).
struct ClientHello {
    let random: ArraySlice<UInt8>
    let cookie: ArraySlice<UInt8>
    let extensions: HelloExtensions
    /// The client asks for an earlier session, which an abbreviated handshake would bring back.
    let offersSession: Bool
    private let body: ArraySlice<UInt8>

    /// Reads a body; `nil` unless it is well-formed from end to end.
    init?(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        guard let version = reader.number(2), version >> 8 == 0xFE,
            let random = reader.bytes(32),
            let session = reader.vector(1), session.count <= 32,
            let cookie = reader.vector(1),
            let suites = reader.vector(2), suites.count >= 2, suites.count % 2 == 0,
            let compression = reader.vector(1), compression.contains(0),
            let extensions = HelloExtensions(&reader), reader.isAtEnd
        else { return nil }
        self.body = body
        self.random = random
        self.cookie = cookie
        self.extensions = extensions
        offersSession = !session.isEmpty || extensions.hasTicket
    }

    /// The same hello with another cookie, as a client answers a HelloVerifyRequest (RFC 6347 §4.2.1).
    func with(cookie: some Collection<UInt8>, sequence: UInt16) -> HandshakeMessage {
        let start = self.cookie.startIndex - 1
        let copy = body[..<start] + [UInt8(truncatingIfNeeded: cookie.count)] + cookie + body[self.cookie.endIndex...]
        return HandshakeMessage(.clientHello, sequence: sequence, body: copy)
    }
}

/// What matters here of a ServerHello (RFC 5246 §7.4.1.3).
struct ServerHello {
    let version: UInt16
    let random: ArraySlice<UInt8>
    /// The two bytes of the suite, as they came.
    let suite: [UInt8]
    let extensions: HelloExtensions

    /// Reads a body; `nil` unless it is well-formed from end to end.
    init?(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        guard let version = reader.number(2), version >> 8 == 0xFE,
            let random = reader.bytes(32),
            let session = reader.vector(1), session.count <= 32,
            let suite = reader.bytes(2),
            reader.number(1) == 0,
            let extensions = HelloExtensions(&reader), reader.isAtEnd
        else { return nil }
        self.version = UInt16(version)
        self.random = random
        self.suite = Array(suite)
        self.extensions = extensions
    }
}

/// The extensions at the end of either hello, which may be missing altogether.
struct HelloExtensions {
    /// Both ends derive the master secret from the whole handshake so far (RFC 7627).
    private(set) var hasExtendedMasterSecret = false
    /// A server will send a session ticket (RFC 5077 §3.2).
    private(set) var announcesTicket = false
    /// A client has a session ticket to come back with.
    private(set) var hasTicket = false

    fileprivate init?(_ reader: inout ByteReader) {
        if reader.isAtEnd { return }
        guard let block = reader.vector(2) else { return nil }
        var extensions = ByteReader(block)
        while !extensions.isAtEnd {
            guard let type = extensions.number(2), let data = extensions.vector(2) else { return nil }
            if type == 23 { hasExtendedMasterSecret = true }
            if type == 35 {
                announcesTicket = true
                hasTicket = !data.isEmpty
            }
        }
    }
}

/// Asks a client to prove that it receives what is sent to its address (RFC 6347 §4.2.1).
struct HelloVerifyRequest {
    let cookie: [UInt8]

    init(cookie: [UInt8]) {
        self.cookie = cookie
    }

    /// Reads a body; `nil` unless it is well-formed from end to end.
    init?(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        guard let version = reader.number(2), version >> 8 == 0xFE,
            let cookie = reader.vector(1), !cookie.isEmpty, reader.isAtEnd
        else { return nil }
        self.cookie = Array(cookie)
    }

    /// The message; its version is DTLS 1.0 whatever will be spoken, so that every client takes it.
    func message(sequence: UInt16) -> HandshakeMessage {
        let version: [UInt8] = [0xFE, 0xFF]
        return HandshakeMessage(
            .helloVerifyRequest,
            sequence: sequence,
            body: version + [UInt8(truncatingIfNeeded: cookie.count)] + cookie
        )
    }
}
