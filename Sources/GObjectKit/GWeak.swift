// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

/// A weak reference to a GObject, safe against its last unref on another thread.
///
/// This is what callbacks carry that C may run after the object has gone. It must not be used in the object's own
/// finalisation. The corresponding C type is `GWeakRef`.
///
/// Unchecked Sendable: GWeakRef is thread-safe, and it is on the heap, so that its address, which GObject knows, stays.
public final class GWeak<Pointer: GObjectPointer>: @unchecked Sendable {
    private let weak: UnsafeMutablePointer<GWeakRef>

    /// Watches an object.
    ///
    /// The corresponding C function is `g_weak_ref_init`.
    public init(_ pointer: Pointer) {
        weak = .allocate(capacity: 1)
        weak.initialize(to: GWeakRef())
        g_weak_ref_init(weak, pointer.objectPointer)
    }

    deinit {
        g_weak_ref_clear(weak)
        weak.deallocate()
    }

    /// A strong reference, if the object is still there.
    ///
    /// The corresponding C function is `g_weak_ref_get`.
    public func upgrade() -> GRef<Pointer>? {
        g_weak_ref_get(weak).map { GRef(taking: Pointer(objectPointer: $0)) }
    }
}
