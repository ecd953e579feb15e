// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

@Suite struct AsyncTests {
    static func handshake(_ connection: OpaquePointer, _ cancellable: UnsafeMutablePointer<GCancellable>? = nil)
        -> AsyncResult
    {
        let result = AsyncResult { g_dtls_connection_handshake_finish($0, $1, $2) }
        g_dtls_connection_handshake_async(connection, 0, cancellable, AsyncResult.callback, result.data)
        return result
    }

    @Test func `both ends shake hands in one main loop`() throws {
        let loop = Loop()
        let pair = try Conversation()
        let results = [Self.handshake(pair.client), Self.handshake(pair.server)]
        #expect(loop.run { results.allSatisfy(\.isDone) })
        #expect(results.allSatisfy { $0.error == nil })
    }

    @Test func `two handshakes at once join`() throws {
        let loop = Loop()
        let pair = try Conversation()
        let results = [Self.handshake(pair.client), Self.handshake(pair.client), Self.handshake(pair.server)]
        #expect(loop.run { results.allSatisfy(\.isDone) })
        #expect(results.allSatisfy { $0.error == nil })
        // And one more, when it is over.
        let late = Self.handshake(pair.client)
        #expect(loop.run { late.isDone } && late.error == nil)
    }

    @Test func `a cancelled asynchronous handshake says so, and the next one succeeds`() throws {
        let loop = Loop()
        let pair = try Conversation()
        let cancellable = g_cancellable_new()
        defer { g_object_unref(cancellable) }
        let cancelled = Self.handshake(pair.client, cancellable)
        #expect(!cancelled.isDone)
        g_cancellable_cancel(cancellable)
        #expect(loop.run { cancelled.isDone })
        #expect(cancelled.error?.isIO(G_IO_ERROR_CANCELLED) == true)
        let results = [Self.handshake(pair.client), Self.handshake(pair.server)]
        #expect(loop.run { results.allSatisfy(\.isDone) })
        #expect(results.allSatisfy { $0.error == nil })
    }

    @Test func `a peer without an answer holds no thread`() throws {
        let loop = Loop()
        let before = Self.threads
        var pairs: [Conversation] = []
        for _ in 0..<40 {
            let pair = try Conversation()
            _ = DTLS.error { _ = try DTLS.receive(pair.client, timeout: 0) }
            pairs.append(pair)
        }
        _ = loop
        // Other tests run beside this one and have threads of their own: forty more would be ours.
        #expect(Self.threads - before < 30)
    }

    @Test func `an asynchronous close is heard by the peer`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        let result = AsyncResult { g_dtls_connection_close_finish($0, $1, $2) }
        g_dtls_connection_close_async(pair.client, 0, nil, AsyncResult.callback, result.data)
        #expect(loop.run { result.isDone })
        #expect(result.error == nil)
        #expect(try DTLS.receive(pair.server) == nil)
        #expect(DTLS.error { _ = try DTLS.send(pair.client, [1]) }?.isIO(G_IO_ERROR_CLOSED) == true)
    }

    @Test func `a source fires for data that came in the datagram of data already read`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        var fired: [UInt32] = []
        let source = g_datagram_based_create_source(pair.server, G_IO_IN, nil)!
        let callback: GDatagramBasedSourceFunc = { _, condition, data in
            data!.assumingMemoryBound(to: [UInt32].self).pointee.append(condition.rawValue)
            return 0
        }
        withUnsafeMutablePointer(to: &fired) { fired in
            g_source_set_callback(source, unsafeBitCast(callback, to: GSourceFunc.self), fired, nil)
            g_source_attach(source, g_main_context_get_thread_default())
            #expect(fired.pointee.isEmpty)
            try! DTLS.send(pair.client, [1])
            #expect(loop.run { !fired.pointee.isEmpty })
            #expect(fired.pointee == [G_IO_IN.rawValue])
        }
        g_source_destroy(source)
        g_source_unref(source)
        #expect(try DTLS.receive(pair.server) == [1])
    }

    @Test func `any datagram object serves as base, and one that loses datagrams too`() throws {
        for lost in 0..<4 {
            let pair = try Conversation(wrap: { socket, side in
                try LossyBase.wrap(socket) { side == .client && $0 == lost || side == .server && $0 == lost + 1 }
            })
            try pair.connect()
            // The last flight may be the one that was lost: the data that follows shows that it arrives all the same. Three
            // times, since the datagram that is lost may be one of these.
            for _ in 0..<3 { try DTLS.send(pair.server, [1]) }
            #expect(try DTLS.receive(pair.client) == [1])
        }
    }

    @Test func `cancelling several operations at any moment blocks nobody`() throws {
        for delay in 0..<60 as Range<UInt32> {
            let loop = Loop()
            let pair = try Conversation()
            let cancellable = g_cancellable_new()
            let ofServer = g_cancellable_new()
            let handshakes = [Self.handshake(pair.client, cancellable), Self.handshake(pair.server, ofServer)]
            let close = AsyncResult { g_dtls_connection_close_finish($0, $1, $2) }
            g_dtls_connection_close_async(pair.client, 0, cancellable, AsyncResult.callback, close.data)
            let cancelling = Background { [address = UInt(bitPattern: cancellable)] in
                usleep(delay * 100)  // so that it meets the handshake at another moment each time
                g_cancellable_cancel(UnsafeMutablePointer(bitPattern: address))
            }
            #expect(loop.run { handshakes[0].isDone && close.isDone })
            try cancelling.join()
            // What is pending when its context goes would keep its connection.
            g_cancellable_cancel(ofServer)
            #expect(loop.run { handshakes[1].isDone })
            g_object_unref(cancellable)
            g_object_unref(ofServer)
        }
    }

    @Test func `an asynchronous handshake joins one whose context nobody iterates`() throws {
        let pair = try Conversation()
        let starting = Background { [client = pair.client] in
            let loop = Loop()
            _ = DTLS.error { _ = try DTLS.receive(client, timeout: 0) }
            _ = loop
        }
        try starting.join()
        let loop = Loop()
        let results = [Self.handshake(pair.client), Self.handshake(pair.server)]
        #expect(loop.run { results.allSatisfy(\.isDone) })
        #expect(results.allSatisfy { $0.error == nil })
    }

    @Test func `dropping the application's reference leaves a pending handshake to finish`() throws {
        let loop = Loop()
        var result: AsyncResult?
        do {
            let pair = try Conversation()
            result = Self.handshake(pair.client)
            let server = Background { [server = pair.server] in try DTLS.handshake(server) }
            try server.join()
        }
        #expect(loop.run { result?.isDone == true })
        #expect(result?.error == nil)
    }

    @Test func `whoever lets go in or after the callback has the last reference`() throws {
        let loop = Loop()
        var others = 0
        for turn in 0..<60 {
            // One kind of ending in each turn: success, a refusal, a close that waits.
            let validation = turn % 3 == 1 ? G_TLS_CERTIFICATE_VALIDATE_ALL : GTlsCertificateFlags(rawValue: 0)
            let pair = try Conversation(validation: validation)
            var results = [Self.handshake(pair.client), Self.handshake(pair.server)]
            if turn % 3 == 2 {
                let close = AsyncResult { g_dtls_connection_close_finish($0, $1, $2) }
                g_dtls_connection_close_async(pair.client, 0, nil, AsyncResult.callback, close.data)
                results.append(close)
            }
            #expect(loop.run { results[0].isDone && results.last?.isDone == true })
            let client = UnsafeMutableRawPointer(pair.client).assumingMemoryBound(to: GObject.self)
            others += Int(client.pointee.ref_count) - 1
            #expect(loop.run { results.allSatisfy(\.isDone) })
        }
        #expect(others == 0)
    }

    private static var threads: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
    }
}
