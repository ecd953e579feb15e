// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// `g_dtls_connection_get_channel_binding_data`, compared with what libssl has at the other end.
@Suite struct ChannelBindingTests {
    private static let types: [(name: String, type: GTlsChannelBindingType)] = [
        ("tls-unique", G_TLS_CHANNEL_BINDING_TLS_UNIQUE),
        ("tls-exporter", G_TLS_CHANNEL_BINDING_TLS_EXPORTER),
        ("tls-server-end-point", G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT),
    ]

    /// The binding, appended to what lies in the array before.
    static func binding(
        _ connection: OpaquePointer,
        _ type: GTlsChannelBindingType,
        before: [UInt8] = []
    ) throws -> [UInt8] {
        let array = g_byte_array_new()
        defer { g_byte_array_unref(array) }
        g_byte_array_append(array, before, guint(before.count))
        let isThere = try withGError { g_dtls_connection_get_channel_binding_data(connection, type, array, $0) }
        #expect(isThere != 0)
        guard let array else { return [] }
        return Array(UnsafeBufferPointer(start: array.pointee.data, count: Int(array.pointee.len)))
    }

    /// What asking whether a type is known comes to.
    private static func probe(_ connection: OpaquePointer, _ type: GTlsChannelBindingType) -> GLibError? {
        DTLS.error { _ = try withGError { g_dtls_connection_get_channel_binding_data(connection, type, nil, $0) } }
    }

    private static func isBindingError(_ error: GLibError?, _ code: GTlsChannelBindingError) -> Bool {
        error == GLibError.channelBinding(code, "")
    }

    private static func failure(_ connection: OpaquePointer, _ type: GTlsChannelBindingType) -> GLibError? {
        DTLS.error { _ = try binding(connection, type) }
    }

    @Test func `our client has the bindings that libssl's server has`() throws {
        let peer = try LibsslPeer("server", "--cert", CertificateFiles.bundle("server", key: "server"))
        let client = try Ends.client(peer.socket)
        defer { Ends.unref(client) }
        try Ends.setValidation(client, G_TLS_CERTIFICATE_NO_FLAGS)
        try DTLS.handshake(client)
        for (name, type) in Self.types {
            #expect(try Self.binding(client, type) == [UInt8](hexadecimal: peer.said(name)), "\(name)")
        }
    }

    @Test func `our server has the bindings that libssl's client has`() throws {
        let peer = try LibsslPeer("client")
        let certificate = try CertificateFiles.credentials("server")
        let server = try Ends.server(peer.socket, certificate.pointer)
        defer { Ends.unref(server) }
        try DTLS.handshake(server)
        for (name, type) in Self.types {
            #expect(try Self.binding(server, type) == [UInt8](hexadecimal: peer.said(name)), "\(name)")
        }
    }

    @Test func `both of our ends have the same, and what the array held before is replaced`() throws {
        let pair = try Conversation()
        try pair.connect()
        for (name, type) in Self.types {
            let ours = try Self.binding(pair.client, type, before: [UInt8](repeating: 7, count: 100))
            #expect(try ours == Self.binding(pair.server, type), "\(name)")
            #expect(ours.count >= 12)
        }
    }

    @Test func `the server's certificate is hashed as its own signature is`() throws {
        for (name, kind) in [
            ("server", G_CHECKSUM_SHA256), ("sha384", G_CHECKSUM_SHA384), ("pss-sha512", G_CHECKSUM_SHA512),
        ] {
            let certificate = try CertificateFiles.credentials(name)
            let pair = try Conversation()
            g_dtls_connection_set_certificate(pair.server, certificate.pointer)
            try pair.connect()
            let der = try #require(certificate.bytes("certificate"))
            let digest = try #require(g_compute_checksum_for_data(kind, der, gsize(der.count)))
            defer { g_free(digest) }
            let expected = [UInt8](hexadecimal: String(cString: digest))
            for end in [pair.client, pair.server] {
                #expect(try Self.binding(end, G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT) == expected, "\(name)")
            }
        }
    }

    @Test func `a certificate whose signature has no one hash cannot be bound to, the association can`() throws {
        let certificate = try CertificateFiles.credentials("ed25519-signed")
        let pair = try Conversation()
        g_dtls_connection_set_certificate(pair.server, certificate.pointer)
        try pair.connect()
        for end in [pair.client, pair.server] {
            let error = Self.failure(end, G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT)
            #expect(Self.isBindingError(error, G_TLS_CHANNEL_BINDING_ERROR_NOT_SUPPORTED))
            #expect(try Self.binding(end, G_TLS_CHANNEL_BINDING_TLS_EXPORTER).count == 32)
        }
    }

    @Test func `without the extended master secret there is no tls-exporter`() throws {
        let peer = try LibsslPeer("server", "--no-ems", "1", "--cert", CertificateFiles.bundle("server", key: "server"))
        let client = try Ends.client(peer.socket)
        defer { Ends.unref(client) }
        try Ends.setValidation(client, G_TLS_CERTIFICATE_NO_FLAGS)
        try DTLS.handshake(client)
        #expect(try peer.said("ems") == "no")
        let error = Self.failure(client, G_TLS_CHANNEL_BINDING_TLS_EXPORTER)
        #expect(Self.isBindingError(error, G_TLS_CHANNEL_BINDING_ERROR_NOT_AVAILABLE))
        #expect(
            try Self.binding(client, G_TLS_CHANNEL_BINDING_TLS_UNIQUE) == [UInt8](hexadecimal: peer.said("tls-unique"))
        )
    }

    @Test func `there are bindings between the handshake and the close alone`() throws {
        let pair = try Conversation()
        let isInvalid = { (connection: OpaquePointer) in
            Self.types.allSatisfy {
                Self.isBindingError(Self.failure(connection, $0.type), G_TLS_CHANNEL_BINDING_ERROR_INVALID_STATE)
            }
        }
        #expect(isInvalid(pair.client))
        try pair.connect()
        #expect(!isInvalid(pair.client))
        // Half closed is not closed.
        try DTLS.shutdown(pair.client, read: false, write: true)
        #expect(try Self.binding(pair.client, G_TLS_CHANNEL_BINDING_TLS_UNIQUE).count == 12)
        try DTLS.close(pair.client)
        #expect(isInvalid(pair.client))

        let refused = try Conversation(validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        let server = Background { [server = refused.server] in DTLS.error { try DTLS.handshake(server) } }
        #expect(DTLS.error { try DTLS.handshake(refused.client) } != nil)
        try server.join()
        #expect(isInvalid(refused.client))
    }

    @Test func `without an array the question is which types are known, at any time`() throws {
        let unknown = GTlsChannelBindingType(rawValue: 100_500)
        let pair = try Conversation()
        for _ in 0..<2 {
            for (_, type) in Self.types { #expect(Self.probe(pair.client, type) == nil) }
            for error in [Self.probe(pair.client, unknown), Self.failure(pair.client, unknown)] {
                #expect(Self.isBindingError(error, G_TLS_CHANNEL_BINDING_ERROR_NOT_IMPLEMENTED))
            }
            _ = try? pair.connect()
        }
    }

    @Test func `an object that was never initialised has none, and survives the question`() throws {
        let type = g_tls_backend_get_dtls_client_connection_type(try Provider.load())
        let object = try #require(newObject(type))
        let error = Self.failure(OpaquePointer(object.pointer), G_TLS_CHANNEL_BINDING_TLS_UNIQUE)
        #expect(Self.isBindingError(error, G_TLS_CHANNEL_BINDING_ERROR_INVALID_STATE))
    }

    /// What PyGObject passes in place of a GByteArray: a word for its address, followed by its own address.
    @Test func `a place for the address of an array gets one that the connection keeps`() throws {
        let pair = try Conversation()
        try pair.connect()
        let place = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 4)
        defer { place.deallocate() }
        let mistaken = UnsafeMutableRawPointer(place).assumingMemoryBound(to: GByteArray.self)
        let expected = try Self.binding(pair.client, G_TLS_CHANNEL_BINDING_TLS_EXPORTER)
        for _ in 0..<20 {
            place.initialize(repeating: nil, count: 4)
            place[1] = UnsafeMutableRawPointer(place)
            _ = try withGError {
                g_dtls_connection_get_channel_binding_data(
                    pair.client,
                    G_TLS_CHANNEL_BINDING_TLS_EXPORTER,
                    mistaken,
                    $0
                )
            }
            let array = try #require(place[0]?.assumingMemoryBound(to: GByteArray.self))
            #expect(Array(UnsafeBufferPointer(start: array.pointee.data, count: Int(array.pointee.len))) == expected)
        }
    }

    @Test func `memory that is no array is refused, and not written to`() throws {
        let pair = try Conversation()
        try pair.connect()
        let zeros = UnsafeMutablePointer<Int>.allocate(capacity: 5)
        defer { zeros.deallocate() }
        zeros.initialize(repeating: 0, count: 5)
        let mistaken = UnsafeMutableRawPointer(zeros).assumingMemoryBound(to: GByteArray.self)
        let error = DTLS.error {
            _ = try withGError {
                g_dtls_connection_get_channel_binding_data(pair.client, G_TLS_CHANNEL_BINDING_TLS_UNIQUE, mistaken, $0)
            }
        }
        #expect(Self.isBindingError(error, G_TLS_CHANNEL_BINDING_ERROR_GENERAL_ERROR))
        #expect((0..<5).allSatisfy { zeros[$0] == 0 })
    }
}
