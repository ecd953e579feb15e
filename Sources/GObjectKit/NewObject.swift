// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// A value for a construct property.
public enum PropertyValue {
    case string(String?)
    /// A string as C has it, borrowed: a file's name, which may be no UTF-8, or a secret that shall not be copied.
    case cString(UnsafePointer<CChar>?)
    case boolean(Bool)
    case int(Int32)
    case uint(UInt32)
    case enumeration(Int32, GType)
    case flags(UInt32, GType)
    case object(UnsafeMutableRawPointer?, GType = .object)
    case boxed(UnsafeRawPointer?, GType)
    case pointer(UnsafeMutableRawPointer?)
}

/// Makes an object; nothing if its class is abstract or none.
///
/// The corresponding C function is `g_object_new_with_properties`.
public func newObject(
    _ type: GType,
    _ properties: [(name: String, value: PropertyValue)] = []
) -> GRef<UnsafeMutablePointer<GObject>>? {
    guard g_type_is_a(type, .object) != 0, g_type_test_flags(type, G_TYPE_FLAG_ABSTRACT.rawValue) == 0 else {
        return nil
    }
    var values = properties.map { $0.value.makeGValue() }
    defer { for index in values.indices { g_value_unset(&values[index]) } }
    var names: [UnsafePointer<CChar>?] = properties.map { UnsafePointer(g_strdup($0.name)) }
    defer { for name in names { g_free(UnsafeMutableRawPointer(mutating: name)) } }
    return GRef(taking: g_object_new_with_properties(type, guint(values.count), &names, &values))
}

/// Makes an object of a class with `GInitable`, and initialises it.
///
/// The corresponding C function is `g_initable_new`.
public func newInitable(
    _ type: GType,
    _ properties: [(name: String, value: PropertyValue)] = [],
    cancellable: UnsafeMutablePointer<GCancellable>? = nil
) throws -> GRef<UnsafeMutablePointer<GObject>> {
    guard g_type_is_a(type, g_initable_get_type()) != 0, let object = newObject(type, properties) else {
        throw GLibError.io(G_IO_ERROR_FAILED, "There is no such class to make an object of")
    }
    let done = try withGError { g_initable_init(OpaquePointer(object.pointer), cancellable, $0) }
    guard done != 0 else { throw GLibError.io(G_IO_ERROR_FAILED, "The initialisation failed without a reason") }
    return object
}

extension PropertyValue {
    fileprivate func makeGValue() -> GValue {
        var value = GValue()
        g_value_init(&value, gtype)
        switch self {
        case .string(let string): g_value_set_string(&value, string)
        case .cString(let string): g_value_set_static_string(&value, string)
        case .boolean(let boolean): g_value_set_boolean(&value, boolean.gboolean)
        case .int(let int): g_value_set_int(&value, int)
        case .uint(let uint): g_value_set_uint(&value, uint)
        case .enumeration(let code, _): g_value_set_enum(&value, code)
        case .flags(let bits, _): g_value_set_flags(&value, bits)
        case .object(let object, _): g_value_set_object(&value, object)
        case .boxed(let boxed, _): g_value_set_boxed(&value, boxed)
        case .pointer(let pointer): g_value_set_pointer(&value, pointer)
        }
        return value
    }

    private var gtype: GType {
        switch self {
        case .string, .cString: .string
        case .boolean: .boolean
        case .int: .int
        case .uint: .uint
        case .enumeration(_, let type), .flags(_, let type), .object(_, let type), .boxed(_, let type): type
        case .pointer: .pointer
        }
    }
}
