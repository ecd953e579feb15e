// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Cuts the handshake messages of a genuine datagram in other places than their sender did, as nobody may mind: what is
/// signed is the messages.
package enum Recut: CaseIterable, Sendable {
    /// Small pieces of all messages take turns.
    case interleaved
    /// The last piece comes first.
    case reversed
    /// Each piece begins in the middle of the one before.
    case overlapping
    /// Each piece comes twice.
    case doubled
    /// Pieces come between whole messages, and some are missing.
    case mixed

    /// The datagrams to deliver instead; a datagram without messages in the clear stays what it is.
    ///
    /// - Parameters:
    ///   - datagram: a genuine one.
    ///   - size: the most bytes of a message in one piece.
    /// - Returns: one datagram a piece.
    package func datagrams(_ datagram: [UInt8], size: Int) -> [[UInt8]] {
        var messages: [[[UInt8]]] = []
        var others: [[UInt8]] = []
        for record in Self.records(datagram) {
            guard record[0] == 22, record[3] == 0, record[4] == 0 else {
                others.append(record)
                continue
            }
            messages += Self.fragments(record).map { pieces(of: $0, size: size, version: record[1...2]) }
        }
        guard !messages.isEmpty else { return [datagram] }
        let inOrder = messages.flatMap { $0 }
        switch self {
        case .interleaved:
            let rounds = messages.map(\.count).max() ?? 0
            let turns = (0..<rounds).flatMap { turn in messages.compactMap { $0.dropFirst(turn).first } }
            return turns + others
        case .reversed: return inOrder.reversed() + others
        case .overlapping: return inOrder + others
        case .doubled: return inOrder.flatMap { [$0, $0] } + others
        case .mixed: return inOrder.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) + [datagram] + inOrder
        }
    }

    private func pieces(of fragment: [UInt8], size: Int, version: ArraySlice<UInt8>) -> [[UInt8]] {
        let type = fragment[0]
        let length = Self.number(fragment[1..<4])
        let sequence = UInt16(Self.number(fragment[4..<6]))
        let offset = Self.number(fragment[6..<9])
        let body = Array(fragment[12...])
        let back = self == .overlapping ? size / 2 : 0
        return stride(from: 0, to: max(body.count, 1), by: size).map { start in
            let start = max(start - back, 0)
            let piece = Array(body[start..<min(start + size + back, body.count)])
            let cut = Forger.fragment(type, length: length, sequence: sequence, offset: offset + start, piece)
            return Forger.record(22, version: UInt16(Self.number(version)), cut)
        }
    }

    private static func records(_ datagram: [UInt8]) -> [[UInt8]] {
        split(datagram, header: 13, length: 11..<13)
    }

    private static func fragments(_ record: [UInt8]) -> [[UInt8]] {
        split(Array(record[13...]), header: 12, length: 9..<12)
    }

    private static func split(_ bytes: [UInt8], header: Int, length: Range<Int>) -> [[UInt8]] {
        var rest = bytes[...]
        var parts: [[UInt8]] = []
        while rest.count >= header {
            let here = rest.startIndex
            let count = number(rest[here + length.lowerBound..<here + length.upperBound])
            parts.append(Array(rest.prefix(header + count)))
            rest = rest.dropFirst(header + count)
        }
        return parts
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}
