// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Reads the structures of RFC 5246 §4 off bytes that anybody may have written.
struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }
    /// How many bytes are left.
    var count: Int { rest.count }

    /// So many bytes, or `nil` where fewer are left.
    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// A big-endian number of 1 to 3 bytes.
    mutating func number(_ size: Int) -> Int? {
        bytes(size)?.reduce(0) { $0 << 8 | Int($1) }
    }

    /// A vector with its length before it, in a number of 1 to 3 bytes.
    mutating func vector(_ size: Int) -> ArraySlice<UInt8>? {
        var copy = self
        guard let count = copy.number(size), let bytes = copy.bytes(count) else { return nil }
        self = copy
        return bytes
    }
}
