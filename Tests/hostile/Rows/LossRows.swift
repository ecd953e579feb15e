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
    Row("3", "any one datagram of any flight lost: one timer more", limit: 450, .milliseconds) { tally, _ in
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
    Row("5", "one side never looks at its timer, 20 % lost", limit: 60, .seconds) { tally, scale in
        for deaf in [Role.client, .server] {
            for seed in 0..<scale.pick(50, 1000) as Range<UInt64> {
                let pair = try variant(seed, .lossy(0.2, seed: seed))
                pair[deaf].isDeafToTimers = true
                // A client that never says hello again, or never asks for the last flight again (RFC 6347 §4.2.4), cannot be
                // helped by anybody.
                if deaf == .client { pair.link = pair.link.keepingHello().keepingLastFlight() }
                let isConnected = pair.connect(within: 60_000_000)
                tally.note(isConnected, "the \(deaf) is deaf, seed \(seed)", figure: seconds(pair))
            }
        }
    },
    Row("6", "last flight lost 1 to 5 times, application idle", limit: 4, .seconds) { tally, _ in
        for custom in Custom.allCases {
            for mtu in [1400, 228] {
                for losses in 1...5 {
                    // The client repeats itself and is answered.
                    let pair = try custom.pair(.losingLastFlight(losses), mtu: mtu, chain: chain(for: mtu))
                    let isConnected = pair.connect()
                    tally.note(
                        isConnected && pair.canTalk(over: Link()),
                        "\(custom), MTU \(mtu), lost \(losses) times",
                        figure: seconds(pair)
                    )
                }
            }
        }
    },
    Row("7a", "path swallows what exceeds 1,472, 548, 228 bytes", limit: 7, .seconds) { tally, _ in
        for custom in Custom.allCases {
            for mtu in [1472, 1400] {
                for path in [1472, 1200, 548, 228] {
                    let pair = try custom.pair(Link(mtu: path), mtu: mtu, chain: Identity.large)
                    let isConnected = pair.connect()
                    tally.note(
                        isConnected && talks(pair, inNoMoreThan: path),
                        "\(custom), MTU \(mtu), path \(path)",
                        figure: seconds(pair)
                    )
                }
            }
        }
    },
    Row("7b", "network refuses (EMSGSIZE) in the handshake", limit: 400, .milliseconds) { tally, _ in
        for custom in Custom.allCases {
            for path in [1300, 1000, 548, 240, 228] {
                let whole = try custom.pair(chain: Identity.large)
                _ = whole.connect()
                let pair = try custom.pair(chain: Identity.large)
                pair.link.refusedAbove = path
                let isConnected = pair.connect()
                tally.note(
                    isConnected && talks(pair, inNoMoreThan: path),
                    "\(custom), path \(path)",
                    figure: Double(pair.now.microseconds - whole.now.microseconds) / 1000
                )
            }
        }
    },
    Row("7c", "network refuses data: error, then fits (lost each)", limit: 3, .datagrams) { tally, _ in
        for sender in [Role.client, .server] {
            for path in [1300, 1000, 548, 240, 228] {
                let pair = try Pair()
                guard pair.connect() else { return tally.fails("no association") }
                pair.link.refusedAbove = path
                let (lost, isRefused) = try shrink(pair, sender, to: path)
                tally.note(
                    isRefused && talks(pair, inNoMoreThan: path),
                    "the \(sender), path \(path)",
                    figure: Double(lost)
                )
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

/// Sends data as large as an end thinks it can be until it arrives.
///
/// - Returns: how many were lost on the way, and whether larger ones are refused with the right error afterwards.
private func shrink(_ pair: Pair, _ sender: Role, to path: Int) throws -> (lost: Int, isRefused: Bool) {
    let receiver = pair[sender == .client ? .server : .client]
    receiver.received = []
    var lost = -1
    while receiver.received.isEmpty, lost < 20 {
        lost += 1
        try pair.send(sender, [UInt8](repeating: 1, count: pair[sender].engine.maximumDataSize))
        pair.settle()
    }
    let limit = pair[sender].engine.maximumDataSize
    do {
        try pair.send(sender, [UInt8](repeating: 1, count: limit + 1))
    } catch let error as EngineError {
        return (lost, error.code == .messageTooLarge(limit: limit) && limit < path)
    }
    return (lost, false)
}

/// Whether data passes that fits the path.
private func talks(_ pair: Pair, inNoMoreThan path: Int) -> Bool {
    pair.canTalk() && [pair.client, pair.server].allSatisfy { $0.sent.last.map { $0.count <= path } == true }
}
