// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO

/// A GSocketConnectable of every kind.
// Unchecked Sendable: addresses are immutable.
final class Connectable: @unchecked Sendable {
    /// The `GSocketConnectable *`.
    let pointer: OpaquePointer

    private init(_ object: UnsafeMutableRawPointer) {
        pointer = OpaquePointer(object)
    }

    deinit {
        g_object_unref(UnsafeMutableRawPointer(pointer))
    }

    static func host(_ name: String) -> Connectable {
        Connectable(UnsafeMutableRawPointer(g_network_address_new(name, 443)))
    }

    static func service(_ domain: String) -> Connectable {
        Connectable(UnsafeMutableRawPointer(g_network_service_new("coap", "udp", domain)))
    }

    static func address(_ literal: String) -> Connectable {
        Connectable(UnsafeMutableRawPointer(g_inet_socket_address_new_from_string(literal, 443)))
    }

    static func local(_ path: String) -> Connectable {
        Connectable(UnsafeMutableRawPointer(g_unix_socket_address_new(path)))
    }
}
