// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// Handshakes as operations: where their callbacks come, what cancels them, what lasts.
@Suite struct HandshakeOperationTests {
    /// An asynchronous handshake that notes its end in a diary.
    private static func handshake(
        _ calls: Calls,
        _ diary: Diary,
        _ word: String,
        priority: Int32 = 0,
        _ cancel: Cancel? = nil
    ) -> AsyncResult {
        let result = AsyncResult {
            diary.note(word)
            return g_dtls_connection_handshake_finish($0, $1, $2)
        }
        g_dtls_connection_handshake_async(
            calls.connection,
            priority,
            cancel?.pointer,
            AsyncResult.callback,
            result.data
        )
        return result
    }

    @Test(arguments: Stage.State.allCases)
    func `an operation that is cancelled at its entry says so and does nothing`(_ state: Stage.State) throws {
        let loop = Loop()
        let stage = try Stage.reach(state)
        let before = stage.client.check()
        let sent = stage.clientBase.with { $0.sent }
        #expect(stage.client.handshake(.cancelled) == .cancelled)
        #expect(stage.client.receive(Limit.ever, .cancelled) == .cancelled)
        #expect(stage.client.receive(Limit.none, .cancelled) == .cancelled)
        #expect(stage.client.send([1], Limit.ever, .cancelled) == .cancelled)
        #expect(stage.client.send([1], Limit.none, .cancelled) == .cancelled)
        #expect(stage.client.close(.cancelled) == .cancelled)
        let cancelled = Cancel.cancelled
        let asynchronous = AsyncTests.handshake(stage.pair.client, cancelled.pointer)
        #expect(!asynchronous.isDone)
        #expect(loop.run { asynchronous.isDone })
        #expect(asynchronous.error?.isIO(G_IO_ERROR_CANCELLED) == true)
        #expect(stage.client.check() == before)
        #expect(stage.clientBase.with { $0.sent } == sent)
    }

    @Test func `a handshake can be cancelled at any moment and taken up by any operation`() throws {
        for delay in 0..<30 as Range<UInt32> {
            let stage = try Stage.reach(.new)
            let cancel = Cancel()
            let server = Background { stage.server.receive() }
            let cancelling = Background {
                usleep(delay * 200)  // so that it meets the handshake at another moment each time
                cancel.now()
            }
            let outcome = stage.client.handshake(cancel)
            #expect(outcome == .cancelled || outcome == .done)
            try cancelling.join()
            #expect(stage.client.send([1]) == .done)
            #expect(try server.join() == .data([1]))
        }
    }

    @Test func `results come in the context of their call, each with its own priority, never inside of another call`()
        throws
    {
        let loop = Loop()
        let stage = try Stage.reach(.new)
        let diary = Diary()
        Signals.onNotify(stage.pair.client) { if $0 == "ciphersuite-name" { diary.note("told") } }
        let results = [
            Self.handshake(stage.client, diary, "low", priority: 100),
            Self.handshake(stage.client, diary, "high", priority: -100),
            Self.handshake(stage.client, diary, "middle"),
        ]
        let elsewhere = Background {
            let loop = Loop()
            let result = Self.handshake(stage.client, diary, "elsewhere")
            let isDone = loop.run { result.isDone }
            return (isDone, Diary.thisThread, Diary.thisContext)
        }
        let server = stage.serverHandshake()
        // A blocking call joins in the midst of it and stands in for the context: no callback runs inside of it.
        #expect(stage.client.handshake() == .done)
        #expect(diary.words.filter { $0 != "told" && $0 != "elsewhere" } == [])
        #expect(loop.run { results.allSatisfy(\.isDone) })
        #expect(results.allSatisfy { $0.error == nil })
        #expect(try server.join() == .done)
        let (isDone, thread, context) = try elsewhere.join()
        #expect(isDone)
        #expect(diary.words.filter { $0 != "elsewhere" } == ["told", "high", "middle", "low"])
        for entry in diary.entries {
            let isElsewhere = entry.what == "elsewhere"
            #expect(entry.thread == (isElsewhere ? thread : Diary.thisThread))
            #expect(entry.context == (isElsewhere ? context : Diary.thisContext))
        }
    }

    @Test func `a finish function wants a result of its own`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        let other = try Stage.reach(.handshaked)
        var wrong: [GLibError?] = []
        let handshake = AsyncResult { me, result, error in
            wrong.append(DTLS.error { _ = try withGError { g_dtls_connection_shutdown_finish(me, result, $0) } })
            wrong.append(DTLS.error { _ = try withGError { g_dtls_connection_close_finish(me, result, $0) } })
            wrong.append(
                DTLS.error { _ = try withGError { g_dtls_connection_handshake_finish(other.pair.client, result, $0) } }
            )
            return g_dtls_connection_handshake_finish(me, result, error)
        }
        g_dtls_connection_handshake_async(stage.pair.client, 0, nil, AsyncResult.callback, handshake.data)
        let close = AsyncResult { me, result, error in
            wrong.append(DTLS.error { _ = try withGError { g_dtls_connection_handshake_finish(me, result, $0) } })
            return g_dtls_connection_close_finish(me, result, error)
        }
        g_dtls_connection_close_async(stage.pair.client, 0, nil, AsyncResult.callback, close.data)
        #expect(loop.run { handshake.isDone && close.isDone })
        #expect(handshake.error == nil && close.error == nil)
        #expect(wrong.count == 4)
        #expect(wrong.allSatisfy { $0?.isIO(G_IO_ERROR_INVALID_ARGUMENT) == true })
    }

    @Test func `what joined a handshake goes on in its own context when the one that began it is cancelled`() throws {
        let stage = try Stage.reach(.new)
        try Ends.setValidation(stage.pair.client, G_TLS_CERTIFICATE_VALIDATE_ALL)
        let diary = Diary()
        Signals.onAcceptCertificate(stage.pair.client) { _, _ in
            diary.note("asked")
            return true
        }
        let cancel = Cancel()
        // Nobody iterates this context any more, so nobody could be asked there.
        let beginning = Background {
            let loop = Loop()
            _ = Self.handshake(stage.client, diary, "cancelled", cancel)
            return g_main_context_ref(loop.context)
        }
        let abandoned = try beginning.join()
        defer { g_main_context_unref(abandoned) }
        let loop = Loop()
        let joined = Self.handshake(stage.client, diary, "joined")
        let server = stage.serverHandshake()
        loop.run(for: 0.1)
        #expect(diary.words.isEmpty)
        cancel.now()
        #expect(loop.run { joined.isDone })
        #expect(joined.error == nil)
        #expect(try server.join() == .done)
        #expect(diary.words == ["asked", "joined"])
        #expect(Set(diary.entries.map(\.context)) == [Diary.thisContext])
    }

    @Test func `the time in which nobody drives a handshake is not the peer's`() throws {
        let stage = try Stage.reach(.new)
        try Properties.set(stage.pair.client, "handshake-timeout") { g_value_set_int64($0, 2_000_000) }
        #expect(stage.client.receive(Limit.short) == .timedOut)
        // Sleeps: the limit would pass meanwhile.
        Thread.sleep(forTimeInterval: 2.2)
        #expect(stage.client.receive(Limit.short) == .timedOut)
        // A peer that never answers costs the limit, and then it is an error that stays.
        let alone = try Stage.reach(.new)
        try Properties.set(alone.pair.client, "handshake-timeout") { g_value_set_int64($0, 200_000) }
        for limit in [Limit.ever, Limit.long, Limit.none] {
            #expect(alone.client.receive(limit) == .tls(G_TLS_ERROR_HANDSHAKE))
        }
        #expect(alone.client.close() == .done)
    }

    @Test func `time limits and cancellations do not last, failures do`() throws {
        let stage = try Stage.reach(.new)
        for _ in 0..<3 {
            #expect(stage.client.receive(Limit.short) == .timedOut)
            #expect(stage.client.send([1], Limit.short) == .timedOut)
            let cancel = Cancel()
            let handshake = Background { stage.client.handshake(cancel) }
            #expect(handshake.isStillWaiting(0.02))
            cancel.now()
            #expect(try handshake.join() == .cancelled)
        }
        let server = stage.serverHandshake()
        #expect(stage.client.handshake() == .done)
        #expect(try server.join() == .done)
    }

    @Test func `a goodbye in the clear is no success of a handshake, whoever sends it`() throws {
        let stage = try Stage.reach(.new)
        try Properties.set(stage.pair.client, "handshake-timeout") { g_value_set_int64($0, 2_000_000) }
        g_dtls_connection_set_require_close_notify(stage.pair.client, 0)
        let handshake = Background { stage.client.handshake() }
        #expect(handshake.isStillWaiting(0.05))
        stage.clientBase.with { $0.inbox.append([21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0]) }
        #expect(try handshake.join() == .tls(G_TLS_ERROR_EOF))
        #expect(g_dtls_connection_get_peer_certificate(stage.pair.client) == nil)
        #expect(stage.client.send([1]) == .tls(G_TLS_ERROR_EOF))
    }

    @Test func `a main loop that is gone before its handshake is over harms nobody`() throws {
        for _ in 0..<20 {
            let stage = try Stage.reach(.new)
            let beginning = Background {
                let loop = Loop()
                #expect(stage.client.receive(Limit.none) == .wouldBlock)
                loop.run(for: 0.001)
            }
            let server = stage.serverHandshake()
            try beginning.join()
            #expect(stage.client.handshake() == .done)
            #expect(try server.join() == .done)
        }
    }
}
