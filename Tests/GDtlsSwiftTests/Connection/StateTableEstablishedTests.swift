// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// What each operation does once there is an association, and when one direction of it is shut down.
@Suite struct StateTableEstablishedTests {
    // MARK: Handshaked

    @Test func `handshaked × receive: data, or it would block, times out, is cancelled`() throws {
        let stage = try Stage.reach(.handshaked)
        #expect(stage.client.receive(Limit.none) == .wouldBlock)
        #expect(stage.client.receive(Limit.short) == .timedOut)
        #expect(stage.client.receive(Limit.long, .cancelled) == .cancelled)
        let cancel = Cancel()
        let receiving = Background { stage.client.receive(Limit.ever, cancel) }
        #expect(receiving.isStillWaiting())
        cancel.now()
        #expect(try receiving.join() == .cancelled)
        #expect(stage.server.send([1]) == .done)
        #expect(stage.client.receive(Limit.none) == .data([1]))
        let waiting = Background { stage.client.receive(Limit.ever) }
        #expect(waiting.isStillWaiting())
        #expect(stage.server.send([2]) == .done)
        #expect(try waiting.join() == .data([2]))
    }

    @Test func `handshaked × send: it is sent, or is too large, would block, times out, is cancelled`() throws {
        let stage = try Stage.reach(.handshaked)
        #expect(stage.client.send([1], Limit.none) == .done)
        #expect(stage.server.receive() == .data([1]))
        #expect(stage.client.send([UInt8](repeating: 0, count: 20_000)) == .io(G_IO_ERROR_MESSAGE_TOO_LARGE))
        stage.clientBase.with { $0.room = 0 }
        // One is kept for the base, then there is no room here either.
        #expect(stage.client.send([2], Limit.none) == .done)
        #expect(stage.client.send([3], Limit.none) == .wouldBlock)
        #expect(stage.client.send([3], Limit.short) == .timedOut)
        let cancel = Cancel()
        let sending = Background { stage.client.send([3], Limit.ever, cancel) }
        #expect(sending.isStillWaiting())
        cancel.now()
        #expect(try sending.join() == .cancelled)
        let waiting = Background { stage.client.send([4], Limit.ever) }
        #expect(waiting.isStillWaiting())
        stage.clientBase.with { $0.room = nil }
        #expect(try waiting.join() == .done)
        #expect(stage.server.receive() == .data([2]))
        #expect(stage.server.receive() == .data([4]))
    }

    @Test func `handshaked × handshake: it succeeds and has no effect`() throws {
        let stage = try Stage.reach(.handshaked)
        let sent = stage.clientBase.with { $0.sent }
        #expect(stage.client.handshake() == .done)
        #expect(stage.client.handshake() == .done)
        #expect(stage.clientBase.with { $0.sent } == sent)
    }

    @Test func `handshaked × close: the peer hears of it, once`() throws {
        let stage = try Stage.reach(.handshaked)
        let sent = stage.clientBase.with { $0.sent }
        #expect(stage.client.close() == .done)
        #expect(stage.clientBase.with { $0.sent } == sent + 1)
        #expect(stage.server.receive() == .end)
        #expect(stage.client.close() == .done)
        #expect(stage.clientBase.with { $0.sent } == sent + 1)
    }

    @Test func `handshaked × condition_check: what is so, decrypted data that nobody has taken included`() throws {
        let stage = try Stage.reach(.handshaked)
        #expect(stage.client.check() == G_IO_OUT)
        #expect(stage.client.check(G_IO_IN) == .none)
        #expect(stage.server.send([1]) == .done)
        #expect(stage.server.send([2]) == .done)
        stage.joinClientInbox()
        #expect(stage.client.check() == G_IO_IN | G_IO_OUT)
        #expect(stage.clientInbox == 0)
        #expect(stage.client.receive(Limit.none) == .data([1]))
        // The base has nothing any more, and there is something all the same.
        #expect(stage.client.check() == G_IO_IN | G_IO_OUT)
        #expect(stage.client.wait(G_IO_IN, Limit.ever) == .done)
        #expect(stage.client.receive(Limit.none) == .data([2]))
        #expect(stage.client.check() == G_IO_OUT)
        stage.clientBase.with { $0.room = 0 }
        #expect(stage.client.send([3], Limit.none) == .done)
        #expect(stage.client.check() == .none)
    }

    // MARK: Shut down for reading

    @Test func `shutdown(read) × receive: closed`() throws {
        let stage = try Stage.reach(.readingShutDown)
        #expect(stage.server.send([1]) == .done)
        for limit in [Limit.none, Limit.long, Limit.ever] { #expect(stage.client.receive(limit) == .closed) }
    }

    @Test func `shutdown(read) × send: it works, before the handshake too`() throws {
        let stage = try Stage.reach(.readingShutDown)
        #expect(stage.client.send([1]) == .done)
        #expect(stage.server.receive() == .data([1]))
        let early = try Stage.reach(.new)
        #expect(early.client.shutdown(read: true, write: false) == .done)
        let server = Background { early.server.receive() }
        #expect(early.client.send([2]) == .done)
        #expect(try server.join() == .data([2]))
    }

    @Test func `shutdown(read) × handshake: closed if it is still needed, else it succeeds`() throws {
        #expect(try Stage.reach(.readingShutDown).client.handshake() == .done)
        let loop = Loop()
        let early = try Stage.reach(.new)
        #expect(early.client.shutdown(read: true, write: false) == .done)
        #expect(early.client.handshake() == .closed)
        let asynchronous = AsyncTests.handshake(early.pair.client)
        #expect(loop.run { asynchronous.isDone })
        #expect(asynchronous.error?.isIO(G_IO_ERROR_CLOSED) == true)
    }

    @Test func `shutdown(read) × close: the rest may be closed later`() throws {
        let stage = try Stage.reach(.readingShutDown)
        let sent = stage.clientBase.with { $0.sent }
        #expect(stage.client.shutdown(read: true, write: false) == .done)
        // Of a direction that is not read nothing is said to the peer.
        #expect(stage.clientBase.with { $0.sent } == sent)
        #expect(stage.client.close() == .done)
        #expect(stage.client.send([1]) == .closed)
        #expect(stage.server.receive() == .end)
    }

    @Test func `shutdown(read) × condition_check: not for reading`() throws {
        let stage = try Stage.reach(.readingShutDown)
        #expect(stage.server.send([1]) == .done)
        #expect(stage.client.check() == G_IO_OUT)
        #expect(stage.client.wait(G_IO_IN, Limit.short) == .timedOut)
        let early = try Stage.reach(.new)
        #expect(early.client.shutdown(read: true, write: false) == .done)
        #expect(early.client.check() == G_IO_OUT)
    }

    // MARK: Shut down for writing

    @Test func `shutdown(write) × receive: it works, and the peer hears an end`() throws {
        let stage = try Stage.reach(.writingShutDown)
        #expect(stage.server.receive() == .end)
        #expect(stage.server.send([1]) == .done)
        #expect(stage.client.receive() == .data([1]))
        #expect(stage.client.receive(Limit.none) == .wouldBlock)
        let early = try Stage.reach(.new)
        #expect(early.client.shutdown(read: false, write: true) == .done)
        let server = Background { early.server.send([2]) }
        #expect(early.client.receive() == .data([2]))
        #expect(try server.join() == .done)
        #expect(early.server.receive() == .end)
    }

    @Test func `shutdown(write) × send: closed, before the handshake too`() throws {
        let client = try Stage.reach(.writingShutDown).client
        let early = try Stage.reach(.new)
        #expect(early.client.shutdown(read: false, write: true) == .done)
        for limit in [Limit.none, Limit.long, Limit.ever] {
            #expect(client.send([1], limit) == .closed)
            #expect(early.client.send([1], limit) == .closed)
        }
        #expect(early.clientBase.with { $0.sent } == 0)
    }

    @Test func `shutdown(write) × handshake: it succeeds, and runs if it is still needed`() throws {
        #expect(try Stage.reach(.writingShutDown).client.handshake() == .done)
        let early = try Stage.reach(.new)
        #expect(early.client.shutdown(read: false, write: true) == .done)
        let server = early.serverHandshake()
        #expect(early.client.handshake() == .done)
        #expect(try server.join() == .done)
        #expect(early.server.receive() == .end)
    }

    @Test func `shutdown(write) × close: the rest may be closed later`() throws {
        let stage = try Stage.reach(.writingShutDown)
        #expect(stage.client.shutdown(read: false, write: true) == .done)
        #expect(stage.client.close() == .done)
        #expect(stage.client.receive() == .closed)
        #expect(stage.server.receive() == .end)
    }

    @Test func `shutdown(write) × condition_check: not for writing`() throws {
        let stage = try Stage.reach(.writingShutDown)
        #expect(stage.client.check() == .none)
        #expect(stage.client.wait(G_IO_OUT, Limit.short) == .timedOut)
        #expect(stage.server.send([1]) == .done)
        #expect(stage.client.check() == G_IO_IN)
    }
}
