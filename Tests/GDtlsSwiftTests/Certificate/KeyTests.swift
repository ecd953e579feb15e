// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// Private keys: of every kind, encrypted, of somebody else.
@Suite struct KeyTests {
    @Test(arguments: ["p256", "p384", "p521", "ed25519", "ed448", "rsa-server", "rsa-pss"])
    func `keys of every kind read back as PKCS #8`(_ kind: String) throws {
        let certificate = try CertificateFiles.credentials(kind)
        let pem = try readFile(CertificateFiles.path(kind + "-key.pem"))
        #expect(certificate.string("private-key-pem") == pem)
        #expect(certificate.bytes("private-key")?.first == 0x30)
    }

    @Test(arguments: ["p256", "p384", "p521", "rsa-server"])
    func `EC and RSA keys serve, and vouch for clients`(_ kind: String) throws {
        let client = try CertificateFiles.credentials(kind + "-client")
        let pair = try TokenPair(server: try CertificateFiles.credentials(kind), client: client)
        let errors = try pair.handshake()
        #expect(errors.client == nil && errors.server == nil, "\(errors)")
        guard errors.client == nil else { return }
        try pair.talk()
    }

    @Test(arguments: ["ed25519", "ed448", "rsa-pss"]) func `clients may have other keys too`(_ kind: String) throws {
        let client = try CertificateFiles.credentials(kind + "-client")
        let pair = try TokenPair(server: try CertificateFiles.credentials("server"), client: client)
        let errors = try pair.handshake()
        #expect(errors.client == nil && errors.server == nil, "\(errors)")
    }

    @Test(arguments: ["ed25519", "ed448", "rsa-pss"])
    func `keys that libssl does not use in DTLS 1.2 are said to be those`(_ kind: String) throws {
        let pair = try TokenPair(server: try CertificateFiles.credentials(kind))
        let errors = try pair.handshake()
        // A later OpenSSL may be able to.
        guard let error = errors.server else { return try pair.talk() }
        #expect(error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE))
        #expect(error.message.contains("EC or RSA"))
    }

    @Test(arguments: ["rsa-encrypted-key.pem", "rsa-encrypted-pkcs1-key.pem"])
    func `an encrypted key is an error that says what to do`(_ file: String) throws {
        try Provider.load()
        let paths = (CertificateFiles.path("rsa-server.pem"), CertificateFiles.path(file))
        let error = #expect(throws: Failure.self) {
            _ = try check { g_tls_certificate_new_from_files(paths.0, paths.1, $0) }
        }
        #expect(error?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
        #expect(error?.description.contains("decrypt") == true, "\(String(describing: error))")
    }

    @Test func `a server with somebody else's key is refused at once`() throws {
        try Provider.load()
        let certificate = try Object {
            g_tls_certificate_new_from_files(
                CertificateFiles.path("server.pem"),
                CertificateFiles.path("client-key.pem"),
                $0
            )
        }
        let (one, other) = try Sockets.pair()
        defer { Ends.unref(one, other) }
        let error = DTLS.error { _ = try Ends.server(one, certificate.pointer) }
        #expect(error?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
        #expect(error?.message.contains("does not belong to the certificate") == true)
    }

    @Test
    func `a client with somebody else's key hears of it in the handshake, and so does a server that got it later`()
        throws
    {
        try Provider.load()
        let mixed = try Object {
            g_tls_certificate_new_from_files(
                CertificateFiles.path("client.pem"),
                CertificateFiles.path("server-key.pem"),
                $0
            )
        }
        let pair = try TokenPair(server: try CertificateFiles.credentials("server"))
        g_dtls_connection_set_certificate(pair.client, mixed.pointer)
        #expect(DTLS.error { try DTLS.handshake(pair.client) }?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
        g_dtls_connection_set_certificate(pair.server, mixed.pointer)
        #expect(DTLS.error { try DTLS.handshake(pair.server) }?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
    }

    @Test func `a key too short for today is refused with the reason`() throws {
        let short = try CertificateFiles.credentials("short-key")
        let unmade = DTLS.error { _ = try TokenPair(server: short) }
        let pair = try TokenPair(server: try CertificateFiles.credentials("server"))
        g_dtls_connection_set_certificate(pair.server, short.pointer)
        for error in [unmade, DTLS.error { try DTLS.handshake(pair.server) }] {
            #expect(error?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
            #expect(error?.message.contains("too small") == true)
        }
    }
}
