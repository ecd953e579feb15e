// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

// What property accessors need of GValue. Each pair is the C function of the same name; a value of another type than
// asked for makes GLib print a critical and change nothing, as in C.

extension UnsafeMutablePointer where Pointee == GValue {
    /// A copy of the string.
    ///
    /// The corresponding C function is `g_value_get_string`.
    public var string: String? { g_value_get_string(self).map { String(cString: $0) } }

    /// The corresponding C function is `g_value_set_string`, which copies.
    public func set(string: String?) { g_value_set_string(self, string) }

    /// The corresponding C function is `g_value_get_boolean`.
    public var boolean: Bool { g_value_get_boolean(self) != 0 }

    /// The corresponding C function is `g_value_set_boolean`.
    public func set(boolean: Bool) { g_value_set_boolean(self, boolean.gboolean) }

    /// The corresponding C function is `g_value_get_int`.
    public var int: Int32 { g_value_get_int(self) }

    /// The corresponding C function is `g_value_set_int`.
    public func set(int: Int32) { g_value_set_int(self, int) }

    /// The corresponding C function is `g_value_get_uint`.
    public var uint: UInt32 { g_value_get_uint(self) }

    /// The corresponding C function is `g_value_set_uint`.
    public func set(uint: UInt32) { g_value_set_uint(self, uint) }

    /// The corresponding C function is `g_value_get_enum`.
    public var enumeration: Int32 { g_value_get_enum(self) }

    /// The corresponding C function is `g_value_set_enum`.
    public func set(enumeration: Int32) { g_value_set_enum(self, enumeration) }

    /// The corresponding C function is `g_value_get_flags`.
    public var flags: UInt32 { g_value_get_flags(self) }

    /// The corresponding C function is `g_value_set_flags`.
    public func set(flags: UInt32) { g_value_set_flags(self, flags) }

    /// The corresponding C function is `g_value_get_pointer`.
    public var pointer: UnsafeMutableRawPointer? { g_value_get_pointer(self) }

    /// The corresponding C function is `g_value_set_pointer`.
    public func set(pointer: UnsafeMutableRawPointer?) { g_value_set_pointer(self, pointer) }

    /// The boxed value, borrowed.
    ///
    /// The corresponding C function is `g_value_get_boxed`.
    public var boxed: UnsafeMutableRawPointer? { g_value_get_boxed(self) }

    /// Stores a copy.
    ///
    /// The corresponding C function is `g_value_set_boxed`.
    public func set(boxed: UnsafeRawPointer?) { g_value_set_boxed(self, boxed) }

    /// Stores a boxed value that the caller gives away.
    ///
    /// The corresponding C function is `g_value_take_boxed`.
    public func set(takingBoxed boxed: UnsafeMutableRawPointer?) { g_value_take_boxed(self, boxed) }

    /// The object, borrowed.
    ///
    /// The corresponding C function is `g_value_get_object`.
    public var object: UnsafeMutableRawPointer? { g_value_get_object(self) }

    /// The object, with a reference of one's own.
    ///
    /// The corresponding C function is `g_value_dup_object`.
    public func dupObject<P: GObjectPointer>(as type: P.Type = P.self) -> GRef<P>? {
        g_value_dup_object(self).map { GRef(taking: P(objectPointer: $0)) }
    }

    /// Stores an object with a reference of the value's own.
    ///
    /// The corresponding C function is `g_value_set_object`.
    public func set(object: UnsafeMutableRawPointer?) { g_value_set_object(self, object) }

    /// Stores an object with a reference of the value's own.
    ///
    /// The corresponding C function is `g_value_set_object`.
    public func set<P: GObjectPointer>(object: GRef<P>?) { g_value_set_object(self, object?.rawPointer) }

    /// Stores an object whose reference the caller gives away.
    ///
    /// The corresponding C function is `g_value_take_object`.
    public func set(takingObject object: UnsafeMutableRawPointer?) { g_value_take_object(self, object) }
}
