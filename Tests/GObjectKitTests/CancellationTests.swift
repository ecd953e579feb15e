// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

@Suite struct CancellationTests {
    private let cancellable: GRef<UnsafeMutablePointer<GCancellable>>

    init() throws {
        cancellable = try #require(GRef(taking: g_cancellable_new()))
    }

    @Test func `a cancelled cancellable throws, and none never does`() throws {
        try checkCancelled(nil)
        try checkCancelled(cancellable.pointer)
        g_cancellable_cancel(cancellable.pointer)
        #expect(throws: GLibError.io(G_IO_ERROR_CANCELLED, "")) { try checkCancelled(cancellable.pointer) }
    }

    @Test func `a handler runs once, on the cancelling thread`() throws {
        let runs = Shared<[UInt]>([])
        let handler = try #require(CancelHandler(cancellable.pointer) { runs.update { $0.append(threadNumber()) } })
        let pointer = cancellable
        let canceller = Shared<UInt>(0)
        onThread {
            canceller.value = threadNumber()
            g_cancellable_cancel(pointer.pointer)
            g_cancellable_cancel(pointer.pointer)
        }
        #expect(runs.value == [canceller.value])
        handler.disconnect()
    }

    @Test func `a handler of a cancelled cancellable runs at once`() throws {
        g_cancellable_cancel(cancellable.pointer)
        let runs = Shared(0)
        let handler = CancelHandler(cancellable.pointer) { runs.update { $0 += 1 } }
        #expect(runs.value == 1)
        withExtendedLifetime(handler) {}
    }

    @Test func `a disconnected handler does not run, and its closure is freed`() {
        let runs = Shared(0)
        let counter = LiveCounter()
        let handler = connect(runs, counter)
        #expect(counter.live == 1)
        handler?.disconnect()
        handler?.disconnect()
        g_cancellable_cancel(cancellable.pointer)
        #expect(runs.value == 0)
        #expect(counter.live == 0)
    }

    @Test func `a dropped handler is disconnected`() {
        let runs = Shared(0)
        let counter = LiveCounter()
        do { _ = connect(runs, counter) }
        g_cancellable_cancel(cancellable.pointer)
        #expect(runs.value == 0)
        #expect(counter.live == 0)
    }

    private func connect(_ runs: Shared<Int>, _ counter: LiveCounter) -> CancelHandler? {
        let witness = Witness(counter)
        return CancelHandler(cancellable.pointer) {
            witness.touch()
            runs.update { $0 += 1 }
        }
    }

    @Test func `disconnecting from inside the handler is not a deadlock`() throws {
        let slot = Shared<CancelHandler?>(nil)
        slot.value = CancelHandler(cancellable.pointer) { slot.value?.disconnect() }
        g_cancellable_cancel(cancellable.pointer)
        slot.value = nil
    }

    @Test func `a handler may let go of another one of the same cancellable`() throws {
        let slot = Shared<CancelHandler?>(nil)
        let handler = CancelHandler(cancellable.pointer) { slot.value = nil }
        slot.value = CancelHandler(cancellable.pointer) {}
        g_cancellable_cancel(cancellable.pointer)
        #expect(slot.value == nil)
        withExtendedLifetime(handler) {}
    }

    @Test func `no cancellable, no handler`() {
        #expect(CancelHandler(nil) {} == nil)
        #expect(CancellablePollFD(nil) == nil)
    }

    @Test func `the poll record becomes readable by the cancellation`() throws {
        let fd = try #require(CancellablePollFD(cancellable.pointer))
        var record = fd.record
        #expect(g_poll(&record, 1, 0) == 0)
        g_cancellable_cancel(cancellable.pointer)
        #expect(g_poll(&record, 1, 0) == 1)
    }
}

private func threadNumber() -> UInt { UInt(bitPattern: g_thread_self()) }
