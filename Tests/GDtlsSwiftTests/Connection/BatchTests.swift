// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// Several datagrams a call: how many, how long, and what is left when something goes wrong in between.
@Suite struct BatchTests {
    /// One-byte datagrams, numbered from 0.
    private static func numbered(_ count: Int) -> OutMessages {
        OutMessages((0..<count).map { [[UInt8(truncatingIfNeeded: $0)]] })
    }

    /// Both ends are handshaked, and the server has heard of the client: nobody reads its base but the test.
    private static func settled() throws -> Stage {
        let stage = try Stage.reach(.handshaked)
        #expect(stage.client.send([0]) == .done)
        #expect(stage.server.receive() == .data([0]))
        return stage
    }

    private static func numbers(_ messages: InMessages, _ count: Int) -> [Int] {
        (0..<count).compactMap { messages.bytes($0).first.map(Int.init) }
    }

    @Test func `many datagrams go by one call and come by one call, in order, over sockets and any other base`() throws
    {
        let stage = try Self.settled()
        let pair = try Conversation()
        try pair.connect()
        for (client, server) in [(stage.client, stage.server), (Calls(pair.client), Calls(pair.server))] {
            let out = Self.numbered(40)
            #expect(try out.send(client, Limit.none) == 40)
            #expect(out.sizes == Array(repeating: 1, count: 40))
            let into = InMessages(count: 64)
            #expect(try into.receive(server, Limit.none) == 40)
            #expect(Self.numbers(into, 40) == Array(0..<40))
            #expect((0..<40).allSatisfy(into.isPlain))
            // What was not received into is as it was.
            #expect(into.messages[40].flags == 77 && into.messages[40].bytes_received == 77)
        }
    }

    @Test func `many records in one datagram are as many messages`() throws {
        let stage = try Self.settled()
        let sent = (0..<60).map { [UInt8](repeating: UInt8($0), count: 1000) }
        #expect(try OutMessages(sent.map { [$0] }).send(stage.server, Limit.none) == 60)
        stage.joinClientInbox()
        for bytes in sent { #expect(stage.client.receive() == .data(bytes)) }
    }

    @Test func `a call is one call to the base, or few`() throws {
        let stage = try Stage.reach(.handshaked)
        stage.clientBase.with { $0.calls = [] }
        #expect(try Self.numbered(5).send(stage.client) == 5)
        #expect(stage.clientBase.with { $0.calls } == [5])
        #expect(try Self.numbered(40).send(stage.client) == 40)
        #expect(stage.clientBase.with { $0.calls } == [5, 16, 16, 8])
    }

    @Test func `without limit it waits until all have come`() throws {
        let stage = try Stage.reach(.handshaked)
        let receiving = Background { try InMessages(count: 3).receive(stage.client, Limit.ever) }
        #expect(try Self.numbered(2).send(stage.server) == 2)
        #expect(receiving.isStillWaiting())
        #expect(try Self.numbered(1).send(stage.server) == 1)
        #expect(try receiving.join() == 3)
    }

    @Test func `an end, an error, a cancellation or a close comes after what came before it`() throws {
        for ending in 0..<4 {
            let stage = try Stage.reach(.handshaked)
            let cancel = Cancel()
            let receiving = Background { try InMessages(count: 3).receive(stage.client, Limit.ever, cancel) }
            #expect(try Self.numbered(2).send(stage.server) == 2)
            #expect(receiving.isStillWaiting(0.02))
            switch ending {
            case 0: #expect(stage.server.close() == .done)
            case 1: stage.clientBase.with { $0.hasEnded = true }
            case 2: cancel.now()
            default: #expect(stage.client.close() == .done)
            }
            #expect(try receiving.join() == 2)
            let next = stage.client.receive(Limit.none)
            #expect(next == [.end, .tls(G_TLS_ERROR_EOF), .wouldBlock, .closed][ending])
        }
    }

    @Test func `an error of the base is told once, by the call that received nothing`() throws {
        let stage = try Stage.reach(.handshaked)
        #expect(try Self.numbered(2).send(stage.server) == 2)
        #expect(stage.client.check(G_IO_IN) == G_IO_IN)
        stage.clientBase.with { $0.receiveErrors = [.io(G_IO_ERROR_CONNECTION_REFUSED, "Nobody is there")] }
        #expect(try InMessages(count: 3).receive(stage.client, Limit.long) == 2)
        #expect(stage.client.check(G_IO_IN) == G_IO_IN)
        #expect(stage.client.receive(Limit.none) == .io(G_IO_ERROR_CONNECTION_REFUSED))
        #expect(stage.client.receive(Limit.none) == .wouldBlock)
        #expect(stage.client.check(G_IO_IN) == .none)
    }

    @Test func `the time limit is for the whole call`() throws {
        let stage = try Stage.reach(.handshaked)
        let isOver = LockedValue(false)
        let trickle = Background {
            var sent = 0
            while sent < 10, !isOver.withLock({ $0 }) {
                sent += try Self.numbered(1).send(stage.server)
                // Sleeps: less than the limit between one datagram and the next.
                Thread.sleep(forTimeInterval: 0.6)
            }
        }
        let count = try InMessages(count: 10).receive(stage.client, 1_000_000)
        isOver.withLock { $0 = true }
        #expect(count >= 1 && count < 10)
        try trickle.join()
    }

    @Test func `it lasts as long as it says where nothing comes`() throws {
        let stage = try Stage.reach(.handshaked)
        let start = g_get_monotonic_time()
        #expect(stage.client.receive(200_000) == .timedOut)
        #expect(g_get_monotonic_time() - start >= 200_000)
    }

    @Test func `no time limit is too long, and none too far below nothing`() throws {
        let stage = try Stage.reach(.handshaked)
        for limit in [Int.max, Int.max - 1, Int.min, -2] {
            let waits = [
                Background { stage.client.receive(limit) }, Background { stage.client.wait(G_IO_IN, limit) },
            ]
            #expect(waits[0].isStillWaiting(0.02) && !waits[1].isDone)
            // One to be taken, and one that stays for who looks only then.
            #expect(try Self.numbered(2).send(stage.server) == 2)
            for wait in waits { _ = try wait.join() }
            stage.client.receiveAll()
        }
    }

    @Test func `a datagram that is too large ends a call after those before it, and then is an error with the limit`()
        throws
    {
        let stage = try Self.settled()
        let large = [UInt8](repeating: 1, count: 5000)
        let out = OutMessages([[[1]], [[2]], [large], [[4]]])
        #expect(try out.send(stage.client, Limit.ever) == 2)
        #expect(out.sizes == [1, 1, 0, 0])
        let error = DTLS.error { _ = try out.send(stage.client, Limit.ever, from: 2) }
        #expect(error?.isIO(G_IO_ERROR_MESSAGE_TOO_LARGE) == true)
        // The limit is told, and true: so much goes, and not a byte more.
        let limit = try #require(error?.message.split(separator: " ").compactMap { Int($0) }.first)
        #expect(stage.client.send([UInt8](repeating: 2, count: limit)) == .done)
        #expect(stage.client.send([UInt8](repeating: 2, count: limit + 1)) == .io(G_IO_ERROR_MESSAGE_TOO_LARGE))
        #expect(try out.send(stage.client, Limit.ever, from: 3) == 1)
        for expected in [[1], [2], [UInt8](repeating: 2, count: limit), [4]] {
            #expect(stage.server.receive(Limit.none) == .data(expected))
        }
        #expect(stage.server.receive(Limit.none) == .wouldBlock)
    }

    @Test func `what the base refuses amid a call ends it there, and nothing behind it is sent`() throws {
        let stage = try Self.settled()
        let start = stage.clientBase.with { $0.sent }
        stage.clientBase.with { $0.refuses = { $0 == start + 2 ? .io(G_IO_ERROR_MESSAGE_TOO_LARGE, "Path") : nil } }
        let out = Self.numbered(5)
        #expect(try out.send(stage.client, Limit.ever) == 2)
        #expect(out.sizes == [1, 1, 0, 0, 0])
        #expect(DTLS.error { _ = try out.send(stage.client, Limit.none, from: 2) }?.message.contains("(Path)") == true)
        stage.clientBase.with { $0.refuses = { _ in nil } }
        #expect(try out.send(stage.client, Limit.none, from: 2) == 3)
        let into = InMessages(count: 10)
        #expect(try into.receive(stage.server, Limit.none) == 5)
        #expect(Self.numbers(into, 5) == Array(0..<5))
    }

    @Test func `what the base refuses as too large is told with a limit that is sent next time`() throws {
        let stage = try Self.settled()
        stage.clientBase.with { $0.largest = 600 }
        var limits: [Int] = []
        while limits.count < 9 {
            let limit = Int(try Properties.with(stage.pair.client, "max-data-size") { g_value_get_uint($0) })
            limits.append(limit)
            let error = DTLS.error { try DTLS.send(stage.pair.client, [UInt8](repeating: 1, count: limit)) }
            guard let error else { break }
            #expect(error.isIO(G_IO_ERROR_MESSAGE_TOO_LARGE))
            let next = Int(try Properties.with(stage.pair.client, "max-data-size") { g_value_get_uint($0) })
            #expect(next < limit && error.message.contains("\(next) bytes"))
        }
        #expect(limits.count == 3 && limits[2] > 500)
        #expect(stage.server.receive(Limit.none) == .data([UInt8](repeating: 1, count: limits[2])))
    }

    @Test func `what the base has no room for is kept, in order, and then there is no room`() throws {
        let stage = try Self.settled()
        stage.clientBase.with { $0.room = 2 }
        #expect(try Self.numbered(5).send(stage.client, Limit.none) == 5)
        #expect(stage.client.send([9], Limit.none) == .wouldBlock)
        #expect(stage.client.check() == .none)
        stage.clientBase.with { $0.room = 1 }
        #expect(stage.client.check() == .none)
        stage.clientBase.with { $0.room = nil }
        // The worker may be at it.
        #expect(stage.client.wait(G_IO_OUT) == .done)
        #expect(stage.client.check() == G_IO_OUT)
        let into = InMessages(count: 10)
        #expect(try into.receive(stage.server, Limit.none) == 5)
        #expect(Self.numbers(into, 5) == Array(0..<5))
    }

    @Test func `a batch that stops half-way says how far it came`() throws {
        let stage = try Self.settled()
        stage.clientBase.with { $0.room = 3 }
        // Sixteen at a time are given to the base; of those, what it has no room for is kept.
        #expect(try Self.numbered(40).send(stage.client, Limit.none) == 16)
        #expect(stage.client.send([9], Limit.short) == .timedOut)
        let sending = Background { try Self.numbered(40).send(stage.client, Limit.ever) }
        #expect(sending.isStillWaiting())
        stage.clientBase.with { $0.room = nil }
        #expect(try sending.join() == 40)
        #expect(stage.client.wait(G_IO_OUT) == .done)
        let into = InMessages(count: 100)
        #expect(try into.receive(stage.server, Limit.none) == 56)
        #expect(Self.numbers(into, 56) == Array(0..<16) + Array(0..<40))
    }

    @Test func `no messages at all are none`() throws {
        let stage = try Stage.reach(.handshaked)
        for limit in [Limit.none, Limit.short, Limit.ever] {
            #expect(g_datagram_based_receive_messages(stage.pair.client, nil, 0, 0, limit, nil, nil) == 0)
            #expect(g_datagram_based_send_messages(stage.pair.client, nil, 0, 0, limit, nil, nil) == 0)
        }
    }

    @Test func `message flags are refused`() throws {
        let stage = try Stage.reach(.handshaked)
        let peek = gint(G_SOCKET_MSG_PEEK.rawValue)
        #expect(
            DTLS.error { _ = try Self.numbered(1).send(stage.client, flags: peek) }?.isIO(G_IO_ERROR_INVALID_ARGUMENT)
                == true
        )
        #expect(
            DTLS.error { _ = try InMessages(count: 1).receive(stage.client, flags: peek) }?
                .isIO(G_IO_ERROR_INVALID_ARGUMENT) == true
        )
    }
}
