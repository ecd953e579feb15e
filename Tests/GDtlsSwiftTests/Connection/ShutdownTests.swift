// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// Shutting down and closing: halves, interruptions, and what waits meanwhile.
@Suite struct ShutdownTests {
    private static func shutdown(
        _ stage: Stage,
        read: Bool,
        write: Bool,
        _ cancel: Cancel? = nil
    ) -> AsyncResult {
        let result = AsyncResult { g_dtls_connection_shutdown_finish($0, $1, $2) }
        stage.client.table.pointee.shutdown_async(
            stage.pair.client,
            read ? 1 : 0,
            write ? 1 : 0,
            0,
            cancel?.pointer,
            AsyncResult.callback,
            result.data
        )
        return result
    }

    @Test(arguments: Stage.State.allCases)
    func `shutting down nothing succeeds and changes nothing`(_ state: Stage.State) throws {
        let loop = Loop()
        let stage = try Stage.reach(state)
        let before = stage.client.check()
        let sent = stage.clientBase.with { $0.sent }
        #expect(stage.client.shutdown(read: false, write: false) == .done)
        var error: UnsafeMutablePointer<GError>?
        #expect(stage.client.table.pointee.shutdown(stage.pair.client, 0, 0, nil, &error) != 0)
        #expect(error == nil)
        let asynchronous = Self.shutdown(stage, read: false, write: false)
        #expect(loop.run { asynchronous.isDone })
        #expect(asynchronous.error == nil)
        #expect(stage.client.check() == before)
        #expect(stage.clientBase.with { $0.sent } == sent)
    }

    @Test func `halves are shut down asynchronously too, one by one`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        let writing = Self.shutdown(stage, read: false, write: true)
        #expect(!writing.isDone)
        #expect(loop.run { writing.isDone } && writing.error == nil)
        #expect(stage.client.send([1]) == .closed)
        #expect(stage.server.receive() == .end)
        #expect(stage.server.send([2]) == .done)
        #expect(stage.client.receive() == .data([2]))
        let reading = Self.shutdown(stage, read: true, write: false)
        #expect(loop.run { reading.isDone } && reading.error == nil)
        #expect(stage.client.receive() == .closed)
        #expect(stage.client.check() == G_IO_HUP)
    }

    @Test func `a close that is cancelled while it waits for the base is partly done, and completed by the next`()
        throws
    {
        let stage = try Stage.reach(.handshaked)
        stage.clientBase.with { $0.room = 0 }
        #expect(stage.client.send([1], Limit.none) == .done)
        let cancel = Cancel()
        let closing = Background { stage.client.close(cancel) }
        #expect(closing.isStillWaiting())
        cancel.now()
        #expect(try closing.join() == .cancelled)
        #expect(stage.client.send([2]) == .closed)
        let again = Background { stage.client.close() }
        #expect(again.isStillWaiting())
        stage.clientBase.with { $0.room = nil }
        #expect(try again.join() == .done)
        #expect(stage.server.receive() == .data([1]))
        #expect(stage.server.receive() == .end)
    }

    @Test func `the same asynchronously`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        stage.clientBase.with { $0.room = 0 }
        #expect(stage.client.send([1], Limit.none) == .done)
        let cancel = Cancel()
        let closing = Self.shutdown(stage, read: true, write: true, cancel)
        loop.run(for: 0.05)
        #expect(!closing.isDone)
        cancel.now()
        #expect(loop.run { closing.isDone })
        #expect(closing.error?.isIO(G_IO_ERROR_CANCELLED) == true)
        let again = Self.shutdown(stage, read: true, write: true)
        loop.run(for: 0.05)
        #expect(!again.isDone)
        stage.clientBase.with { $0.looks = 0 }
        loop.run(for: 0.3)
        #expect(stage.clientBase.with { $0.looks } < 50)
        stage.clientBase.with { $0.room = nil }
        #expect(loop.run { again.isDone } && again.error == nil)
        #expect(stage.server.receive() == .data([1]))
        #expect(stage.server.receive() == .end)
    }

    @Test func `an operation that is cancelled at its entry does nothing`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        #expect(stage.client.close(.cancelled) == .cancelled)
        let closing = Self.shutdown(stage, read: true, write: true, .cancelled)
        #expect(!closing.isDone)
        #expect(loop.run { closing.isDone })
        #expect(closing.error?.isIO(G_IO_ERROR_CANCELLED) == true)
        #expect(stage.client.send([1]) == .done)
        #expect(stage.server.receive() == .data([1]))
    }

    @Test func `a direction that is shut down ends the calls that wait in it, and no others`() throws {
        let stage = try Stage.reach(.handshaked)
        stage.clientBase.with { $0.room = 0 }
        #expect(stage.client.send([1], Limit.none) == .done)
        let receiving = Background { stage.client.receive(Limit.ever) }
        let sending = Background { stage.client.send([2], Limit.ever) }
        #expect(sending.isStillWaiting(0.05) && !receiving.isDone)
        #expect(stage.client.shutdown(read: true, write: false) == .done)
        #expect(try receiving.join() == .closed)
        #expect(sending.isStillWaiting(0.05))
        let closing = Background { stage.client.shutdown(read: false, write: true) }
        #expect(try sending.join() == .closed)
        stage.clientBase.with { $0.room = nil }
        #expect(try closing.join() == .done)
        #expect(stage.server.receive() == .data([1]))
        #expect(stage.server.receive() == .end)
    }

    @Test func `a handshake that nobody drives is given up by a close, at once`() throws {
        let stage = try Stage.reach(.new)
        #expect(stage.client.receive(Limit.short) == .timedOut)
        #expect(stage.client.close() == .done)
        #expect(stage.client.handshake() == .closed)
        // And the server is told, in the clear, with the next number.
        let server = Background { stage.server.handshake() }
        #expect(try server.join() == .tls(G_TLS_ERROR_EOF))
    }

    @Test func `half a shutdown leaves such a handshake to those who need it`() throws {
        let stage = try Stage.reach(.new)
        #expect(stage.client.receive(Limit.short) == .timedOut)
        #expect(stage.client.shutdown(read: false, write: true) == .done)
        let server = Background { stage.server.send([1]) }
        #expect(stage.client.receive() == .data([1]))
        #expect(try server.join() == .done)
        #expect(stage.server.receive() == .end)
        let other = try Stage.reach(.new)
        #expect(other.client.send([1], Limit.short) == .timedOut)
        #expect(other.client.shutdown(read: true, write: false) == .done)
        #expect(other.client.shutdown(read: false, write: true) == .done)
        #expect(other.client.check() == G_IO_HUP)
    }

    @Test func `an asynchronous close completes when a blocking handshake beside it ends, well or not`() throws {
        let loop = Loop()
        for isCancelled in [false, true] {
            let stage = try Stage.reach(.new)
            let cancel = Cancel()
            let handshake = Background { stage.client.handshake(cancel) }
            #expect(handshake.isStillWaiting(0.05))
            let closing = Self.shutdown(stage, read: true, write: true)
            loop.run(for: 0.05)
            #expect(!closing.isDone)
            if isCancelled { cancel.now() } else { #expect(stage.server.handshake() == .done) }
            #expect(loop.run { closing.isDone } && closing.error == nil)
            // Nothing keeps the handshake's thread from seeing the close first.
            let outcome = try handshake.join()
            #expect(isCancelled ? outcome == .cancelled : outcome == .done || outcome == .closed)
        }
    }

    @Test func `cancelling an asynchronous handshake frees the close that waits for it`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.new)
        let cancel = Cancel()
        let handshake = AsyncTests.handshake(stage.pair.client, cancel.pointer)
        let closing = Self.shutdown(stage, read: true, write: true)
        let thread = Background { stage.client.close() }
        loop.run(for: 0.05)
        #expect(!closing.isDone && !handshake.isDone && !thread.isDone)
        cancel.now()
        #expect(loop.run { closing.isDone && handshake.isDone })
        #expect(closing.error == nil && handshake.error?.isIO(G_IO_ERROR_CANCELLED) == true)
        #expect(try thread.join() == .done)
    }

    @Test func `the last reference says goodbye`() throws {
        var stage = try Stage.reach(.handshaked) as Stage?
        let server = try #require(stage).server
        stage = nil
        #expect(server.receive() == .end)
    }
}
