// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// A client that verifies its server, and a server that verifies its client if that has a certificate.
final class TokenPair: @unchecked Sendable {  // unchecked: GObjects, each used as GIO allows
    let client: OpaquePointer
    let server: OpaquePointer
    private let sockets: (OpaquePointer, OpaquePointer)

    init(server certificate: Object<GTlsCertificate>, client clientCertificate: Object<GTlsCertificate>? = nil) throws {
        sockets = try Sockets.pair()
        client = try Ends.client(sockets.0, identity: .host("server.example.com"))
        server = try Ends.server(sockets.1, certificate.pointer)
        let roots = try CertificateFiles.database("root.pem")
        g_dtls_connection_set_database(client, roots.pointer)
        g_dtls_connection_set_database(server, roots.pointer)
        guard let clientCertificate else { return }
        g_dtls_connection_set_certificate(client, clientCertificate.pointer)
        try Properties.setAuthenticationMode(server, G_TLS_AUTHENTICATION_REQUIRED)
        Signals.onAcceptCertificate(server) { _, flags in flags == G_TLS_CERTIFICATE_NO_FLAGS }
    }

    deinit {
        Ends.unref(client, server, sockets.0, sockets.1)
    }

    /// Both handshakes, blocking, each in a thread of its own; their errors.
    func handshake() throws -> (client: GLibError?, server: GLibError?) {
        let other = Background { [server] in DTLS.error { try DTLS.handshake(server) } }
        let mine = Background { [client] in DTLS.error { try DTLS.handshake(client) } }
        return (try mine.join(), try other.join())
    }

    /// The server's error of a handshake that does not succeed.
    func serverError() throws -> GLibError {
        let cancellable = try #require(GRef(taking: g_cancellable_new()))
        // Where the server fails without a word, its client would wait for a minute.
        let client = Background { [client] in DTLS.error { try DTLS.handshake(client, cancellable.pointer) } }
        let error = DTLS.error { try DTLS.handshake(server) }
        g_cancellable_cancel(cancellable.pointer)
        try client.join()
        return try #require(error)
    }

    /// One datagram each way.
    func talk() throws {
        try DTLS.send(client, [1, 2, 3])
        #expect(try DTLS.receive(server) == [1, 2, 3])
        try DTLS.send(server, [4])
        #expect(try DTLS.receive(client) == [4])
    }
}
