// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// A reference to a GObject, given up with this owner of it.
///
/// The pointer's type in Swift is the caller's to choose: an interface is an `OpaquePointer`, most classes have a struct.
// Safe because references are counted atomically, and what is behind them is used in the main loop alone.
final class Object: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer

    /// Takes over a reference.
    init?(owned pointer: UnsafeMutableRawPointer?) {
        guard let pointer else { return nil }
        self.pointer = pointer
    }

    /// Takes over a reference to an object that Swift knows no struct of.
    convenience init?(owned pointer: OpaquePointer?) {
        self.init(owned: pointer.map { UnsafeMutableRawPointer($0) })
    }

    /// Adds a reference.
    init?(retaining pointer: UnsafeMutableRawPointer?) {
        guard let pointer else { return nil }
        self.pointer = g_object_ref(pointer)
    }

    deinit {
        g_object_unref(pointer)
    }

    var opaque: OpaquePointer { OpaquePointer(pointer) }

    func cast<Struct>(to type: Struct.Type = Struct.self) -> UnsafeMutablePointer<Struct> {
        pointer.assumingMemoryBound(to: type)
    }
}

extension Object {
    var typeName: String? { g_type_name_from_instance(cast()).map { String(cString: $0) } }

    /// Reads a property that holds bytes.
    func bytes(of property: String) -> [UInt8]? {
        var value = GValue()
        g_value_init(&value, g_byte_array_get_type())
        defer { g_value_unset(&value) }
        g_object_get_property(cast(), property, &value)
        guard let array = g_value_get_boxed(&value)?.assumingMemoryBound(to: GByteArray.self) else { return nil }
        return [UInt8](UnsafeBufferPointer(start: array.pointee.data, count: Int(array.pointee.len)))
    }

    /// Sets a property that holds a value of an enumeration.
    func set(_ property: String, _ type: GType, _ number: UInt32) {
        var value = GValue()
        g_value_init(&value, type)
        defer { g_value_unset(&value) }
        g_value_set_enum(&value, Int32(bitPattern: number))
        g_object_set_property(cast(), property, &value)
    }
}

/// Takes over a string of GLib's.
func takeString(_ text: UnsafeMutablePointer<CChar>?) -> String? {
    defer { g_free(text) }
    return text.map { String(cString: $0) }
}
