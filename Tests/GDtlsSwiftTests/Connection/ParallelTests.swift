// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// Threads that use one connection at once: nobody sleeps through what another has consumed.
@Suite struct ParallelTests {
    @Test func `one thread reads while one writes, at both ends, over sockets and any other base`() throws {
        let stage = try Stage.reach(.handshaked)
        let pair = try Conversation.reliable()
        try pair.connect()
        for (client, server) in [(stage.client, stage.server), (Calls(pair.client), Calls(pair.server))] {
            let ends = [(client, server), (server, client)]
            let count = 500
            let echoes = ends.map { end, _ in
                Background {
                    var numbers = 0
                    while numbers < count, case .data(let bytes) = end.receive(Limit.long) {
                        #expect(bytes == [UInt8(numbers % 256)])
                        numbers += 1
                    }
                    return numbers
                }
            }
            let writers = ends.map { end, _ in
                Background {
                    for number in 0..<count {
                        guard end.send([UInt8(number % 256)], Limit.long) == .done else { return number }
                    }
                    return count
                }
            }
            for thread in writers + echoes { #expect(try thread.join() == count) }
        }
    }

    @Test func `of several threads that receive each gets one`() throws {
        for count in [2, 5] {
            let stage = try Stage.reach(.handshaked)
            let threads = (0..<count).map { _ in Background { stage.client.receive(Limit.ever) } }
            #expect(threads[0].isStillWaiting(0.05))
            #expect(try OutMessages((0..<count).map { [[UInt8($0)]] }).send(stage.server, Limit.none) == count)
            var numbers: Set<UInt8> = []
            for thread in threads {
                if case .data(let bytes) = try thread.join() { numbers.formUnion(bytes) }
            }
            #expect(numbers == Set((0..<count).map { UInt8($0) }))
        }
    }

    @Test func `records of one datagram are for several threads`() throws {
        let stage = try Stage.reach(.handshaked)
        #expect(try OutMessages((0..<4).map { [[UInt8($0)]] }).send(stage.server) == 4)
        stage.joinClientInbox()
        let threads = (0..<4).map { _ in Background { stage.client.receive(Limit.ever) } }
        var numbers: Set<UInt8> = []
        for thread in threads {
            if case .data(let bytes) = try thread.join() { numbers.formUnion(bytes) }
        }
        #expect(numbers == [0, 1, 2, 3])
    }

    @Test func `threads that wait for a condition are woken by data that others take`() throws {
        let stage = try Stage.reach(.handshaked)
        for round in 0..<50 {
            let waiting = (0..<3).map { _ in Background { stage.client.wait(G_IO_IN, Limit.ever) } }
            let receiving = Background { stage.client.receive(Limit.ever) }
            if round % 2 == 0 { usleep(1000) }  // so that they wait already, or not yet
            #expect(stage.server.send([1]) == .done)
            #expect(try receiving.join() == .data([1]))
            // Some may have come too late for the first: this one is for them, and stays.
            #expect(stage.server.send([2]) == .done)
            for thread in waiting { #expect(try thread.join() == .done) }
            #expect(stage.client.receive() == .data([2]))
        }
    }

    @Test func `the thread that watches the base hands over when it leaves`() throws {
        let stage = try Stage.reach(.handshaked)
        let cancels = (0..<5).map { _ in Cancel() }
        let threads = cancels.map { cancel in Background { stage.client.receive(Limit.ever, cancel) } }
        #expect(threads[0].isStillWaiting(0.05))
        for (thread, cancel) in zip(threads, cancels).dropLast() {
            cancel.now()
            #expect(try thread.join() == .cancelled)
        }
        #expect(stage.server.send([7]) == .done)
        #expect(try threads[4].join() == .data([7]))
    }

    @Test func `many threads that wait use no processor time`() throws {
        let stage = try Stage.reach(.handshaked)
        let pair = try Conversation()
        try pair.connect()
        let threads = [stage.client, Calls(pair.client)].flatMap { client in
            (0..<4).map { number in
                Background {
                    Processor.isIdle {
                        let outcome = number % 2 == 0 ? client.receive(700_000) : client.wait(G_IO_IN, 700_000)
                        #expect(outcome == .timedOut)
                    }
                }
            }
        }
        for thread in threads { #expect(try thread.join()) }
    }

    @Test func `a handshake that waits for its peer uses no processor time`() throws {
        for _ in 0..<2 {
            let pair = try Conversation()
            let cancel = Cancel()
            let threads = (0..<3).map { _ in
                Background { Processor.isIdle { #expect(Calls(pair.client).handshake(cancel) == .cancelled) } }
            }
            #expect(threads[0].isStillWaiting(0.7))
            cancel.now()
            for thread in threads { #expect(try thread.join()) }
        }
    }

    @Test func `two handshakes at once join, whichever thread goes first`() throws {
        for leaver in 0..<2 {
            let stage = try Stage.reach(.new)
            let cancels = [Cancel(), Cancel()]
            let threads = cancels.map { cancel in Background { stage.client.handshake(cancel) } }
            #expect(threads[0].isStillWaiting(0.05))
            cancels[leaver].now()
            #expect(try threads[leaver].join() == .cancelled)
            let server = stage.serverHandshake()
            #expect(try threads[1 - leaver].join() == .done)
            #expect(try server.join() == .done)
        }
    }
}
