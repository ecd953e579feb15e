// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// The 12 bytes before each handshake fragment (RFC 6347 §4.2.2).
struct HandshakeFragment {
    static let headerSize = 12
    /// A handshake message larger than this is nobody's certificate chain, in bytes.
    static let largestMessage = 32 * 1024

    let type: UInt8
    /// Bytes of the whole message.
    let messageLength: Int
    let messageSequence: UInt16
    /// Where in the message this fragment starts, in bytes.
    let offset: Int
    /// Bytes of the message in this fragment.
    let length: Int

    /// Reads the header at `position`, or `nil` where fewer than 12 bytes are left.
    init?(_ record: UnsafeRawBufferPointer, at position: Int) {
        guard record.count - position >= Self.headerSize else { return nil }
        type = record[position]
        messageLength = Int(record.bigEndian(at: position + 1, bytes: 3))
        messageSequence = UInt16(record.bigEndian(at: position + 4, bytes: 2))
        offset = Int(record.bigEndian(at: position + 6, bytes: 3))
        length = Int(record.bigEndian(at: position + 9, bytes: 3))
    }

    /// The fragments of a record body in the clear, each with its bytes, or `nil` unless it is a row of whole ones, none
    /// of which contradicts itself.
    static func row(_ body: UnsafeRawBufferPointer) -> [(HandshakeFragment, UnsafeRawBufferPointer)]? {
        var row: [(HandshakeFragment, UnsafeRawBufferPointer)] = []
        var position = 0
        repeat {
            guard let fragment = HandshakeFragment(body, at: position), fragment.isConsistent else { return nil }
            let start = position + headerSize
            position = start + fragment.length
            guard position <= body.count else { return nil }
            row.append((fragment, UnsafeRawBufferPointer(rebasing: body[start..<position])))
        } while position < body.count
        return row
    }

    private var isConsistent: Bool {
        guard messageLength <= Self.largestMessage, offset + length <= messageLength else { return false }
        // A fragment of nothing is genuine only where the message is nothing (ServerHelloDone, HelloRequest).
        return length > 0 || messageLength == 0
    }
}
