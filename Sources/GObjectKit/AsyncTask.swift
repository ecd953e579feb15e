// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO
internal import Synchronization

/// The GTask of one asynchronous operation, completed exactly once.
///
/// Make it in the `…_async` function, in the application's thread: the callback then comes in the main context that is
/// the thread-default one there, whichever thread completes. Completing may run application code at once, so never do
/// it under a lock. A task that is dropped before its completion fails with `G_IO_ERROR_CLOSED`, so that nobody waits
/// for ever. The corresponding C type is `GTask`.
///
/// Unchecked Sendable: GTask is made to be completed from any thread; the fields never change.
public final class AsyncTask: @unchecked Sendable {
    private let task: OpaquePointer
    private let isCompleted = Atomic(false)

    /// Begins an operation.
    ///
    /// The corresponding C function is `g_task_new`.
    ///
    /// - Parameters:
    ///   - source: the object whose operation it is; the task keeps it alive until its callback has run.
    ///   - cancellable: kept alive by the task.
    ///   - callback: as given by the application.
    ///   - userData: for the callback.
    ///   - tag: says which operation it is; the finish function compares it.
    ///   - priority: of the idle source that runs the callback.
    ///   - name: for debuggers; the tag's if nil.
    ///   - reportsCancellation: whether a result that came before the cancellation is given up for
    ///     `G_IO_ERROR_CANCELLED`. Pass false where the result is data that would be lost.
    public init(
        source: UnsafeMutableRawPointer?,
        cancellable: UnsafeMutablePointer<GCancellable>?,
        callback: GAsyncReadyCallback?,
        userData: gpointer?,
        tag: Tag,
        priority: Int32 = 0,
        name: String? = nil,
        reportsCancellation: Bool = true
    ) {
        task = g_task_new(source, cancellable, callback, userData)
        g_task_set_source_tag(task, tag.pointer)
        g_task_set_priority(task, priority)
        g_task_set_name(task, name ?? tag.name)
        g_task_set_check_cancellable(task, reportsCancellation.gboolean)
    }

    deinit {
        complete(.failure(GLibError.io(G_IO_ERROR_CLOSED, "The operation was given up")))
        g_object_unref(UnsafeMutableRawPointer(task))
    }

    /// The cancellable of the operation, borrowed.
    ///
    /// The corresponding C function is `g_task_get_cancellable`.
    public var cancellable: UnsafeMutablePointer<GCancellable>? { g_task_get_cancellable(task) }

    /// Where the callback will run.
    ///
    /// The corresponding C function is `g_task_get_context`.
    public var context: MainContext { MainContext(retaining: g_task_get_context(task)) }

    /// The priority of the operation.
    ///
    /// The corresponding C function is `g_task_get_priority`.
    public var priority: Int32 { g_task_get_priority(task) }

    /// Ends the operation; false, and no effect, if it has ended.
    ///
    /// The C function is `g_task_return_boolean`.
    @discardableResult
    public func complete(_ result: Result<Bool, any Error>) -> Bool {
        complete(result) { g_task_return_boolean(task, $0.gboolean) }
    }

    /// Ends the operation with a number.
    ///
    /// The corresponding C function is `g_task_return_int`.
    @discardableResult
    public func complete(int result: Result<Int, any Error>) -> Bool {
        complete(result) { g_task_return_int(task, $0) }
    }

    /// Ends the operation with a pointer that `destroy` frees if nobody takes it (transfer full).
    ///
    /// The corresponding C function is `g_task_return_pointer`.
    @discardableResult
    public func complete(pointer result: Result<gpointer?, any Error>, destroy: GDestroyNotify?) -> Bool {
        let completed = complete(result) { g_task_return_pointer(task, $0, destroy) }
        if !completed, case .success(let pointer?) = result { destroy?(pointer) }
        return completed
    }

    /// Ends the operation with an object.
    ///
    /// The corresponding C function is `g_task_return_pointer`.
    @discardableResult
    public func complete<P: GObjectPointer>(object result: Result<GRef<P>, any Error>) -> Bool {
        complete(result) { g_task_return_pointer(task, $0.retained().objectPointer, g_object_unref) }
    }

    private func complete<T>(_ result: Result<T, any Error>, _ succeed: (T) -> Void) -> Bool {
        guard !isCompleted.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        switch result {
        case .success(let value): succeed(value)
        case .failure(let error): g_task_return_error(task, GLibError(error).makeGError())
        }
        return true
    }

    /// Which operation a task belongs to: keep one in a `static let` for each.
    ///
    /// Unchecked Sendable: the pointer is compared and never followed.
    public struct Tag: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
        let name: String

        /// Makes a tag unlike any other, for the life of the process.
        public init(_ name: String) {
            self.pointer = .allocate(byteCount: 1, alignment: 1)
            self.name = name
        }
    }
}
