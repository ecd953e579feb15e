// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// `GDtlsClientConnection:server-identity`: what the server is asked for, and what its certificate is compared with.
///
/// The server's certificate is for server.example.com, *.wild.example.com, 192.168.1.10 and 2001:db8::1.
@Suite struct ServerIdentityTests {
    /// An identity, the name that the server must see of it, and what must be wrong with the certificate.
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var identity: @Sendable () -> Connectable?
        var name = "none"
        var isRight: Bool
    }

    static let cases = [
        Case(
            testDescription: "a host",
            identity: { .host("server.example.com") },
            name: "server.example.com",
            isRight: true
        ),
        Case(
            testDescription: "a host in capitals",
            identity: { .host("SERVER.example.com") },
            name: "server.example.com",
            isRight: true
        ),
        Case(
            testDescription: "a host with the root's dot",
            identity: { .host("server.example.com.") },
            name: "server.example.com",
            isRight: true
        ),
        Case(
            testDescription: "a host below a wildcard",
            identity: { .host("a.wild.example.com") },
            name: "a.wild.example.com",
            isRight: true
        ),
        Case(testDescription: "another host", identity: { .host("example.com") }, name: "example.com", isRight: false),
        Case(
            testDescription: "an internationalised host",
            identity: { .host("bücher.example.com") },
            name: "xn--bcher-kva.example.com",
            isRight: false
        ),
        Case(
            testDescription: "an internationalised host below a wildcard",
            identity: { .host("bücher.wild.example.com") },
            name: "xn--bcher-kva.wild.example.com",
            isRight: true
        ),
        Case(testDescription: "an IPv4 literal", identity: { .host("192.168.1.10") }, isRight: true),
        Case(testDescription: "another IPv4 literal", identity: { .host("192.168.1.11") }, isRight: false),
        Case(testDescription: "an IPv6 literal", identity: { .host("2001:db8::1") }, isRight: true),
        Case(testDescription: "an IPv6 literal with a zone", identity: { .host("2001:db8::1%lo") }, isRight: true),
        Case(
            testDescription: "a service",
            identity: { .service("server.example.com") },
            name: "server.example.com",
            isRight: true
        ),
        Case(
            testDescription: "another service",
            identity: { .service("example.com") },
            name: "example.com",
            isRight: false
        ),
        Case(testDescription: "an IPv4 address", identity: { .address("192.168.1.10") }, isRight: true),
        Case(testDescription: "an IPv6 address", identity: { .address("2001:db8::1") }, isRight: true),
        Case(testDescription: "another address", identity: { .address("127.0.0.1") }, isRight: false),
        Case(testDescription: "a local socket", identity: { .local("/run/server.example.com") }, isRight: false),
        Case(testDescription: "nothing", identity: { nil }, isRight: false),
    ]

    @Test(arguments: cases)
    func `the server is asked for the name, and the certificate compared with the identity`(_ one: Case) throws {
        let peer = try LibsslPeer("server", "--cert", CertificateFiles.bundle("server", key: "server"))
        let client = try Ends.client(peer.socket, identity: one.identity())
        defer { Ends.unref(client) }
        let database = try CertificateFiles.database("root.pem")
        g_dtls_connection_set_database(client, database.pointer)
        let error = DTLS.error { try DTLS.handshake(client) }
        #expect(try peer.said("sni") == one.name)
        #expect((error == nil) == one.isRight)
        if !one.isRight { #expect(error?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true) }
        let flags = one.isRight ? G_TLS_CERTIFICATE_NO_FLAGS : G_TLS_CERTIFICATE_BAD_IDENTITY
        #expect(g_dtls_connection_get_peer_certificate_errors(client) == flags)
    }

    @Test func `the identity may be changed until the handshake`() throws {
        let peer = try LibsslPeer("server", "--cert", CertificateFiles.bundle("server", key: "server"))
        let client = try Ends.client(peer.socket, identity: .host("example.com"))
        defer { Ends.unref(client) }
        let identity = Connectable.host("server.example.com")
        g_dtls_client_connection_set_server_identity(client, identity.pointer)
        #expect(g_dtls_client_connection_get_server_identity(client) == identity.pointer)
        let wrong = try CertificateFiles.database("other-root.pem")
        let right = try CertificateFiles.database("root.pem")
        g_dtls_connection_set_database(client, wrong.pointer)
        g_dtls_connection_set_database(client, right.pointer)
        try DTLS.handshake(client)
        #expect(try peer.said("sni") == "server.example.com")
    }

    @Test func `a missing identity can be left out of what is validated`() throws {
        let peer = try LibsslPeer("server", "--cert", CertificateFiles.bundle("server", key: "server"))
        let client = try Ends.client(peer.socket)
        defer { Ends.unref(client) }
        let database = try CertificateFiles.database("root.pem")
        g_dtls_connection_set_database(client, database.pointer)
        try Ends.setValidation(client, G_TLS_CERTIFICATE_VALIDATE_ALL & ~G_TLS_CERTIFICATE_BAD_IDENTITY)
        try DTLS.handshake(client)
        #expect(g_dtls_connection_get_peer_certificate_errors(client) == G_TLS_CERTIFICATE_BAD_IDENTITY)
    }
}
