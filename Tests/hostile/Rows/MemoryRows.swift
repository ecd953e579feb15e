// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import DTLSEngine
internal import VirtualNetwork

/// What forged datagrams make an association keep.
let memoryRows: [Row] = [
    Row("13a", "fragment bombs: heap held by a half-open association", limit: 64, .kibibytes) { tally, scale in
        try floods(&tally, Flood.fragments, count: scale.pick(1000, 20_000))
    },
    Row("13b", "every flood at once: heap held by a half-open one", limit: 64, .kibibytes) { tally, scale in
        let all = Flood.fragments + Flood.futureEpochs
        let mixture = Flood("all") { all[$0 % all.count].datagram($0) }
        try floods(&tally, [mixture], count: scale.pick(5_000, 100_000))
    },
    Row("13c", "resident set after 1,000,000 datagrams (short: 125,000)", limit: 1024, .kibibytes) { tally, scale in
        let all = Flood.fragments + Flood.futureEpochs
        var pairs = try HalfOpen.allCases.map { (try $0.pair(), [$0.victim]) }
        let established = try Pair()
        guard established.connect() else { return tally.fails("no association") }
        pairs.append((established, [.client, .server]))
        func flood(_ numbers: Range<Int>) {
            for number in numbers {
                let (pair, victims) = pairs[number % pairs.count]
                pair.inject(victims[number % victims.count], all[number / pairs.count % all.count].datagram(number))
                pair.client.sent = []
                pair.server.sent = []
            }
        }
        // What malloc keeps for later it has by then.
        let first = scale.pick(25_000, 100_000)
        flood(0..<first)
        let before = Memory.resident
        for part in 0..<scale.pick(4, 9) {
            let start = first * (part + 1)
            flood(start..<start + first)
            tally.note(true, "", figure: Memory.resident - before)
        }
        tally.note(established.canTalk(), "data afterwards")
    },
    Row("14", "future epochs: heap held", limit: 16, .kibibytes) { tally, scale in
        try floods(&tally, Flood.futureEpochs, count: scale.pick(500, 5000))
    },
]

/// Throws each flood at each kind of half-open association, and at established ones.
private func floods(_ tally: inout Tally, _ floods: [Flood], count: Int) throws {
    for flood in floods {
        for state in HalfOpen.allCases {
            // Once in vain: what libcrypto loads for the process at the first certificate is nobody's association.
            var ignored = Tally()
            try measure(&ignored, flood, at: state.pair(), state.victim, count: count, "")
            let pair = try state.pair()
            try measure(&tally, flood, at: pair, state.victim, count: count, "\(state)")
        }
        for victim in [Role.client, .server] {
            let pair = try Pair()
            guard pair.connect() else { return tally.fails("no association") }
            try measure(&tally, flood, at: pair, victim, count: count, "established \(victim)")
            tally.note(pair.canTalk(), "data after \(flood) at an established \(victim)")
        }
    }
}

private func measure(
    _ tally: inout Tally,
    _ flood: Flood,
    at pair: Pair,
    _ victim: Role,
    count: Int,
    _ name: String
) throws {
    pair.client.sent = []
    pair.server.sent = []
    let before = Memory.heap
    var most = 0.0
    // A server that takes a hello for its client's is half-open from then on, which is what is allowed of itself.
    var allowed = 0.0
    let isUnspokenTo = victim == .server && pair.server.engine.statistics.datagramsReceived == 0
    for number in 0..<count {
        pair.inject(victim, flood.datagram(number))
        pair[victim].sent = []
        if isUnspokenTo, allowed == 0, pair.server.engine.statistics.datagramsSent > 0 {
            allowed = try HalfOpen.costOfHello { Memory.heap }
        }
        if number % 50 == 49 { most = max(most, Memory.heap - before - allowed) }
    }
    tally.note(
        pair[victim].failure == nil,
        "\(flood) at \(name): \(pair[victim].failure?.description ?? "")",
        figure: most
    )
}
