// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser
import CGdtls

/// A host and a port, as people write them: `example.org:4433`, `192.0.2.1:4433`, `[2001:db8::1]:4433`.
struct Endpoint: Sendable, CustomStringConvertible {
    /// A name, or an address without brackets.
    let host: String
    let port: UInt16

    init(_ text: String) throws {
        let (host, port): (Substring, Substring)
        if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<bracket]
            guard text[bracket...].hasPrefix("]:") else { throw Self.noPort(in: text) }
            port = text[bracket...].dropFirst(2)
            guard Self.isIPv6(host) else {
                throw ValidationError("In brackets goes an IPv6 address; '\(host)' is none.")
            }
        } else {
            guard let colon = text.lastIndex(of: ":") else { throw Self.noPort(in: text) }
            host = text[..<colon]
            port = text[text.index(after: colon)...]
            if host.contains(":") { throw ValidationError("An IPv6 address goes in brackets: [\(host)]:\(port)") }
        }
        guard !host.isEmpty else { throw ValidationError("There is no host in '\(text)': it is HOST:PORT.") }
        guard let port = UInt16(port), port > 0 else {
            throw ValidationError("'\(port)' is no port: it is a number from 1 to 65535.")
        }
        self.host = String(host)
        self.port = port
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func noPort(in text: String) -> ValidationError {
        ValidationError("There is no port in '\(text)': it is HOST:PORT, or [IPv6]:PORT.")
    }

    private static func isIPv6(_ host: Substring) -> Bool {
        let address = String(host).split(separator: "%", maxSplits: 1).first.map(String.init) ?? ""
        return address.contains(":") && g_hostname_is_ip_address(address) != 0
    }
}

extension Endpoint {
    /// Who is expected there: what a peer's certificate is compared with.
    func identity() -> Object? { Object(owned: UnsafeMutableRawPointer(g_network_address_new(host, port))) }

    /// Looks the host up.
    ///
    /// - Returns: its addresses, in the order in which they should be tried.
    @MainLoop
    func addresses() async throws -> [Address] {
        guard let identity = identity(), let enumerator = Object(owned: g_socket_connectable_enumerate(identity.opaque))
        else { return [] }
        var addresses: [Address] = []
        do {
            while let address = Object(
                owned: try await result {
                    g_socket_address_enumerator_next_async(enumerator.cast(), $0, $1, $2)
                } finish: {
                    g_socket_address_enumerator_next_finish(enumerator.cast(), $0, $1)
                }
            ) {
                addresses.append(Address(address))
            }
        } catch let error as GLibError {
            throw Failure(.noHost, "\(error.message) (looking up \(host))", advice: "See whether the name is right")
        }
        return addresses
    }
}
