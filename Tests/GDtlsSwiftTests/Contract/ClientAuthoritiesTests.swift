// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// `GDtlsClientConnection:accepted-cas`, and what a server of ours says of the authorities that it accepts.
@Suite struct ClientAuthoritiesTests {
    /// The subjects of a file's certificates, in DER.
    private static func subjects(_ file: String) throws -> [[UInt8]] {
        var list = try check { g_tls_certificate_list_new_from_file(CertificateFiles.path(file), $0) }
        let first = list
        var names: [[UInt8]] = []
        while let link = list {
            let certificate = Object(link.pointee.data.assumingMemoryBound(to: GTlsCertificate.self))
            names.append(try subject(of: #require(certificate.bytes("certificate"))))
            list = link.pointee.next
        }
        g_list_free(first)
        return names
    }

    /// The subject field of a certificate's DER: the sixth of TBSCertificate (RFC 5280 §4.1).
    private static func subject(of der: [UInt8]) -> [UInt8] {
        var rest = contents(contents(der[...]))
        for _ in 0..<5 { rest = rest.dropFirst(size(rest)) }
        return Array(rest.prefix(size(rest)))
    }

    private static func header(_ element: ArraySlice<UInt8>) -> (size: Int, length: Int) {
        let bytes = Array(element.prefix(6))
        guard bytes[1] & 0x80 != 0 else { return (2, Int(bytes[1])) }
        let count = Int(bytes[1] & 0x7F)
        return (2 + count, bytes[2..<(2 + count)].reduce(0) { $0 << 8 | Int($1) })
    }

    private static func size(_ element: ArraySlice<UInt8>) -> Int { header(element).size + header(element).length }

    private static func contents(_ element: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        element.dropFirst(header(element).size).prefix(header(element).length)
    }

    @Test
    func `the names that libssl's server sends are there, in DER and in order, during the handshake and after it`()
        throws
    {
        let peer = try LibsslPeer(
            "server",
            "--cert",
            CertificateFiles.bundle("server", key: "server"),
            "--ask",
            "requested",
            "--names",
            CertificateFiles.path("roots.pem")
        )
        let client = try Ends.client(peer.socket)
        defer { Ends.unref(client) }
        try Ends.setValidation(client, G_TLS_CERTIFICATE_NO_FLAGS)
        var notified: [[[UInt8]]?] = []
        Signals.onNotify(client) { name in
            if name == "accepted-cas" { notified.append(try? Properties.acceptedAuthorities(client)) }
        }
        #expect(try Properties.acceptedAuthorities(client) == nil)
        let expected = try Self.subjects("roots.pem")
        #expect(expected.count == 2)
        var seen: [[UInt8]]?
        let interaction = try Interaction(.sync) { _ in
            seen = try Properties.acceptedAuthorities(client)
            return G_TLS_INTERACTION_UNHANDLED
        }
        g_dtls_connection_set_interaction(client, interaction.object)
        try DTLS.handshake(client)
        #expect(seen == expected)
        #expect(notified == [expected])
        #expect(try Properties.acceptedAuthorities(client) == expected)
        #expect(try peer.said("peer") == "none")
    }

    @Test func `a failed handshake leaves them to look at, and tells so`() throws {
        let pair = try InteractionTests.pair()
        var count = 0
        Signals.onNotify(pair.client) { if $0 == "accepted-cas" { count += 1 } }
        #expect(try InteractionTests.handshake(pair).client?.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) == true)
        #expect(count == 1)
        #expect(try Properties.acceptedAuthorities(pair.client)?.count == 1)
    }

    @Test func `a server that asks for no certificate, and one that takes any, name nobody`() throws {
        for mode in [G_TLS_AUTHENTICATION_NONE, G_TLS_AUTHENTICATION_REQUESTED] {
            let pair = try Conversation()
            g_dtls_connection_set_database(pair.server, nil)
            try Properties.setAuthenticationMode(pair.server, mode)
            var count = 0
            Signals.onNotify(pair.client) { if $0 == "accepted-cas" { count += 1 } }
            try pair.connect()
            #expect(count == 1)
            #expect(try Properties.acceptedAuthorities(pair.client) == nil)
        }
    }

    /// The names that a server of ours sends to libssl's client.
    private static func names(_ configure: (OpaquePointer) throws -> Void) throws -> [[UInt8]] {
        let peer = try LibsslPeer("client")
        let certificate = try CertificateFiles.credentials("server")
        let server = try Ends.server(peer.socket, certificate.pointer)
        defer { Ends.unref(server) }
        try Properties.setAuthenticationMode(server, G_TLS_AUTHENTICATION_REQUESTED)
        try configure(server)
        try DTLS.handshake(server)
        _ = try peer.said("ready")
        return peer.all("ca-name").map { [UInt8](hexadecimal: $0) }
    }

    @Test func `a server of ours names the authorities of a file that it was given, and of no other database`() throws {
        let roots = try CertificateFiles.database("roots.pem")
        #expect(
            try Self.names { g_dtls_connection_set_database($0, roots.pointer) } == Self.subjects("roots.pem")
        )
        // The system's are too many and seldom vouch for clients.
        #expect(try Self.names { _ in } == [])
        #expect(try Self.names { g_dtls_connection_set_database($0, nil) } == [])
        let foreign = ForeignDatabase.saying(.fine)
        #expect(try Self.names { g_dtls_connection_set_database($0, foreign.pointer) } == [])
    }
}
