// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit
internal import Glibc
internal import Synchronization

/// How the leader of the blocked threads waits for the base socket, and is woken from elsewhere.
protocol Waiter: AnyObject, Sendable {
    /// Sleeps until the base is ready for `condition`, ``wake()``, or the instant; whether the base is ready.
    func wait(for condition: GIOCondition, on base: BaseSocket, until instant: Instant?) -> Bool
    /// Ends the present wait, or the next one. From any thread.
    func wake()
}

extension BaseSocket {
    /// The calling thread's way to wait for this base.
    func makeWaiter() -> any Waiter {
        isSocket ? DescriptorWaiter.ofThread : ContextWaiter()
    }
}

/// Waits for a descriptor with g_poll. One for each thread that ever waits, so that descriptors do not grow with
/// connections.
// Unchecked Sendable: the event descriptor never changes, and may be written from any thread.
final class DescriptorWaiter: Waiter, @unchecked Sendable {
    private let event = CGIO_eventfd()
    private let generation = Fork.generation

    deinit {
        if event >= 0 { close(event) }
    }

    /// A poll does not notice that another thread closes the descriptor, which is how an unclean close is made: look
    /// once in a while, in milliseconds.
    private static let longestPoll: Int64 = 1000

    func wait(for condition: GIOCondition, on base: BaseSocket, until instant: Instant?) -> Bool {
        // Rounded up, so that the last fraction of a millisecond is no busy loop. Without an event descriptor (none
        // was left) a short wait takes its place.
        let left = instant.map { max(0, ($0.microseconds - Int64(g_get_monotonic_time()) + 999) / 1000) } ?? .max
        let limit = min(left, event >= 0 ? Self.longestPoll : 10)
        var records = [GPollFD(fd: event, events: gushort(G_IO_IN.rawValue), revents: 0)]
        // Not for nothing: a poll reports errors unasked.
        if let descriptor = base.descriptor, !condition.isEmpty {
            records.append(GPollFD(fd: descriptor, events: gushort(condition.rawValue), revents: 0))
        }
        g_poll(&records, guint(records.count), gint(limit))
        if records[0].revents != 0, event >= 0 {
            var count: UInt64 = 0
            _ = read(event, &count, 8)
        }
        return records.count > 1 && records[1].revents != 0
    }

    func wake() {
        var one: UInt64 = 1
        _ = write(event, &one, 8)
    }

    static var ofThread: DescriptorWaiter {
        if let stored = pthread_getspecific(key) {
            let waiter = Unmanaged<DescriptorWaiter>.fromOpaque(stored)
            // After a fork the event belongs to both processes, and each would take the other's wake-ups.
            if waiter._withUnsafeGuaranteedRef({ $0.generation == Fork.generation }) {
                return waiter.takeUnretainedValue()
            }
            waiter.release()
        }
        let made = DescriptorWaiter()
        pthread_setspecific(key, Unmanaged.passRetained(made).toOpaque())
        return made
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { stored in
            if let stored { Unmanaged<DescriptorWaiter>.fromOpaque(stored).release() }
        }
        return key
    }()
}

/// Waits for any GDatagramBased with the source that it makes, in a context of its own.
// Unchecked Sendable: a GMainContext may be woken from any thread.
final class ContextWaiter: Waiter, @unchecked Sendable {
    private let context = g_main_context_new()
    private let isWoken = Atomic(false)

    deinit {
        g_main_context_unref(context)
    }

    func wait(for condition: GIOCondition, on base: BaseSocket, until instant: Instant?) -> Bool {
        var sources: [UnsafeMutablePointer<GSource>] = []
        defer {
            for source in sources {
                g_source_destroy(source)
                g_source_unref(source)
            }
        }
        if !condition.isEmpty {
            let source = base.makeSource(condition)
            let nothing: GDatagramBasedSourceFunc = { _, _, _ in 1 }
            // unsafeBitCast: g_source_set_callback takes every callback cast to GSourceFunc.
            g_source_set_callback(source, unsafeBitCast(nothing, to: GSourceFunc.self), nil, nil)
            sources.append(source)
        }
        if let timer = instant.flatMap(makeTimer) { sources.append(timer) }
        for source in sources { g_source_attach(source, context) }
        // Attaching a source that polls wakes its context. This takes that away, and must not take away a genuine wake().
        guard g_main_context_iteration(context, 0) == 0, !isWoken.load(ordering: .acquiring) else { return false }
        g_main_context_iteration(context, 1)
        return false
    }

    func wake() {
        isWoken.store(true, ordering: .releasing)
        g_main_context_wakeup(context)
    }

    private func makeTimer(at instant: Instant) -> UnsafeMutablePointer<GSource>? {
        let left = max(0, instant.microseconds - Int64(g_get_monotonic_time()))
        let timer = g_timeout_source_new(guint(clamping: (left + 999) / 1000))
        g_source_set_callback(timer, { _ in 1 }, nil, nil)
        return timer
    }
}
