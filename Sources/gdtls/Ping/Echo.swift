// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// A ping's datagram: its number in 8 bytes, the high ones first, and bytes that mean nothing.
enum Echo {
    /// The fewest bytes it can have.
    static let smallest = 8

    static func datagram(_ number: Int, size: Int) -> [UInt8] {
        let digits = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        return digits + (8..<max(size, 8)).map { UInt8(truncatingIfNeeded: $0) }
    }

    /// The number of a datagram that has come back; `nil` if it is none of ours.
    static func number(of datagram: [UInt8], size: Int) -> Int? {
        guard datagram.count == size else { return nil }
        let number = datagram.prefix(8).reduce(0) { $0 << 8 | Int($1) }
        return datagram == Self.datagram(number, size: size) ? number : nil
    }
}
