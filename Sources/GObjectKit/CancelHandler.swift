// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO
internal import Synchronization

/// A closure that runs when a cancellable is cancelled, once; at once, in `init`, if it is already.
///
/// The closure runs in the thread that cancels, which may hold locks of the application: set a flag, wake somebody. It
/// may still be running in another thread when ``disconnect()`` returns: let it hold weakly what it needs.
///
/// `g_cancellable_disconnect` would wait for that. It is not used, because it waits for all handlers of the cancellable,
/// so that one which makes another go, and be it the application's that lets go of a connection, waits for itself.
/// The corresponding C functions are `g_cancellable_connect` and `g_signal_handler_disconnect`.
///
/// Unchecked Sendable: both fields are immutable but for the atomic.
public final class CancelHandler: @unchecked Sendable {
    private let cancellable: GRef<UnsafeMutablePointer<GCancellable>>
    private let handlerID: Atomic<gulong>

    /// Connects; nothing if there is no cancellable.
    public init?(_ cancellable: UnsafeMutablePointer<GCancellable>?, _ body: @escaping @Sendable () -> Void) {
        guard let cancellable else { return nil }
        let box = ClosureBox { body() }
        let callback: @convention(c) (UnsafeMutablePointer<GCancellable>?, gpointer?) -> Void = { ClosureBox.call($1) }
        self.cancellable = GRef(retaining: cancellable)
        // unsafeBitCast: GCallback stands for a function of any signature.
        let erased = unsafeBitCast(callback, to: GCallback.self)
        handlerID = Atomic(g_cancellable_connect(cancellable, erased, box.retained(), ClosureBox.destroy))
    }

    deinit {
        disconnect()
    }

    /// After this the closure does not begin to run any more.
    ///
    /// Never waits, and may be called repeatedly.
    public func disconnect() {
        let id = handlerID.exchange(0, ordering: .acquiringAndReleasing)
        if id != 0 { g_signal_handler_disconnect(cancellable.rawPointer, id) }
    }
}
