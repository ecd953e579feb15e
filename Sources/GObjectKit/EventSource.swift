// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// An owning reference to a GSource of our own kind.
///
/// The GSource lives until it is destroyed and all references are gone; dropping an `EventSource` does not destroy what
/// is attached, so destroy it in the owner's dispose. All methods but the handler's may be called from any thread.
/// The corresponding C type is `GSource`.
///
/// Unchecked Sendable: the pointer never changes and GSource is thread-safe.
public final class EventSource: SourceOperations, @unchecked Sendable {
    /// The source, valid for as long as this reference lives.
    public let pointer: UnsafeMutablePointer<GSource>

    /// Which callback the application may set on a source.
    public enum Kind: Sendable {
        /// None, or a plain `GSourceFunc`: a source for our own use.
        case plain
        /// A `GDatagramBasedSourceFunc`, or a closure with its arguments: what `create_source` returns.
        case datagramBased
    }

    /// Makes a source that is not attached yet.
    ///
    /// The corresponding C function is `g_source_new`.
    public init(_ handler: SourceHandler, kind: Kind = .plain) {
        pointer = SourceFunctions.makeSource(handler, kind: kind)
    }

    /// Makes a source for our own use from a closure, which returns false to destroy it.
    public convenience init(dispatch: @escaping @Sendable (BorrowedSource) -> Bool) {
        self.init(ClosureSourceHandler(dispatch))
    }

    /// Calls `body` when the source is destroyed: inside of the call that does so, and before the context can go.
    ///
    /// Without the context's lock. Where the source runs at that moment, when it is done; where it was never attached,
    /// when it is freed. For sources that need no callback. The corresponding C type is `GDestroyNotify`.
    public func whenDestroyed(_ body: @escaping @Sendable () -> Void) {
        g_source_set_callback(pointer, { _ in 1 }, ClosureBox(body).retained()) { data in
            ClosureBox.call(data)
            ClosureBox.destroy(data)
        }
    }

    deinit {
        g_source_unref(pointer)
    }

    /// A further reference for C to own (transfer full): what a `create_source` vfunc returns.
    public func retained() -> UnsafeMutablePointer<GSource> { g_source_ref(pointer) }

    /// Calls what the application set on a ``Kind/datagramBased`` source; false if it wants no more calls.
    ///
    /// The corresponding C type is `GDatagramBasedSourceFunc`.
    public static func callDatagramBased(
        _ callback: GSourceFunc?,
        object: OpaquePointer,
        condition: GIOCondition,
        userData: gpointer?
    ) -> Bool {
        guard let callback else {
            logWarning("a datagram source became ready without a callback; g_source_set_callback() was never called")
            return false
        }
        // unsafeBitCast: g_source_set_callback takes every callback cast to GSourceFunc, and says to cast it back.
        return unsafeBitCast(callback, to: GDatagramBasedSourceFunc.self)(object, condition, userData) != 0
    }
}

/// A source seen from inside its own handler, valid during the call.
public struct BorrowedSource: SourceOperations {
    /// The source, which belongs to the main loop.
    public let pointer: UnsafeMutablePointer<GSource>
}
