// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// What the user is told: what happened, with which peer, which problems, what to do.
@Suite struct ErrorMessageTests {
    /// Both handshakes; the messages of client and server, with those words checked by the caller.
    private static func handshake(_ pair: Conversation) throws -> (client: GLibError, server: GLibError) {
        let server = Background { [server = pair.server] in DTLS.error { try DTLS.handshake(server) } }
        let client = DTLS.error { try DTLS.handshake(pair.client) }
        return (try #require(client), try #require(try server.join()))
    }

    /// "127.0.0.1:PORT" of the other end.
    private static func peer(of socket: OpaquePointer) throws -> String {
        let raw = UnsafeMutableRawPointer(socket).assumingMemoryBound(to: GSocket.self)
        let address = try withGError { g_socket_get_remote_address(raw, $0) }
        defer { g_object_unref(address) }
        let text = try #require(g_socket_connectable_to_string(OpaquePointer(address)))
        defer { g_free(text) }
        return String(cString: text)
    }

    /// A pair whose server shows this certificate of the test's PKI, and whose client trusts its root.
    private static func pair(showing name: String, identity: String? = "server.example.com") throws -> Conversation {
        let pair = try Conversation(identity: identity, validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        let certificate = try CertificateFiles.credentials(name)
        let database = try CertificateFiles.database("root.pem")
        g_dtls_connection_set_certificate(pair.server, certificate.pointer)
        g_dtls_connection_set_database(pair.client, database.pointer)
        return pair
    }

    /// A bad server certificate, what its client's message has to say, and what the server is told.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var certificate: String
        var identity: String? = "server.example.com"
        var words: [String]
        var alert: String
    }

    static let cases = [
        Case(
            testDescription: "unknown authority",
            certificate: "self-signed",
            words: [
                "no authority that is trusted here", "set a database", "CN=server.example.com", "issued by itself",
            ],
            alert: "unknown CA (48): it does not trust the authority"
        ),
        Case(
            testDescription: "expired",
            certificate: "past",
            words: ["expired (valid from 2000-07-17 to 2001-07-17)", "clocks", "issued by DC=COM,DC=EXAMPLE,CN=Root"],
            alert: "certificate expired (45): it takes this end's certificate for expired"
        ),
        Case(
            testDescription: "not valid yet",
            certificate: "future",
            words: ["not valid yet (valid from 2060-07-17 to 2061-07-17)", "clocks"],
            alert: "bad certificate (42)"
        ),
        Case(
            testDescription: "another name",
            certificate: "server",
            identity: "elsewhere.example",
            words: ["it is not for \"elsewhere.example\"", "server-identity"],
            alert: "bad certificate (42)"
        ),
        Case(
            testDescription: "no name",
            certificate: "server",
            identity: nil,
            words: ["server-identity does not say whom"],
            alert: "bad certificate (42)"
        ),
        Case(
            testDescription: "several problems",
            certificate: "self-signed",
            identity: "elsewhere.example",
            words: ["no authority that is trusted here vouches for it; it is not for \"elsewhere.example\""],
            alert: "unknown CA (48)"
        ),
        Case(
            testDescription: "the wrong purpose",
            certificate: "client",
            words: ["may not be used for this"],
            alert: "(42)"
        ),
    ]

    @Test(arguments: cases)
    func `a client that refuses a server says why, and the server is told`(_ one: Case) throws {
        let pair = try Self.pair(showing: one.certificate, identity: one.identity)
        let errors = try Self.handshake(pair)
        #expect(errors.client.isTLS(G_TLS_ERROR_BAD_CERTIFICATE))
        let server = try Self.peer(of: pair.clientSocket)
        #expect(errors.client.message.hasPrefix("Unacceptable TLS certificate of \(server) ("))
        for words in one.words { #expect(errors.client.message.contains(words)) }
        let client = try Self.peer(of: pair.serverSocket)
        #expect(errors.server.isTLS(G_TLS_ERROR_MISC))
        #expect(errors.server.message.hasPrefix("\(client) sent fatal TLS alert: "))
        #expect(errors.server.message.contains(one.alert))
    }

    @Test func `a client to whom nobody answers tells what the network said`() throws {
        let pair = try Conversation()
        try Properties.set(pair.client, "handshake-timeout") { g_value_set_int64($0, 2_000_000) }
        // Nobody has the server's port any more, which the kernel says to the client.
        let server = UnsafeMutableRawPointer(pair.serverSocket).assumingMemoryBound(to: GSocket.self)
        _ = try withGError { g_socket_close(server, $0) }
        let hint = "The last that the network said was: "
        let limited = try #require(DTLS.error { _ = try DTLS.receive(pair.client, timeout: 300_000) })
        #expect(limited.isIO(G_IO_ERROR_TIMED_OUT))
        #expect(limited.message.contains(hint))
        let given = try #require(DTLS.error { try DTLS.handshake(pair.client) })
        #expect(given.isTLS(G_TLS_ERROR_HANDSHAKE))
        #expect(given.message.contains("no answer came in time. \(hint)"))
    }

    @Test func `an application that said no is named as the one who did`() throws {
        let pair = try Self.pair(showing: "self-signed")
        Signals.onAcceptCertificate(pair.client) { _, _ in false }
        let flagged = try Self.handshake(pair)
        #expect(flagged.client.message.contains("no authority that is trusted here"))

        let strict = try Conversation()
        try Properties.setAuthenticationMode(strict.server, G_TLS_AUTHENTICATION_REQUIRED)
        let trust = try Object { g_tls_file_database_new(try? TestPKI.shared.authorityPath, $0) }
        g_dtls_connection_set_database(strict.server, trust.pointer)
        g_dtls_connection_set_certificate(strict.client, try TestPKI.shared.client)
        Signals.onAcceptCertificate(strict.server) { _, _ in false }
        let errors = try Self.handshake(strict)
        #expect(errors.server.isTLS(G_TLS_ERROR_BAD_CERTIFICATE))
        #expect(errors.server.message.contains("the application did not accept it"))
        #expect(errors.client.message.contains("bad certificate (42): it does not accept this end's certificate"))
    }

    @Test func `a server that nobody speaks for says that it takes a handler`() throws {
        let pair = try Conversation()
        try Properties.setAuthenticationMode(pair.server, G_TLS_AUTHENTICATION_REQUIRED)
        g_dtls_connection_set_certificate(pair.client, try TestPKI.shared.client)
        let errors = try Self.handshake(pair)
        #expect(errors.server.message.contains("Connect a handler to accept-certificate"))
        #expect(errors.client.isTLS(G_TLS_ERROR_MISC))
    }

    @Test func `a database that could not tell is quoted`() throws {
        let pair = try Conversation(validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        let database = ForeignDatabase.saying(.failure)
        g_dtls_connection_set_database(pair.client, database.pointer)
        let errors = try Self.handshake(pair)
        #expect(errors.client.message.contains("it could not be verified: not now"))
    }

    @Test func `a required certificate is asked for in words on both ends`() throws {
        let errors = try Self.handshake(InteractionTests.pair())
        #expect(errors.client.message.contains("it requires a certificate of this end"))
        #expect(errors.server.message.contains("authentication-mode requires a certificate"))
    }

    // MARK: Alerts after the handshake

    /// A client of ours whose libssl server sends an alert right after the handshake.
    private static func afterHandshake(
        alert: Int,
        ask: String = "requested",
        certificate: UnsafeMutablePointer<GTlsCertificate>? = nil
    ) throws -> GLibError? {
        let peer = try LibsslPeer(
            "server",
            "--cert",
            CertificateFiles.bundle("server", key: "server"),
            "--ask",
            ask,
            "--alert",
            "\(alert)",
            "--ciphers",
            "ECDHE-ECDSA-AES128-GCM-SHA256"
        )
        let client = try Ends.client(peer.socket)
        defer { Ends.unref(client) }
        try Ends.setValidation(client, G_TLS_CERTIFICATE_NO_FLAGS)
        if let certificate { g_dtls_connection_set_certificate(client, certificate) }
        return DTLS.error {
            // The alert may be there before this call returns.
            try DTLS.handshake(client)
            _ = try DTLS.receive(client, timeout: 30_000_000)
        }
    }

    @Test func `a server may say after the handshake that it requires a certificate`() throws {
        let error = try Self.afterHandshake(alert: 116)
        #expect(error?.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) == true)
        #expect(error?.message.contains("certificate required (116)") == true)
    }

    @Test func `who showed a certificate, was asked for none, or got another alert, is told nothing of the kind`()
        throws
    {
        let shown = try Self.afterHandshake(alert: 42, certificate: TestPKI.shared.client)
        #expect(shown?.isTLS(G_TLS_ERROR_MISC) == true)
        let notAsked = try Self.afterHandshake(alert: 40, ask: "none")
        #expect(notAsked?.isTLS(G_TLS_ERROR_MISC) == true)
        let other = try Self.afterHandshake(alert: 80)
        #expect(other?.isTLS(G_TLS_ERROR_MISC) == true)
        #expect(other?.message.contains("internal error (80)") == true)
    }
}
