// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Testing

@Suite struct PeerVerificationTests {
    private let purpose = "1.3.6.1.5.5.7.3.1"
    private static let host = Connectable.host("server.example.com")

    @Test func `a client that cannot say whom it meant is warned`() throws {
        let roots = try CertificateFiles.database("root.pem")
        #expect(try verify("chain.pem", roots, Self.host) == [])
        #expect(try verify("chain.pem", roots, nil) == [G_TLS_CERTIFICATE_BAD_IDENTITY])
        #expect(try verify("chain.pem", roots, .host("other")) == [G_TLS_CERTIFICATE_BAD_IDENTITY])
        #expect(try verify("chain.pem", nil, nil) == [G_TLS_CERTIFICATE_UNKNOWN_CA, G_TLS_CERTIFICATE_BAD_IDENTITY])
    }

    @Test func `a server asks its peer for no name`() throws {
        let roots = try CertificateFiles.database("root.pem")
        #expect(try verify("client.pem", roots, nil, peerIsServer: false) == [])
        #expect(try verify("v1-client.pem", roots, .host("other"), peerIsServer: false) == [])
        #expect(try verify("server.pem", roots, nil, peerIsServer: false) == [G_TLS_CERTIFICATE_GENERIC_ERROR])
    }

    @Test func `without a database nobody is known`() throws {
        #expect(try verify("server.pem", nil, Self.host) == [G_TLS_CERTIFICATE_UNKNOWN_CA])
        #expect(try verify("self-signed.pem", nil, Self.host) == [G_TLS_CERTIFICATE_UNKNOWN_CA])
        #expect(
            try verify("past.pem", nil, Self.host) == [G_TLS_CERTIFICATE_UNKNOWN_CA, G_TLS_CERTIFICATE_EXPIRED]
        )
        #expect(try verify("client.pem", nil, nil, peerIsServer: false) == [G_TLS_CERTIFICATE_UNKNOWN_CA])
    }

    @Test func `a database of somebody else's has its say`() throws {
        #expect(try verify("server.pem", ForeignDatabase.saying(.fine), Self.host) == [])
        #expect(try verify("server.pem", ForeignDatabase.saying(.revoked), Self.host) == [G_TLS_CERTIFICATE_REVOKED])
        #expect(
            try verify("server.pem", ForeignDatabase.saying(.failure), Self.host) == [G_TLS_CERTIFICATE_GENERIC_ERROR]
        )
        #expect(try verify("server.pem", ForeignDatabase.saying(.fine), nil) == [G_TLS_CERTIFICATE_BAD_IDENTITY])
    }

    @Test func `the default database is one`() throws {
        let backend = try Provider.load()
        let one = try #require(g_tls_backend_get_default_database(backend))
        let other = try #require(g_tls_backend_get_default_database(backend))
        defer { for database in [one, other] { g_object_unref(database) } }
        #expect(one == other)
        g_object_ref(one)
        #expect(try verify("server.pem", Object(one), Self.host) == [G_TLS_CERTIFICATE_UNKNOWN_CA])
    }

    @Test func `the peer's certificate is linked to its issuers`() throws {
        let chain = try CertificateFiles.certificate("chain.pem")
        var rebuilt: UnsafeMutablePointer<GTlsCertificate>?
        _ = try Debug.verifyPeer()(chain.pointer, nil, nil, 1, &rebuilt)
        let peer = Object(try #require(rebuilt))
        #expect(chainLength(peer.pointer) == 3)
        #expect(g_tls_certificate_is_same(peer.pointer, chain.pointer) != 0)
    }

    @Test func `certificates of another backend are read, not cast`() throws {
        let ours = try CertificateFiles.certificate("server-and-key.pem")
        let foreign = ForeignCertificate.showing(ours)
        var fits: gboolean = 0
        #expect(try Debug.credentials()(foreign.pointer, &fits) == 1)
        #expect(fits != 0)
        let roots = try CertificateFiles.database("root.pem")
        let flags = g_tls_database_verify_chain(
            roots.pointer,
            foreign.pointer,
            purpose,
            Self.host.pointer,
            nil,
            G_TLS_DATABASE_VERIFY_NONE,
            nil,
            nil
        )
        #expect(flags.rawValue == 0)
        let root = ForeignCertificate.showing(try CertificateFiles.certificate("root.pem"))
        #expect(g_tls_certificate_verify(ours.pointer, nil, root.pointer).rawValue == 0)
        let handle = g_tls_database_create_certificate_handle(roots.pointer, root.pointer)
        defer { g_free(handle) }
        #expect(handle != nil)
    }

    @Test func `chains of another backend too`() throws {
        let foreign = ForeignCertificate.showing(try CertificateFiles.certificate("chain.pem"))
        var fits: gboolean = 1
        #expect(try Debug.credentials()(foreign.pointer, &fits) == 3)
        #expect(fits == 0)
    }

    @Test func `one that shows nothing is an error`() throws {
        let foreign = ForeignCertificate.showing(nil)
        var fits: gboolean = 0
        #expect(try Debug.credentials()(foreign.pointer, &fits) == -1)
        let roots = try CertificateFiles.database("root.pem")
        #expect {
            _ = try check {
                g_tls_database_verify_chain(
                    roots.pointer,
                    foreign.pointer,
                    purpose,
                    nil,
                    nil,
                    G_TLS_DATABASE_VERIFY_NONE,
                    nil,
                    $0
                )
            }
        } throws: {
            ($0 as? Failure)?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true
        }
    }

    private func verify(
        _ file: String,
        _ database: Object<GTlsDatabase>?,
        _ identity: Connectable?,
        peerIsServer: Bool = true
    ) throws -> [GTlsCertificateFlags] {
        let certificate = try CertificateFiles.certificate(file)
        let bits = try Debug.verifyPeer()(
            certificate.pointer,
            database?.pointer,
            identity?.pointer,
            peerIsServer ? 1 : 0,
            nil
        )
        return (0..<7).map { GTlsCertificateFlags(rawValue: 1 << $0) }.filter { bits & $0.rawValue != 0 }
    }
}
