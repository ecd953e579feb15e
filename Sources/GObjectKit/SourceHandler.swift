// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// What a source of our own does when the main loop asks.
///
/// Override what is needed; the defaults are those of a source that becomes ready by its ready time, its file
/// descriptors and its child sources alone.
///
/// Ownership: the GSource owns its handler, from ``EventSource/init(_:kind:)`` to its finalisation. A handler that
/// needs the object it serves holds a ``GWeak``, or an object whose dispose destroys the source.
///
/// Threading: all of it runs in the thread that iterates the context, without the context's lock; `finalized` runs in
/// the thread that drops the last reference.
///
/// Unchecked Sendable: there is no state here, and a subclass restates the conformance for its own.
open class SourceHandler: @unchecked Sendable {
    /// Makes a handler that does nothing.
    public init() {}

    /// Before the poll: ready already, or how long to sleep at most.
    open func prepare(_ source: BorrowedSource) -> SourceReadiness { .wait }

    /// After the poll: whether to dispatch.
    ///
    /// A ready file descriptor, child or ready time needs no answer here.
    open func check(_ source: BorrowedSource) -> Bool { false }

    /// Handles readiness; false destroys the source.
    ///
    /// `callback` is what `g_source_set_callback` got, cast to `GSourceFunc`; NULL if nothing.
    open func dispatch(_ source: BorrowedSource, callback: GSourceFunc?, userData: gpointer?) -> Bool { false }

    /// The last reference is about to go: the last moment at which the source may be used from elsewhere.
    ///
    /// The corresponding C type is `GSourceDisposeFunc`.
    open func disposed(_ source: BorrowedSource) {}

    /// The source is gone for good.
    ///
    /// The handler is released after this.
    open func finalized() {}
}

/// What a source says before the poll.
public enum SourceReadiness: Sendable, Equatable {
    /// Dispatch without polling for long.
    case ready
    /// Sleep for this many milliseconds at most.
    case waitAtMost(milliseconds: Int32)
    /// Sleep until something happens.
    case wait
}

/// A handler made of one closure: enough for sources that are woken by ready time and file descriptors.
final class ClosureSourceHandler: SourceHandler, @unchecked Sendable {
    // Unchecked Sendable: immutable.
    private let body: @Sendable (BorrowedSource) -> Bool

    init(_ body: @escaping @Sendable (BorrowedSource) -> Bool) {
        self.body = body
    }

    override func dispatch(_ source: BorrowedSource, callback: GSourceFunc?, userData: gpointer?) -> Bool {
        body(source)
    }
}
