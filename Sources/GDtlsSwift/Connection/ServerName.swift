// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// The names in a `server-identity`.
enum ServerName {
    /// What a client asks for in `server_name` (RFC 6066 §3): the host name in ASCII and without the trailing dot.
    ///
    /// `nil` for IP addresses, for other kinds of identity, and for what is no host name.
    static func of(_ identity: GRef<OpaquePointer>?) -> String? {
        guard let identity, let name = hostName(of: identity.rawPointer) else { return nil }
        // The zone of fe80::1%eth0 does not make it a name.
        let literal = String(name.prefix { $0 != "%" })
        guard g_hostname_is_ip_address(literal) == 0, let ascii = g_hostname_to_ascii(name) else { return nil }
        defer { g_free(ascii) }
        let trimmed = String(cString: ascii)
        let bare = trimmed.hasSuffix(".") ? String(trimmed.dropLast()) : trimmed
        return bare.isEmpty || bare.utf8.count > 255 ? nil : bare
    }

    /// Whom an identity stands for, for people.
    static func description(of identity: GRef<OpaquePointer>) -> String {
        if let name = hostName(of: identity.rawPointer) { return name }
        guard let text = g_socket_connectable_to_string(identity.pointer) else { return "?" }
        defer { g_free(text) }
        return String(cString: text)
    }

    private static func hostName(of identity: UnsafeMutableRawPointer) -> String? {
        let instance = identity.assumingMemoryBound(to: GTypeInstance.self)
        if g_type_check_instance_is_a(instance, g_network_address_get_type()) != 0 {
            let address = identity.assumingMemoryBound(to: GNetworkAddress.self)
            return g_network_address_get_hostname(address).map { String(cString: $0) }
        }
        if g_type_check_instance_is_a(instance, g_network_service_get_type()) != 0 {
            let service = identity.assumingMemoryBound(to: GNetworkService.self)
            return g_network_service_get_domain(service).map { String(cString: $0) }
        }
        return nil
    }
}
