// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// The asynchronous functions of a database, and cancelling them.
@Suite struct AsyncDatabaseTests {
    private static let purpose = "1.3.6.1.5.5.7.3.1"

    @Test func `a verification comes back in the context it was asked for in`() throws {
        let loop = Loop()
        let roots = try CertificateFiles.database("root.pem")
        let server = try CertificateFiles.certificate("past.pem")
        let host = Connectable.host("other.example.com")
        let answer = Answer<GTlsCertificateFlags> { g_tls_database_verify_chain_finish($0, $1, $2) }
        g_tls_database_verify_chain_async(
            roots.pointer,
            server.pointer,
            Self.purpose,
            host.pointer,
            nil,
            G_TLS_DATABASE_VERIFY_NONE,
            nil,
            Answer<GTlsCertificateFlags>.callback,
            answer.data
        )
        #expect(loop.run { answer.result != nil })
        let expected = G_TLS_CERTIFICATE_EXPIRED.rawValue | G_TLS_CERTIFICATE_BAD_IDENTITY.rawValue
        #expect(try answer.result?.get().rawValue == expected)
    }

    @Test func `an issuer, a handle's certificate and all that one has issued are found`() throws {
        let loop = Loop()
        let roots = try CertificateFiles.database("roots.pem")
        let root = try CertificateFiles.certificate("root.pem")
        let server = try CertificateFiles.certificate("server.pem")

        let issuer = Answer<UnsafeMutablePointer<GTlsCertificate>?> {
            g_tls_database_lookup_certificate_issuer_finish($0, $1, $2)
        }
        g_tls_database_lookup_certificate_issuer_async(
            roots.pointer,
            server.pointer,
            nil,
            G_TLS_DATABASE_LOOKUP_NONE,
            nil,
            Answer<UnsafeMutablePointer<GTlsCertificate>?>.callback,
            issuer.data
        )
        let handle = try #require(g_tls_database_create_certificate_handle(roots.pointer, root.pointer))
        defer { g_free(handle) }
        let named = Answer<UnsafeMutablePointer<GTlsCertificate>?> {
            g_tls_database_lookup_certificate_for_handle_finish($0, $1, $2)
        }
        g_tls_database_lookup_certificate_for_handle_async(
            roots.pointer,
            handle,
            nil,
            G_TLS_DATABASE_LOOKUP_NONE,
            nil,
            Answer<UnsafeMutablePointer<GTlsCertificate>?>.callback,
            named.data
        )
        #expect(loop.run { issuer.result != nil && named.result != nil })
        for answer in [issuer, named] {
            let found = Object(try #require(try answer.result?.get()))
            #expect(g_tls_certificate_is_same(found.pointer, root.pointer) != 0)
        }
    }

    @Test func `what one authority has issued is found by its name in DER`() throws {
        let loop = Loop()
        let leaves = try CertificateFiles.database("leaves.pem")
        let name = try rootName()
        defer { g_byte_array_unref(name) }
        let answer = Answer<UnsafeMutablePointer<GList>?> {
            g_tls_database_lookup_certificates_issued_by_finish($0, $1, $2)
        }
        g_tls_database_lookup_certificates_issued_by_async(
            leaves.pointer,
            name,
            nil,
            G_TLS_DATABASE_LOOKUP_NONE,
            nil,
            Answer<UnsafeMutablePointer<GList>?>.callback,
            answer.data
        )
        #expect(loop.run { answer.result != nil })
        let list = try answer.result?.get()
        #expect(g_list_length(list) == 3)
        g_list_free_full(list) { g_object_unref($0) }
        let pairs = try check {
            g_tls_database_lookup_certificates_issued_by(
                leaves.pointer,
                name,
                nil,
                G_TLS_DATABASE_LOOKUP_KEYPAIR,
                nil,
                $0
            )
        }
        #expect(pairs == nil)
    }

    @Test func `whatever is cancelled says so`() throws {
        let loop = Loop()
        let roots = try CertificateFiles.database("roots.pem")
        let server = try CertificateFiles.certificate("server.pem")
        let cancellable = try #require(GRef(taking: g_cancellable_new()))
        g_cancellable_cancel(cancellable.pointer)
        let verified = Answer<GTlsCertificateFlags> { g_tls_database_verify_chain_finish($0, $1, $2) }
        g_tls_database_verify_chain_async(
            roots.pointer,
            server.pointer,
            Self.purpose,
            nil,
            nil,
            G_TLS_DATABASE_VERIFY_NONE,
            cancellable.pointer,
            Answer<GTlsCertificateFlags>.callback,
            verified.data
        )
        let issuer = Answer<UnsafeMutablePointer<GTlsCertificate>?> {
            g_tls_database_lookup_certificate_issuer_finish($0, $1, $2)
        }
        g_tls_database_lookup_certificate_issuer_async(
            roots.pointer,
            server.pointer,
            nil,
            G_TLS_DATABASE_LOOKUP_NONE,
            cancellable.pointer,
            Answer<UnsafeMutablePointer<GTlsCertificate>?>.callback,
            issuer.data
        )
        #expect(loop.run { verified.result != nil && issuer.result != nil })
        for error in [DTLS.error { _ = try verified.result?.get() }, DTLS.error { _ = try issuer.result?.get() }] {
            #expect(error?.isIO(G_IO_ERROR_CANCELLED) == true)
        }
    }

    /// The root's distinguished name in DER.
    private func rootName() throws -> UnsafeMutablePointer<GByteArray> {
        // It stands in the root's own certificate: the first sequence that ends where its last part does.
        let root = try CertificateFiles.bytes("root.der")
        let common = Array("Root".utf8)
        let end = try #require(root.firstRange(of: common)).upperBound
        let start = try #require(root[..<end].indices.first { root[$0] == 0x30 && end - $0 == Int(root[$0 + 1]) + 2 })
        let array = try #require(g_byte_array_new())
        root[start..<end].withUnsafeBufferPointer {
            _ = g_byte_array_append(array, $0.baseAddress, guint($0.count))
        }
        return array
    }
}

/// What a database's asynchronous function came to: give ``callback`` and ``data`` to C.
private final class Answer<Value>: @unchecked Sendable {  // unchecked: used in the loop's thread
    typealias Finish = (UnsafeMutablePointer<GTlsDatabase>?, OpaquePointer?, GErrorOut) -> Value

    private(set) var result: Result<Value, any Error>?
    private let finish: Finish

    init(_ finish: @escaping Finish) { self.finish = finish }

    var data: UnsafeMutableRawPointer {
        let complete: Completion = { object, result in
            self.result = Result { try withGError { self.finish(object, result, $0) } }
        }
        return Unmanaged.passRetained(Box(complete)).toOpaque()
    }

    static var callback: GAsyncReadyCallback {
        { object, result, data in
            guard let data else { preconditionFailure("Give data to C along with the callback") }
            let box = Unmanaged<Box>.fromOpaque(data).takeRetainedValue()
            let database = object.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: GTlsDatabase.self) }
            box.complete(database, result)
        }
    }
}

private typealias Completion = (UnsafeMutablePointer<GTlsDatabase>?, OpaquePointer?) -> Void

private final class Box {
    let complete: Completion
    init(_ complete: @escaping Completion) { self.complete = complete }
}
