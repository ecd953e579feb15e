// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Synchronization
import Testing

/// Base sockets that are the application's own code, such as one written in Python.
@Suite struct ScriptedBaseTests {
    @Test func `a blocked call sleeps`() throws {
        let base = Mutex<ScriptedBase?>(nil)
        let pair = try Conversation { socket, side in
            side == .server ? socket : try ScriptedBase.wrap(socket) { made in base.withLock { $0 = made } }
        }
        let cancellable = try #require(g_cancellable_new())
        defer { g_object_unref(cancellable) }
        let waiting = Background { [client = pair.client] in try DTLS.handshake(client, cancellable) }
        // Sleeps: it is real time in which a call that spins would call the base some 100,000 times.
        Thread.sleep(forTimeInterval: 0.5)
        g_cancellable_cancel(cancellable)
        #expect(DTLS.error { try waiting.join() }?.isIO(G_IO_ERROR_CANCELLED) == true)
        let receipts = base.withLock { $0?.receipts.load(ordering: .relaxed) } ?? 0
        #expect(receipts > 0)
        #expect(receipts < 100)
    }

    @Test(arguments: [true, false]) func `a base without sources is polled`(isBlocking: Bool) throws {
        let pair = try Conversation { socket, _ in try ScriptedBase.wrap(socket) { $0.hasSources = false } }
        if isBlocking {
            try pair.connect()
        } else {
            let loop = Loop()
            let results = [AsyncTests.handshake(pair.client), AsyncTests.handshake(pair.server)]
            #expect(loop.run { results.allSatisfy(\.isDone) })
            #expect(results.allSatisfy { $0.error == nil })
        }
        try DTLS.send(pair.client, [1])
        #expect(try DTLS.receive(pair.server) == [1])
    }

    @Test func `threads that meet in a slow base wake each other for something and sleep through nothing`() throws {
        let base = Mutex<ScriptedBase?>(nil)
        let pair = try Conversation { socket, side in
            side == .server ? socket : try ScriptedBase.wrap(socket) { made in base.withLock { $0 = made } }
        }
        try pair.connect()
        let (client, server) = (Calls(pair.client), Calls(pair.server))
        let slow = try #require(base.withLock { $0 })
        // Sleeps as code that waits for an interpreter does, so that the threads do meet.
        slow.onReceive = { usleep(3000) }
        let threads = (0..<4).map { _ in Background { client.receive(Limit.ever) } }
        #expect(threads[0].isStillWaiting(0.2))
        let before = slow.receipts.load(ordering: .relaxed)
        #expect(threads[0].isStillWaiting(0.5))
        #expect(slow.receipts.load(ordering: .relaxed) - before < 20)
        for number in 0..<4 { #expect(server.send([UInt8(number)]) == .done) }
        var numbers: Set<UInt8> = []
        for thread in threads {
            if case .data(let bytes) = try thread.join() { numbers.formUnion(bytes) }
        }
        #expect(numbers == [0, 1, 2, 3])
    }

    @Test func `a base that implements too little is refused`() throws {
        try Provider.load()
        let base = try EmptyBase.make()
        defer { g_object_unref(UnsafeMutableRawPointer(base)) }
        let error = DTLS.error { _ = try withGError { g_dtls_client_connection_new(base, nil, $0) } }
        #expect(error?.isIO(G_IO_ERROR_NOT_SUPPORTED) == true)
        #expect(error?.message.contains("receive_messages, send_messages, create_source") == true)
    }

    @Test func `a base may use its own connection`() throws {
        let connection = Mutex<UInt>(0)
        let look: () -> Void = {
            guard let connection = OpaquePointer(bitPattern: connection.withLock { $0 }) else { return }
            _ = g_dtls_connection_get_protocol_version(connection)
            _ = g_datagram_based_condition_check(connection, G_IO_IN)
        }
        let pair = try Conversation { socket, side in
            side == .server
                ? socket
                : try ScriptedBase.wrap(socket) {
                    $0.onReceive = look
                    $0.onSend = look
                }
        }
        connection.withLock { $0 = UInt(bitPattern: pair.client) }
        try pair.connect()
        try DTLS.send(pair.client, [1])
        #expect(try DTLS.receive(pair.server) == [1])
        connection.withLock { $0 = 0 }
    }

    @Test func `a connection goes while its base waits for a lock of whoever drops it`() throws {
        // As Python's interpreter lock: held while the last reference goes, and needed by each call to the base.
        let lock = NSLock()
        let isInside = DispatchSemaphore(value: 0)
        let pair = try Conversation { socket, side in
            side == .server
                ? socket
                : try ScriptedBase.wrap(socket) {
                    $0.onReceive = {
                        isInside.signal()
                        lock.withLock {}
                    }
                }
        }
        lock.lock()
        g_dtls_connection_handshake_async(pair.client, G_PRIORITY_DEFAULT, nil, nil, nil)
        isInside.wait()
        // The worker is inside the base now, and stays there. Neither of these waits for it.
        g_source_unref(g_datagram_based_create_source(pair.client, G_IO_IN, nil))
        g_object_run_dispose(UnsafeMutableRawPointer(pair.client).assumingMemoryBound(to: GObject.self))
        lock.unlock()
    }

    @Test func `threads that send through one base keep their order`() throws {
        let pair = try Conversation { socket, side in side == .server ? socket : try ScriptedBase.wrap(socket) }
        try pair.connect()
        // Fewer than a socket of the usual size holds: what it has no room for would be lost.
        let count = 60
        let senders = (0..<2).map { sender in
            Background { [client = pair.client] in
                for index in 0..<count { try DTLS.send(client, [UInt8(sender), UInt8(index)]) }
            }
        }
        var next = [0, 0]
        while next != [count, count] {
            let datagram = try #require(try DTLS.receive(pair.server))
            let (sender, index) = (Int(datagram[0]), Int(datagram[1]))
            #expect(next[sender] == index)
            next[sender] = index + 1
        }
        for sender in senders { try sender.join() }
    }
}
