// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// The 13 bytes before each record (RFC 6347 §4.1).
struct RecordHeader {
    /// The record types of DTLS 1.2 (RFC 5246 §6.2.1).
    enum ContentType: UInt8 {
        case changeCipherSpec = 20
        case alert = 21
        case handshake = 22
        case applicationData = 23
    }

    static let size = 13
    /// DTLS 1.0 and 1.2 on the wire.
    static let version10: UInt16 = 0xFEFF
    static let version12: UInt16 = 0xFEFD

    let type: UInt8
    let version: UInt16
    let epoch: UInt16
    /// 48 bits.
    let sequence: UInt64
    /// Bytes that follow the header.
    let length: Int

    /// The header of a record in the clear.
    init(_ type: ContentType, version: UInt16, sequence: UInt64, length: Int) {
        self.type = type.rawValue
        self.version = version
        epoch = 0
        self.sequence = sequence
        self.length = length
    }

    /// Reads the header at `offset`, or `nil` where fewer than 13 bytes are left.
    init?(_ datagram: UnsafeRawBufferPointer, at offset: Int) {
        guard offset >= 0, datagram.count - offset >= Self.size else { return nil }
        type = datagram[offset]
        version = UInt16(datagram.bigEndian(at: offset + 1, bytes: 2))
        epoch = UInt16(datagram.bigEndian(at: offset + 3, bytes: 2))
        sequence = datagram.bigEndian(at: offset + 5, bytes: 6)
        length = Int(datagram.bigEndian(at: offset + 11, bytes: 2))
    }

    /// The header on the wire.
    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.size)
        bytes[0] = type
        bytes.withUnsafeMutableBytes {
            $0.storeBigEndian(UInt64(version), at: 1, bytes: 2)
            $0.storeBigEndian(UInt64(epoch), at: 3, bytes: 2)
            $0.storeBigEndian(sequence, at: 5, bytes: 6)
            $0.storeBigEndian(UInt64(length), at: 11, bytes: 2)
        }
        return bytes
    }
}

extension UnsafeRawBufferPointer {
    /// The big-endian number of 1 to 8 bytes at `offset`; the caller has checked that they are there.
    func bigEndian(at offset: Int, bytes: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in offset..<offset + bytes { value = value << 8 | UInt64(self[index]) }
        return value
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes the low bytes of `value` in big-endian order; the caller has checked that there is room.
    func storeBigEndian(_ value: UInt64, at offset: Int, bytes: Int) {
        for index in 0..<bytes { self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * (bytes - 1 - index))) }
    }
}
