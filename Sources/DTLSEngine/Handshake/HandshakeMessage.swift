// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// A whole handshake message under the header of one fragment that is all of it.
///
/// That is the form which the handshake's hashes cover, however it was fragmented on the way (RFC 6347 §4.2.6).
struct HandshakeMessage: Hashable {
    /// The handshake types of DTLS 1.2 that go in the clear (RFC 5246 §7.4, RFC 6347 §4.3.2, RFC 6066 §8).
    enum Kind: UInt8 {
        case clientHello = 1
        case serverHello = 2
        case helloVerifyRequest = 3
        case newSessionTicket = 4
        case certificate = 11
        case serverKeyExchange = 12
        case certificateRequest = 13
        case serverHelloDone = 14
        case certificateVerify = 15
        case clientKeyExchange = 16
        case certificateStatus = 22
    }

    /// Header and body.
    let bytes: [UInt8]

    /// - Parameters:
    ///   - type: the handshake type, as on the wire.
    ///   - sequence: the message's number in the handshake of its sender.
    ///   - body: what follows the header, less than 2^24 bytes.
    init(type: UInt8, sequence: UInt16, body: some Collection<UInt8>) {
        var bytes = [UInt8](repeating: 0, count: HandshakeFragment.headerSize)
        bytes.reserveCapacity(HandshakeFragment.headerSize + body.count)
        bytes[0] = type
        bytes.withUnsafeMutableBytes {
            $0.storeBigEndian(UInt64(body.count), at: 1, bytes: 3)
            $0.storeBigEndian(UInt64(sequence), at: 4, bytes: 2)
            $0.storeBigEndian(UInt64(body.count), at: 9, bytes: 3)
        }
        bytes += body
        self.bytes = bytes
    }

    init(_ kind: Kind, sequence: UInt16, body: some Collection<UInt8>) {
        self.init(type: kind.rawValue, sequence: sequence, body: body)
    }

    var type: UInt8 { bytes[0] }
    var kind: Kind? { Kind(rawValue: bytes[0]) }
    var sequence: UInt16 { UInt16(bytes[4]) << 8 | UInt16(bytes[5]) }
    /// What follows the header.
    var body: ArraySlice<UInt8> { bytes[HandshakeFragment.headerSize...] }

    /// Part of the message under a header of its own (RFC 6347 §4.2.3).
    ///
    /// - Parameter range: where in the body.
    /// - Returns: the fragment with its header.
    func fragment(_ range: Range<Int>) -> [UInt8] {
        var fragment = Array(bytes[..<HandshakeFragment.headerSize])
        fragment.reserveCapacity(HandshakeFragment.headerSize + range.count)
        fragment.withUnsafeMutableBytes {
            $0.storeBigEndian(UInt64(range.lowerBound), at: 6, bytes: 3)
            $0.storeBigEndian(UInt64(range.count), at: 9, bytes: 3)
        }
        let start = bytes.startIndex + HandshakeFragment.headerSize
        fragment += bytes[start + range.lowerBound..<start + range.upperBound]
        return fragment
    }
}
