// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import DTLSEngine
internal import VirtualNetwork

/// Datagrams that come in another order, cut in another way, or again.
let orderRows: [Row] = [
    Row("4a", "flights swapped, reversed, doubled", limit: 1, .retransmissions) { tally, scale in
        let orders: [(String, (Role, Int, [UInt8]) -> Link.Fate)] = [
            ("pairs swapped", { _, serial, _ in .delay(serial % 2 == 0 ? 2_000 : 0) }),
            ("reversed", { _, serial, _ in .delay(Int64(40 - serial % 40) * 100) }),
            ("all doubled", { _, _, _ in .duplicate }),
        ]
        for (name, decide) in orders {
            try sizes { custom, mtu, description in
                noteOrder(
                    &tally,
                    try custom.pair(Link(decide: decide), mtu: mtu, chain: chain(for: mtu)),
                    name + description
                )
            }
        }
        for seed in 0..<scale.pick(50, 1000) as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let link = Link(decide: { _, _, _ in .delay(Int64.random(in: 0..<20_000, using: &generator)) })
            noteOrder(&tally, try variant(seed, link), "shuffled, seed \(seed)")
        }
    },
    Row("4b", "fragments interleaved, overlapping, doubled, mixed", limit: 1, .retransmissions) { tally, _ in
        for recut in Recut.allCases {
            for size in [10, 30, 100] {
                try sizes { custom, mtu, description in
                    let link = Link(decide: {
                        .replace(recut.datagrams($2, size: $0 == .client ? size : max(size, 20)))
                    })
                    let pair = try custom.pair(link, mtu: mtu)
                    noteOrder(&tally, pair, "\(recut), pieces of \(size)" + description)
                }
            }
        }
    },
    Row("8a", "a conversation replayed, both ends, to both ends", limit: 0, .deliveries) { tally, scale in
        let pair = try Pair()
        guard pair.connect() else { return tally.fails("no association") }
        for number in 0..<200 as Range<UInt8> {
            try pair.send(.client, [number])
            try pair.send(.server, [number])
        }
        pair.settle()
        let sent = [pair.client.sent, pair.server.sent]
        for round in 0..<scale.pick(100, 1000) {
            for datagrams in sent {
                for victim in [Role.client, .server] {
                    noteReplay(&tally, pair, datagrams, at: victim, "round \(round)")
                }
            }
        }
        tally.note(pair.canTalk(), "data afterwards")
    },
    Row("8b", "one datagram 1,000 times; older than the window", limit: 0, .deliveries) { tally, _ in
        for age in [0, 1, 31, 62, 63, 64, 65, 100, 1000] {
            let pair = try Pair()
            guard pair.connect() else { return tally.fails("no association") }
            try pair.send(.client, [1])
            pair.settle()
            guard let datagram = pair.client.sent.last else { return tally.fails("nothing sent") }
            for _ in 0..<age { try pair.send(.client, [2]) }
            pair.settle()
            noteReplay(&tally, pair, Array(repeating: datagram, count: 1000), at: .server, "\(age) datagrams later")
        }
    },
    Row("8c", "all of a handshake doubled, protected records too", limit: 0, .deliveries) { tally, _ in
        try sizes { custom, mtu, description in
            let pair = try custom.pair(Link(decide: { _, _, _ in .duplicate }), mtu: mtu, chain: chain(for: mtu))
            let isConnected = pair.connect()
            let more = Double(pair.client.received.count + pair.server.received.count)
            tally.note(isConnected && pair.canTalk(), description, figure: more)
        }
    },
]

/// Each kind of handshake in each size of datagrams.
private func sizes(_ body: (Custom, Int, String) throws -> Void) throws {
    for custom in Custom.allCases {
        for mtu in [1472, 1200, 576, 256, 228] { try body(custom, mtu, ", \(custom), MTU \(mtu)") }
    }
}

private func noteOrder(_ tally: inout Tally, _ pair: Pair, _ name: String) {
    let isConnected = pair.connect()
    let resent = max(pair.client.engine.statistics.retransmissions, pair.server.engine.statistics.retransmissions)
    tally.note(isConnected && pair.canTalk(over: Link()), name, figure: Double(resent))
}

private func noteReplay(_ tally: inout Tally, _ pair: Pair, _ datagrams: [[UInt8]], at victim: Role, _ name: String) {
    let before = pair[victim].received.count
    for datagram in datagrams { pair.inject(victim, datagram) }
    let more = pair[victim].received.count - before
    tally.note(more == 0 && pair[victim].failure == nil, "\(name), at the \(victim)", figure: Double(more))
}
