// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// The application's code inside of a handshake: what it may do, and what others do meanwhile.
@Suite struct HandlerTests {
    @Test(arguments: Stage.Beginning.allCases)
    func `asynchronous operations that begin inside of a handler end after it`(_ beginning: Stage.Beginning) throws {
        let handshake = LockedValue<AsyncResult?>(nil)
        let shutdown = LockedValue<AsyncResult?>(nil)
        try Stage.insideHandler(beginning) { stage in
            let begun = AsyncTests.handshake(stage.pair.client)
            let half = AsyncResult { g_dtls_connection_shutdown_finish($0, $1, $2) }
            stage.client.table.pointee.shutdown_async(
                stage.pair.client,
                1,
                0,
                0,
                nil,
                AsyncResult.callback,
                half.data
            )
            #expect(!begun.isDone && !half.isDone)
            handshake.withLock { $0 = begun }
            shutdown.withLock { $0 = half }
        } afterwards: { loop, stage in
            for result in [handshake, shutdown] {
                let result = try #require(result.withLock { $0 })
                #expect(loop.run { result.isDone })
                #expect(result.error == nil)
            }
            #expect(stage.client.receive() == .closed)
        }
    }

    @Test(arguments: Stage.Beginning.allCases)
    func `a handshake succeeds though a handler has had it closed behind it`(_ beginning: Stage.Beginning) throws {
        let loop = Loop()
        let stage = try Stage.reach(.new)
        try Ends.setValidation(stage.pair.client, G_TLS_CERTIFICATE_VALIDATE_ALL)
        let close = AsyncResult { g_dtls_connection_close_finish($0, $1, $2) }
        Signals.onAcceptCertificate(stage.pair.client) { [unowned stage] _, _ in
            g_dtls_connection_close_async(stage.pair.client, 0, nil, AsyncResult.callback, close.data)
            return true
        }
        let server = stage.serverHandshake()
        switch beginning {
        case .blocking:
            #expect(stage.client.handshake() == .done)
        case .asynchronous:
            let result = AsyncTests.handshake(stage.pair.client)
            #expect(loop.run { result.isDone } && result.error == nil)
        }
        #expect(loop.run { close.isDone } && close.error == nil)
        #expect(try server.join() == .done)
        #expect(stage.client.handshake() == .closed)
    }

    @Test(arguments: Stage.Beginning.allCases)
    func `a source that is made inside of a handler fires when the handshake is over`(_ beginning: Stage.Beginning)
        throws
    {
        let watch = LockedValue<Watch?>(nil)
        try Stage.insideHandler(beginning) { stage in
            let made = Watch(stage.pair.client, G_IO_OUT)
            g_main_context_iteration(g_main_context_get_thread_default(), 0)
            #expect(made.fired.isEmpty)
            watch.withLock { $0 = made }
        } afterwards: { loop, _ in
            let made = try #require(watch.withLock { $0 })
            #expect(loop.run { !made.fired.isEmpty })
            #expect(made.fired == [G_IO_OUT])
        }
    }

    @Test(arguments: Stage.Beginning.allCases)
    func `other threads wait, time out or are told to come again while a handler runs`(_ beginning: Stage.Beginning)
        throws
    {
        let joined = LockedValue<[Background<Outcome>]>([])
        try Stage.insideHandler(beginning) { stage in
            let client = stage.client
            let other = Background {
                #expect(client.receive(Limit.none) == .wouldBlock)
                #expect(client.send([1], Limit.none) == .wouldBlock)
                #expect(client.receive(Limit.short) == .timedOut)
                #expect(client.send([1], Limit.short) == .timedOut)
                #expect(client.check() == .none)
                #expect(client.wait(G_IO_OUT, Limit.short) == .timedOut)
                let cancel = Cancel()
                let calls = [
                    Background { client.handshake(cancel) }, Background { client.close(cancel) },
                    Background { client.receive(Limit.ever, cancel) },
                ]
                #expect(calls[0].isStillWaiting(0.05) && !calls[1].isDone && !calls[2].isDone)
                cancel.now()
                let outcomes = try calls.map { try $0.join() }
                #expect(outcomes == [.cancelled, .cancelled, .cancelled])
            }
            _ = try? other.join()
            joined.withLock { $0 = [Background { client.handshake() }, Background { client.wait(G_IO_OUT) }] }
        }
        for thread in joined.withLock({ $0 }) { #expect(try thread.join() == .done) }
    }

    @Test func `a handler that takes long holds up its own connection alone`() throws {
        let slow = try Stage.reach(.new)
        try Ends.setValidation(slow.pair.client, G_TLS_CERTIFICATE_VALIDATE_ALL)
        let isInside = DispatchSemaphore(value: 0)
        let mayLeave = DispatchSemaphore(value: 0)
        Signals.onAcceptCertificate(slow.pair.client) { _, _ in
            isInside.signal()
            mayLeave.wait()
            return true
        }
        let thread = Background {
            let loop = Loop()
            let result = AsyncTests.handshake(slow.pair.client)
            return loop.run { result.isDone } && result.error == nil
        }
        let server = slow.serverHandshake()
        isInside.wait()
        // Meanwhile the worker drives others, both ends of them.
        let loop = Loop()
        for _ in 0..<3 {
            let stage = try Stage.reach(.new)
            let results = [AsyncTests.handshake(stage.pair.client), AsyncTests.handshake(stage.pair.server)]
            #expect(loop.run { results.allSatisfy(\.isDone) })
            #expect(results.allSatisfy { $0.error == nil })
            #expect(stage.client.send([1]) == .done)
            #expect(stage.server.receive() == .data([1]))
            #expect(stage.client.close() == .done)
        }
        mayLeave.signal()
        #expect(try thread.join())
        #expect(try server.join() == .done)
    }

    @Test func `a handler that takes long does not keep data from those who wait for it`() throws {
        let stage = try Stage.reach(.new)
        let isInside = DispatchSemaphore(value: 0)
        let mayLeave = DispatchSemaphore(value: 0)
        Signals.onNotify(stage.pair.client) { name in
            guard name == "ciphersuite-name" else { return }
            isInside.signal()
            mayLeave.wait()
        }
        let handshake = Background { stage.client.handshake() }
        let receiving = Background { stage.client.receive(Limit.ever) }
        let server = stage.serverHandshake()
        isInside.wait()
        // One of the two threads is inside; if it is the one that receives, this one is left to watch the base.
        let third = Background { stage.client.receive(Limit.ever) }
        #expect(try server.join() == .done)
        #expect(stage.server.send([1]) == .done)
        let limit = Date() + 20
        while !receiving.isDone, !third.isDone, Date() < limit { usleep(1000) }  // until somebody has it
        #expect(receiving.isDone || third.isDone)
        #expect(stage.server.send([2]) == .done)
        mayLeave.signal()
        #expect(try handshake.join() == .done)
        let outcomes = [try receiving.join(), try third.join()]
        #expect(outcomes.contains(.data([1])) && outcomes.contains(.data([2])))
    }

    @Test(arguments: Stage.Beginning.allCases)
    func `a handler may use other connections in every way, and they theirs`(_ beginning: Stage.Beginning) throws {
        try Stage.insideHandler(beginning) { outer in
            var outcomes: [Outcome] = []
            do {
                try Stage.insideHandler(beginning) { inner in
                    #expect(outer.client.receive(Limit.ever) == .failed)
                    #expect(inner.client.receive(Limit.ever) == .failed)
                }
                let other = try Stage.reach(.new)
                let server = other.serverHandshake()
                outcomes = [other.client.handshake(), try server.join(), other.client.send([1])]
                outcomes += [other.server.receive(), other.client.close(), other.server.receive()]
            } catch {
                Issue.record(error)
            }
            #expect(outcomes == [.done, .done, .done, .data([1]), .done, .end])
        }
    }

    @Test(arguments: Stage.Beginning.allCases, [true, false])
    func `the last reference may go inside of a handler`(_ beginning: Stage.Beginning, isAccepted: Bool) throws {
        let loop = Loop()
        let (one, other) = try Sockets.pair()
        let server = try Ends.server(other, try TestPKI.shared.server)
        let client = try Ends.client(one)
        defer {
            for object in [one, other, server] { g_object_unref(UnsafeMutableRawPointer(object)) }
        }
        try Ends.setValidation(client, G_TLS_CERTIFICATE_VALIDATE_ALL)
        Signals.onAcceptCertificate(client) { _, _ in
            g_object_unref(UnsafeMutableRawPointer(client))
            return isAccepted
        }
        let shaking = Background { Calls(server).handshake() }
        switch beginning {
        case .blocking:
            #expect(
                Outcome {
                    try DTLS.handshake(client); return .done
                } == .closed
            )
        case .asynchronous:
            // The operation has a reference of its own.
            let result = AsyncTests.handshake(client)
            #expect(loop.run { result.isDone })
            #expect((result.error == nil) == isAccepted)
        }
        _ = try shaking.join()
    }

    @Test func `a handler of a notification may use the connection`() throws {
        let stage = try Stage.reach(.new)
        let outcomes = LockedValue<[Outcome]>([])
        Signals.onNotify(stage.pair.client) { name in
            guard name == "ciphersuite-name" else { return }
            let client = stage.client
            outcomes.withLock { $0 += [client.send([1], Limit.ever), client.receive(Limit.none), client.handshake()] }
        }
        let server = stage.serverHandshake()
        #expect(stage.client.handshake() == .done)
        #expect(try server.join() == .done)
        #expect(outcomes.withLock { $0 } == [.done, .wouldBlock, .done])
        #expect(stage.server.receive() == .data([1]))
    }

    @Test(arguments: Stage.Beginning.allCases)
    func `a database of the application's may not block on the connection either`(_ beginning: Stage.Beginning) throws {
        let loop = Loop()
        let stage = try Stage.reach(.new)
        try Ends.setValidation(stage.pair.client, G_TLS_CERTIFICATE_VALIDATE_ALL)
        let outcomes = LockedValue<[Outcome]>([])
        let database = ThoughtfulDatabase { [unowned stage] _ in
            let client = stage.client
            let found = [client.receive(Limit.ever), client.send([1], Limit.none), client.close()]
            outcomes.withLock { $0 += found }
            return .none
        }
        g_dtls_connection_set_database(stage.pair.client, database.object)
        let server = stage.serverHandshake()
        switch beginning {
        case .blocking:
            #expect(stage.client.handshake() == .done)
        case .asynchronous:
            let result = AsyncTests.handshake(stage.pair.client)
            #expect(loop.run { result.isDone } && result.error == nil)
        }
        #expect(try server.join() == .done)
        #expect(outcomes.withLock { $0 } == [.failed, .wouldBlock, .failed])
    }

    @Test func `a program that polls and has no main loop is asked all the same, in its own thread`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.new)
        try Ends.setValidation(stage.pair.client, G_TLS_CERTIFICATE_VALIDATE_ALL)
        let diary = Diary()
        Signals.onAcceptCertificate(stage.pair.client) { [unowned stage] _, _ in
            diary.note("asked")
            #expect(stage.client.receive(Limit.none) == .wouldBlock)
            return true
        }
        Signals.onNotify(stage.pair.client) { diary.note($0) }
        let server = Background { stage.server.send([5]) }
        let limit = Date() + 20
        var outcome = Outcome.wouldBlock
        while outcome == .wouldBlock, Date() < limit {
            outcome = stage.client.receive(Limit.none)
            usleep(1000)  // as such programs do
        }
        #expect(outcome == .data([5]))
        #expect(try server.join() == .done)
        #expect(diary.words.first == "asked" && diary.count("ciphersuite-name") == 1)
        #expect(Set(diary.entries.map(\.thread)) == [Diary.thisThread])
        withExtendedLifetime(loop) {}
    }

    @Test func `the thread that began a handshake is asked, not one that waits beside it`() throws {
        for _ in 0..<10 {
            let stage = try Stage.reach(.new)
            try Ends.setValidation(stage.pair.client, G_TLS_CERTIFICATE_VALIDATE_ALL)
            let diary = Diary()
            Signals.onAcceptCertificate(stage.pair.client) { _, _ in
                diary.note("asked")
                return true
            }
            Signals.onNotify(stage.pair.client) { diary.note($0) }
            let handshake = Background { (stage.client.handshake(), Diary.thisThread) }
            // It has begun: its first flight has left.
            let limit = Date() + 30
            while stage.serverBase.with({ $0.inbox.isEmpty }), Date() < limit { usleep(1000) }
            #expect(!handshake.isDone)
            let beside = [
                Background { stage.client.wait(G_IO_OUT, Limit.ever) },
                Background { stage.client.shutdown(read: true, write: false) },
                Background { stage.client.handshake() },
            ]
            #expect(beside[0].isStillWaiting(0.02))
            #expect(stage.server.handshake() == .done)
            let (outcome, thread) = try handshake.join()
            #expect(outcome == .done)
            for call in beside { #expect(try call.join() == .done) }
            #expect(Set(diary.entries.map(\.thread)) == [thread])
        }
    }
}
