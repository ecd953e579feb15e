// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

@Suite struct SourceTests {
    private let context = MainContext()

    @Test func `a source fires at its ready time, and not before`() {
        let fired = Shared<Int64?>(nil)
        let due = Int64(g_get_monotonic_time()) + 20_000
        let source = EventSource { source in
            fired.value = source.now
            return false
        }
        source.setReadyTime(due)
        #expect(source.readyTime == due)
        source.attach(to: context)
        context.drain()
        #expect(fired.value == nil)
        #expect(context.run { fired.value != nil })
        #expect((fired.value ?? 0) >= due)
        #expect(source.isDestroyed)
    }

    @Test func `setting the ready time from another thread wakes the loop`() {
        let fired = Shared(false)
        let source = EventSource { source in
            fired.value = true
            source.setReadyTime(-1)
            return true
        }
        source.attach(to: context)
        defer { source.destroy() }
        onThread { source.setReadyTime(0) }
        #expect(context.run { fired.value })
        fired.value = false
        context.drain()
        #expect(!fired.value)
    }

    @Test func `whoever wants to know hears that a source is destroyed before that is over`() {
        let heard = Shared(0)
        func make() -> EventSource {
            let source = EventSource { _ in true }
            source.whenDestroyed { heard.update { $0 += 1 } }
            return source
        }
        let alone = make()
        alone.attach(to: context)
        alone.destroy()
        #expect(heard.value == 1)
        // With its parent, and with its context.
        let parent = EventSource { _ in true }
        parent.addChild(make())
        parent.attach(to: context)
        parent.destroy()
        #expect(heard.value == 2)
        let last: EventSource = make()
        do { last.attach(to: MainContext()) }
        #expect(last.isDestroyed && heard.value == 3)
        // One that was never attached is freed with the last reference.
        do { _ = make() }
        #expect(heard.value == 4)
    }

    @Test func `a readable descriptor dispatches, and the query says what happened`() throws {
        var fds: [Int32] = [-1, -1]
        try #require(pipe(&fds) == 0)
        defer { for fd in fds { close(fd) } }
        let readEnd = fds[0]
        let seen = Shared<[UInt32]>([])
        let handler = DescriptorHandler { events in
            seen.update { $0.append(events.rawValue) }
            var byte: UInt8 = 0
            return read(readEnd, &byte, 1) == 1
        }
        let source = EventSource(handler)
        handler.tag.value = source.addUnixFD(readEnd, events: G_IO_IN)
        source.attach(to: context)
        context.drain()
        #expect(seen.value.isEmpty)
        #expect(write(fds[1], "x", 1) == 1)
        #expect(context.run { !seen.value.isEmpty })
        #expect(seen.value == [G_IO_IN.rawValue])
        source.modify(try #require(handler.tag.value), events: .none)
        #expect(write(fds[1], "x", 1) == 1)
        context.drain()
        #expect(seen.value.count == 1)
        source.destroy()
    }

    @Test func `prepare and check decide on their own`() {
        let handler = CountingHandler()
        let source = EventSource(handler)
        source.attach(to: context)
        context.drain()
        #expect(handler.dispatched.value == 0)
        handler.readiness.value = .ready
        context.iterate(mayBlock: true)
        #expect(handler.dispatched.value == 1)
        handler.readiness.value = .waitAtMost(milliseconds: 1)
        handler.isReady.value = true
        context.iterate(mayBlock: true)
        #expect(handler.dispatched.value == 2)
        source.destroy()
    }

    @Test func `a cancellable child dispatches its parent`() throws {
        let cancellable = try #require(GRef(taking: g_cancellable_new()))
        let fired = Shared(false)
        let source = EventSource { _ in
            fired.value = true
            return false
        }
        source.addChild(cancellable: cancellable.pointer)
        source.addChild(cancellable: nil)
        source.attach(to: context)
        context.drain()
        #expect(!fired.value)
        onThread { g_cancellable_cancel(cancellable.pointer) }
        #expect(context.run { fired.value })
    }

    @Test func `a child that is removed has no say`() {
        let fired = Shared(false)
        let parent = EventSource { _ in
            fired.value = true
            return true
        }
        let child = EventSource { _ in true }
        parent.addChild(child.pointer)
        parent.attach(to: context)
        child.setReadyTime(0)
        context.iterate(mayBlock: false)
        #expect(fired.value)
        fired.value = false
        parent.removeChild(child.pointer)
        context.drain()
        #expect(!fired.value)
        parent.destroy()
    }

    @Test func `the handler is freed with the source, attached or not`() {
        let counter = LiveCounter()
        func make() -> EventSource {
            let witness = Witness(counter)
            return EventSource { _ in
                witness.touch()
                return true
            }
        }
        do { _ = make() }
        #expect(counter.live == 0)
        do {
            let source = make()
            source.attach(to: context)
        }
        #expect(counter.live == 1)
        do {
            let source = make()
            source.attach(to: context)
            source.destroy()
        }
        #expect(counter.live == 1)
    }

    @Test func `finalized comes before the release`() {
        let handler = CountingHandler()
        do { _ = EventSource(handler) }
        #expect(handler.finalizations.value == 1)
    }
}

private final class DescriptorHandler: SourceHandler, @unchecked Sendable {
    let tag = Shared<SourceFDTag?>(nil)
    let body: @Sendable (GIOCondition) -> Bool

    init(_ body: @escaping @Sendable (GIOCondition) -> Bool) { self.body = body }

    override func dispatch(_ source: BorrowedSource, callback: GSourceFunc?, userData: gpointer?) -> Bool {
        guard let tag = tag.value else { return false }
        return body(source.query(tag))
    }
}

private final class CountingHandler: SourceHandler, @unchecked Sendable {
    let readiness = Shared(SourceReadiness.waitAtMost(milliseconds: 1))
    let isReady = Shared(false)
    let dispatched = Shared(0)
    let finalizations = Shared(0)

    override func prepare(_ source: BorrowedSource) -> SourceReadiness { readiness.value }

    override func check(_ source: BorrowedSource) -> Bool { isReady.value }

    override func dispatch(_ source: BorrowedSource, callback: GSourceFunc?, userData: gpointer?) -> Bool {
        dispatched.update { $0 += 1 }
        return true
    }

    override func finalized() { finalizations.update { $0 += 1 } }
}
