// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// `GDtlsServerConnection:authentication-mode`, seen from both ends.
@Suite struct AuthenticationModeTests {
    /// What came of one handshake.
    struct Outcome {
        var client: GLibError?
        var server: GLibError?
        /// What the server's handler was asked about, each time.
        var asked: [GTlsCertificateFlags] = []
        /// Whether the server knows the client's certificate afterwards.
        var isKnown = false
        var errors = G_TLS_CERTIFICATE_NO_FLAGS
    }

    /// What a server's handler answers; `nil` is none.
    private static func handshake(
        _ mode: GTlsAuthenticationMode,
        certificate: UnsafeMutablePointer<GTlsCertificate>?,
        hasDatabase: Bool = true,
        answer: Bool? = true
    ) throws -> Outcome {
        let pair = try Conversation()
        let trust = try Object { g_tls_file_database_new(try? TestPKI.shared.authorityPath, $0) }
        g_dtls_connection_set_database(pair.server, hasDatabase ? trust.pointer : nil)
        try Properties.setAuthenticationMode(pair.server, mode)
        if let certificate { g_dtls_connection_set_certificate(pair.client, certificate) }
        var outcome = Outcome()
        let asked = LockedValue<[GTlsCertificateFlags]>([])
        if let answer {
            Signals.onAcceptCertificate(pair.server) { _, flags in
                asked.withLock { $0.append(flags) }
                return answer
            }
        }
        let server = Background { [server = pair.server] in DTLS.error { try DTLS.handshake(server) } }
        outcome.client = DTLS.error { try DTLS.handshake(pair.client) }
        outcome.server = try server.join()
        outcome.asked = asked.withLock { $0 }
        outcome.errors = g_dtls_connection_get_peer_certificate_errors(pair.server)
        if let known = g_dtls_connection_get_peer_certificate(pair.server) {
            outcome.isKnown = certificate.map { g_tls_certificate_is_same(known, $0) != 0 } ?? false
        }
        return outcome
    }

    @Test func `NONE asks for no certificate, and a client that has one keeps it`() throws {
        let outcome = try Self.handshake(G_TLS_AUTHENTICATION_NONE, certificate: TestPKI.shared.client)
        #expect(outcome.client == nil && outcome.server == nil)
        #expect(outcome.asked.isEmpty && !outcome.isKnown)
    }

    @Test(arguments: [G_TLS_AUTHENTICATION_REQUESTED.rawValue, G_TLS_AUTHENTICATION_REQUIRED.rawValue])
    func `a client with a certificate is asked about, good or bad, and the handler decides`(_ mode: UInt32) throws {
        let mode = GTlsAuthenticationMode(rawValue: mode)
        let certificate = try TestPKI.shared.client
        for (hasDatabase, flags) in [(true, G_TLS_CERTIFICATE_NO_FLAGS), (false, G_TLS_CERTIFICATE_UNKNOWN_CA)] {
            let good = try Self.handshake(mode, certificate: certificate, hasDatabase: hasDatabase)
            #expect(good.client == nil && good.server == nil)
            #expect(good.asked == [flags] && good.errors == flags && good.isKnown)
            for answer in [false, nil] {
                let bad = try Self.handshake(mode, certificate: certificate, hasDatabase: hasDatabase, answer: answer)
                #expect(bad.server?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
                #expect(bad.client != nil && bad.client?.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) == false)
                #expect(bad.errors == flags && bad.isKnown)
            }
        }
    }

    @Test func `REQUESTED serves a client without a certificate, and asks nobody`() throws {
        let outcome = try Self.handshake(G_TLS_AUTHENTICATION_REQUESTED, certificate: nil, answer: false)
        #expect(outcome.client == nil && outcome.server == nil)
        #expect(outcome.asked.isEmpty && !outcome.isKnown && outcome.errors == G_TLS_CERTIFICATE_NO_FLAGS)
    }

    @Test func `REQUIRED refuses a client without a certificate, and both ends say that one is required`() throws {
        let outcome = try Self.handshake(G_TLS_AUTHENTICATION_REQUIRED, certificate: nil)
        #expect(outcome.client?.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) == true)
        #expect(outcome.server?.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) == true)
        #expect(outcome.asked.isEmpty)
    }

    @Test func `a certificate without its key is as good as none`() throws {
        let path = try TestPKI.shared.directory + "/client.pem"
        let certificate = try Object { g_tls_certificate_new_from_file(path, $0) }
        let required = try Self.handshake(G_TLS_AUTHENTICATION_REQUIRED, certificate: certificate.pointer)
        #expect(required.client?.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) == true)
        let requested = try Self.handshake(G_TLS_AUTHENTICATION_REQUESTED, certificate: certificate.pointer)
        #expect(requested.client == nil && requested.server == nil)
    }

    @Test func `the mode counts that is set when the handshake begins, and the certificate when it is needed`() throws {
        let pair = try Conversation()
        try Properties.setAuthenticationMode(pair.server, G_TLS_AUTHENTICATION_REQUIRED)
        #expect(
            try Properties.enumeration(pair.server, "authentication-mode") == G_TLS_AUTHENTICATION_REQUIRED.rawValue
        )
        try Properties.setAuthenticationMode(pair.server, G_TLS_AUTHENTICATION_NONE)
        try pair.connect()
    }

    @Test func `a server's certificate may be set after construction, and one is needed by then`() throws {
        let pair = try Conversation()
        let bare = try OpaquePointer(
            newInitable(
                g_type_from_name("GDtlsSwiftServerConnection"),
                [("base-socket", .object(UnsafeMutableRawPointer(pair.serverSocket), g_datagram_based_get_type()))]
            )
            .retained()
        )
        defer { g_object_unref(UnsafeMutableRawPointer(bare)) }
        #expect(DTLS.error { try DTLS.handshake(bare) }?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
        let server = try OpaquePointer(
            newInitable(
                g_type_from_name("GDtlsSwiftServerConnection"),
                [("base-socket", .object(UnsafeMutableRawPointer(pair.serverSocket), g_datagram_based_get_type()))]
            )
            .retained()
        )
        defer { g_object_unref(UnsafeMutableRawPointer(server)) }
        g_dtls_connection_set_certificate(server, try TestPKI.shared.server)
        let shaking = Background { try DTLS.handshake(server) }
        try DTLS.handshake(pair.client)
        try shaking.join()
    }

    @Test func `a server whose certificate has no key cannot be made`() throws {
        let pair = try Conversation()
        let path = try TestPKI.shared.directory + "/server.pem"
        let certificate = try Object { g_tls_certificate_new_from_file(path, $0) }
        let error = DTLS.error {
            _ = try withGError { g_dtls_server_connection_new(pair.serverSocket, certificate.pointer, $0) }
        }
        #expect(error?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
    }
}
