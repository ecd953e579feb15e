// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// One record inside a datagram; valid for as long as the datagram's bytes are.
struct Record {
    let header: RecordHeader
    /// Header and body.
    let bytes: UnsafeRawBufferPointer

    /// RFC 5246 §6.2.3: 2^14 bytes of plaintext and at most 2,048 of expansion.
    static let largestBody = 16 * 1024 + 2048

    /// What follows the header.
    var body: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[RecordHeader.size...]) }

    /// Makes a record in the clear.
    ///
    /// - Parameters:
    ///   - type: what is in it.
    ///   - version: the version bytes.
    ///   - sequence: its number at epoch 0.
    ///   - body: up to 2^14 bytes.
    /// - Returns: header and body.
    static func plaintext(
        _ type: RecordHeader.ContentType,
        version: UInt16,
        sequence: UInt64,
        body: some Collection<UInt8>
    ) -> [UInt8] {
        RecordHeader(type, version: version, sequence: sequence, length: body.count).bytes + body
    }
}

/// Takes a datagram apart.
struct RecordReader {
    /// What lies next in the datagram.
    enum Piece {
        case record(Record)
        /// Bytes to the end of the datagram that are no record.
        case garbage(DropReason)
    }

    private let datagram: UnsafeRawBufferPointer
    private var offset = 0

    init(_ datagram: UnsafeRawBufferPointer) {
        self.datagram = datagram
    }

    /// The next piece; `nil` at the end.
    mutating func next() -> Piece? {
        guard offset < datagram.count else { return nil }
        let start = offset
        offset = datagram.count
        guard let header = RecordHeader(datagram, at: start) else { return .garbage(.truncated) }
        // Where the length is not to be believed, neither is what follows it.
        guard header.length <= Record.largestBody else { return .garbage(.impossibleLength) }
        let end = start + RecordHeader.size + header.length
        guard end <= datagram.count else { return .garbage(.truncated) }
        offset = end
        return .record(Record(header: header, bytes: UnsafeRawBufferPointer(rebasing: datagram[start..<end])))
    }
}
