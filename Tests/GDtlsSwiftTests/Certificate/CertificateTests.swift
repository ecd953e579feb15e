// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Testing

@Suite struct CertificateTests {
    @Test func `what goes in comes out`() throws {
        let certificate = try CertificateFiles.certificate("server-and-key.pem")
        #expect(certificate.bytes("certificate") == (try CertificateFiles.bytes("server.der")))
        #expect(
            certificate.string("certificate-pem").map { Array($0.utf8) } == (try CertificateFiles.bytes("server.pem"))
        )
        #expect(certificate.bytes("private-key") == (try CertificateFiles.bytes("server-key.der")))
        #expect(
            certificate.string("private-key-pem").map { Array($0.utf8) }
                == (try CertificateFiles.bytes("server-key.pem"))
        )
    }

    @Test func `a certificate without key has none`() throws {
        let certificate = try CertificateFiles.certificate("server.pem")
        #expect(certificate.bytes("private-key") == nil)
        #expect(certificate.string("private-key-pem") == nil)
        #expect(certificate.string("pkcs11-uri") == nil)
    }

    @Test func `what it says`() throws {
        let certificate = try CertificateFiles.certificate("server.pem")
        #expect(certificate.string("subject-name") == "DC=COM,DC=EXAMPLE,CN=server.example.com")
        #expect(certificate.string("issuer-name") == "DC=COM,DC=EXAMPLE,CN=Root")
        #expect(names(certificate) == ["server.example.com", "*.wild.example.com"])
        #expect(addresses(certificate) == ["192.168.1.10", "2001:db8::1"])
        let odd = try CertificateFiles.certificate("odd-alternatives.pem")
        #expect(names(odd) == ["server.example.com\0.evil.org", "a.example.com"])
        #expect(addresses(odd) == ["::1", "127.0.0.1"])
        #expect(try CertificateFiles.certificate("latin-name.pem").string("subject-name") == "CN=Jürgen")
        let plain = try CertificateFiles.certificate("client.pem")
        #expect(names(plain) == [])
        #expect(addresses(plain) == [])
    }

    @Test func `times are in UTC`() throws {
        for (file, name, seconds) in [
            ("past.pem", "not-valid-before", 963_874_800), ("past.pem", "not-valid-after", 995_410_800),
            ("ageless.pem", "not-valid-before", -631_152_000), ("ageless.pem", "not-valid-after", 253_402_300_799),
        ] {
            let certificate = try CertificateFiles.certificate(file)
            let time = certificate.get(name, g_date_time_get_type()) { g_value_dup_boxed($0).map { OpaquePointer($0) } }
            let moment = try #require(time)
            defer { g_date_time_unref(moment) }
            #expect(g_date_time_to_unix(moment) == seconds)
            #expect(g_date_time_get_utc_offset(moment) == 0)
        }
    }

    @Test(arguments: [("server.p12", "secret"), ("no-password.p12", ""), ("no-mac.p12", "secret")])
    func `PKCS #12 brings key and issuers`(_ file: String, _ password: String) throws {
        let certificate = try CertificateFiles.certificate(file, password: password)
        #expect(certificate.string("subject-name") == "DC=COM,DC=EXAMPLE,CN=server.example.com")
        #expect(certificate.bytes("private-key") != nil)
        #expect(chainLength(certificate.pointer) == 3)
        #expect(certificate.bytes("certificate")?.isEmpty == false)
    }

    @Test(arguments: ["", "wrong"]) func `a wrong password is told apart`(_ password: String) throws {
        #expect {
            try CertificateFiles.certificate("server.p12", password: password)
        } throws: {
            ($0 as? Failure)?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD) == true
        }
    }

    @Test(arguments: ["garbage.pem", "broken.pem", "truncated.pem", "server-key.pem"])
    func `what is no certificate is said to be none`(_ file: String) throws {
        #expect {
            try CertificateFiles.certificate(file)
        } throws: {
            ($0 as? Failure)?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true
        }
    }

    @Test func `nothing at all is no certificate`() throws {
        try Provider.load()
        let type = g_tls_backend_get_certificate_type(try Provider.load())
        let object = try #require(g_object_new_with_properties(type, 0, nil, nil))
        defer { g_object_unref(object) }
        #expect {
            _ = try check { g_initable_init(OpaquePointer(object), nil, $0) }
        } throws: {
            ($0 as? Failure)?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true
        }
        // It must not bring the process down either.
        let empty = UnsafeMutableRawPointer(object).assumingMemoryBound(to: GTlsCertificate.self)
        #expect(g_tls_certificate_verify(empty, nil, nil) == G_TLS_CERTIFICATE_GENERIC_ERROR)
        var fits: gboolean = 0
        #expect(try Debug.credentials()(empty, &fits) == -1)
    }

    @Test func `the issuer goes with its child`() throws {
        let child = try CertificateFiles.certificate("chain.pem")
        #expect(chainLength(child.pointer) == 3)
        let issuer = try #require(g_tls_certificate_get_issuer(child.pointer))
        let weak = UnsafeMutablePointer<GWeakRef>.allocate(capacity: 1)
        defer { weak.deallocate() }
        weak.initialize(to: GWeakRef())
        g_weak_ref_init(weak, issuer)
        g_object_run_dispose(UnsafeMutableRawPointer(child.pointer).assumingMemoryBound(to: GObject.self))
        #expect(g_weak_ref_get(weak) == nil)
        g_weak_ref_clear(weak)
        #expect(g_tls_certificate_get_issuer(child.pointer) == nil)
    }

    @Test func `the library exports its types`() throws {
        let backend = try Provider.load()
        let type = try Debug.function("gdtls_swift_certificate_get_type", as: (@convention(c) () -> GType).self)()
        #expect(type == g_tls_backend_get_certificate_type(backend))
        #expect(g_type_name(type).map { String(cString: $0) } == "GDtlsSwiftCertificate")
        #expect(g_type_test_flags(type, G_TYPE_FLAG_FINAL.rawValue) != 0)
    }

    private func names(_ certificate: Object<GTlsCertificate>) -> [String] {
        elements(certificate, "dns-names").map { element in
            var size: gsize = 0
            let data = g_bytes_get_data(OpaquePointer(element), &size)
            return String(decoding: UnsafeRawBufferPointer(start: data, count: Int(size)), as: UTF8.self)
        }
    }

    private func addresses(_ certificate: Object<GTlsCertificate>) -> [String] {
        elements(certificate, "ip-addresses").map { element in
            let text = g_inet_address_to_string(element.assumingMemoryBound(to: GInetAddress.self))
            defer { g_free(text) }
            return text.map { String(cString: $0) } ?? ""
        }
    }

    /// The elements of a GPtrArray, which lives as long as the test: it is left behind on purpose.
    private func elements(_ certificate: Object<GTlsCertificate>, _ name: String) -> [UnsafeMutableRawPointer] {
        certificate.get(name, g_ptr_array_get_type()) { value in
            guard let array = g_value_dup_boxed(value)?.assumingMemoryBound(to: GPtrArray.self) else { return [] }
            kept.append(array)
            return (0..<Int(array.pointee.len)).compactMap { array.pointee.pdata[$0] }
        }
    }

    private let kept = Kept()

    /// Frees the arrays when the test is over.
    private final class Kept {
        private var arrays: [UnsafeMutablePointer<GPtrArray>] = []
        func append(_ array: UnsafeMutablePointer<GPtrArray>) { arrays.append(array) }
        deinit { for array in arrays { g_ptr_array_unref(array) } }
    }
}

/// How many certificates there are from this one upwards.
func chainLength(_ certificate: UnsafeMutablePointer<GTlsCertificate>?) -> Int {
    var length = 0
    var next = certificate
    while let current = next {
        length += 1
        next = g_tls_certificate_get_issuer(current)
    }
    return length
}
