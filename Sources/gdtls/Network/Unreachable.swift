// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

// An association ignores ICMP while it shakes hands, since anybody can forge it. A person who waits in front of the
// command is better served by hearing at once that nobody listens there, so the command asks for a copy.

extension UDPSocket {
    /// Asks the kernel to keep what ICMP says in a queue of its own.
    func keepNetworkErrors(_ keep: Bool) {
        let isIPv6 = g_socket_get_family(object.cast()) == G_SOCKET_FAMILY_IPV6
        let (level, option) = isIPv6 ? (IPPROTO_IPV6, IPV6_RECVERR) : (IPPROTO_IP, IP_RECVERR)
        _ = g_socket_set_option(object.cast(), gint(level), option, keep ? 1 : 0, nil)
    }

    /// Waits until ICMP says that datagrams do not arrive.
    ///
    /// - Returns: the error's number, such as `ECONNREFUSED`.
    @MainLoop
    func networkError() async throws -> Int32 {
        while true {
            try await pause(until: (fd, G_IO_ERR))
            if let number = takeNetworkError(), number != 0 { return number }
        }
    }

    private func takeNetworkError() -> Int32? {
        var control = [UInt8](repeating: 0, count: 512)
        return control.withUnsafeMutableBytes { control in
            var message = msghdr()
            message.msg_control = control.baseAddress
            message.msg_controllen = control.count
            let flags = Int32(MSG_ERRQUEUE | MSG_DONTWAIT)
            let needed = MemoryLayout<cmsghdr>.size + MemoryLayout<sock_extended_err>.size
            guard recvmsg(fd, &message, flags) >= 0, message.msg_controllen >= needed else { return nil }
            // What comes is one control message, since no other was asked for.
            let error = control.loadUnaligned(fromByteOffset: MemoryLayout<cmsghdr>.size, as: sock_extended_err.self)
            return Int32(bitPattern: error.ee_errno)
        }
    }
}
