// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension PeerIdentity {
    /// Whom a GSocketConnectable leads to.
    ///
    /// That is the host of a GNetworkAddress, the domain of a GNetworkService, the address
    /// of a GInetSocketAddress. Any other kind is ``unverifiable``.
    ///
    /// - Parameter connectable: a `GSocketConnectable *`, borrowed.
    init(connectable: OpaquePointer) {
        if connectable.isInstance(of: g_network_address_get_type()) {
            let address = connectable.objectPointer.assumingMemoryBound(to: GNetworkAddress.self)
            self.init(host: g_network_address_get_hostname(address))
        } else if connectable.isInstance(of: g_network_service_get_type()) {
            let service = connectable.objectPointer.assumingMemoryBound(to: GNetworkService.self)
            self.init(host: g_network_service_get_domain(service))
        } else if connectable.isInstance(of: g_inet_socket_address_get_type()) {
            let address = connectable.objectPointer.assumingMemoryBound(to: GInetSocketAddress.self)
            self.init(address: g_inet_socket_address_get_address(address))
        } else {
            self = .unverifiable
        }
    }

    private init(host: UnsafePointer<CChar>?) {
        guard let host else {
            self = .unverifiable
            return
        }
        // The zone of fe80::1%eth0 is a matter of this machine; certificates do not know it.
        let literal = String(String(cString: host).prefix { $0 != "%" })
        if let address = g_inet_address_new_from_string(literal) {
            self.init(address: address)
            g_object_unref(address)
        } else if let ascii = g_hostname_to_ascii(host) {
            self = .dnsName(String(cString: ascii))
            g_free(ascii)
        } else {
            self = .unverifiable
        }
    }

    private init(address: UnsafeMutablePointer<GInetAddress>?) {
        guard let address, let bytes = g_inet_address_to_bytes(address) else {
            self = .unverifiable
            return
        }
        let size = g_inet_address_get_native_size(address)
        self = .ipAddress(Array(UnsafeBufferPointer(start: bytes, count: Int(size))))
    }
}

extension OpaquePointer {
    /// Whether this object is of the class or interface.
    ///
    /// The corresponding C function is `g_type_check_instance_is_a`.
    func isInstance(of type: GType) -> Bool {
        g_type_check_instance_is_a(objectPointer.assumingMemoryBound(to: GTypeInstance.self), type) != 0
    }
}
