// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

@Suite struct ConversationTests {
    @Test func `two threads shake hands and talk`() throws {
        let pair = try Conversation()
        try pair.connect()
        try DTLS.send(pair.client, [1, 2, 3])
        #expect(try DTLS.receive(pair.server) == [1, 2, 3])
        try DTLS.send(pair.server, [4, 5])
        #expect(try DTLS.receive(pair.client) == [4, 5])
        #expect(g_dtls_connection_get_protocol_version(pair.client) == G_TLS_PROTOCOL_VERSION_DTLS_1_2)
        #expect(g_dtls_connection_get_peer_certificate(pair.client) != nil)
    }

    @Test func `sending and receiving shake hands by themselves`() throws {
        let pair = try Conversation()
        let server = Background { [server = pair.server] in try DTLS.receive(server) }
        try DTLS.send(pair.client, [7], timeout: 10_000_000)
        #expect(try server.join() == [7])
    }

    @Test func `calls that do not wait make the handshake go on in the background`() throws {
        let pair = try Conversation()
        let limit = Date() + 10
        var received: [UInt8]?
        var isSent = false
        while received == nil, Date() < limit {
            do {
                if !isSent {
                    try DTLS.send(pair.client, [9], timeout: 0)
                    isSent = true
                }
            } catch let error as GLibError where error.isIO(G_IO_ERROR_WOULD_BLOCK) {}
            do {
                received = try DTLS.receive(pair.server, timeout: 0)
            } catch let error as GLibError where error.isIO(G_IO_ERROR_WOULD_BLOCK) {}
            // Sleeps: the handshake goes on in the worker's real time.
            usleep(1000)
        }
        #expect(received == [9])
    }

    @Test func `a handshake progresses while the application's only context is blocked`() throws {
        let pair = try Conversation()
        let context = g_main_context_new()
        g_main_context_push_thread_default(context)
        defer {
            g_main_context_pop_thread_default(context)
            g_main_context_unref(context)
        }
        #expect(throws: GLibError.self) { try DTLS.receive(pair.client, timeout: 0) }
        // Blocks in the thread that would have to iterate the client's context.
        try DTLS.send(pair.server, [1, 2], timeout: 10_000_000)
        #expect(try DTLS.receive(pair.client) == [1, 2])
    }

    @Test func `a vanished peer costs the caller's time limit and no more`() throws {
        let pair = try Conversation()
        let start = Date()
        let error = DTLS.error { _ = try DTLS.receive(pair.client, timeout: 300_000) }
        #expect(error?.isIO(G_IO_ERROR_TIMED_OUT) == true)
        #expect(Date().timeIntervalSince(start) < 5)
        // Not sticky: the peer appears, and the same connection goes on.
        let server = Background { [server = pair.server] in try DTLS.send(server, [5], timeout: 20_000_000) }
        #expect(try DTLS.receive(pair.client, timeout: 20_000_000) == [5])
        try server.join()
    }

    @Test func `a cancelled handshake can be taken up again`() throws {
        let pair = try Conversation()
        let cancellable = g_cancellable_new()
        let cancelling = Background { [address = UInt(bitPattern: cancellable)] in
            usleep(100_000)  // until the handshake is under way
            g_cancellable_cancel(UnsafeMutablePointer(bitPattern: address))
        }
        let error = DTLS.error { try DTLS.handshake(pair.client, cancellable) }
        #expect(error?.isIO(G_IO_ERROR_CANCELLED) == true)
        try cancelling.join()
        g_object_unref(cancellable)
        try pair.connect()
    }

    @Test func `a close is heard by the peer as an end and ends everything here`() throws {
        let pair = try Conversation()
        try pair.connect()
        try DTLS.close(pair.client)
        try DTLS.close(pair.client)
        #expect(try DTLS.receive(pair.server) == nil)
        #expect(try DTLS.receive(pair.server) == nil)
        for operation in [
            { try DTLS.handshake(pair.client) }, { _ = try DTLS.receive(pair.client) },
            { _ = try DTLS.send(pair.client, [1]) },
        ] {
            #expect(DTLS.error(operation)?.isIO(G_IO_ERROR_CLOSED) == true)
        }
        #expect(g_dtls_connection_get_protocol_version(pair.client) == G_TLS_PROTOCOL_VERSION_UNKNOWN)
        #expect(g_dtls_connection_get_ciphersuite_name(pair.client) == nil)
    }

    @Test func `one direction can be shut down`() throws {
        let pair = try Conversation()
        try pair.connect()
        try DTLS.shutdown(pair.client, read: false, write: true)
        #expect(DTLS.error { _ = try DTLS.send(pair.client, [1]) }?.isIO(G_IO_ERROR_CLOSED) == true)
        try DTLS.send(pair.server, [6])
        #expect(try DTLS.receive(pair.client) == [6])
    }

    @Test func `closing before the handshake sends nothing and ends everything`() throws {
        let pair = try Conversation()
        try DTLS.close(pair.client)
        #expect(DTLS.error { try DTLS.handshake(pair.client) }?.isIO(G_IO_ERROR_CLOSED) == true)
        #expect(g_datagram_based_condition_check(pair.serverSocket, G_IO_IN) == GIOCondition(rawValue: 0))
    }

    @Test func `a refused server certificate fails both ends and stays failed`() throws {
        let pair = try Conversation(validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        let server = Background { [server = pair.server] in DTLS.error { try DTLS.handshake(server) } }
        let error = DTLS.error { try DTLS.handshake(pair.client) }
        #expect(error?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
        #expect(DTLS.error { _ = try DTLS.send(pair.client, [1]) }?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
        #expect(try server.join() != nil)
        #expect(g_dtls_connection_get_peer_certificate(pair.client) != nil)
        #expect(g_dtls_connection_get_peer_certificate_errors(pair.client).rawValue != 0)
        try DTLS.close(pair.client)
    }

    @Test func `sending shut down before the handshake is told to the peer after it`() throws {
        let pair = try Conversation()
        try DTLS.shutdown(pair.client, read: false, write: true)
        try pair.connect()
        #expect(try DTLS.receive(pair.server) == nil)
    }

    @Test func `a half-full queue of unread data costs no processor time`() throws {
        let pair = try Conversation()
        try pair.connect()
        for number in 0..<100 { try DTLS.send(pair.client, [UInt8(number)]) }
        for number in 0..<100 { #expect(try DTLS.receive(pair.server) == [UInt8(number)]) }
    }

    @Test func `dropping everything amid a background handshake is safe`() throws {
        for _ in 0..<50 {
            let pair = try Conversation()
            _ = DTLS.error { _ = try DTLS.receive(pair.client, timeout: 0) }
            _ = DTLS.error { _ = try DTLS.receive(pair.server, timeout: 0) }
        }
    }
}
