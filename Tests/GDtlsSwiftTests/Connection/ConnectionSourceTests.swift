// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// The sources of one connection: several of them, in several contexts, and gone in the midst of it.
@Suite struct ConnectionSourceTests {
    @Test func `several sources share what comes, and those that find nothing left do not fire`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        let received = LockedValue<[Outcome]>([])
        let watches = (0..<3).map { _ in
            Watch(pair.server, G_IO_IN) { _ in
                let outcome = Calls(pair.server).receive(Limit.none)
                received.withLock { $0.append(outcome) }
                return true
            }
        }
        for number in 0..<20 { #expect(Calls(pair.client).send([UInt8(number)]) == .done) }
        #expect(loop.run { received.withLock { $0.count } >= 20 })
        loop.run(for: 0.05)
        #expect(received.withLock { $0 } == (0..<20).map { .data([UInt8($0)]) })
        withExtendedLifetime(watches) {}
    }

    @Test func `sources in two threads' contexts both take part, and nothing is lost`() throws {
        let pair = try Conversation()
        try pair.connect()
        let received = LockedValue<Set<UInt8>>([])
        let isOver = LockedValue(false)
        let threads = (0..<2).map { _ in
            Background {
                let loop = Loop()
                let watch = Watch(pair.server, G_IO_IN) { _ in
                    while case .data(let bytes) = Calls(pair.server).receive(Limit.none) {
                        received.withLock { $0.formUnion(bytes) }
                    }
                    return true
                }
                let done = loop.run { isOver.withLock { $0 } }
                watch.destroy()
                return done
            }
        }
        for number in 0..<150 { #expect(Calls(pair.client).send([UInt8(number)]) == .done) }
        let limit = Date() + 8
        while received.withLock({ $0.count }) < 150, Date() < limit { usleep(1000) }  // until the others are through
        isOver.withLock { $0 = true }
        for thread in threads { #expect(try thread.join()) }
        #expect(received.withLock { $0.count } == 150)
    }

    @Test func `what lies in a base already is noticed without any other event`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        for round in 0..<2 {
            #expect(stage.server.send([1]) == .done)
            let watch = Watch(stage.pair.client, G_IO_IN)
            #expect(loop.run(ticks: 10_000) { !watch.fired.isEmpty })
            #expect(watch.fired == [G_IO_IN])
            if round == 0 { #expect(stage.client.receive(Limit.none) == .data([1])) }
        }
    }

    @Test func `a source may be destroyed inside of its own callback, and inside of another's`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        let other = Watch(stage.pair.client, G_IO_OUT, priority: 10) { _ in true }
        let watch = Watch(stage.pair.client, G_IO_OUT) { me in
            me.destroy()
            other.destroy()
            return true
        }
        #expect(loop.run { !watch.fired.isEmpty })
        loop.run(for: 0.05)
        #expect(watch.fired.count == 1 && other.fired.isEmpty)
    }

    @Test func `the connection may be let go inside of a callback, and goes with the source`() throws {
        let loop = Loop()
        let (one, other) = try Sockets.pair()
        let server = try Ends.server(other, try TestPKI.shared.server)
        let client = try Ends.client(one)
        defer {
            for object in [one, other, server] { g_object_unref(UnsafeMutableRawPointer(object)) }
        }
        try Ends.setValidation(client, .none)
        let shaking = Background { Calls(server).handshake() }
        #expect(
            Outcome {
                try DTLS.handshake(client); return .done
            } == .done
        )
        #expect(try shaking.join() == .done)
        let watch = Watch(client, G_IO_OUT) { _ in
            g_object_unref(UnsafeMutableRawPointer(client))
            return false
        }
        #expect(loop.run { !watch.fired.isEmpty })
        watch.destroy()
        // Gone it says goodbye.
        #expect(Calls(server).receive() == .end)
    }

    @Test func `the connection may be closed inside of a callback of its source`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        let watch = Watch(stage.pair.client, G_IO_OUT) { watch in
            if watch.fired.count > 1 { return false }
            #expect(stage.client.close() == .done)
            return true
        }
        #expect(loop.run { watch.fired.count > 1 })
        #expect(watch.fired == [G_IO_OUT, G_IO_HUP])
    }

    @Test func `a context that is destroyed takes its sources with it, whatever the connection does meanwhile`() throws
    {
        let stage = try Stage.reach(.handshaked)
        for _ in 0..<20 {
            let thread = Background {
                let loop = Loop()
                // Neither destroyed nor let go before the context.
                let watch = Watch(stage.pair.client, G_IO_IN) { _ in true }
                loop.run(for: 0.005)
                g_source_unref(watch.source)
                return Unmanaged.passRetained(watch)
            }
            #expect(stage.server.send([1]) == .done)
            #expect(stage.client.receive() == .data([1]))
            _ = try thread.join()
        }
        #expect(stage.client.close() == .done)
    }

    @Test func `whoever changes something leaves sources alone, whose last reference may just be going`() throws {
        let stage = try Stage.reach(.handshaked)
        let source = try #require(g_datagram_based_create_source(stage.pair.client, G_IO_IN, nil))
        defer { g_source_unref(source) }
        #expect(stage.client.close() == .done)
        // GLib has it that nobody calls anything on a source without references; waking it directly would show here.
        #expect(g_source_get_ready_time(source) == -1)
        // In the thick of it, criticals are fatal.
        let other = try Stage.reach(.new)
        let isOver = LockedValue(false)
        let changing = (0..<2).map { _ in
            Background { while !isOver.withLock({ $0 }) { _ = other.client.receive(1) } }
        }
        for _ in 0..<20 {
            let sources = (0..<100).map { _ in g_datagram_based_create_source(other.pair.client, G_IO_IN, nil) }
            for source in sources { g_source_unref(source) }
        }
        isOver.withLock { $0 = true }
        for thread in changing { try thread.join() }
    }

    @Test func `another thread may destroy a source while its context is iterated`() throws {
        let pair = try Conversation()
        try pair.connect()
        let client = Calls(pair.client)
        let context = MainContext()
        let isOver = LockedValue(false)
        let others = [
            Background { while !isOver.withLock({ $0 }) { context.iterate(mayBlock: true) } },
            // Makes whoever looks at the connection wait, and thereby the moment longer.
            Background { while !isOver.withLock({ $0 }) { _ = client.receive(1) } },
        ]
        // In the thick of it, criticals are fatal.
        for turn in 0..<3000 {
            let source = g_datagram_based_create_source(pair.client, G_IO_IN, nil)
            g_source_set_dummy_callback(source)
            g_source_attach(source, context.pointer)
            if turn % 2 == 0 { g_thread_yield() }
            g_source_destroy(source)
            g_source_unref(source)
        }
        isOver.withLock { $0 = true }
        context.wakeUp()
        for thread in others { try thread.join() }
    }

    @Test func `contexts come and go with their sources while other threads use the connection`() throws {
        let pair = try Conversation()
        try pair.connect()
        let (client, server) = (Calls(pair.client), Calls(pair.server))
        let end = Date() + 2
        let waiting = (0..<3).map { number in
            Background {
                while Date() < end {
                    let context = g_main_context_new()
                    let source = g_datagram_based_create_source(pair.client, G_IO_IN, nil)
                    g_source_set_dummy_callback(source)
                    g_source_attach(source, context)
                    g_main_context_iteration(context, 0)
                    if number > 0 { g_source_destroy(source) }
                    g_main_context_unref(context)
                    g_source_unref(source)
                }
            }
        }
        let using = [
            Background { while Date() < end { _ = client.receive(100) } },
            Background { while Date() < end { _ = server.send([1]) } },
        ]
        for thread in waiting + using { try thread.join() }
        #expect(client.close() == .done)
    }

    @Test func `data that another thread has decrypted wakes a source`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        let watch = Watch(stage.pair.client, G_IO_IN)
        loop.run(for: 0.02)
        #expect(stage.server.send([1]) == .done)
        #expect(stage.server.send([2]) == .done)
        stage.joinClientInbox()
        // It takes the one datagram of the base, and the first record in it.
        #expect(stage.client.receive(Limit.none) == .data([1]))
        #expect(loop.run { !watch.fired.isEmpty })
        #expect(stage.client.receive(Limit.none) == .data([2]))
    }
}
