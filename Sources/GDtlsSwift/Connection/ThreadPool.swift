// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// GLib's pool of threads for what may block in somebody else's code, such as a database of the application's.
enum ThreadPool {
    /// Runs `body` in a thread of the pool, with `object` kept alive.
    ///
    /// The corresponding C function is `g_task_run_in_thread`.
    static func run(_ object: GRef<UnsafeMutablePointer<GObject>>, _ body: @escaping @Sendable () -> Void) {
        let task = g_task_new(object.rawPointer, nil, nil, nil)
        let box = Unmanaged.passRetained(Box(body: body)).toOpaque()
        g_task_set_task_data(task, box) { box in
            if let box { Unmanaged<Box>.fromOpaque(box).release() }
        }
        order.withLock {}
        g_task_run_in_thread(task) { task, _, box, _ in
            ThreadPool.order.withLock {}
            if let box { Unmanaged<Box>.fromOpaque(box).takeUnretainedValue().body() }
            g_task_return_boolean(task, 1)
        }
        g_object_unref(UnsafeMutableRawPointer(task))
    }

    /// GLib puts the thread behind the one that asked for it, but by futexes of its own, which the thread sanitizer does
    /// not see; this it does.
    private static let order = Monitor()

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
