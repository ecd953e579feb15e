// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Testing

@Suite struct CertificateVerifyTests {
    private static let none = GTlsCertificateFlags(rawValue: 0)

    @Test func `identities of every kind`() throws {
        let server = try CertificateFiles.certificate("server.pem")
        let matching: [Connectable] = [
            .host("server.example.com"), .host("SERVER.example.com."), .host("a.wild.example.com"),
            .host("192.168.1.10"), .host("2001:db8::1"), .host("2001:db8::1%lo"),
            .service("server.example.com"), .address("192.168.1.10"), .address("2001:db8::1"),
            .address("::ffff:192.168.1.10"),
        ]
        for (index, identity) in matching.enumerated() {
            #expect(g_tls_certificate_verify(server.pointer, identity.pointer, nil) == Self.none, "number \(index)")
        }
        let others: [Connectable] = [
            .host("other.example.com"), .host("192.168.1.11"), .host(""), .host("."), .host(".example.com"),
            .host("bücher.example"), .service("example.com"), .address("192.168.1.11"), .address("::1"),
            .local("/server.example.com"),
        ]
        for (index, identity) in others.enumerated() {
            let flags = g_tls_certificate_verify(server.pointer, identity.pointer, nil)
            #expect(flags == G_TLS_CERTIFICATE_BAD_IDENTITY, "number \(index)")
        }
    }

    @Test func `an anchor must vouch`() throws {
        let server = try CertificateFiles.certificate("server.pem")
        let root = try CertificateFiles.certificate("root.pem")
        let other = try CertificateFiles.certificate("other-root.pem")
        #expect(g_tls_certificate_verify(server.pointer, nil, root.pointer) == Self.none)
        #expect(g_tls_certificate_verify(server.pointer, nil, other.pointer) == G_TLS_CERTIFICATE_UNKNOWN_CA)
    }

    @Test func `without an anchor everything else is verified`() throws {
        #expect(try verify("past.pem") == G_TLS_CERTIFICATE_EXPIRED)
        #expect(try verify("future.pem") == G_TLS_CERTIFICATE_NOT_ACTIVATED)
        #expect(try verify("short-key.pem") == G_TLS_CERTIFICATE_INSECURE)
        #expect(try verify("self-signed.pem") == Self.none)
        #expect(try verify("deep-server.pem") == Self.none)
    }

    @Test func `a chain without its root stays a chain`() throws {
        let chain = try CertificateFiles.certificate("chain-without-root.pem")
        #expect(chainLength(chain.pointer) == 2)
    }

    private func verify(_ file: String) throws -> GTlsCertificateFlags {
        let certificate = try CertificateFiles.certificate(file)
        return g_tls_certificate_verify(certificate.pointer, nil, nil)
    }
}
