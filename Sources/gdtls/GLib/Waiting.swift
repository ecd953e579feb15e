// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// Waits for the result of one of GIO's asynchronous functions; to cancel the task is to cancel the operation.
///
/// - Parameters:
///   - start: calls the `_async` function.
///   - finish: calls its `_finish` function.
/// - Returns: what `finish` returns.
/// - Throws: `GLibError`; `CancellationError` where the task is cancelled.
@MainLoop
func result<R>(
    of start: (UnsafeMutablePointer<GCancellable>?, @escaping GAsyncReadyCallback, gpointer) -> Void,
    finish: (OpaquePointer?, ErrorPlace) -> R
) async throws -> R {
    let cancellable = Cancellable()
    let result = await withTaskCancellationHandler {
        await withCheckedContinuation { (continuation: CheckedContinuation<Object?, Never>) in
            start(cancellable.pointer, { resume($2, with: $1) }, Box(continuation).retained())
        }
    } onCancel: {
        cancellable.cancel()
    }
    return try throwing { finish(result?.opaque, $0) }
}

/// Waits for a time, or for a descriptor to be ready.
///
/// - Parameters:
///   - seconds: how long at most; `nil`: as long as it takes.
///   - descriptor: a file descriptor and what it has to be ready for; errors count as ready.
/// - Throws: `CancellationError` if the task is cancelled.
@MainLoop
func pause(for seconds: Double? = nil, until descriptor: (fd: Int32, condition: GIOCondition)? = nil) async throws {
    let cancellable = Cancellable()
    await withTaskCancellationHandler {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let source = g_timeout_source_new(guint(min(max(seconds ?? 0, 0) * 1000, Double(guint.max))))
            let cancellation = g_cancellable_source_new(cancellable.pointer)
            if seconds == nil { g_source_set_ready_time(source, -1) }
            if let descriptor { g_source_add_unix_fd(source, descriptor.fd, descriptor.condition) }
            g_source_set_dummy_callback(cancellation)
            g_source_add_child_source(source, cancellation)
            g_source_unref(cancellation)
            attach(source) { continuation.resume() }
        }
    } onCancel: {
        cancellable.cancel()
    }
    try Task.checkCancellation()
}

/// Attaches a source to the default main context that runs a closure once; takes over the reference.
func attach(_ source: UnsafeMutablePointer<GSource>?, _ body: @escaping () -> Void) {
    g_source_set_callback(
        source,
        { data in
            if let data { Unmanaged<Box<() -> Void>>.fromOpaque(data).takeUnretainedValue().value() }
            return G_SOURCE_REMOVE
        },
        Box(body).retained(),
        { data in if let data { Unmanaged<Box<() -> Void>>.fromOpaque(data).release() } }
    )
    g_source_attach(source, nil)
    g_source_unref(source)
}

private func resume(_ data: gpointer?, with result: OpaquePointer?) {
    guard let data else { return }
    let box = Unmanaged<Box<CheckedContinuation<Object?, Never>>>.fromOpaque(data).takeRetainedValue()
    box.value.resume(returning: Object(retaining: UnsafeMutableRawPointer(result)))
}

/// A `GCancellable`.
private final class Cancellable: Sendable {
    // Safe because a GCancellable may be used from any thread.
    nonisolated(unsafe) let pointer = g_cancellable_new()

    func cancel() { g_cancellable_cancel(pointer) }

    deinit { g_object_unref(pointer) }
}

/// What C carries for us as a pointer.
private final class Box<Value> {
    let value: Value

    init(_ value: Value) { self.value = value }

    func retained() -> gpointer { Unmanaged.passRetained(self).toOpaque() }
}
