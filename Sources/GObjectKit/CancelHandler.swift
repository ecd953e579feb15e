// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO
internal import Synchronization

/// A closure that runs when a cancellable is cancelled, once; at once, in `init`, if it is already.
///
/// The closure runs in the thread that cancels, which may hold locks of the application: set a flag, wake somebody.
/// Disconnecting waits for a closure that is running on another thread, so never do that under a lock which the closure
/// takes. In C, disconnecting from inside the closure is a deadlock; here it is recognised and does not wait.
/// The corresponding C functions are `g_cancellable_connect` and `g_cancellable_disconnect`.
///
/// Unchecked Sendable: both fields are immutable but for the atomic.
public final class CancelHandler: @unchecked Sendable {
    private let cancellable: GRef<UnsafeMutablePointer<GCancellable>>
    private let state: State
    private let handlerID: Atomic<gulong>

    /// Connects; nothing if there is no cancellable.
    public init?(_ cancellable: UnsafeMutablePointer<GCancellable>?, _ body: @escaping @Sendable () -> Void) {
        guard let cancellable else { return nil }
        let state = State()
        let box = ClosureBox { state.run(body) }
        let callback: @convention(c) (UnsafeMutablePointer<GCancellable>?, gpointer?) -> Void = { ClosureBox.call($1) }
        self.cancellable = GRef(retaining: cancellable)
        self.state = state
        // unsafeBitCast: GCallback stands for a function of any signature.
        let erased = unsafeBitCast(callback, to: GCallback.self)
        handlerID = Atomic(g_cancellable_connect(cancellable, erased, box.retained(), ClosureBox.destroy))
    }

    deinit {
        disconnect()
    }

    /// After this the closure does not run any more.
    ///
    /// May be called repeatedly.
    public func disconnect() {
        let id = handlerID.exchange(0, ordering: .acquiringAndReleasing)
        guard id != 0 else { return }
        if state.isRunningHere {
            g_signal_handler_disconnect(cancellable.rawPointer, id)
        } else {
            g_cancellable_disconnect(cancellable.pointer, id)
        }
    }

    /// Knows which thread is inside the closure.
    private final class State: Sendable {
        private let runner = Atomic<UInt>(0)

        func run(_ body: () -> Void) {
            runner.store(State.currentThread, ordering: .relaxed)
            body()
            runner.store(0, ordering: .relaxed)
        }

        var isRunningHere: Bool { runner.load(ordering: .relaxed) == State.currentThread }

        /// The address of a GThread is unique among living threads.
        private static var currentThread: UInt { UInt(bitPattern: g_thread_self()) }
    }
}
