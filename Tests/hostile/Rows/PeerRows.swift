// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import DTLSEngine
internal import VirtualNetwork

/// Peers that start anew, move, disagree, say much, or go.
let peerRows: [Row] = [
    Row("18a", "hellos at a live association, forged and replayed", limit: 0, .ends) { tally, _ in
        for custom in Custom.allCases {
            let pair = try custom.pair()
            guard pair.connect() else { return tally.fails("no association") }
            let old = pair.client.sent
            let hellos = (0..<50 as Range<UInt8>).flatMap { number in
                [Forger.clientHello(fill: number), Forger.clientHello(1, cookie: [number], fill: number)]
            }
            for (index, datagram) in (hellos + old).enumerated() {
                // A repeated flight may be answered by the last one, as RFC 6347 wants it; nothing else may come of it.
                let received = pair.server.received.count
                pair.inject(.server, datagram)
                let isAlive = pair.server.failure == nil && pair.server.received.count == received
                tally.note(isAlive, "\(custom), datagram \(index)", figure: isAlive ? 0 : 1)
            }
            pair.settle()
            tally.note(pair.canTalk(), "data afterwards")
        }
    },
    Row("18b", "client restarts amid the handshake: the new one gets in", limit: 10, .seconds) { tally, scale in
        for custom in Custom.allCases {
            for moment in 0..<12 {
                for seed in 0..<scale.pick(3, 50) as Range<UInt64> {
                    let pair = try custom.pair(.lossy(seed == 0 ? 0 : 0.1, seed: seed))
                    pair.start()
                    var steps = 0
                    pair.drive(until: {
                        steps += 1
                        return steps > moment || pair.server.negotiated != nil
                    })
                    // One connection is one association: once a client has proved itself it belongs to that one.
                    guard pair.server.negotiated == nil, pair.server.verificationsAsked == 0 else { continue }
                    let began = pair.now
                    try pair.restartClient()
                    pair.drive(until: { pair.isConnected || pair.client.failure != nil })
                    pair.settle()
                    let took = Double(pair.now.microseconds - began.microseconds) / 1_000_000
                    tally.note(
                        pair.isConnected && pair.canTalk(over: Link()),
                        "\(custom), step \(moment), seed \(seed)",
                        figure: took
                    )
                }
            }
        }
    },
    Row("19", "another association's datagrams come (moved, port reused)", limit: 0, .ends) { tally, _ in
        for custom in Custom.allCases {
            let old = try custom.pair()
            let new = try custom.pair()
            guard old.connect(), new.connect(), new.canTalk() else { return tally.fails("no association") }
            for victim in [Role.client, .server] {
                for datagram in new[victim == .client ? .server : .client].sent {
                    let received = old[victim].received.count
                    old.inject(victim, datagram)
                    let isAlive = old[victim].failure == nil && old[victim].received.count == received
                    tally.note(isAlive, "\(custom), at the \(victim)", figure: isAlive ? 0 : 1)
                }
            }
            old.settle()
            tally.note(old.canTalk() && new.canTalk(), "\(custom), data of both afterwards")
        }
    },
    Row("20", "no common suite, no certificate, refused: both say so", limit: 10, .datagrams) { tally, scale in
        for seed in 0..<scale.pick(20, 500) as Range<UInt64> {
            for (name, disagreement) in disagreements {
                let pair = try disagreement()
                pair.link = .lossy(seed == 0 ? 0 : 0.2, seed: seed)
                let isConnected = pair.connect()
                let datagrams = seed == 0 ? Double(pair.client.sent.count + pair.server.sent.count) : nil
                tally.note(
                    !isConnected && pair.client.failure != nil && pair.server.failure != nil,
                    "\(name), seed \(seed)",
                    figure: datagrams
                )
            }
        }
    },
    Row("21", "hellos of 1.5 to 2.5 KB in fragments, after a forged one", limit: 2, .seconds) { tally, _ in
        for count in [70, 90, 110] {
            for mtu in [1472, 1200, 548, 228] {
                for isReversed in [false, true] {
                    let names = (0..<count).map { Array("application-protocol-\($0)".utf8) }
                    let pair = try Pair {
                        $0.mtu = mtu
                        $0.protocols = names
                        $1.protocols = [names[count - 1]]
                    }
                    if isReversed { pair.link.decide = { _, serial, _ in .delay(Int64(100 - serial % 100) * 10) } }
                    pair.command(.server) { $0.startHandshake(now: $1) }
                    // The server demands a cookie where hellos contest.
                    pair.inject(.server, Forger.clientHello())
                    let isConnected = pair.connect()
                    tally.note(
                        isConnected && pair.canTalk()
                            && pair.client.negotiated?.applicationProtocol == names[count - 1],
                        "\(count) names, MTU \(mtu), reversed: \(isReversed)",
                        figure: seconds(pair)
                    )
                }
            }
        }
    },
    Row("22a", "certificate changes amid handshakes; ends at each step", limit: 8, .kibibytes) { tally, scale in
        // What libcrypto and malloc keep for later they have after this.
        try endAtEachStep(&tally, rounds: 10)
        let before = Memory.heap
        try endAtEachStep(&tally, rounds: scale.pick(5, 200))
        tally.measure(max(Memory.heap - before, 0))
    },
]

private let disagreements: [(String, @Sendable () throws -> Pair)] = [
    (
        "no common suite",
        {
            var policy = SSLContext.Policy(role: .client)
            policy.cipherList = "ECDHE-ECDSA-AES256-SHA"
            let context = try SSLContext(policy: policy)
            return try Pair { client, _ in client = EngineConfiguration(context: context) }
        }
    ),
    ("no certificate", { try Pair { $1.clientAuthentication = .required } }),
    (
        "server refused",
        {
            let pair = try Custom.authenticated.pair()
            pair.client.verdict = .refuse(.badCertificate)
            return pair
        }
    ),
    (
        "client refused",
        {
            let pair = try Custom.authenticated.pair()
            pair.server.verdict = .refuse(.badCertificate)
            return pair
        }
    ),
]

/// Handshakes that are shut down or let go at each step, while others are served under another certificate.
private func endAtEachStep(_ tally: inout Tally, rounds: Int) throws {
    for _ in 0..<rounds {
        for custom in Custom.allCases {
            for moment in 0..<10 {
                for role in [Role.client, .server] {
                    let pair = try custom.pair()
                    pair.start()
                    var steps = 0
                    pair.drive(until: {
                        steps += 1
                        return steps > moment
                    })
                    let other = try custom.pair(chain: Identity.large)
                    let isServed = other.connect() && other.canTalk() && shows(Identity.large, other)
                    pair.command(role) { $0.shutdown(now: $1) }
                    pair.drive(within: 100_000_000)
                    tally.note(isServed, "\(custom), the \(role) at step \(moment)")
                }
                // Its certificate is the one that it began with.
                let late = try custom.pair()
                late.beforeStep = { step in
                    guard step == moment, let other = try? custom.pair(chain: Identity.large) else { return }
                    other.connect()
                }
                let isServed = late.connect()
                late.beforeStep = { _ in }
                tally.note(
                    isServed && late.canTalk() && shows(Identity.server, late),
                    "\(custom), after step \(moment)"
                )
            }
        }
    }
}

private func shows(_ credentials: Credentials, _ pair: Pair) -> Bool {
    pair.client.engine.peerCertificates.first?.der == credentials.chain.first?.der
}
