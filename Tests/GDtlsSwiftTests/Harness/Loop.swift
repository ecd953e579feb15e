// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit

/// A main context of the test's own, the thread-default one while it lives.
final class Loop {
    let context = g_main_context_new()

    init() {
        g_main_context_push_thread_default(context)
    }

    deinit {
        g_main_context_pop_thread_default(context)
        g_main_context_unref(context)
    }

    /// Whether something waits to be dispatched; waits up to ten seconds for it, without dispatching.
    func awaitPending() -> Bool {
        let limit = Date() + 10
        while g_main_context_pending(context) == 0 {
            guard Date() < limit else { return false }
            // Sleeps: nothing tells of a source that another thread has attached, but to dispatch it.
            usleep(1000)
        }
        return true
    }

    /// The same as ``run(until:)`` as the owner of the context all the while, as a main loop is: no other thread steps in between.
    func runOwning(until condition: () -> Bool) -> Bool {
        g_main_context_acquire(context)
        defer { g_main_context_release(context) }
        return run(until: condition)
    }

    /// Iterates until the condition holds; false after ten seconds.
    ///
    /// - Parameters:
    ///   - ticks: the context is woken so often, in milliseconds, in case the condition changes unheard. A tick of ten
    ///     seconds and no less finds out whether anything wakes it.
    ///   - condition: what it waits for.
    /// - Returns: whether it holds.
    func run(ticks: guint = 20, until condition: () -> Bool) -> Bool {
        let limit = Date() + 10
        while !condition() {
            guard Date() < limit else { return false }
            // A tick, so that the limit is looked at.
            let tick = g_timeout_source_new(ticks)
            g_source_set_callback(tick, { _ in 0 }, nil, nil)
            g_source_attach(tick, context)
            g_main_context_iteration(context, 1)
            g_source_destroy(tick)
            g_source_unref(tick)
        }
        return true
    }
}

/// What an asynchronous operation came to: give ``callback`` and ``data`` to C.
final class AsyncResult: @unchecked Sendable {  // unchecked: used in the loop's thread
    private(set) var outcome: Result<Void, any Error>?
    private let finish: (OpaquePointer?, OpaquePointer?, GErrorOut) -> gboolean

    /// - Parameter finish: such as `g_dtls_connection_handshake_finish`.
    init(_ finish: @escaping (OpaquePointer?, OpaquePointer?, GErrorOut) -> gboolean) {
        self.finish = finish
    }

    var isDone: Bool { outcome != nil }

    var error: GLibError? {
        if case .failure(let error) = outcome { return error as? GLibError }
        return nil
    }

    /// The data for one call.
    var data: UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }

    static let callback: GAsyncReadyCallback = { object, result, data in
        guard let data else { preconditionFailure("Give data to C along with the callback") }
        let me = Unmanaged<AsyncResult>.fromOpaque(data).takeRetainedValue()
        me.outcome = Result { _ = try withGError { me.finish(OpaquePointer(object), result, $0) } }
    }
}
