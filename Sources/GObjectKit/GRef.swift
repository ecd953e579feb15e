// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

/// A pointer to a GObject as the importer has it: a typed pointer where the struct is known, else opaque.
public protocol GObjectPointer {
    /// The same address as any object.
    var objectPointer: UnsafeMutableRawPointer { get }
    /// The same address as this pointer type. The caller vouches for the type.
    init(objectPointer: UnsafeMutableRawPointer)
}

extension UnsafeMutablePointer: GObjectPointer {
    /// The same address as any object.
    public var objectPointer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(self) }

    /// The same address as this pointer type.
    public init(objectPointer: UnsafeMutableRawPointer) {
        self = objectPointer.assumingMemoryBound(to: Pointee.self)
    }
}

extension OpaquePointer: GObjectPointer {
    /// The same address as any object.
    public var objectPointer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(self) }

    /// The same address as this pointer type.
    public init(objectPointer: UnsafeMutableRawPointer) {
        self.init(objectPointer)
    }
}

/// An owning reference to a GObject: one reference, given back in `deinit`.
///
/// Read it as `GRef<UnsafeMutablePointer<GCancellable>>`, or `GRef<OpaquePointer>` where Gio keeps the struct to itself.
/// Releasing the last reference runs the object's dispose, on the releasing thread: never do it under a lock.
///
/// Unchecked Sendable: the pointer never changes and reference counts are atomic. What may be done to the object on
/// another thread is its own business.
public final class GRef<Pointer: GObjectPointer>: @unchecked Sendable {
    /// The object, valid for as long as this reference lives.
    public let pointer: Pointer

    /// Takes over a reference that the caller owns (transfer full).
    public init(taking pointer: Pointer) {
        self.pointer = pointer
    }

    /// Adds a reference (transfer none).
    ///
    /// The corresponding C function is `g_object_ref`.
    public init(retaining pointer: Pointer) {
        g_object_ref(pointer.objectPointer)
        self.pointer = pointer
    }

    /// Takes over a reference that the caller owns, or is nothing.
    public convenience init?(taking pointer: Pointer?) {
        guard let pointer else { return nil }
        self.init(taking: pointer)
    }

    /// Adds a reference, or is nothing.
    public convenience init?(retaining pointer: Pointer?) {
        guard let pointer else { return nil }
        self.init(retaining: pointer)
    }

    deinit {
        g_object_unref(pointer.objectPointer)
    }

    /// The object as any pointer.
    public var rawPointer: UnsafeMutableRawPointer { pointer.objectPointer }

    /// A further reference for C to own (transfer full).
    public func retained() -> Pointer {
        g_object_ref(rawPointer)
        return pointer
    }
}
