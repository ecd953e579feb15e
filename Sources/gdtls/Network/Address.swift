// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// A `GSocketAddress`: an IP address and a port.
struct Address: Sendable, CustomStringConvertible {
    let object: Object
    let description: String

    init(_ object: Object) {
        self.object = object
        let text = takeString(g_socket_connectable_to_string(object.opaque)) ?? ""
        // A socket for both families writes IPv4 addresses as [::ffff:192.0.2.1]:4433.
        let mapped = "[::ffff:"
        description =
            if text.hasPrefix(mapped), text.contains(".") {
                text.dropFirst(mapped.count).split(separator: "]").joined()
            } else {
                text
            }
    }

    /// An address without a name service.
    init?(host: String, port: UInt16) {
        let address = g_inet_socket_address_new_from_string(host, guint(port))
        guard let object = Object(owned: address) else { return nil }
        self.init(object)
    }

    var family: GSocketFamily { g_socket_address_get_family(object.cast()) }
}
