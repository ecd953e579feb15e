// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit
internal import Glibc

/// The thread of a ``Worker``, which iterates a context for as long as the process lives.
enum WorkerThread {
    /// Starts it; false, and a warning, where the system has no thread to give.
    static func start(_ context: MainContext) -> Bool {
        _ = isHaltedAtExit
        // A gate for each thread: that of a process which forked may have been held then, and would be for ever.
        gate.withLock { $0 = Gate() }
        g_main_context_set_poll_func(context.pointer) { records, count, timeout in
            WorkerThread.presentGate?.monitor.withoutLock { g_poll(records, count, timeout) } ?? -1
        }
        // The new thread inherits the mask: the application's signals are for its own threads.
        var all = sigset_t()
        var own = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &own)
        defer { pthread_sigmask(SIG_SETMASK, &own, nil) }
        let box = Unmanaged.passRetained(context).toOpaque()
        var error: UnsafeMutablePointer<GError>?
        if let thread = g_thread_try_new("gdtls-swift", function, box, &error) {
            g_thread_unref(thread)
            return true
        }
        Unmanaged<MainContext>.fromOpaque(box).release()
        let reason = error.map { GLibError(taking: $0).message } ?? "for no reason"
        logWarning("What DTLS connections do in the background has to wait: its thread cannot be started: \(reason)")
        return false
    }

    private static let function: GThreadFunc = { box in
        guard let box else { return nil }
        let context = Unmanaged<MainContext>.fromOpaque(box).takeRetainedValue()
        WorkerThread.presentGate?.monitor.lock()
        while true { context.asThreadDefault { while true { _ = context.iterate(mayBlock: true) } } }
    }

    /// Whether the thread stands still in `exit`, when others take down what it uses: OpenSSL its tables, the program its
    /// objects.
    ///
    /// Registered when OpenSSL is in use already, so that this comes before its turn. The thread gets a second to come
    /// to its rest: a base socket of the application's may keep it longer, and nobody waits for that to exit.
    private static let isHaltedAtExit =
        atexit {
            guard let gate = WorkerThread.presentGate, gate.generation == Fork.generation else { return }
            gate.monitor.lock(atMost: 1)
        } == 0

    /// Held by the thread but while it sleeps.
    private final class Gate: Sendable {
        let monitor = Monitor()
        let generation = Fork.generation
    }

    private static let gate = Guarded<Gate?>(nil)
    private static var presentGate: Gate? { gate.withLock { $0 } }
}
