// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// What each operation does before there is an association: new, handshaking, inside of a handler, failed, cancelled.
@Suite struct StateTableBeginningTests {
    // MARK: New

    @Test func `new × receive: without waiting it begins the handshake, waiting it shakes hands first`() throws {
        let stage = try Stage.reach(.new)
        #expect(stage.client.receive(Limit.none) == .wouldBlock)
        #expect(stage.server.handshake() == .done)
        #expect(stage.server.send([1]) == .done)
        #expect(stage.client.receive() == .data([1]))
        for limit in [Limit.long, Limit.ever] {
            let stage = try Stage.reach(.new)
            let server = Background { stage.server.send([2]) }
            #expect(stage.client.receive(limit) == .data([2]))
            #expect(try server.join() == .done)
        }
        #expect(try Stage.reach(.new).client.receive(Limit.short) == .timedOut)
    }

    @Test func `new × send: without waiting it begins the handshake, waiting it shakes hands first`() throws {
        let stage = try Stage.reach(.new)
        #expect(stage.client.send([1], Limit.none) == .wouldBlock)
        #expect(stage.server.handshake() == .done)
        #expect(stage.client.wait(G_IO_OUT) == .done)
        #expect(stage.client.send([1], Limit.none) == .done)
        #expect(stage.server.receive() == .data([1]))
        for limit in [Limit.long, Limit.ever] {
            let stage = try Stage.reach(.new)
            let server = Background { stage.server.receive() }
            #expect(stage.client.send([2], limit) == .done)
            #expect(try server.join() == .data([2]))
        }
        #expect(try Stage.reach(.new).client.send([3], Limit.short) == .timedOut)
    }

    @Test func `new × handshake: it runs`() throws {
        let stage = try Stage.reach(.new)
        let server = stage.serverHandshake()
        #expect(stage.client.handshake() == .done)
        #expect(try server.join() == .done)
    }

    @Test func `new × close: it succeeds, sends nothing, and everything is closed`() throws {
        let stage = try Stage.reach(.new)
        #expect(stage.client.close() == .done)
        #expect(stage.clientBase.with { $0.sent } == 0)
        #expect(stage.client.receive() == .closed)
        #expect(stage.client.send([1]) == .closed)
        #expect(stage.client.handshake() == .closed)
    }

    @Test func `new × condition_check: ready for what is asked, so that the handshake begins`() throws {
        let client = try Stage.reach(.new).client
        #expect(client.check() == G_IO_IN | G_IO_OUT)
        #expect(client.check(G_IO_IN) == G_IO_IN)
        #expect(client.check(G_IO_OUT) == G_IO_OUT)
        #expect(client.check(.none) == .none)
    }

    // MARK: Handshaking in the background

    @Test func `handshaking in background × receive: it would block, times out, or waits for the data`() throws {
        let stage = try Stage.reach(.handshakingInBackground)
        #expect(stage.client.receive(Limit.none) == .wouldBlock)
        #expect(stage.client.receive(Limit.short) == .timedOut)
        #expect(stage.client.receive(Limit.long, .cancelled) == .cancelled)
        let receiving = Background { stage.client.receive(Limit.ever) }
        #expect(receiving.isStillWaiting())
        #expect(stage.server.send([1]) == .done)
        #expect(try receiving.join() == .data([1]))
    }

    @Test func `handshaking in background × send: it would block, times out, or waits until it can`() throws {
        let stage = try Stage.reach(.handshakingInBackground)
        #expect(stage.client.send([1], Limit.none) == .wouldBlock)
        #expect(stage.client.send([1], Limit.short) == .timedOut)
        #expect(stage.client.send([1], Limit.long, .cancelled) == .cancelled)
        let sending = Background { stage.client.send([2], Limit.ever) }
        #expect(sending.isStillWaiting())
        #expect(stage.server.receive() == .data([2]))
        #expect(try sending.join() == .done)
    }

    @Test func `handshaking in background × handshake: it joins, from any thread and asynchronously`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshakingInBackground)
        let asynchronous = AsyncTests.handshake(stage.pair.client)
        let threads = (0..<2).map { _ in Background { stage.client.handshake() } }
        let server = stage.serverHandshake()
        #expect(stage.client.handshake() == .done)
        for thread in threads { #expect(try thread.join() == .done) }
        #expect(try server.join() == .done)
        #expect(loop.run { asynchronous.isDone })
        #expect(asynchronous.error == nil)
    }

    @Test func `handshaking in background × close: it waits for the handshake, and can be cancelled`() throws {
        let stage = try Stage.reach(.handshakingInBackground)
        let cancel = Cancel()
        let cancelled = Background { stage.client.close(cancel) }
        let closing = Background { stage.client.close() }
        #expect(cancelled.isStillWaiting() && !closing.isDone)
        cancel.now()
        #expect(try cancelled.join() == .cancelled)
        #expect(closing.isStillWaiting())
        #expect(stage.server.handshake() == .done)
        #expect(try closing.join() == .done)
        #expect(stage.server.receive() == .end)
        #expect(stage.client.send([1]) == .closed)
    }

    @Test func `handshaking in background × close: the thread whose context the handshake needs stands in for it`()
        throws
    {
        let loop = Loop()
        let stage = try Stage.reach(.handshakingInBackground)
        let server = stage.serverHandshake()
        // Nobody iterates the context in which the handshake began, but for this call.
        #expect(stage.client.close() == .done)
        #expect(try server.join() == .done)
        withExtendedLifetime(loop) {}
    }

    @Test func `handshaking in background × condition_check: nothing until it is done`() throws {
        let stage = try Stage.reach(.handshakingInBackground)
        #expect(stage.client.check() == .none)
        #expect(stage.server.handshake() == .done)
        #expect(stage.client.wait(G_IO_IN | G_IO_OUT) == .done)
        #expect(stage.client.check() == G_IO_OUT)
    }

    // MARK: Inside of an accept-certificate handler

    @Test(arguments: Stage.Beginning.allCases)
    func `inside accept-certificate handler × receive: blocking it fails, otherwise it would block`(
        _ beginning: Stage.Beginning
    ) throws {
        try Stage.insideHandler(beginning) { stage in
            #expect(stage.client.receive(Limit.ever) == .failed)
            #expect(stage.client.receive(Limit.long) == .failed)
            #expect(stage.client.receive(Limit.none) == .wouldBlock)
        }
    }

    @Test(arguments: Stage.Beginning.allCases)
    func `inside accept-certificate handler × send: blocking it fails, otherwise it would block`(
        _ beginning: Stage.Beginning
    ) throws {
        try Stage.insideHandler(beginning) { stage in
            #expect(stage.client.send([1], Limit.ever) == .failed)
            #expect(stage.client.send([1], Limit.long) == .failed)
            #expect(stage.client.send([1], Limit.none) == .wouldBlock)
        }
    }

    @Test(arguments: Stage.Beginning.allCases)
    func `inside accept-certificate handler × handshake: it fails`(_ beginning: Stage.Beginning) throws {
        try Stage.insideHandler(beginning) { stage in #expect(stage.client.handshake() == .failed) }
    }

    @Test(arguments: Stage.Beginning.allCases)
    func `inside accept-certificate handler × close: it fails`(_ beginning: Stage.Beginning) throws {
        try Stage.insideHandler(beginning) { stage in
            #expect(stage.client.close() == .failed)
            #expect(stage.client.shutdown(read: true, write: false) == .failed)
            #expect(stage.client.shutdown(read: false, write: true) == .failed)
        }
    }

    @Test(arguments: Stage.Beginning.allCases)
    func `inside accept-certificate handler × condition_check: nothing`(_ beginning: Stage.Beginning) throws {
        try Stage.insideHandler(beginning) { stage in
            #expect(stage.client.check() == .none)
            #expect(stage.client.wait(G_IO_OUT, Limit.long) == .failed)
        }
    }

    // MARK: Handshake failed

    @Test func `handshake failed × receive: the stored error, every time`() throws {
        let client = try Stage.reach(.handshakeFailed).client
        for limit in [Limit.none, Limit.long, Limit.ever] {
            #expect(client.receive(limit) == .tls(G_TLS_ERROR_BAD_CERTIFICATE))
        }
    }

    @Test func `handshake failed × send: the stored error, every time`() throws {
        let client = try Stage.reach(.handshakeFailed).client
        for limit in [Limit.none, Limit.long, Limit.ever] {
            #expect(client.send([1], limit) == .tls(G_TLS_ERROR_BAD_CERTIFICATE))
        }
    }

    @Test func `handshake failed × handshake: the stored error, every time`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshakeFailed)
        for _ in 0..<2 {
            #expect(stage.client.handshake() == .tls(G_TLS_ERROR_BAD_CERTIFICATE))
            let asynchronous = AsyncTests.handshake(stage.pair.client)
            #expect(loop.run { asynchronous.isDone })
            #expect(asynchronous.error?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
        }
    }

    @Test func `handshake failed × close: it succeeds, sends nothing, and everything is closed`() throws {
        let stage = try Stage.reach(.handshakeFailed)
        let sent = stage.clientBase.with { $0.sent }
        #expect(stage.client.close() == .done)
        #expect(stage.client.close() == .done)
        #expect(stage.clientBase.with { $0.sent } == sent)
        #expect(stage.client.receive() == .closed)
        #expect(stage.client.send([1]) == .closed)
        #expect(stage.client.handshake() == .closed)
        #expect(stage.client.check() == G_IO_HUP)
    }

    @Test func `handshake failed × condition_check: ready for what is asked, to tell the error`() throws {
        let client = try Stage.reach(.handshakeFailed).client
        #expect(client.check() == G_IO_IN | G_IO_OUT)
        #expect(client.check(G_IO_IN) == G_IO_IN)
    }

    // MARK: Cancelled before the first packet

    @Test func `cancelled before first packet × receive: it may be tried again`() throws {
        let stage = try Stage.reach(.cancelledBeforeFirstPacket)
        #expect(stage.client.receive(Limit.long, .cancelled) == .cancelled)
        #expect(stage.client.receive(Limit.none, .cancelled) == .cancelled)
        let server = Background { stage.server.send([1]) }
        #expect(stage.client.receive() == .data([1]))
        #expect(try server.join() == .done)
    }

    @Test func `cancelled before first packet × send: it may be tried again`() throws {
        let stage = try Stage.reach(.cancelledBeforeFirstPacket)
        #expect(stage.client.send([1], Limit.long, .cancelled) == .cancelled)
        #expect(stage.client.send([1], Limit.none, .cancelled) == .cancelled)
        let server = Background { stage.server.receive() }
        #expect(stage.client.send([2]) == .done)
        #expect(try server.join() == .data([2]))
    }

    @Test func `cancelled before first packet × handshake: it may be tried again`() throws {
        let stage = try Stage.reach(.cancelledBeforeFirstPacket)
        let server = stage.serverHandshake()
        #expect(stage.client.handshake() == .done)
        #expect(try server.join() == .done)
    }

    @Test func `cancelled before first packet × close: it succeeds`() throws {
        let stage = try Stage.reach(.cancelledBeforeFirstPacket)
        #expect(stage.client.close(.cancelled) == .cancelled)
        #expect(stage.client.close() == .done)
        #expect(stage.clientBase.with { $0.sent } == 0)
        #expect(stage.client.handshake() == .closed)
    }

    @Test func `cancelled before first packet × condition_check: ready, as when it is new`() throws {
        #expect(try Stage.reach(.cancelledBeforeFirstPacket).client.check() == G_IO_IN | G_IO_OUT)
    }
}
