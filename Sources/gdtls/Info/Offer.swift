// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// What the library offers a server, read from a ClientHello that it writes: there is no better witness.
struct Offer {
    let versions: [String]
    let cipherSuites: [String]

    /// Has a client begin a handshake with a socket that answers nothing.
    @MainLoop
    static func ask() async throws -> Offer? {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0,
            let near = Object(owned: try throwing { g_socket_new_from_fd(pair[0], $0) }),
            let far = Object(owned: try throwing { g_socket_new_from_fd(pair[1], $0) })
        else { return nil }
        let new = try throwing { gdtls_swift_client_connection_new(near.opaque, nil, $0) }
        guard let connection = Object(owned: new) else { return nil }
        var hello: [UInt8] = []
        try await untilFirst(
            {
                _ = try await result {
                    g_dtls_connection_handshake_async(connection.opaque, G_PRIORITY_DEFAULT, $0, $1, $2)
                } finish: {
                    g_dtls_connection_handshake_finish(connection.opaque, $0, $1)
                }
            },
            { try await pause(for: 5, until: (g_socket_get_fd(far.cast()), G_IO_IN)) }
        )
        hello = [UInt8](repeating: 0, count: 4096)
        let count = try throwing { g_socket_receive(far.cast(), &hello, gsize(hello.count), nil, $0) }
        return Offer(hello: hello.prefix(max(count, 0)))
    }

    /// Reads a datagram with a ClientHello (RFC 6347 §4.1, §4.2.2).
    init?(hello: ArraySlice<UInt8>) {
        // Behind the headers of the record (13 bytes) and of the message (12): version, random, session, cookie, suites.
        var rest = hello.dropFirst(13 + 12)
        guard let version = Self.take(2, &rest), Self.take(32, &rest) != nil, Self.takeVector(1, &rest) != nil,
            Self.takeVector(1, &rest) != nil, let suites = Self.takeVector(2, &rest)
        else { return nil }
        versions = [version == 0xfefd ? "DTLS 1.2" : "0x" + String(version, radix: 16)]
        cipherSuites = stride(from: suites.startIndex, to: suites.endIndex - 1, by: 2)
            .map { UInt16(suites[$0]) << 8 | UInt16(suites[$0 + 1]) }
            .filter { $0 != Self.renegotiationSignal }
            .map { Self.names[$0] ?? "0x" + String($0, radix: 16) }
    }

    private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reduce(0) { ($0 & 0xff_ffff) << 8 | Int($1) }
    }

    /// A vector behind its length (RFC 5246 §4.3).
    private static func takeVector(_ lengthBytes: Int, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let length = take(lengthBytes, &rest), rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }

    /// RFC 5746 §3.3: no suite.
    private static let renegotiationSignal: UInt16 = 0x00ff

    /// OpenSSL's names, which a cipher list takes.
    private static let names: [UInt16: String] = [
        0xc02b: "ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02c: "ECDHE-ECDSA-AES256-GCM-SHA384",
        0xc02f: "ECDHE-RSA-AES128-GCM-SHA256", 0xc030: "ECDHE-RSA-AES256-GCM-SHA384",
        0xcca8: "ECDHE-RSA-CHACHA20-POLY1305", 0xcca9: "ECDHE-ECDSA-CHACHA20-POLY1305",
        0xc0ac: "ECDHE-ECDSA-AES128-CCM", 0xc0ad: "ECDHE-ECDSA-AES256-CCM",
    ]
}
