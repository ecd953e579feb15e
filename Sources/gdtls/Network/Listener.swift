// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// A UDP port that takes one peer after the other.
///
/// The first datagram of a peer is looked at, not taken. The socket that holds it is connected to its sender and becomes
/// the peer's; a new one for the same port takes its place, to which the kernel gives what comes from others.
@MainLoop
final class Listener {
    let address: Address
    private var socket: UDPSocket

    /// Binds to an address of this host.
    ///
    /// - Parameters:
    ///   - host: an IP address; `nil`: all, of both families where the system has both.
    ///   - port: the port; 0: any free one.
    /// - Throws: ``Failure`` where the system does not give it.
    init(host: String?, port: UInt16) throws {
        let any = (try? UDPSocket(G_SOCKET_FAMILY_IPV6)) == nil ? "0.0.0.0" : "::"
        guard let wanted = Address(host: host ?? any, port: port) else {
            throw Failure(.usage, "'\(host ?? any)' is no IP address", advice: "--host takes an address of this host")
        }
        socket = try UDPSocket(wanted.family)
        try socket.bind(to: wanted)
        address = try socket.localAddress() ?? wanted
    }

    /// Waits for a peer.
    ///
    /// - Returns: a socket that is connected to it, and holds its first datagram.
    func nextPeer() async throws -> (socket: UDPSocket, address: Address) {
        while true {
            let peer = try await nextHello()
            let taken = socket
            do {
                try taken.connect(to: peer)
            } catch {
                // A sender to whom no way leads back: its datagram must not be looked at for ever.
                _ = taken.receive(GSocketMsgFlags(0))
                throw error
            }
            // Only now, so that the port was this command's alone when it began.
            taken.shareAddress()
            socket = try UDPSocket(address.family)
            try socket.bind(to: address, reusing: true)
            socket.shareAddress()
            return (taken, peer)
        }
    }

    /// Tells of peers that come while another one is served, and drops what they send.
    func turnAwayOthers(_ report: Report) async throws {
        var told = ""
        var quietUntil = 0.0
        while true {
            let other = try await nextHello()
            _ = socket.receive(GSocketMsgFlags(0))
            // Each once, and nobody can fill the screen with senders that are not there.
            if other.description == told || seconds() < quietUntil { continue }
            told = other.description
            quietUntil = seconds() + 1
            report.event(
                "turned-away",
                ["peer": .string(told)],
                "\(told) knocks: it gets no answer while another peer is served"
            )
        }
    }

    /// Waits for a datagram that can begin a handshake, and leaves it there; drops all others.
    private func nextHello() async throws -> Address {
        while true {
            try await pause(until: (socket.fd, G_IO_IN))
            guard let (start, sender) = socket.receive(G_SOCKET_MSG_PEEK) else { continue }
            // A handshake record (RFC 6347 §4.1) of any version of DTLS, with a ClientHello (§4.2.2).
            if start.count > 13, start[0] == 22, start[1] == 254, start[13] == 1 { return sender }
            _ = socket.receive(GSocketMsgFlags(0))
        }
    }
}

extension UDPSocket {
    /// Lets a socket of the same user have the same port.
    fileprivate func shareAddress() {
        _ = g_socket_set_option(object.cast(), SOL_SOCKET, SO_REUSEPORT, 1, nil)
        // With this one, which g_socket_bind() sets too, any user could have it.
        _ = g_socket_set_option(object.cast(), SOL_SOCKET, SO_REUSEADDR, 0, nil)
    }
}
