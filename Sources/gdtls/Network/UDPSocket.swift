// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// A UDP socket.
struct UDPSocket: Sendable {
    let object: Object

    /// A new one for a family of addresses.
    init(_ family: GSocketFamily) throws {
        do {
            let socket = try throwing { g_socket_new(family, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, $0) }
            guard let object = Object(owned: socket) else { throw Failure(.noSocket, "The system gives no socket") }
            self.object = object
        } catch let error as GLibError {
            throw Failure(.noSocket, "The system gives no UDP socket: \(error.message)")
        }
    }

    /// Binds it to an address of this host.
    func bind(to address: Address, reusing: Bool = false) throws {
        do {
            _ = try throwing { g_socket_bind(object.cast(), address.object.cast(), reusing ? 1 : 0, $0) }
        } catch let error as GLibError {
            let advice: String? =
                if error.isIO(G_IO_ERROR_ADDRESS_IN_USE) {
                    "Another program has the port: choose one by --port, or 0 for any free one"
                } else if error.isIO(G_IO_ERROR_PERMISSION_DENIED) {
                    "Ports below 1024 are for root"
                } else {
                    nil
                }
            throw Failure(.noSocket, "Cannot listen on \(address): \(error.message)", advice: advice)
        }
    }

    /// Connects it to a peer: from now on it hears that peer alone.
    func connect(to address: Address) throws {
        do {
            _ = try throwing { g_socket_connect(object.cast(), address.object.cast(), nil, $0) }
        } catch let error as GLibError {
            throw Failure(.unreachable, "No way leads to \(address): \(error.message)")
        }
    }

    var fd: Int32 { g_socket_get_fd(object.cast()) }

    func localAddress() throws -> Address? {
        Object(owned: try throwing { g_socket_get_local_address(object.cast(), $0) }).map(Address.init)
    }

    /// Takes a datagram, or looks at it.
    ///
    /// - Parameter flags: such as `MSG_PEEK`.
    /// - Returns: its first bytes and its sender; `nil` where none is there.
    func receive(_ flags: GSocketMsgFlags) -> (start: [UInt8], sender: Address)? {
        var start = [UInt8](repeating: 0, count: 64)
        var sender: UnsafeMutablePointer<GSocketAddress>?
        var flags = Int32(bitPattern: flags.rawValue)
        let count = start.withUnsafeMutableBytes { bytes in
            var space = GInputVector(buffer: bytes.baseAddress, size: gsize(bytes.count))
            return g_socket_receive_message(object.cast(), &sender, &space, 1, nil, nil, &flags, nil, nil)
        }
        guard count >= 0, let sender = Object(owned: sender) else { return nil }
        return (Array(start.prefix(Int(count))), Address(sender))
    }
}
