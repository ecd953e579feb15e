// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Puts handshake messages together before libssl sees anything of them.
///
/// Anybody can forge fragments. Fragments that tell different things of a message (its type, its length) therefore stand
/// side by side and exclude nobody, and where fragments of one message contradict each other in a byte every whole
/// reading of them is offered. What is kept is bounded and as large as what came, whatever lengths were promised; the
/// message that has waited longest for more of itself goes first.
struct Reassembly {
    /// What is kept at most, what it costs to keep it included, in bytes.
    static let budget = 40 * 1024
    /// What it costs to keep a piece beside its bytes.
    private static let overhead = 96
    /// No more readings of one message are offered than this, and none are looked for beyond so many steps.
    private static let readingLimit = 4
    private static let stepLimit = 512

    private struct Piece {
        let offset: Int
        let bytes: [UInt8]
        let datagram: UInt64

        var end: Int { offset + bytes.count }
    }

    /// What the fragments that agree on its number, type and length have told of a message.
    private struct Entry {
        let type: UInt8
        let sequence: UInt16
        let length: Int
        var pieces: [Piece]
        var newest: UInt64
    }

    private var entries: [Entry] = []
    private(set) var storedBytes = 0

    /// Keeps a fragment.
    ///
    /// - Parameters:
    ///   - fragment: its header, which does not contradict itself.
    ///   - bytes: what it holds of the message.
    ///   - datagram: the serial number of the datagram that brought it.
    /// - Returns: whether there was something new in it.
    @discardableResult
    mutating func add(_ fragment: HandshakeFragment, _ bytes: UnsafeRawBufferPointer, datagram: UInt64) -> Bool {
        let cost = Self.overhead + bytes.count
        let known = entries.firstIndex {
            $0.sequence == fragment.messageSequence && $0.type == fragment.type && $0.length == fragment.messageLength
        }
        if let known {
            entries[known].newest = datagram
            let isRepeated = entries[known].pieces.contains {
                $0.offset == fragment.offset && $0.bytes.elementsEqual(bytes)
            }
            if isRepeated { return false }
        }
        let piece = Piece(offset: fragment.offset, bytes: Array(bytes), datagram: datagram)
        storedBytes += cost
        if let known {
            entries[known].pieces.append(piece)
        } else {
            storedBytes += Self.overhead
            entries.append(
                Entry(
                    type: fragment.type,
                    sequence: fragment.messageSequence,
                    length: fragment.messageLength,
                    pieces: [piece],
                    newest: datagram
                )
            )
        }
        evict()
        return true
    }

    /// The whole messages of one number and kind, and which datagrams brought each.
    func messages(_ kind: HandshakeMessage.Kind, sequence: UInt16) -> [ReceivedMessage] {
        entries.filter { $0.sequence == sequence && $0.type == kind.rawValue }.flatMap { Self.readings(of: $0) }
    }

    /// Forgets all fragments of one number and kind.
    mutating func forget(_ kind: HandshakeMessage.Kind, sequence: UInt16) {
        forget { $0.sequence == sequence && $0.type == kind.rawValue }
    }

    /// Forgets all messages of a number below this.
    mutating func forget(before sequence: UInt16) {
        forget { $0.sequence < sequence }
    }

    private mutating func forget(_ condition: (Entry) -> Bool) {
        for entry in entries where condition(entry) { storedBytes -= Self.cost(of: entry) }
        entries.removeAll(where: condition)
    }

    private mutating func evict() {
        while storedBytes > Self.budget,
            let oldest = entries.indices.min(by: { entries[$0].newest < entries[$1].newest })
        {
            if entries.count > 1 {
                storedBytes -= Self.cost(of: entries[oldest])
                entries.remove(at: oldest)
            } else if !entries[oldest].pieces.isEmpty {
                storedBytes -= Self.overhead + entries[oldest].pieces.removeFirst().bytes.count
            } else {
                return
            }
        }
    }

    private static func cost(of entry: Entry) -> Int {
        entry.pieces.reduce(overhead) { $0 + overhead + $1.bytes.count }
    }

    // MARK: Putting together

    private static func readings(of entry: Entry) -> [ReceivedMessage] {
        let pieces = entry.pieces.sorted { ($0.offset, $0.datagram) < ($1.offset, $1.datagram) }
        var covered = 0
        for piece in pieces {
            if piece.offset > covered { return [] }
            covered = max(covered, piece.end)
        }
        guard covered == entry.length else { return [] }
        var search = Search(pieces: pieces, length: entry.length)
        search.extend()
        return search.found.map { body, datagrams in
            ReceivedMessage(
                message: HandshakeMessage(type: entry.type, sequence: entry.sequence, body: body),
                datagrams: datagrams
            )
        }
    }

    /// Looks for the ways to lay pieces side by side without a contradiction.
    private struct Search {
        let pieces: [Piece]
        let length: Int
        var body: [UInt8] = []
        var datagrams: [UInt64] = []
        var found: [(body: [UInt8], datagrams: [UInt64])] = []
        var steps = 0

        init(pieces: [Piece], length: Int) {
            self.pieces = pieces
            self.length = length
            body.reserveCapacity(length)
        }

        mutating func extend() {
            steps += 1
            guard body.count < length || length == 0 && datagrams.isEmpty else {
                if !found.contains(where: { $0.body == body }) { found.append((body, datagrams)) }
                return
            }
            let start = body.count
            let fitting = pieces.filter { $0.offset <= start && ($0.end > start || length == 0) && agrees($0) }
            // Pieces that came together belong together; among the others the newest is tried first.
            let ordered = fitting.sorted {
                (datagrams.contains($0.datagram) ? 1 : 0, $0.datagram) > (
                    datagrams.contains($1.datagram) ? 1 : 0, $1.datagram
                )
            }
            for piece in ordered {
                guard found.count < readingLimit, steps < stepLimit else { return }
                let isNew = !datagrams.contains(piece.datagram)
                if isNew { datagrams.append(piece.datagram) }
                body += piece.bytes[(start - piece.offset)...]
                extend()
                body.removeSubrange(start...)
                if isNew { datagrams.removeLast() }
            }
        }

        private func agrees(_ piece: Piece) -> Bool {
            let overlap = body.count - piece.offset
            return body[piece.offset...].elementsEqual(piece.bytes.prefix(overlap))
        }
    }
}

/// A whole handshake message of the peer's, or of somebody who claims to be the peer.
struct ReceivedMessage {
    let message: HandshakeMessage
    /// The serial numbers of the datagrams that brought it: what came together belongs together, since nobody can add to
    /// another's datagram.
    let datagrams: [UInt64]
}
