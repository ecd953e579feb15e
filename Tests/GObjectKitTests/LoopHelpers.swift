// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Synchronization

/// A value that callbacks on any thread may change.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value {
        get { mutex.withLock { $0 } }
        set { mutex.withLock { $0 = newValue } }
    }

    func update(_ change: (inout sending Value) -> Void) { mutex.withLock { change(&$0) } }
}

extension MainContext {
    /// Iterates until the condition holds, or for five seconds.
    func run(until condition: () -> Bool) -> Bool {
        let alarm = EventSource { _ in true }
        alarm.setReadyTime(Int64(g_get_monotonic_time()) + 5_000_000)
        alarm.attach(to: self)
        defer { alarm.destroy() }
        let end = Int64(g_get_monotonic_time()) + 5_000_000
        while !condition() {
            guard Int64(g_get_monotonic_time()) < end else { return false }
            iterate(mayBlock: true)
        }
        return true
    }

    /// Dispatches all that is ready now.
    func drain() {
        while iterate(mayBlock: false) {}
    }
}

/// Runs `body` on a thread of its own and waits for it.
func onThread(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(ThreadBody(body))
    let thread = g_thread_new(
        "test",
        { data in
            guard let data else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(data).takeRetainedValue().body()
            return nil
        },
        box.toOpaque()
    )
    g_thread_join(thread)
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
