// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

/// An owning reference to a GMainContext.
///
/// Unchecked Sendable: main contexts are thread-safe, and the pointer never changes.
public final class MainContext: @unchecked Sendable {
    /// The context, valid for as long as this reference lives.
    public let pointer: OpaquePointer

    /// Makes a context of one's own.
    ///
    /// The corresponding C function is `g_main_context_new`.
    public init() {
        pointer = g_main_context_new()
    }

    /// Adds a reference; NULL is the global default context, as in C.
    public init(retaining pointer: OpaquePointer?) {
        self.pointer = g_main_context_ref(pointer ?? g_main_context_default())
    }

    private init(taking pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        g_main_context_unref(pointer)
    }

    /// Where the calling thread expects its callbacks.
    ///
    /// The corresponding C function is `g_main_context_ref_thread_default`.
    public static func threadDefault() -> MainContext {
        MainContext(taking: g_main_context_ref_thread_default())
    }

    /// Runs `body` later in this context, once, from whichever thread iterates it.
    ///
    /// Never runs it inside this call, and frees it unrun if the context goes first.
    /// The corresponding C function is `g_idle_source_new`.
    public func invokeLater(priority: Int32 = 0, _ body: @escaping @Sendable () -> Void) {
        let source = g_idle_source_new()
        g_source_set_priority(source, priority)
        g_source_set_callback(
            source,
            { data in
                ClosureBox.call(data)
                return 0
            },
            ClosureBox(body).retained(),
            ClosureBox.destroy
        )
        g_source_attach(source, pointer)
        g_source_unref(source)
    }

    /// Becomes the owner, if no other thread is.
    ///
    /// The corresponding C function is `g_main_context_acquire`.
    public func tryAcquire() -> Bool { g_main_context_acquire(pointer) != 0 }

    /// Gives up what ``tryAcquire()`` got.
    ///
    /// The corresponding C function is `g_main_context_release`.
    public func release() { g_main_context_release(pointer) }

    /// Whether the calling thread owns the context.
    ///
    /// The corresponding C function is `g_main_context_is_owner`.
    public var isOwner: Bool { g_main_context_is_owner(pointer) != 0 }

    /// Ends a wait in ``iterate(mayBlock:)``.
    ///
    /// The corresponding C function is `g_main_context_wakeup`.
    public func wakeUp() { g_main_context_wakeup(pointer) }

    /// Dispatches what is ready; true if anything was.
    ///
    /// The corresponding C function is `g_main_context_iteration`.
    @discardableResult
    public func iterate(mayBlock: Bool) -> Bool { g_main_context_iteration(pointer, mayBlock.gboolean) != 0 }

    /// Runs `body` with this as the thread-default context.
    ///
    /// The corresponding C functions are `g_main_context_push_thread_default` and `…_pop_thread_default`.
    public func asThreadDefault<R>(_ body: () throws -> R) rethrows -> R {
        g_main_context_push_thread_default(pointer)
        defer { g_main_context_pop_thread_default(pointer) }
        return try body()
    }
}
