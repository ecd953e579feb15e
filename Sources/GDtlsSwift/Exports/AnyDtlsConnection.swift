// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// A GDtlsConnection of anybody's: what GIO's functions have for their first argument.
///
/// Operations go through the vtable of the instance's own class, settings through its properties, and the signal is
/// GDtlsConnection's. Nothing of GIO's of the same name is called, which may be ourselves.
struct AnyDtlsConnection {
    let pointer: OpaquePointer
    /// What the class implements.
    let table: GDtlsConnectionInterface

    /// The connection; a critical on the log, and nothing, for anything else.
    init?(_ pointer: OpaquePointer?, function: StaticString = #function) {
        let type = g_dtls_connection_get_type()
        let isConnection = isInstance(UnsafeMutableRawPointer(pointer), type)
        guard isValid(isConnection, "G_IS_DTLS_CONNECTION (conn)", domain: .gio, function: function), let pointer else {
            return nil
        }
        let instance = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: GTypeInstance.self)
        guard let table = g_type_interface_peek(instance.pointee.g_class, type) else { return nil }
        self.pointer = pointer
        self.table = table.assumingMemoryBound(to: GDtlsConnectionInterface.self).pointee
    }

    /// Sets a property.
    ///
    /// The corresponding C function is `g_object_set_property`.
    func set(_ property: String, _ type: GType, _ fill: (UnsafeMutablePointer<GValue>) -> Void) {
        setProperty(of: pointer, property, type, fill)
    }

    /// Reads a property.
    ///
    /// The corresponding C function is `g_object_get_property`.
    func get<R>(_ property: String, _ type: GType, _ read: (UnsafeMutablePointer<GValue>) -> R) -> R {
        getProperty(of: pointer, property, type, read)
    }

    /// Sets a property to an object, or to nothing; a critical on the log for an object of another type.
    func set(
        _ property: String,
        _ object: UnsafeMutableRawPointer?,
        _ type: GType,
        _ condition: StaticString,
        isOptional: Bool = true,
        function: StaticString = #function
    ) {
        let isOfType = isOptional ? isInstanceOrNull(object, type) : isInstance(object, type)
        guard isValid(isOfType, condition, domain: .gio, function: function) else { return }
        set(property, type) { $0.set(object: object) }
    }

    /// The object of a property, borrowed from the connection.
    func object<T>(_ property: String, _ type: GType) -> UnsafeMutablePointer<T>? {
        get(property, type) { $0.object }?.assumingMemoryBound(to: T.self)
    }

    /// Emits `GDtlsConnection::accept-certificate`, in the calling thread; the handlers' answer.
    func emitAcceptCertificate(_ certificate: UnsafeMutablePointer<GTlsCertificate>?, _ flags: GTlsCertificateFlags)
        -> Bool
    {
        var values = [GValue(), GValue(), GValue()]
        g_value_init(&values[0], g_dtls_connection_get_type())
        g_value_set_object(&values[0], UnsafeMutableRawPointer(pointer))
        g_value_init(&values[1], g_tls_certificate_get_type())
        g_value_set_object(&values[1], certificate)
        g_value_init(&values[2], g_tls_certificate_flags_get_type())
        g_value_set_flags(&values[2], flags.rawValue)
        var answer = GValue()
        g_value_init(&answer, .boolean)
        defer { for index in values.indices { g_value_unset(&values[index]) } }
        g_signal_emitv(values, g_signal_lookup("accept-certificate", g_dtls_connection_get_type()), 0, &answer)
        return g_value_get_boolean(&answer) != 0
    }
}

/// Sets a property of an object, whose class may be anybody's.
///
/// The corresponding C function is `g_object_set_property`.
func setProperty(
    of object: OpaquePointer,
    _ name: String,
    _ type: GType,
    _ fill: (UnsafeMutablePointer<GValue>) -> Void
) {
    var value = GValue()
    g_value_init(&value, type)
    defer { g_value_unset(&value) }
    fill(&value)
    g_object_set_property(UnsafeMutableRawPointer(object).assumingMemoryBound(to: GObject.self), name, &value)
}

/// Reads a property of an object, whose class may be anybody's.
///
/// The corresponding C function is `g_object_get_property`.
func getProperty<R>(
    of object: OpaquePointer,
    _ name: String,
    _ type: GType,
    _ read: (UnsafeMutablePointer<GValue>) -> R
) -> R {
    var value = GValue()
    g_value_init(&value, type)
    defer { g_value_unset(&value) }
    g_object_get_property(UnsafeMutableRawPointer(object).assumingMemoryBound(to: GObject.self), name, &value)
    return read(&value)
}
