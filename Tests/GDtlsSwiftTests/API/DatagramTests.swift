// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import CGdtlsSwiftFunctions
import GObjectKit
import Testing

/// Datagrams as bytes, without GIO's messages: the blocking half.
@Suite struct DatagramTests {
    @Test func `datagrams go both ways whole`() throws {
        let pair = try Conversation()
        try pair.connect()
        for size in [1, 2, 600, 1300] {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
            #expect(try OwnAPI.send(pair.client, bytes) == size)
            #expect(try OwnAPI.receive(pair.server) == bytes)
            #expect(try OwnAPI.send(pair.server, bytes) == size)
            #expect(try OwnAPI.receive(pair.client) == bytes)
        }
    }

    @Test func `without waiting there is nothing yet, with a limit it is too late`() throws {
        let pair = try Conversation()
        try pair.connect()
        #expect(DTLS.error { _ = try OwnAPI.receive(pair.client, timeout: 0) }?.isIO(G_IO_ERROR_WOULD_BLOCK) == true)
        #expect(DTLS.error { _ = try OwnAPI.receive(pair.client, timeout: 1) }?.isIO(G_IO_ERROR_TIMED_OUT) == true)
    }

    @Test func `an empty datagram is an argument that does not do`() throws {
        let pair = try Conversation()
        try pair.connect()
        #expect(DTLS.error { _ = try OwnAPI.send(pair.client, []) }?.isIO(G_IO_ERROR_INVALID_ARGUMENT) == true)
        #expect(try OwnAPI.send(pair.client, [1]) == 1)
    }

    @Test func `the peer's goodbye is the end, again and again`() throws {
        let pair = try Conversation()
        try pair.connect()
        try DTLS.send(pair.client, [1])
        try DTLS.close(pair.client)
        #expect(try OwnAPI.receive(pair.server) == [1])
        #expect(try OwnAPI.receive(pair.server) == nil)
        #expect(try OwnAPI.receive(pair.server, timeout: 0) == nil)
        #expect(DTLS.error { _ = try OwnAPI.receive(pair.client) }?.isIO(G_IO_ERROR_CLOSED) == true)
    }

    @Test func `the counters outlive the association`() throws {
        let pair = try Conversation()
        #expect(try Set(OwnAPI.statistics(pair.client).values) == [0])
        try pair.connect()
        try DTLS.send(pair.client, [UInt8](repeating: 0, count: 1000))
        let open = try OwnAPI.statistics(pair.client)
        #expect(open["bytes-sent", default: 0] > 1000)
        // A fatal alert of the peer's, in the clear, would be dropped; its close ends our sending for good.
        try DTLS.close(pair.client)
        let closed = try OwnAPI.statistics(pair.client)
        #expect(closed["bytes-sent", default: 0] > open["bytes-sent", default: 0])
    }

    @Test func `the counters of a handshake that failed stay`() throws {
        let pair = try Conversation(validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        g_dtls_connection_set_database(pair.client, nil)
        let server = Background { [server = pair.server] in try DTLS.handshake(server) }
        #expect(DTLS.error { try DTLS.handshake(pair.client) } != nil)
        _ = try? server.join()
        #expect(try OwnAPI.statistics(pair.client)["datagrams-sent", default: 0] > 0)
    }

    @Test func `a smaller MTU holds at once, and records have a limit of their own`() throws {
        let pair = try Conversation()
        let set = try Debug.function("gdtls_swift_connection_set_mtu", as: gdtls_swift_connection_set_mtu_function.self)
        let limit = try Debug.function(
            "gdtls_swift_connection_get_max_data_size",
            as: gdtls_swift_connection_get_max_data_size_function.self
        )
        let client = OwnAPI.me(pair.client)
        #expect(limit(client) == 0)
        set(client, 1000)
        try pair.connect()
        let before = Int(limit(client))
        #expect((900..<1000).contains(before))
        set(client, 500)
        #expect(Int(limit(client)) == before - 500)
        let tooLarge = [UInt8](repeating: 1, count: before)
        #expect(DTLS.error { _ = try OwnAPI.send(pair.client, tooLarge) }?.isIO(G_IO_ERROR_MESSAGE_TOO_LARGE) == true)
        set(client, 65_507)
        #expect(limit(client) == 16_384)
        #expect(try OwnAPI.send(pair.client, [UInt8](repeating: 2, count: 16_384)) == 16_384)
        #expect(try OwnAPI.receive(pair.server)?.count == 16_384)
        // A datagram above it is refused, and the association lives on.
        let beyond = [UInt8](repeating: 3, count: 16_385)
        #expect(DTLS.error { _ = try OwnAPI.send(pair.client, beyond) }?.isIO(G_IO_ERROR_MESSAGE_TOO_LARGE) == true)
        #expect(try OwnAPI.send(pair.client, [4]) == 1)
        #expect(try OwnAPI.receive(pair.server) == [4])
    }
}
