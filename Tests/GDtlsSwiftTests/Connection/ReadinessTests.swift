// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// Conditions are told alike by a check, a wait and a source, in every state; and nobody spins.
@Suite struct ReadinessTests {
    /// What holds in a state, of reading and writing.
    private static func expected(_ state: Stage.State) -> GIOCondition {
        switch state {
        case .new, .handshakeFailed, .cancelledBeforeFirstPacket, .peerClosed, .baseEnded: G_IO_IN | G_IO_OUT
        case .handshaked, .readingShutDown: G_IO_OUT
        case .handshakingInBackground, .writingShutDown: .none
        case .closed: G_IO_HUP
        }
    }

    private static let questions = [G_IO_IN, G_IO_OUT, G_IO_IN | G_IO_OUT, G_IO_ERR]

    private static func expected(_ state: Stage.State, _ condition: GIOCondition) -> GIOCondition {
        state == .closed ? G_IO_HUP : expected(state) & condition
    }

    @Test(arguments: Stage.State.allCases)
    func `condition_check tells what holds`(_ state: Stage.State) throws {
        let stage = try Stage.reach(state)
        for condition in Self.questions {
            #expect(stage.client.check(condition) == Self.expected(state, condition))
        }
    }

    @Test(arguments: Stage.State.allCases)
    func `condition_wait ends at once if it holds, and otherwise by its limit or cancellation`(_ state: Stage.State)
        throws
    {
        let stage = try Stage.reach(state)
        for condition in Self.questions {
            let holds = !Self.expected(state, condition).isEmpty
            #expect(stage.client.wait(condition, Limit.ever, .cancelled) == .cancelled)
            #expect(stage.client.wait(condition, Limit.none) == (holds ? .done : .timedOut))
            #expect(stage.client.wait(condition, holds ? Limit.ever : Limit.short) == (holds ? .done : .timedOut))
            if holds { continue }
            let cancel = Cancel()
            let waiting = Background { stage.client.wait(condition, Limit.ever, cancel) }
            #expect(waiting.isStillWaiting(0.02))
            cancel.now()
            #expect(try waiting.join() == .cancelled)
        }
    }

    @Test(arguments: Stage.State.allCases)
    func `a source fires if it holds, with what holds, and else not`(_ state: Stage.State) throws {
        let loop = Loop()
        let stage = try Stage.reach(state)
        for condition in Self.questions {
            let expected = Self.expected(state, condition)
            let watch = Watch(stage.pair.client, condition)
            if expected.isEmpty {
                loop.run(for: 0.05)
                #expect(watch.fired.isEmpty)
            } else {
                #expect(loop.run { !watch.fired.isEmpty })
                #expect(watch.fired == [expected])
            }
            watch.destroy()
        }
    }

    @Test(arguments: Stage.State.allCases)
    func `a cancelled source fires, with what holds`(_ state: Stage.State) throws {
        let loop = Loop()
        let stage = try Stage.reach(state)
        for condition in Self.questions {
            let expected = Self.expected(state, condition)
            let early = Watch(stage.pair.client, condition, .cancelled)
            #expect(loop.run { !early.fired.isEmpty })
            #expect(early.fired == [expected])
            guard expected.isEmpty else { continue }
            let cancel = Cancel()
            let watch = Watch(stage.pair.client, condition, cancel)
            loop.run(for: 0.02)
            #expect(watch.fired.isEmpty)
            cancel.now()
            #expect(loop.run { !watch.fired.isEmpty })
            #expect(watch.fired == [.none])
        }
    }

    @Test(arguments: Stage.State.allCases)
    func `who waits for what does not hold does not spin, and leaves the base alone`(_ state: Stage.State) throws {
        let loop = Loop()
        let stage = try Stage.reach(state)
        if state == .handshaked {
            // The base has no room, which is for others to wait for.
            stage.clientBase.with { $0.room = 0 }
            #expect(stage.client.send([1], Limit.none) == .done)
        }
        let conditions = [G_IO_IN, G_IO_OUT, G_IO_ERR].filter { condition in
            Self.expected(state, condition).isEmpty || state == .handshaked && condition == G_IO_OUT
        }
        let watches = conditions.map { Watch(stage.pair.client, $0) }
        let waits = conditions.map { condition in
            Background {
                Processor.isIdle { #expect(stage.client.wait(condition, 700_000) == .timedOut) }
            }
        }
        stage.clientBase.with { $0.looks = 0 }
        let isIdle = Processor.isIdle { loop.run(for: 0.6) }
        #expect(isIdle)
        // Retransmissions of a handshake, and the hand-over from one to the next.
        #expect(stage.clientBase.with { $0.looks } < 100)
        for wait in waits { #expect(try wait.join()) }
        #expect(watches.allSatisfy { $0.fired.isEmpty })
    }

    @Test func `a base that becomes writable is noticed though nobody does anything`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        for round in 0..<3 {
            stage.clientBase.with { $0.room = 0 }
            #expect(stage.client.send([1], Limit.none) == .done)
            let watch = Watch(stage.pair.client, G_IO_OUT)
            let waiting = round == 1 ? Background { stage.client.wait(G_IO_OUT, Limit.ever) } : nil
            loop.run(for: 0.05)
            #expect(watch.fired.isEmpty)
            if let waiting { #expect(waiting.isStillWaiting(0.02)) }
            stage.clientBase.with { $0.room = nil }
            #expect(loop.run { !watch.fired.isEmpty })
            #expect(watch.fired == [G_IO_OUT])
            if let waiting { #expect(try waiting.join() == .done) }
            #expect(stage.server.receive() == .data([1]))
        }
    }

    @Test func `a thread that leaves does not take with it what is to be sent`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        stage.clientBase.with { $0.room = 0 }
        #expect(stage.client.send([1], Limit.none) == .done)
        // It watches the base for both until it goes.
        #expect(stage.client.receive(Limit.short) == .timedOut)
        let watch = Watch(stage.pair.client, G_IO_OUT)
        stage.clientBase.with { $0.room = nil }
        #expect(loop.run { !watch.fired.isEmpty })
        #expect(stage.server.receive() == .data([1]))
    }

    @Test func `an end wakes everybody who waits for anything`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        let watch = Watch(stage.pair.client, G_IO_IN)
        let waiting = Background { stage.client.wait(G_IO_IN, Limit.ever) }
        let receiving = Background { stage.client.receive(Limit.ever) }
        #expect(receiving.isStillWaiting(0.05) && !waiting.isDone)
        let closing = Background { stage.client.close() }
        #expect(try closing.join() == .done)
        #expect(try receiving.join() == .closed)
        #expect(try waiting.join() == .done)
        #expect(loop.run { !watch.fired.isEmpty })
        #expect(watch.fired == [G_IO_HUP])
    }
}
