// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CMalloc
import DTLSEngine
import Glibc
import VirtualNetwork

/// Rows 13, 14 and 22: what an attack, or an end at the wrong moment, leaves in memory.
let memoryRows = [
    Row(
        number: "13",
        fault: "bombs of fragments at a half-open association",
        figure: "KiB more heap",
        limit: 64
    ) { trials, scale in
        for (name, bomb) in bombs(scale == .full ? 1000 : 300) {
            for conversation in Conversation.allCases {
                for victim in [Role.client, .server] {
                    let pair = try halfOpen(conversation, victim)
                    let before = Heap.bytes
                    for datagram in bomb { pair.inject(victim, datagram) }
                    let more = Double(Heap.bytes - before) / 1024
                    pair.link = Link()
                    let survived = pair.survives()
                    trials.count(survived, figure: more, "\(name) at the \(victim), \(conversation): \(pair.ends)")
                }
            }
        }
    },
    Row(number: "13a", fault: "a million datagrams, half-open and established", figure: "KiB more resident", limit: 512)
    {
        trials,
        scale in
        let datagrams = Forgery.all.flatMap(\.datagrams) + bombs(1000).flatMap(\.datagrams)
        let rounds = (scale == .full ? 1_000_000 : 100_000) / datagrams.count + 1
        for victim in [Role.client, .server] {
            for isEstablished in [false, true] {
                let pair = isEstablished ? try Pair() : try halfOpen(.plain, victim)
                if isEstablished { pair.connect() }
                for datagram in datagrams { pair.inject(victim, datagram) }
                let before = Heap.residentBytes
                for _ in 0..<rounds {
                    for datagram in datagrams { pair.inject(victim, datagram) }
                }
                let more = Double(Heap.residentBytes - before) / 1024
                let survived = isEstablished ? pair.canTalk() : pair.client.failure == nil && pair.server.failure == nil
                trials.count(
                    survived,
                    figure: more,
                    "\(rounds * datagrams.count) at the \(victim), established: \(isEstablished): \(pair.ends)"
                )
            }
        }
    },
    Row(number: "14", fault: "a flood of records of epochs to come", figure: "KiB more heap", limit: 16) {
        trials,
        scale in
        for conversation in Conversation.allCases {
            for victim in [Role.client, .server] {
                for epoch in [1, 2, 3, 65_535] as [UInt16] {
                    let pair = try halfOpen(conversation, victim)
                    let before = Heap.bytes
                    for sequence in 0..<UInt64(scale == .full ? 10_000 : 1000) {
                        let body = [UInt8](repeating: 7, count: 1200)
                        for type in [20, 21, 22, 23] as [UInt8] {
                            pair.inject(victim, Forger.record(type, epoch: epoch, sequence: sequence, body))
                        }
                    }
                    let more = Double(Heap.bytes - before) / 1024
                    pair.link = Link()
                    let survived = pair.survives()
                    trials.count(
                        survived,
                        figure: more,
                        "epoch \(epoch) at the \(victim), \(conversation): \(pair.ends)"
                    )
                }
            }
        }
    },
    Row(
        number: "22",
        fault: "closed, or dropped, before each step; credentials new each time",
        figure: "KiB more heap",
        limit: 16
    ) { trials, scale in
        let rounds = scale == .full ? 100 : 10
        for conversation in Conversation.allCases {
            for closer in [Role.client, .server, nil] {
                try abandon(conversation, closer)
                let before = Heap.bytes
                for _ in 0..<rounds { try abandon(conversation, closer) }
                let more = Double(Heap.bytes - before) / 1024
                trials.count(true, figure: more, "\(conversation), closed by \(closer.map { "\($0)" } ?? "nobody")")
            }
        }
    },
]

/// What the process holds.
private enum Heap {
    /// Bytes that malloc has given out.
    static var bytes: Int {
        let info = mallinfo2()
        return Int(info.uordblks + info.hblkhd)
    }

    /// Bytes in memory, of whatever kind.
    static var residentBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 200)
        guard fgets(&line, 200, file) != nil else { return 0 }
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " "
        )
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}

/// One end has had the other's first flight, whatever it answers is lost.
private func halfOpen(_ conversation: Conversation, _ victim: Role) throws -> Pair {
    let pair = try conversation.pair(Link(decide: { role, _, _ in role == victim ? .drop : .deliver }))
    if victim == .client { pair.link.decide = { role, serial, _ in role == .client && serial > 0 ? .drop : .deliver } }
    pair.start()
    pair.settle()
    return pair
}

/// Datagrams that make whoever believes them allocate.
private func bombs(_ count: Int) -> [(name: String, datagrams: [[UInt8]])] {
    let body = [UInt8](repeating: 7, count: 100)
    func fragment(_ type: UInt8, length: Int, _ sequence: Int, offset: Int, _ bytes: [UInt8]) -> [UInt8] {
        Forger.record(22, Forger.fragment(type, length: length, sequence: UInt16(sequence), offset: offset, bytes))
    }
    let types: [UInt8] = [1, 2, 11, 12, 13, 14, 15, 16, 20]
    return [
        (
            "the largest length",
            (0..<count).map { fragment(types[$0 % 9], length: 0xFF_FFFF, $0 % 10, offset: $0, body) }
        ),
        ("20,000 bytes", (0..<count).map { fragment(11, length: 20_000, $0 % 10, offset: 10 * $0 % 19_000, body) }),
        ("ten messages ahead", (0..<count).map { fragment(types[$0 % 9], length: 16_000, $0 % 10, offset: 0, body) }),
        ("fragments of nothing", (0..<count).map { fragment(types[$0 % 9], length: 16_000, $0 % 10, offset: $0, []) }),
        ("lengths that change", (0..<count).map { fragment(11, length: 10_000 + $0, 1, offset: $0, body) }),
        ("types that change", (0..<count).map { fragment(UInt8($0 % 30), length: 10_000, 1, offset: $0, body) }),
        (
            "sixteen headers in a record",
            (0..<count).map { round in
                Forger.record(
                    22,
                    (0..<16).flatMap {
                        Forger.fragment(11, length: 15_000, sequence: 1, offset: 16 * (round % 900) + $0, [7])
                    }
                )
            }
        ),
    ]
}

/// A handshake for each of its steps, that ends there.
private func abandon(_ conversation: Conversation, _ closer: Role?) throws {
    for moment in 0..<12 {
        let pair = try conversation.pair()
        var isOver = false
        pair.beforeStep = { step in
            guard step == moment else { return }
            isOver = true
            if let closer { pair.command(closer) { $0.shutdown(now: $1) } }
        }
        pair.start()
        pair.drive(until: { isOver }, within: 1_000_000)
        // The closure holds the pair.
        pair.beforeStep = { _ in }
    }
}
