// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// A class of the application's derived from the provider's client connection, which judges certificates itself.
enum ClientSubclass {
    /// How it does.
    enum Route {
        /// It implements GDtlsConnection anew, with an `accept_certificate` of its own (`do_accept_certificate`).
        case interface
        /// It overrides the signal's own handler.
        case signal
    }

    /// What objects of it answer.
    // nonisolated(unsafe): set by the one test at a time that uses it.
    nonisolated(unsafe) static var answer: (UnsafeMutablePointer<GTlsCertificate>, GTlsCertificateFlags) -> Bool = {
        _,
        _ in false
    }

    /// Makes a connection of it (transfer full).
    static func make(_ route: Route, _ socket: OpaquePointer, identity: Connectable) throws -> OpaquePointer {
        let type = route == .interface ? interfaceType : signalType
        let properties: [(name: String, value: PropertyValue)] = [
            ("base-socket", .object(UnsafeMutableRawPointer(socket), g_datagram_based_get_type())),
            ("server-identity", .object(UnsafeMutableRawPointer(identity.pointer), g_socket_connectable_get_type())),
        ]
        return OpaquePointer(try newInitable(type, properties).retained())
    }

    private static let interfaceType: GType = {
        let type = derive("GDtlsSwiftTestClientWithVfunc")
        var info = GInterfaceInfo()
        info.interface_init = { table, _ in
            let table = table?.assumingMemoryBound(to: GDtlsConnectionInterface.self)
            table?.pointee.accept_certificate = { _, certificate, flags in
                certificate.map { ClientSubclass.answer($0, flags) } == true ? 1 : 0
            }
        }
        g_type_add_interface_static(type, g_dtls_connection_get_type(), &info)
        return type
    }()

    private static let signalType: GType = {
        let type = derive("GDtlsSwiftTestClientWithClosure")
        g_type_class_unref(g_type_class_ref(type))
        let handler:
            @convention(c) (
                OpaquePointer, UnsafeMutablePointer<GTlsCertificate>, GTlsCertificateFlags, UnsafeMutableRawPointer?
            ) -> gboolean = { _, certificate, flags, _ in ClientSubclass.answer(certificate, flags) ? 1 : 0 }
        // unsafeBitCast: GCallback stands for a function of any signature.
        let closure = g_cclosure_new(unsafeBitCast(handler, to: GCallback.self), nil, nil)
        g_signal_override_class_closure(g_signal_lookup("accept-certificate", type), type, closure)
        return type
    }()

    private static func derive(_ name: String) -> GType {
        let parent = g_type_from_name("GDtlsSwiftClientConnection")
        var query = GTypeQuery()
        g_type_query(parent, &query)
        var info = GTypeInfo()
        info.class_size = UInt16(query.class_size)
        info.instance_size = UInt16(query.instance_size)
        return g_type_register_static(parent, name, &info, GTypeFlags(rawValue: 0))
    }
}
