// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// GLib's pool of threads for what may block in somebody else's code, such as a database of the application's.
enum ThreadPool {
    /// Runs `body` in a thread of the pool, with an object kept alive; then, without it, what `body` gives.
    ///
    /// The corresponding C function is `g_task_run_in_thread`.
    static func run(_ object: KeptObject, _ body: @escaping @Sendable () -> (() -> Void)?) {
        let task = g_task_new(nil, nil, nil, nil)
        let box = Unmanaged.passRetained(Box(object: object, body: body)).toOpaque()
        g_task_set_task_data(task, box) { box in
            if let box { Unmanaged<Box>.fromOpaque(box).release() }
        }
        order.withLock {}
        g_task_run_in_thread(task) { task, _, box, _ in
            ThreadPool.order.withLock {}
            if let box { Unmanaged<Box>.fromOpaque(box).takeUnretainedValue().run() }
            g_task_return_boolean(task, 1)
        }
        g_object_unref(UnsafeMutableRawPointer(task))
    }

    /// GLib puts the thread behind the one that asked for it, but by futexes of its own, which the thread sanitizer does
    /// not see; this it does.
    private static let order = Monitor()

    private final class Box: Sendable {
        private let object: KeptObject
        private let body: @Sendable () -> (() -> Void)?

        init(object: KeptObject, body: @escaping @Sendable () -> (() -> Void)?) {
            self.object = object
            self.body = body
        }

        func run() {
            let consequence = body()
            object.letGo()
            consequence?()
        }
    }
}

/// A reference that whoever is done with the object lets go for all who share it.
final class KeptObject: Sendable {
    private let reference: Guarded<GRef<UnsafeMutablePointer<GObject>>?>

    init(_ object: GRef<UnsafeMutablePointer<GObject>>) {
        reference = Guarded(object)
    }

    /// It may be the last reference, and is dropped without a lock.
    func letGo() {
        let last = reference.withLock { reference in
            defer { reference = nil }
            return reference
        }
        withExtendedLifetime(last) {}
    }
}
