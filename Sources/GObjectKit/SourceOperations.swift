// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// What can be done to a source, be it owned or borrowed.
public protocol SourceOperations {
    /// The source.
    var pointer: UnsafeMutablePointer<GSource> { get }
}

extension SourceOperations {
    /// Dispatches at a monotonic time in µs: 0 is at once, -1 never.
    ///
    /// Wakes the context, and stays until set anew.
    ///
    /// The corresponding C function is `g_source_set_ready_time`.
    public func setReadyTime(_ monotonic: Int64) { g_source_set_ready_time(pointer, gint64(monotonic)) }

    /// The corresponding C function is `g_source_get_ready_time`.
    public var readyTime: Int64 { Int64(g_source_get_ready_time(pointer)) }

    /// The time the context takes for now, monotonic in µs.
    ///
    /// Only while attached.
    ///
    /// The corresponding C function is `g_source_get_time`.
    public var now: Int64 { Int64(g_source_get_time(pointer)) }

    /// Also watches a file descriptor, which must stay open.
    ///
    /// The corresponding C function is `g_source_add_unix_fd`.
    public func addUnixFD(_ fd: Int32, events: GIOCondition) -> SourceFDTag {
        SourceFDTag(pointer: g_source_add_unix_fd(pointer, fd, events))
    }

    /// Watches for other events.
    ///
    /// The corresponding C function is `g_source_modify_unix_fd`.
    public func modify(_ tag: SourceFDTag, events: GIOCondition) {
        g_source_modify_unix_fd(pointer, tag.pointer, events)
    }

    /// Stops watching a descriptor.
    ///
    /// The corresponding C function is `g_source_remove_unix_fd`.
    public func remove(_ tag: SourceFDTag) { g_source_remove_unix_fd(pointer, tag.pointer) }

    /// What happened on a descriptor; in the context's thread.
    ///
    /// The C function is `g_source_query_unix_fd`.
    public func query(_ tag: SourceFDTag) -> GIOCondition { g_source_query_unix_fd(pointer, tag.pointer) }

    /// Also becomes ready when another source does, which must not be attached (transfer none).
    ///
    /// The child is dispatched first, with a callback that does nothing, unless it is of our ``EventSource/Kind/plain``.
    /// The corresponding C functions are `g_source_add_child_source` and `g_source_set_dummy_callback`.
    public func addChild(_ child: UnsafeMutablePointer<GSource>) {
        if !SourceFunctions.needsNoCallback(child) { g_source_set_dummy_callback(child) }
        g_source_add_child_source(pointer, child)
    }

    /// Also becomes ready when another source of our own does, which must not be attached.
    public func addChild(_ child: EventSource) { addChild(child.pointer) }

    /// Detaches and destroys a child.
    ///
    /// The corresponding C function is `g_source_remove_child_source`.
    public func removeChild(_ child: UnsafeMutablePointer<GSource>) { g_source_remove_child_source(pointer, child) }

    /// Also becomes ready by a cancellation.
    ///
    /// The corresponding C function is `g_cancellable_source_new`.
    public func addChild(cancellable: UnsafeMutablePointer<GCancellable>?) {
        guard let cancellable, let child = g_cancellable_source_new(cancellable) else { return }
        addChild(child)
        g_source_unref(child)
    }

    /// Hands the source to a context, once.
    ///
    /// The corresponding C function is `g_source_attach`.
    public func attach(to context: MainContext) { g_source_attach(pointer, context.pointer) }

    /// Takes the source out of its context for good.
    ///
    /// The corresponding C function is `g_source_destroy`.
    public func destroy() { g_source_destroy(pointer) }

    /// The corresponding C function is `g_source_is_destroyed`.
    public var isDestroyed: Bool { g_source_is_destroyed(pointer) != 0 }

    /// The corresponding C function is `g_source_set_priority`.
    public func setPriority(_ priority: Int32) { g_source_set_priority(pointer, priority) }

    /// A name for debuggers.
    ///
    /// The corresponding C function is `g_source_set_name`.
    public func setName(_ name: String) { g_source_set_name(pointer, name) }
}

/// A file descriptor that a source watches.
///
/// Unchecked Sendable: an immutable token, only good for its source.
public struct SourceFDTag: @unchecked Sendable {
    let pointer: gpointer?
}
