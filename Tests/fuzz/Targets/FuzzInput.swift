// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Reads the fuzzer's bytes as numbers and pieces; after the end all is 0 and empty.
struct FuzzInput {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { offset >= bytes.count }

    mutating func byte() -> UInt8 {
        guard !isAtEnd else { return 0 }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// One of 0..<`count`; 0 where that is empty.
    mutating func index(below count: Int) -> Int {
        count > 0 ? Int(byte()) % count : 0
    }

    mutating func word() -> UInt16 {
        UInt16(byte()) << 8 | UInt16(byte())
    }

    /// So many bytes, or what is left.
    mutating func take(_ count: Int) -> [UInt8] {
        let piece = Array(bytes[offset..<min(offset + count, bytes.count)])
        offset += piece.count
        return piece
    }

    /// A piece whose length the two bytes before it tell.
    mutating func piece() -> [UInt8] {
        take(Int(word()))
    }

    mutating func rest() -> [UInt8] {
        take(bytes.count - offset)
    }
}
