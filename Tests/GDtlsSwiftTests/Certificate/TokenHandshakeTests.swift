// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// Handshakes with keys in PKCS#11 tokens.
@Suite(.serialized) struct TokenHandshakeTests {
    @Test func `a whole conversation with both keys in tokens, whose PINs the interactions are asked for once`() throws
    {
        let server = try Tokens.certificate(try Tokens.uri("Server", "server"))
        let client = try Tokens.certificate(try Tokens.uri("Client", "client"))
        let serverUser = try PasswordInteraction.answering(Tokens.pin("Server"))
        let clientUser = try PasswordInteraction.answering(Tokens.pin("Client"))
        // The second pair finds both tokens open.
        for _ in 0..<2 {
            let pair = try TokenPair(server: server, client: client)
            g_dtls_connection_set_interaction(pair.server, serverUser.object)
            g_dtls_connection_set_interaction(pair.client, clientUser.object)
            let errors = try pair.handshake()
            #expect(errors.client == nil && errors.server == nil, "\(errors)")
            try pair.talk()
            #expect(g_tls_certificate_is_same(g_dtls_connection_get_peer_certificate(pair.client), server.pointer) != 0)
            #expect(g_tls_certificate_is_same(g_dtls_connection_get_peer_certificate(pair.server), client.pointer) != 0)
        }
        for (user, token) in [(serverUser, "Server"), (clientUser, "Client")] {
            #expect(user.questions.map(\.description) == [token])
            #expect(user.questions.map(\.flags) == [G_TLS_PASSWORD_PKCS11_USER])
        }
    }

    @Test func `nobody is asked for a PIN before a client is there`() throws {
        let user = try PasswordInteraction.answering(nil)
        let (one, other) = try Sockets.pair()
        let certificate = try Tokens.certificate(try Tokens.uri("Refusing"))
        let server = try Ends.server(other, certificate.pointer)
        defer { Ends.unref(server, one, other) }
        g_dtls_connection_set_interaction(server, user.object)
        let error = DTLS.error { _ = try DTLS.receive(server, timeout: 100_000) }
        #expect(error?.isIO(G_IO_ERROR_TIMED_OUT) == true, "\(String(describing: error))")
        #expect(user.questions.isEmpty)
    }

    @Test(arguments: [("Value", Tokens.Module.path), ("Kit", .p11Kit)])
    func `a PIN in the URI spares the question`(_ token: String, _ module: Tokens.Module) throws {
        let query = "pin-value=" + Tokens.encoded(Tokens.pin(token))
        try succeeds(try Tokens.certificate(try Tokens.uri(token, by: module, query: query)))
    }

    @Test func `so does a PIN in a file`() throws {
        let file = try Tokens.file("pin of source", Tokens.pin("Source") + "\n")
        let uri = try Tokens.uri("Source", query: "pin-source=file:" + file.replacing(" ", with: "%20"))
        try succeeds(try Tokens.certificate(uri))
    }

    @Test func `a file of the PIN that is not there is named`() throws {
        let uri = try Tokens.uri("Refusing", query: "pin-source=file:///no/such/pin")
        let error = try TokenPair(server: try Tokens.certificate(uri)).serverError()
        #expect(error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD))
        #expect(error.message.contains("/no/such/pin"))
    }

    @Test func `RSA keys sign too`() throws {
        let query = "pin-value=" + Tokens.encoded(Tokens.pin("RSA"))
        try succeeds(try Tokens.certificate(try Tokens.uri("RSA", query: query)))
    }

    @Test func `a certificate from a file may have its key in a token`() throws {
        let key = try Tokens.uri("Key alone", "server", query: "pin-value=" + Tokens.encoded(Tokens.pin("Key alone")))
        let certificate = try Tokens.certificate(file: "server.pem", key: key)
        #expect(certificate.string("private-key-pkcs11-uri") == key)
        #expect(certificate.bytes("private-key") == nil)
        try succeeds(certificate)
    }

    @Test func `among several keys that the URI allows, the certificate's is found`() throws {
        let pin = "pin-value=" + Tokens.encoded(Tokens.pin("Any"))
        try succeeds(try Tokens.certificate(try Tokens.uri("Any", query: pin)))
        try succeeds(try Tokens.certificate(file: "server.pem", key: try Tokens.uri("Any", query: pin)))
    }

    @Test func `a key that is not the certificate's is refused`() throws {
        let pin = "pin-value=" + Tokens.encoded(Tokens.pin("Key alone"))
        let key = try Tokens.uri("Key alone", "client", query: pin)
        let error = try TokenPair(server: try Tokens.certificate(file: "server.pem", key: key)).serverError()
        #expect(error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE))
        #expect(error.message.contains("does not belong to the certificate"))
    }

    @Test func `a token that is missing, or has no key, is named when a client is there`() throws {
        let absent = try TokenPair(server: try Tokens.certificate(try Tokens.uri("Elsewhere"))).serverError()
        #expect(absent.isTLS(G_TLS_ERROR_BAD_CERTIFICATE))
        #expect(absent.message.contains("“Elsewhere”"))
        let pin = "pin-value=" + Tokens.encoded(Tokens.pin("Key alone"))
        let key = try Tokens.uri("Key alone", "nobody", query: pin)
        let keyless = try TokenPair(server: try Tokens.certificate(file: "server.pem", key: key)).serverError()
        #expect(keyless.isTLS(G_TLS_ERROR_BAD_CERTIFICATE))
        #expect(keyless.message.contains("“Key alone”"))
    }

    @Test func `no PIN goes to a token that it may not be meant for`() throws {
        let user = try PasswordInteraction.answering(Tokens.pin("Twin"))
        let maker = "manufacturer=SoftHSM%20project"
        let key = try Tokens.uri("Twin", "deep-server").replacing("token=Twin", with: maker)
        let pair = try TokenPair(server: try Tokens.certificate(file: "deep-server.pem", key: key))
        g_dtls_connection_set_interaction(pair.server, user.object)
        let error = try pair.serverError()
        #expect(error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE))
        #expect(error.message.contains("“Twin two”"))
        #expect(user.questions.isEmpty)
    }

    @Test func `a module that leaves errors of its own in OpenSSL's queue does no harm`() throws {
        let query = "pin-value=" + Tokens.encoded(Tokens.pin("Untidy"))
        try succeeds(try Tokens.certificate(try Tokens.uri("Untidy", by: .strict, query: query)))
    }

    @Test func `a certificate of another backend says by its URIs where its key is`() throws {
        let query = "pin-value=" + Tokens.encoded(Tokens.pin("Foreign"))
        let ours = try Tokens.certificate(try Tokens.uri("Foreign", query: query))
        try succeeds(ForeignCertificate.showing(ours))
    }

    /// A server with this certificate serves, and asks nobody.
    private func succeeds(_ certificate: Object<GTlsCertificate>) throws {
        let pair = try TokenPair(server: certificate)
        let errors = try pair.handshake()
        #expect(errors.client == nil && errors.server == nil, "\(errors)")
        guard errors.client == nil, errors.server == nil else { return }
        try pair.talk()
    }
}
