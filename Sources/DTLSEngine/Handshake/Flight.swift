// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// What this end has said last in the handshake, kept to be said again until the peer goes on (RFC 6347 §4.2.4).
///
/// It is kept as messages, not as datagrams: each time it is sent it is cut to what the path takes by then, under record
/// numbers that the peer has not seen. No MAC covers them at epoch 0.
struct Flight {
    /// One thing said.
    enum Item {
        case message(HandshakeMessage, version: UInt16)
        case changeCipherSpec(version: UInt16)
        /// A record under the new keys, as libssl sealed it: the Finished.
        case protected([UInt8])
    }

    private(set) var items: [Item]

    /// A fragment smaller than this is not worth the header, unless it is all there is; in bytes.
    private static let smallestFragment = 32

    init(_ items: [Item] = []) {
        self.items = items
    }

    var isEmpty: Bool { items.isEmpty }

    var messages: [HandshakeMessage] {
        items.compactMap { item in
            if case .message(let message, _) = item { return message }
            return nil
        }
    }

    /// Whether it ends what this end says in the clear.
    var changesCipher: Bool {
        items.contains { item in
            if case .changeCipherSpec = item { return true }
            return false
        }
    }

    /// Puts records that libssl sealed anew in place of the old ones, which a peer that has them takes for replays.
    mutating func renew(_ sealed: [[UInt8]]) {
        guard !sealed.isEmpty else { return }
        items.removeAll { item in
            if case .protected = item { return true }
            return false
        }
        items += sealed.map(Item.protected)
    }

    /// Cuts the flight into datagrams.
    ///
    /// - Parameters:
    ///   - mtu: the most that a datagram may hold, in bytes.
    ///   - sequence: the next record number of this end at epoch 0; counted up.
    /// - Returns: the datagrams, in the order in which to send them.
    func datagrams(mtu: Int, sequence: inout UInt64) -> [[UInt8]] {
        var packer = Packer(mtu: mtu, sequence: sequence)
        for item in items {
            switch item {
            case .message(let message, let version): packer.add(message, version)
            case .changeCipherSpec(let version): packer.add(.changeCipherSpec, version, [1])
            case .protected(let record): packer.add(record)
            }
        }
        sequence = packer.sequence
        return packer.finish()
    }

    private struct Packer {
        let mtu: Int
        var sequence: UInt64
        var done: [[UInt8]] = []
        var current: [UInt8] = []

        mutating func add(_ message: HandshakeMessage, _ version: UInt16) {
            let headers = RecordHeader.size + HandshakeFragment.headerSize
            let length = message.body.count
            var offset = 0
            repeat {
                let rest = length - offset
                if mtu - current.count - headers < min(rest, smallestFragment) { flush() }
                let size = max(min(mtu - current.count - headers, rest), min(rest, 1))
                add(.handshake, version, message.fragment(offset..<offset + size))
                offset += size
            } while offset < length
        }

        mutating func add(_ type: RecordHeader.ContentType, _ version: UInt16, _ body: [UInt8]) {
            add(Record.plaintext(type, version: version, sequence: sequence, body: body))
            sequence += 1
        }

        mutating func add(_ record: [UInt8]) {
            if current.count + record.count > mtu { flush() }
            current += record
        }

        mutating func flush() {
            if !current.isEmpty { done.append(current) }
            current = []
        }

        mutating func finish() -> [[UInt8]] {
            flush()
            return done
        }
    }
}
