// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import Testing

@Suite struct FileDatabaseTests {
    @Test(arguments: ["garbage.pem", "broken.pem", "truncated.pem", "server-key.pem", "no-such.pem", "hashed"])
    func `a bad file is named and refused`(_ file: String) throws {
        #expect {
            try CertificateFiles.database(file)
        } throws: {
            guard let failure = $0 as? Failure else { return false }
            return failure.isTLS(G_TLS_ERROR_MISC) && failure.description.contains(CertificateFiles.path(file))
        }
    }

    @Test func `it may be one certificate in DER`() throws {
        let database = try CertificateFiles.database("root.der")
        #expect(try verify(database, "server.pem") == 0)
    }

    @Test func `anchors can be replaced while it is used`() throws {
        let database = try CertificateFiles.database("other-root.pem")
        #expect(try verify(database, "server.pem") == G_TLS_CERTIFICATE_UNKNOWN_CA.rawValue)
        var value = GValue()
        g_value_init(&value, 16 << 2)
        g_value_set_string(&value, CertificateFiles.path("root.pem"))
        let object = UnsafeMutableRawPointer(database.pointer).assumingMemoryBound(to: GObject.self)
        g_object_set_property(object, "anchors", &value)
        g_value_unset(&value)
        #expect(try verify(database, "server.pem") == 0)
        #expect(database.string("anchors") == CertificateFiles.path("root.pem"))
    }

    @Test func `handles lead back`() throws {
        let database = try CertificateFiles.database("roots.pem")
        let root = try CertificateFiles.certificate("other-root.pem")
        let handle = try #require(g_tls_database_create_certificate_handle(database.pointer, root.pointer))
        defer { g_free(handle) }
        let found = try Object {
            g_tls_database_lookup_certificate_for_handle(
                database.pointer,
                handle,
                nil,
                G_TLS_DATABASE_LOOKUP_NONE,
                nil,
                $0
            )
        }
        #expect(g_tls_certificate_is_same(found.pointer, root.pointer) != 0)
        let stranger = try CertificateFiles.certificate("server.pem")
        #expect(g_tls_database_create_certificate_handle(database.pointer, stranger.pointer) == nil)
    }

    @Test func `handles of others lead nowhere`() throws {
        let database = try CertificateFiles.database("roots.pem")
        let prefix = "file://" + CertificateFiles.path("roots.pem") + "#"
        for handle in ["", "#", "blah:blah", prefix, prefix + "zz", prefix + "abc", "system-trust:#00"] {
            let found = try check {
                g_tls_database_lookup_certificate_for_handle(
                    database.pointer,
                    handle,
                    nil,
                    G_TLS_DATABASE_LOOKUP_NONE,
                    nil,
                    $0
                )
            }
            #expect(found == nil, "\(handle)")
        }
    }

    @Test func `issuers are found`() throws {
        let database = try CertificateFiles.database("roots.pem")
        let server = try CertificateFiles.certificate("server.pem")
        let issuer = try Object {
            g_tls_database_lookup_certificate_issuer(
                database.pointer,
                server.pointer,
                nil,
                G_TLS_DATABASE_LOOKUP_NONE,
                nil,
                $0
            )
        }
        let root = try CertificateFiles.certificate("root.pem")
        #expect(g_tls_certificate_is_same(issuer.pointer, root.pointer) != 0)
        let keyPair = try check {
            g_tls_database_lookup_certificate_issuer(
                database.pointer,
                server.pointer,
                nil,
                G_TLS_DATABASE_LOOKUP_KEYPAIR,
                nil,
                $0
            )
        }
        #expect(keyPair == nil)
    }

    @Test func `a cancelled operation does nothing`() throws {
        let database = try CertificateFiles.database("roots.pem")
        let server = try CertificateFiles.certificate("server.pem")
        let cancellable = g_cancellable_new()
        defer { g_object_unref(cancellable) }
        g_cancellable_cancel(cancellable)
        var flags = GTlsCertificateFlags(rawValue: 0)
        #expect {
            try check { error in
                flags = g_tls_database_verify_chain(
                    database.pointer,
                    server.pointer,
                    "1.3.6.1.5.5.7.3.1",
                    nil,
                    nil,
                    G_TLS_DATABASE_VERIFY_NONE,
                    cancellable,
                    error
                )
            }
        } throws: {
            ($0 as? Failure)?.isIO(G_IO_ERROR_CANCELLED) == true
        }
        #expect(flags == G_TLS_CERTIFICATE_GENERIC_ERROR)
    }

    @Test func `purposes are enforced`() throws {
        let database = try CertificateFiles.database("root.pem")
        let client = "1.3.6.1.5.5.7.3.2"
        let server = "1.3.6.1.5.5.7.3.1"
        let mail = "1.3.6.1.5.5.7.3.4"
        #expect(try verify(database, "server.pem", purpose: server) == 0)
        #expect(try verify(database, "client.pem", purpose: client) == 0)
        #expect(try verify(database, "v1-client.pem", purpose: client) == 0)
        #expect(try verify(database, "server.pem", purpose: client) == G_TLS_CERTIFICATE_GENERIC_ERROR.rawValue)
        #expect(try verify(database, "client.pem", purpose: server) == G_TLS_CERTIFICATE_GENERIC_ERROR.rawValue)
        #expect(try verify(database, "v1-client.pem", purpose: mail) == 0)
        #expect(try verify(database, "special.pem", purpose: "1.2.3.4") == 0)
        #expect(try verify(database, "server.pem", purpose: mail) == G_TLS_CERTIFICATE_GENERIC_ERROR.rawValue)
    }

    @Test func `it may be used from many threads`() async throws {
        let database = try CertificateFiles.database("roots.pem")
        let chain = try CertificateFiles.certificate("chain.pem")
        await withTaskGroup(of: UInt32.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    g_tls_database_verify_chain(
                        database.pointer,
                        chain.pointer,
                        "1.3.6.1.5.5.7.3.1",
                        nil,
                        nil,
                        G_TLS_DATABASE_VERIFY_NONE,
                        nil,
                        nil
                    ).rawValue
                }
            }
            for await flags in group { #expect(flags == 0) }
        }
    }

    private func verify(
        _ database: Object<GTlsDatabase>,
        _ file: String,
        purpose: String = "1.3.6.1.5.5.7.3.1"
    ) throws -> UInt32 {
        let certificate = try CertificateFiles.certificate(file)
        return try check {
            g_tls_database_verify_chain(
                database.pointer,
                certificate.pointer,
                purpose,
                nil,
                nil,
                G_TLS_DATABASE_VERIFY_NONE,
                nil,
                $0
            )
        }.rawValue
    }
}
