// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import DTLSEngine
internal import VirtualNetwork

/// Datagrams that are lost, late, doubled or too large.
let lossRows: [Row] = [
    Row("1a", "10, 20, 30 % of datagrams lost, both ways", limit: 30, .seconds) { tally, scale in
        for loss in [0.1, 0.2, 0.3] {
            try completes(&tally, seeds: scale.pick(30, 1000), "\(Int(loss * 100)) %") { .lossy(loss, seed: $0) }
        }
    },
    Row("1b", "50 % of datagrams lost, both ways", limit: 30, .seconds) { tally, scale in
        try completes(&tally, seeds: scale.pick(200, 1000), "50 %") { .lossy(0.5, seed: $0) }
    },
    Row("2", "1 in 5 dropped, 1 in 5 late, 1 in 5 doubled, data too", limit: 30, .seconds) { tally, scale in
        for seed in 0..<scale.pick(60, 1000) as Range<UInt64> {
            let pair = try variant(seed, .unruly(oneIn: 5, seed: seed))
            let isConnected = pair.connect(within: 30_000_000)
            let took = seconds(pair)
            tally.note(isConnected && dataStaysIntact(pair), "seed \(seed)", figure: took)
        }
    },
    Row("3", "any one datagram of any flight lost", limit: 900, .milliseconds) { tally, _ in
        for custom in [Custom.plain, .authenticated] {
            for mtu in [1400, 548, 256] {
                let whole = try custom.pair(mtu: mtu, chain: chain(for: mtu))
                _ = whole.connect()
                for sender in [Role.client, .server] {
                    for serial in 0..<whole[sender].sent.count {
                        let pair = try custom.pair(.losing(sender, serial), mtu: mtu, chain: chain(for: mtu))
                        let isConnected = pair.connect()
                        let more = Double(pair.now.microseconds - whole.now.microseconds) / 1000
                        tally.note(
                            isConnected && pair.canTalk(),
                            "\(custom), MTU \(mtu), datagram \(serial) of the \(sender)",
                            figure: more
                        )
                    }
                }
            }
        }
    },
]

/// Small datagrams are to be many.
func chain(for mtu: Int) -> Credentials { mtu < 1000 ? Identity.large : Identity.server }

func seconds(_ pair: Pair) -> Double { Double(pair.now.microseconds) / 1_000_000 }

/// Goes through the sizes and kinds of handshakes with the seed.
func variant(_ seed: UInt64, _ link: Link) throws -> Pair {
    let mtu = [1472, 1200, 576, 256][Int(seed / 2 % 4)]
    let custom = [Custom.plain, .authenticated][Int(seed % 2)]
    return try custom.pair(link, mtu: mtu, chain: chain(for: mtu))
}

private func completes(
    _ tally: inout Tally,
    seeds: UInt64,
    _ name: String,
    _ link: (UInt64) -> Link
) throws {
    for seed in 0..<seeds {
        let pair = try variant(seed, link(seed))
        let isConnected = pair.connect(within: 30_000_000)
        let took = seconds(pair)
        tally.note(isConnected && pair.canTalk(over: Link()), "\(name), seed \(seed)", figure: took)
    }
}

/// Sends both ways over the link as it is: what arrives is what was sent, and comes once.
private func dataStaysIntact(_ pair: Pair) -> Bool {
    pair.client.received = []
    pair.server.received = []
    let messages = (0..<50 as Range<UInt8>).map { [UInt8](repeating: $0, count: 100) }
    for message in messages {
        guard (try? pair.send(.client, message)) != nil, (try? pair.send(.server, message)) != nil else { return false }
        pair.drive(within: 20_000)
    }
    pair.settle()
    return [pair.client, pair.server].allSatisfy { end in
        !end.received.isEmpty && end.failure == nil && end.received.allSatisfy(messages.contains)
            && Set(end.received).count == end.received.count
    }
}
