// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// ALPN (RFC 7301): `advertised-protocols` and `negotiated-protocol`.
@Suite struct ApplicationProtocolTests {
    /// What both ends agreed on.
    private static func negotiate(_ client: [[UInt8]]?, _ server: [[UInt8]]?) throws -> [[UInt8]?] {
        let pair = try Conversation()
        Protocols.set(pair.client, client)
        Protocols.set(pair.server, server)
        try pair.connect()
        // With or without a protocol, the association works.
        try DTLS.send(pair.client, [1])
        #expect(try DTLS.receive(pair.server) == [1])
        return [Protocols.negotiated(pair.client), Protocols.negotiated(pair.server)]
    }

    private static let (one, two, three) = (Array("one".utf8), Array("two".utf8), Array("three".utf8))

    @Test func `the client's order wins`() throws {
        #expect(try Self.negotiate([Self.one, Self.two], [Self.two, Self.one]) == [Self.one, Self.one])
        #expect(try Self.negotiate([Self.three, Self.two], [Self.one, Self.two]) == [Self.two, Self.two])
    }

    @Test func `without one in common, or with one end alone, the handshake goes on without`() throws {
        for (client, server) in [
            ([Self.one], [Self.two]), ([Self.one], nil), (nil, [Self.one]), ([], [Self.one]), ([Self.one], []),
            (nil, nil),
        ] as [([[UInt8]]?, [[UInt8]]?)] {
            #expect(try Self.negotiate(client, server) == [nil, nil])
        }
    }

    @Test func `names are bytes, 1 to 255 of them`() throws {
        let longest = [UInt8](repeating: 0x78, count: 255)
        // GREASE (RFC 8701), which is no text in any encoding.
        let grease: [UInt8] = [0x8A, 0x8A]
        for name in [[0x21], grease, longest] {
            #expect(try Self.negotiate([Self.one, name], [name]) == [name, name])
        }
    }

    @Test func `names that the protocol has no place for are left out, and the others are not touched`() throws {
        let tooLong = [UInt8](repeating: 0x78, count: 256)
        let pair = try Conversation()
        Protocols.set(pair.client, [tooLong, [], Self.one])
        #expect(try Protocols.advertised(pair.client) == [Self.one])
        #expect(try Self.negotiate([tooLong, Self.one], [tooLong, Self.one]) == [Self.one, Self.one])
    }

    @Test func `the list is given back as it was set, and NULL takes it away`() throws {
        let pair = try Conversation()
        #expect(try Protocols.advertised(pair.client) == nil)
        Protocols.set(pair.client, [[0xFF, 0xFE], Self.two])
        #expect(try Protocols.advertised(pair.client) == [[0xFF, 0xFE], Self.two])
        Protocols.set(pair.client, [])
        #expect(try Protocols.advertised(pair.client) == [])
        Protocols.set(pair.client, nil)
        #expect(try Protocols.advertised(pair.client) == nil)
    }

    @Test func `the list may be changed until the handshake`() throws {
        let pair = try Conversation()
        Protocols.set(pair.client, [Self.one])
        Protocols.set(pair.client, [Self.two])
        Protocols.set(pair.server, [Self.one, Self.two])
        try pair.connect()
        #expect(Protocols.negotiated(pair.client) == Self.two)
    }

    @Test func `the negotiated name stays where it is while the connection lives`() throws {
        let pair = try Conversation()
        #expect(g_dtls_connection_get_negotiated_protocol(pair.client) == nil)
        for end in [pair.client, pair.server] { Protocols.set(end, [Self.one]) }
        try pair.connect()
        let name = g_dtls_connection_get_negotiated_protocol(pair.client)
        try DTLS.close(pair.client)
        #expect(g_dtls_connection_get_negotiated_protocol(pair.client) == name)
        #expect(try Properties.string(pair.client, "negotiated-protocol") == "one")
        #expect(name.map { String(cString: $0) } == "one")
    }

    @Test func `libssl's client and ours agree, whoever is the server`() throws {
        let server = try LibsslPeer(
            "server",
            "--cert",
            CertificateFiles.bundle("server", key: "server"),
            "--alpn",
            "two,one"
        )
        let client = try Ends.client(server.socket)
        try Ends.setValidation(client, G_TLS_CERTIFICATE_NO_FLAGS)
        Protocols.set(client, [Self.three, Self.one, Self.two])
        try DTLS.handshake(client)
        #expect(Protocols.negotiated(client) == Self.one)
        #expect(try server.said("alpn") == "one")
        Ends.unref(client)

        let peer = try LibsslPeer("client", "--alpn", "two,one")
        let certificate = try CertificateFiles.credentials("server")
        let ours = try Ends.server(peer.socket, certificate.pointer)
        Protocols.set(ours, [Self.one, Self.two])
        try DTLS.handshake(ours)
        #expect(Protocols.negotiated(ours) == Self.two)
        #expect(try peer.said("alpn") == "two")
        Ends.unref(ours)
    }
}
