// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// What each operation does at the end: closed here, closed by the peer, or without a word of it.
@Suite struct StateTableEndTests {
    // MARK: Closed

    @Test func `closed × receive: closed, even where data had come`() throws {
        let stage = try Stage.reach(.handshaked)
        #expect(stage.server.send([1]) == .done)
        #expect(stage.client.check(G_IO_IN) == G_IO_IN)
        #expect(stage.client.close() == .done)
        for limit in [Limit.none, Limit.long, Limit.ever] { #expect(stage.client.receive(limit) == .closed) }
    }

    @Test func `closed × send: closed`() throws {
        let client = try Stage.reach(.closed).client
        for limit in [Limit.none, Limit.long, Limit.ever] { #expect(client.send([1], limit) == .closed) }
    }

    @Test func `closed × handshake: closed`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.closed)
        #expect(stage.client.handshake() == .closed)
        let asynchronous = AsyncTests.handshake(stage.pair.client)
        #expect(loop.run { asynchronous.isDone })
        #expect(asynchronous.error?.isIO(G_IO_ERROR_CLOSED) == true)
    }

    @Test func `closed × close: it succeeds again and again, in halves too`() throws {
        let stage = try Stage.reach(.closed)
        let sent = stage.clientBase.with { $0.sent }
        #expect(stage.client.close() == .done)
        #expect(stage.client.shutdown(read: true, write: false) == .done)
        #expect(stage.client.shutdown(read: false, write: true) == .done)
        #expect(stage.clientBase.with { $0.sent } == sent)
    }

    @Test func `closed × condition_check: hung up, whatever is asked`() throws {
        let client = try Stage.reach(.closed).client
        #expect(client.check() == G_IO_HUP)
        #expect(client.check(G_IO_IN) == G_IO_HUP)
        #expect(client.check(.none) == G_IO_HUP)
        #expect(client.wait(G_IO_IN, Limit.ever) == .done)
    }

    // MARK: The peer sent close_notify

    @Test func `peer sent close_notify × receive: what is left, then an end, every time`() throws {
        let client = try Stage.reach(.peerClosed).client
        #expect(client.receive(Limit.none) == .data([1]))
        #expect(client.receive(Limit.ever) == .data([2, 3]))
        for limit in [Limit.none, Limit.long, Limit.ever] { #expect(client.receive(limit) == .end) }
    }

    @Test func `peer sent close_notify × send: it may still succeed`() throws {
        let stage = try Stage.reach(.peerClosed)
        stage.client.receiveAll()
        #expect(stage.client.send([1]) == .done)
        #expect(stage.serverInbox > 0)
    }

    @Test func `peer sent close_notify × handshake: it succeeds`() throws {
        let client = try Stage.reach(.peerClosed).client
        #expect(client.handshake() == .done)
        client.receiveAll()
        #expect(client.handshake() == .done)
    }

    @Test func `peer sent close_notify × close: it succeeds, with a goodbye`() throws {
        let stage = try Stage.reach(.peerClosed)
        stage.client.receiveAll()
        let sent = stage.clientBase.with { $0.sent }
        #expect(stage.client.close() == .done)
        #expect(stage.clientBase.with { $0.sent } == sent + 1)
        #expect(stage.client.receive() == .closed)
    }

    @Test func `peer sent close_notify × condition_check: for reading`() throws {
        let client = try Stage.reach(.peerClosed).client
        #expect(client.check() == G_IO_IN | G_IO_OUT)
        client.receiveAll()
        #expect(client.check(G_IO_IN) == G_IO_IN)
        #expect(client.wait(G_IO_IN, Limit.ever) == .done)
    }

    // MARK: The base has ended

    @Test func `base EOF × receive: an error, or an end where no goodbye is required, every time`() throws {
        let strict = try Stage.reach(.baseEnded)
        let lenient = try Stage.reach(.baseEnded)
        g_dtls_connection_set_require_close_notify(lenient.pair.client, 0)
        for limit in [Limit.none, Limit.long, Limit.ever] {
            #expect(strict.client.receive(limit) == .tls(G_TLS_ERROR_EOF))
            #expect(lenient.client.receive(limit) == .end)
        }
    }

    @Test func `base EOF × receive: what came before comes first`() throws {
        let stage = try Stage.reach(.handshaked)
        #expect(stage.server.send([1]) == .done)
        stage.clientBase.with { $0.hasEnded = true }
        #expect(stage.client.receive() == .data([1]))
        #expect(stage.client.receive() == .tls(G_TLS_ERROR_EOF))
    }

    @Test func `base EOF × send: the base has the say`() throws {
        let stage = try Stage.reach(.baseEnded)
        #expect(stage.client.receive() == .tls(G_TLS_ERROR_EOF))
        #expect(stage.client.send([1]) == .done)
        #expect(stage.server.receive() == .data([1]))
        stage.clientBase.with { $0.sendErrors = [.io(G_IO_ERROR_BROKEN_PIPE, "Cut")] }
        #expect(stage.client.send([2]) == .io(G_IO_ERROR_BROKEN_PIPE))
    }

    @Test func `base EOF × handshake: NOT_TLS if it ends during it, whatever is required, else it succeeds`() throws {
        #expect(try Stage.reach(.baseEnded).client.handshake() == .done)
        for requiresGoodbye in [true, false] {
            let stage = try Stage.reach(.new)
            g_dtls_connection_set_require_close_notify(stage.pair.client, requiresGoodbye ? 1 : 0)
            let handshake = Background { stage.client.handshake() }
            #expect(handshake.isStillWaiting())
            stage.clientBase.with { $0.hasEnded = true }
            #expect(try handshake.join() == .tls(G_TLS_ERROR_NOT_TLS))
            #expect(stage.client.receive() == .tls(G_TLS_ERROR_NOT_TLS))
            #expect(g_dtls_connection_get_peer_certificate(stage.pair.client) == nil)
        }
    }

    @Test func `base EOF × close: it succeeds`() throws {
        let stage = try Stage.reach(.baseEnded)
        #expect(stage.client.receive() == .tls(G_TLS_ERROR_EOF))
        #expect(stage.client.close() == .done)
        #expect(stage.client.receive() == .closed)
        // Nor does it matter that the base refuses the goodbye.
        let broken = try Stage.reach(.baseEnded)
        broken.clientBase.with { $0.sendErrors = [.io(G_IO_ERROR_BROKEN_PIPE, "Cut")] }
        #expect(broken.client.close() == .done)
    }

    @Test func `base EOF × condition_check: for reading`() throws {
        let client = try Stage.reach(.baseEnded).client
        #expect(client.check() == G_IO_IN | G_IO_OUT)
        #expect(client.wait(G_IO_IN, Limit.ever) == .done)
    }

    @Test func `peer vanished × receive: no more than a time limit that passes`() throws {
        let stage = try Stage.reach(.handshaked)
        // UDP knows no ends: what is sent is lost, and nothing comes.
        stage.clientBase.with { $0.loses = { _ in true } }
        #expect(stage.client.send([1]) == .done)
        #expect(stage.client.receive(Limit.short) == .timedOut)
        #expect(stage.client.close() == .done)
    }
}
