// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// Certificates and keys in PKCS#11 tokens, without a handshake.
@Suite(.serialized) struct TokenTests {
    @Test(arguments: [Tokens.Module.path, .p11Kit])
    func `a certificate is read by its URI, which is read back, and nobody needs a PIN for that`(
        _ module: Tokens.Module
    ) throws {
        let uri = try Tokens.uri("Open", "client", by: module)
        let certificate = try Tokens.certificate(uri)
        #expect(certificate.string("pkcs11-uri") == uri)
        #expect(certificate.string("private-key-pkcs11-uri") == nil)
        #expect(certificate.bytes("certificate") == (try CertificateFiles.bytes("client.der")))
        #expect(certificate.string("subject-name") == "DC=COM,DC=EXAMPLE,CN=Client")
        let file = try CertificateFiles.certificate("client.pem")
        #expect(g_tls_certificate_is_same(certificate.pointer, file.pointer) != 0)
        let root = try CertificateFiles.certificate("root.pem")
        #expect(g_tls_certificate_verify(certificate.pointer, nil, root.pointer).rawValue == 0)
    }

    @Test func `both URIs are read back as they were set, a PIN and all`() throws {
        let uri = try Tokens.uri("Open", "client")
        let key = try Tokens.uri("Open", "server", query: "pin-value=a%20b")
        let certificate = try Tokens.certificate(uri, key: key)
        #expect(certificate.string("pkcs11-uri") == uri)
        #expect(certificate.string("private-key-pkcs11-uri") == key)
    }

    @Test func `a key in a token cannot be read`() throws {
        let certificate = try Tokens.certificate(try Tokens.uri("Open", "server", query: "pin-value=PIN%20of%20Open"))
        #expect(certificate.bytes("private-key") == nil)
        #expect(certificate.string("private-key-pem") == nil)
        var fits: gboolean = 0
        #expect(try Debug.credentials()(certificate.pointer, &fits) == 1)
        #expect(fits != 0)
        #expect(certificate.bytes("private-key") == nil)
        #expect(certificate.string("private-key-pem") == nil)
    }

    @Test func `a URI may name the certificate by its number, and the token alone means its first`() throws {
        let byNumber = try Tokens.uri("Open").replacing("token=Open", with: "token=Open;id=%02")
        #expect(try Tokens.certificate(byNumber).string("subject-name") == "DC=COM,DC=EXAMPLE,CN=Client")
        #expect(try Tokens.certificate(try Tokens.uri("RSA")).string("subject-name") != nil)
    }

    @Test func `what a token that is there does not have is an error at once`() throws {
        #expect(try failure(of: try Tokens.uri("Open", "nobody")).isTLS(G_TLS_ERROR_BAD_CERTIFICATE))
        #expect(try failure(of: try Tokens.uri("Open", "nobody")).description.contains("“Open”"))
    }

    @Test func `a token that is not there may come later: its certificate is made, and knows nothing yet`() throws {
        for module in [Tokens.Module.path, .p11Kit] {
            let certificate = try Tokens.certificate(try Tokens.uri("Elsewhere", by: module))
            #expect(certificate.bytes("certificate") == [])
            #expect(certificate.string("subject-name") == nil)
            let known = try CertificateFiles.certificate("server.pem")
            #expect(g_tls_certificate_is_same(certificate.pointer, known.pointer) == 0)
            #expect(g_tls_certificate_is_same(known.pointer, certificate.pointer) == 0)
            var fits: gboolean = 0
            #expect(try Debug.credentials()(certificate.pointer, &fits) == -1)
            #expect(g_tls_certificate_verify(certificate.pointer, nil, nil) == G_TLS_CERTIFICATE_GENERIC_ERROR)
        }
    }

    @Test(arguments: [
        "", "pkcs11", "http://x", "pkcs11:token", "pkcs11:token=%4", "pkcs11:tokens=x", "pkcs11:id=1;id=2",
    ])
    func `what is no URI is an error`(_ uri: String) throws {
        #expect(try failure(of: uri).isTLS(G_TLS_ERROR_BAD_CERTIFICATE))
        let key = #expect(throws: Failure.self) { try Tokens.certificate(file: "server.pem", key: uri) }
        #expect(key?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
    }

    @Test(arguments: ["/no/such/module.so", "/etc/passwd", "/usr/lib/x86_64-linux-gnu/libc.so.6"])
    func `what is no module is not supported`(_ path: String) throws {
        let error = try failure(of: "pkcs11:token=x?module-path=" + path)
        #expect(error.isIO(G_IO_ERROR_NOT_SUPPORTED))
        #expect(error.description.contains(path.split(separator: "/").last ?? "?"))
    }

    @Test func `a key without any certificate is none`() throws {
        let type = g_tls_backend_get_certificate_type(try Provider.load())
        let object = try #require(g_object_new_with_properties(type, 0, nil, nil))
        defer { g_object_unref(object) }
        try Properties.set(OpaquePointer(object), "private-key-pkcs11-uri") { _ in }
        let error = #expect(throws: Failure.self) { _ = try check { g_initable_init(OpaquePointer(object), nil, $0) } }
        #expect(error?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
    }

    private func failure(of uri: String) throws -> Failure {
        try #require(#expect(throws: Failure.self) { try Tokens.certificate(uri) })
    }
}
