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
    /// What it costs to keep a piece beside its bytes: two arrays, and room for more pieces.
    private static let overhead = 160
    /// No more readings of one message are offered than this, and none are looked for beyond so many steps.
    private static let readingLimit = 4
    private static let stepLimit = 512
    /// No more messages of one number and kind are offered than this, the newest.
    private static let messageLimit = 4

    private struct Piece {
        let offset: Int
        var bytes: [UInt8]
        /// The last few datagrams that brought it, oldest first.
        var datagrams: [UInt64]

        var end: Int { offset + bytes.count }
        var newest: UInt64 { datagrams.last ?? 0 }

        mutating func note(_ datagram: UInt64) {
            if datagrams.count == 4 { datagrams.removeFirst() }
            datagrams.append(datagram)
        }
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
            let repeated = entries[known].pieces.firstIndex {
                $0.offset == fragment.offset && $0.bytes.elementsEqual(bytes)
            }
            if let repeated {
                entries[known].pieces[repeated].note(datagram)
                return false
            }
        }
        let piece = Piece(offset: fragment.offset, bytes: Array(bytes), datagrams: [datagram])
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

    /// The whole messages of one number and kind, and which datagrams brought each, the newest first.
    func messages(_ kind: HandshakeMessage.Kind, sequence: UInt16) -> [ReceivedMessage] {
        let messages = entries.filter { $0.sequence == sequence && $0.type == kind.rawValue }
            .flatMap { Self.readings(of: $0) }
        guard messages.count > 1 else { return messages }
        return Array(messages.sorted { $0.newest > $1.newest }.prefix(Self.messageLimit))
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
        if storedBytes > Self.budget { compact() }
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

    /// Makes one piece of pieces that meet, where no two of a message contradict each other.
    ///
    /// A flight that is said again and again, in smaller fragments each time, would otherwise cost many times its size.
    /// It is done only where something would have to go: which datagrams brought what is known less well afterwards.
    private mutating func compact() {
        for index in entries.indices where entries[index].pieces.count > 1 {
            guard let pieces = Self.merged(entries[index].pieces) else { continue }
            storedBytes -= Self.cost(of: entries[index])
            entries[index].pieces = pieces
            storedBytes += Self.cost(of: entries[index])
        }
    }

    /// The same bytes in as few pieces as possible; `nil` where they contradict each other.
    private static func merged(_ pieces: [Piece]) -> [Piece]? {
        var done: [Piece] = []
        for piece in pieces.sorted(by: { ($0.offset, $1.end) < ($1.offset, $0.end) }) {
            let current = done.count - 1
            guard current >= 0, piece.offset <= done[current].end else {
                done.append(piece)
                continue
            }
            let overlap = min(done[current].end, piece.end) - piece.offset
            let known = done[current].bytes[(piece.offset - done[current].offset)...].prefix(overlap)
            guard known.elementsEqual(piece.bytes.prefix(overlap)) else { return nil }
            let whole = max(done[current].datagrams.first ?? 0, piece.datagrams.first ?? 0)
            let newest = max(done[current].newest, piece.newest)
            // In place: whoever floods is not to have the same bytes copied over and over.
            done[current].bytes += piece.bytes.dropFirst(overlap)
            done[current].datagrams = newest > whole ? [whole, newest] : [newest]
        }
        return done
    }

    private static func cost(of entry: Entry) -> Int {
        entry.pieces.reduce(overhead) { $0 + overhead + $1.bytes.count }
    }

    // MARK: Putting together

    private static func readings(of entry: Entry) -> [ReceivedMessage] {
        let pieces = entry.pieces.sorted { ($0.offset, $0.newest) < ($1.offset, $1.newest) }
        var covered = 0
        for piece in pieces {
            if piece.offset > covered { return [] }
            covered = max(covered, piece.end)
        }
        guard covered == entry.length else { return [] }
        var search = Search(pieces: pieces, length: entry.length)
        search.extend()
        return search.found.map { body, sources in
            ReceivedMessage(
                message: HandshakeMessage(type: entry.type, sequence: entry.sequence, body: body),
                sources: sources
            )
        }
    }

    /// Looks for the ways to lay pieces side by side without a contradiction.
    private struct Search {
        let pieces: [Piece]
        let length: Int
        var body: [UInt8] = []
        var sources: [[UInt64]] = []
        var found: [(body: [UInt8], sources: [[UInt64]])] = []
        var steps = 0

        init(pieces: [Piece], length: Int) {
            self.pieces = pieces
            self.length = length
            body.reserveCapacity(length)
        }

        mutating func extend() {
            steps += 1
            guard body.count < length || sources.isEmpty else {
                if !found.contains(where: { $0.body == body }) { found.append((body, sources)) }
                return
            }
            let start = body.count
            let fitting = pieces.filter { $0.offset <= start && ($0.end > start || length == 0) && agrees($0) }
            // Pieces that came together belong together; among the others the newest is tried first.
            let ordered = fitting.count < 2 ? fitting : fitting.sorted { (rank($0), $0.newest) > (rank($1), $1.newest) }
            for piece in ordered {
                guard found.count < readingLimit, steps < stepLimit else { return }
                sources.append(piece.datagrams)
                body += piece.bytes[(start - piece.offset)...]
                extend()
                body.removeSubrange(start...)
                sources.removeLast()
            }
        }

        private func rank(_ piece: Piece) -> Int {
            sources.contains { !Set($0).isDisjoint(with: piece.datagrams) } ? 1 : 0
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
    /// For each piece of it the serial numbers of datagrams that brought it, oldest first: what came together belongs
    /// together, since nobody can add to another's datagram.
    let sources: [[UInt64]]

    var newest: UInt64 { sources.compactMap(\.last).max() ?? 0 }
    var earliest: UInt64 { sources.compactMap(\.first).min() ?? 0 }
    /// The datagram that made it whole.
    var completed: UInt64 { sources.compactMap(\.first).max() ?? 0 }
}
