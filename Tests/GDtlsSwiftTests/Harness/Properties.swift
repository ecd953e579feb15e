// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// Properties of a connection, by the types they have.
enum Properties {
    static func with<R>(_ object: OpaquePointer, _ name: String, _ read: (UnsafePointer<GValue>) -> R) throws -> R {
        let me = UnsafeMutableRawPointer(object).assumingMemoryBound(to: GObject.self)
        let table = classOf(of: object)
        let spec = try #require(g_object_class_find_property(table, name), "no property \(name)")
        var value = GValue()
        g_value_init(&value, spec.pointee.value_type)
        defer { g_value_unset(&value) }
        g_object_get_property(me, name, &value)
        return read(&value)
    }

    static func set(_ object: OpaquePointer, _ name: String, _ write: (UnsafeMutablePointer<GValue>) -> Void) throws {
        let me = UnsafeMutableRawPointer(object).assumingMemoryBound(to: GObject.self)
        let spec = try #require(g_object_class_find_property(classOf(of: object), name), "no property \(name)")
        var value = GValue()
        g_value_init(&value, spec.pointee.value_type)
        defer { g_value_unset(&value) }
        write(&value)
        g_object_set_property(me, name, &value)
    }

    static func flags(_ object: OpaquePointer, _ name: String) throws -> UInt32 {
        try with(object, name) { g_value_get_flags($0) }
    }

    static func enumeration(_ object: OpaquePointer, _ name: String) throws -> Int32 {
        try with(object, name) { g_value_get_enum($0) }
    }

    static func boolean(_ object: OpaquePointer, _ name: String) throws -> Bool {
        try with(object, name) { g_value_get_boolean($0) != 0 }
    }

    static func string(_ object: OpaquePointer, _ name: String) throws -> String? {
        try with(object, name) { g_value_get_string($0).map { String(cString: $0) } }
    }

    /// The address of an object property's value; `nil` for NULL.
    static func object(_ object: OpaquePointer, _ name: String) throws -> UInt? {
        try with(object, name) { g_value_get_object($0).map { UInt(bitPattern: $0) } }
    }

    static func setAuthenticationMode(_ server: OpaquePointer, _ mode: GTlsAuthenticationMode) throws {
        try set(server, "authentication-mode") { g_value_set_enum($0, Int32(mode.rawValue)) }
    }

    /// The names in `accepted-cas`, in DER; `nil` for NULL.
    static func acceptedAuthorities(_ client: OpaquePointer) throws -> [[UInt8]]? {
        let list: UnsafeMutablePointer<GList>? = try with(client, "accepted-cas") { value in
            g_value_get_pointer(value)?.assumingMemoryBound(to: GList.self)
        }
        guard list != nil else { return nil }
        var names: [[UInt8]] = []
        var next = list
        while let link = next {
            let array = link.pointee.data.assumingMemoryBound(to: GByteArray.self)
            names.append(Array(UnsafeBufferPointer(start: array.pointee.data, count: Int(array.pointee.len))))
            g_byte_array_unref(array)
            next = link.pointee.next
        }
        g_list_free(list)
        return names
    }

    private static func classOf(of object: OpaquePointer) -> UnsafeMutablePointer<GObjectClass>? {
        let instance = UnsafeMutableRawPointer(object).assumingMemoryBound(to: GTypeInstance.self)
        return instance.pointee.g_class.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: GObjectClass.self) }
    }
}
