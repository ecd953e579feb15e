// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import DTLSEngine

/// Makes datagrams as somebody does who knows the protocol, and everything about the two ends but what they send.
package enum Forger {
    // MARK: Records

    package static func record(
        _ type: UInt8,
        version: UInt16 = 0xFEFD,
        epoch: UInt16 = 0,
        sequence: UInt64 = 9,
        length: Int? = nil,
        _ body: [UInt8]
    ) -> [UInt8] {
        [type] + bytes(version, 2) + bytes(epoch, 2) + bytes(sequence, 6) + bytes(length ?? body.count, 2) + body
    }

    package static func fragment(
        _ type: UInt8,
        length: Int,
        sequence: UInt16,
        offset: Int,
        count: Int? = nil,
        _ body: [UInt8]
    ) -> [UInt8] {
        let header = [type] + bytes(length, 3) + bytes(sequence, 2) + bytes(offset, 3) + bytes(count ?? body.count, 3)
        return header + body
    }

    /// A record that is one whole handshake message.
    package static func message(_ type: UInt8, _ sequence: UInt16, _ body: [UInt8], record number: UInt64 = 9)
        -> [UInt8]
    {
        record(22, sequence: number, fragment(type, length: body.count, sequence: sequence, offset: 0, body))
    }

    package static let changeCipherSpec = record(20, [1])

    package static func protected(_ type: UInt8, count: Int, sequence: UInt64 = 0, fill: UInt8 = 7) -> [UInt8] {
        record(type, epoch: 1, sequence: sequence, Array(repeating: fill, count: count))
    }

    // MARK: Whole messages

    /// ECDHE-ECDSA-AES128-GCM-SHA256, with the extended master secret and secure renegotiation.
    package static func serverHello(_ sequence: UInt16, suite: UInt16 = 0xC02B, fill: UInt8 = 1) -> [UInt8] {
        let extensions: [UInt8] = [0, 23, 0, 0, 0xFF, 1, 0, 1, 0]
        let body = bytes(0xFEFD, 2) + Array(repeating: fill, count: 32) + [0] + bytes(suite, 2) + [0]
        return message(2, sequence, body + bytes(extensions.count, 2) + extensions)
    }

    package static func certificate(_ sequence: UInt16, _ der: [UInt8]) -> [UInt8] {
        message(11, sequence, bytes(der.count + 3, 3) + bytes(der.count, 3) + der)
    }

    /// X25519 and a signature of the right form that signs nothing.
    package static func serverKeyExchange(_ sequence: UInt16) -> [UInt8] {
        let integer: [UInt8] = [2, 32] + Array(repeating: 0x11, count: 32)
        let signature = [0x30, 68] + integer + integer
        let point = Array(repeating: UInt8(9), count: 32)
        return message(12, sequence, [3, 0, 29, 32] + point + [4, 3] + bytes(signature.count, 2) + signature)
    }

    /// Asks for an ECDSA or RSA certificate of anybody's.
    package static func certificateRequest(_ sequence: UInt16) -> [UInt8] {
        message(13, sequence, [2, 64, 1, 0, 4, 4, 3, 4, 1, 0, 0])
    }

    package static func serverHelloDone(_ sequence: UInt16) -> [UInt8] { message(14, sequence, []) }

    package static func helloVerifyRequest(_ sequence: UInt16 = 0, cookie: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8])
        -> [UInt8]
    {
        message(3, sequence, [0xFE, 0xFF, UInt8(cookie.count)] + cookie)
    }

    /// A hello that a server of this library would answer.
    package static func clientHello(
        _ sequence: UInt16 = 0,
        suites: [UInt16] = [0xC02B, 0xC02F, 0xCCA9],
        cookie: [UInt8] = [],
        fill: UInt8 = 2
    ) -> [UInt8] {
        message(1, sequence, clientHelloBody(suites: suites, cookie: cookie, fill: fill), record: UInt64(sequence))
    }

    package static func clientHelloBody(
        suites: [UInt16] = [0xC02B, 0xC02F, 0xCCA9],
        cookie: [UInt8] = [],
        fill: UInt8 = 2
    ) -> [UInt8] {
        let groups: [UInt8] = [0, 10, 0, 6, 0, 4, 0, 29, 0, 23]
        let formats: [UInt8] = [0, 11, 0, 2, 1, 0]
        let schemes: [UInt8] = [0, 13, 0, 6, 0, 4, 4, 3, 4, 1]
        let extensions = groups + formats + schemes + [0, 23, 0, 0]
        let list = suites.flatMap { bytes($0, 2) }
        let start: [UInt8] = bytes(0xFEFD, 2) + Array(repeating: fill, count: 32) + [0, UInt8(cookie.count)] + cookie
        return start + bytes(list.count, 2) + list + [1, 0] + bytes(extensions.count, 2) + extensions
    }

    /// An X25519 share, which any 32 bytes are.
    package static func clientKeyExchange(_ sequence: UInt16, fill: UInt8 = 5) -> [UInt8] {
        message(16, sequence, [32] + Array(repeating: fill, count: 32))
    }

    package static func certificateVerify(_ sequence: UInt16) -> [UInt8] {
        message(15, sequence, [4, 3, 0, 8, 0x30, 6, 2, 1, 1, 2, 1, 1])
    }

    // MARK: Whole flights

    /// All that a server says to a hello, in one datagram, with a certificate of somebody else's.
    package static func serverFlight(from sequence: UInt16 = 0, asking: Bool = false) -> [UInt8] {
        let der = Identity.stranger.chain.first?.der ?? []
        let start = serverHello(sequence) + certificate(sequence + 1, der) + serverKeyExchange(sequence + 2)
        let request = asking ? certificateRequest(sequence + 3) : []
        return start + request + serverHelloDone(sequence + (asking ? 4 : 3))
    }

    /// All that a client says to a server's flight, in one datagram.
    package static func clientFlight(from sequence: UInt16 = 1, showing: Bool = false, fill: UInt8 = 5) -> [UInt8] {
        let der = Identity.stranger.chain.first?.der ?? []
        let start = showing ? certificate(sequence, der) : []
        let exchange = clientKeyExchange(sequence + (showing ? 1 : 0), fill: fill)
        let proof = showing ? certificateVerify(sequence + 2) : []
        return start + exchange + proof + changeCipherSpec + protected(22, count: 40, fill: fill)
    }

    package static func bytes(_ value: some BinaryInteger, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: UInt64(value) >> (8 * UInt64(count - 1 - $0))) }
    }
}
