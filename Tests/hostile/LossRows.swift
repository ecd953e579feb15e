// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import DTLSEngine
import VirtualNetwork

/// Rows 1 to 7, 20 and 21: a network that means no harm.
let lossRows = [
    Row(number: "1", fault: "10, 20, 30 and 50 % of all datagrams lost both ways", figure: "s", limit: 30) {
        trials,
        scale in
        for loss in [0.1, 0.2, 0.3, 0.5] {
            for seed in scale.seeds(1000, short: 200) {
                let conversation: Conversation = seed % 2 == 0 ? .plain : .authenticated
                let pair = try conversation.pair(.lossy(loss, seed: seed))
                let isConnected = pair.connect(within: 60_000_000)
                let seconds = pair.seconds
                trials.count(
                    isConnected && pair.canTalk(over: Link()),
                    figure: seconds,
                    "\(loss), seed \(seed): \(pair.ends)"
                )
            }
        }
    },
    Row(number: "2", fault: "one datagram in 5 dropped, one delayed, one doubled; any MTU", figure: "s", limit: 30) {
        trials,
        scale in
        for mtu in [1472, 1200, 576, 256] {
            for seed in scale.seeds(500, short: 50) {
                let conversation = Conversation.allCases[Int(seed % 3)]
                let pair = try conversation.pair(
                    .unruly(oneIn: 5, seed: seed),
                    mtu: mtu,
                    server: mtu < 1000 ? Identity.large : Identity.server
                )
                let isConnected = pair.connect(within: 60_000_000)
                let seconds = pair.seconds
                trials.count(
                    isConnected && pair.canTalk(over: Link()),
                    figure: seconds,
                    "MTU \(mtu), seed \(seed): \(pair.ends)"
                )
            }
        }
    },
    Row(number: "3", fault: "the loss of each single datagram", figure: "s", limit: 0.9) { trials, scale in
        try eachDatagram(trials) { .losing($0, $1) }
    },
    Row(number: "4", fault: "each datagram doubled, overtaken, or its flight reversed", figure: "s", limit: 0.9) {
        trials,
        scale in
        try eachDatagram(trials) { sender, serial in
            Link(decide: { from, number, _ in from == sender && number == serial ? .duplicate : .deliver })
        }
        try eachDatagram(trials) { sender, serial in
            Link(decide: { from, number, _ in from == sender && number == serial ? .delay(15_000) : .deliver })
        }
        for seed in scale.seeds(500, short: 100) {
            var generator = SeededGenerator(seed: seed)
            let shuffle = Link(decide: { _, _, _ in .delay(Int64.random(in: 0..<8_000, using: &generator)) })
            let conversation = Conversation.allCases[Int(seed % 3)]
            let pair = try conversation.pair(shuffle, mtu: 256, server: Identity.large)
            trials.count(pair.survives(), figure: pair.seconds, "shuffled, seed \(seed): \(pair.ends)")
        }
    },
    Row(number: "5", fault: "one end's application never calls when a timer is due, 20 % loss", figure: "s", limit: 60)
    { trials, scale in
        for deaf in [Role.client, .server] {
            for seed in scale.seeds(300, short: 50) {
                let pair = try Pair(.lossy(0.2, seed: seed))
                pair[deaf].isDeafToTimers = true
                let lossy = pair.link.decide
                // A client that never says hello again cannot be helped by anybody.
                pair.link.decide = { $0 == .client && $1 == 0 ? .deliver : lossy($0, $1, $2) }
                let isConnected = pair.connect(within: 60_000_000)
                let seconds = pair.seconds
                trials.count(
                    isConnected && pair.canTalk(over: Link()),
                    figure: seconds,
                    "deaf \(deaf), seed \(seed): \(pair.ends)"
                )
            }
        }
    },
    Row(number: "6", fault: "the last flight lost up to 5 times, the application idle", figure: "s", limit: 10) {
        trials,
        scale in
        for conversation in Conversation.allCases {
            for times in 1...5 {
                var lost = 0
                // The server's last flight begins with a ChangeCipherSpec(20), whatever is before it.
                let pair = try conversation.pair(
                    Link(decide: { role, _, bytes in
                        guard role == .server, bytes.first == 20, lost < times else { return .deliver }
                        lost += 1
                        return .drop
                    })
                )
                let isConnected = pair.connect() && lost == times
                let seconds = pair.seconds
                trials.count(
                    isConnected && pair.canTalk(),
                    figure: seconds,
                    "\(conversation), lost \(lost) of \(times): \(pair.ends)"
                )
            }
        }
    },
    Row(
        number: "7",
        fault: "a path that swallows or refuses what is above 1500, 576, 256 bytes",
        figure: "s",
        // Three timers for each end that has something large to say.
        limit: 4.2
    ) { trials, scale in
        for conversation in Conversation.allCases {
            for mtu in [1500, 576, 256] {
                let silent = try conversation.pair(Link(mtu: mtu), server: Identity.large)
                trials.count(
                    silent.survives(),
                    figure: silent.seconds,
                    "\(conversation), swallows above \(mtu): \(silent.ends)"
                )
                let frank = try conversation.pair(server: Identity.large)
                frank.link.refusedAbove = mtu
                trials.count(
                    frank.connect() && frank.canTalk(),
                    figure: frank.seconds,
                    "\(conversation), refuses above \(mtu): \(frank.ends)"
                )
                trials.count(tellsOfTheLimit(frank), "MTU \(mtu): too large a datagram is not refused with the limit")
            }
        }
    },
    Row(number: "20", fault: "no suite in common", figure: "datagrams", limit: 4) { trials, scale in
        for seed in scale.seeds(100, short: 10) {
            var ofServer = SSLContext.Policy(role: .server)
            ofServer.cipherList = "ECDHE-ECDSA-CHACHA20-POLY1305"
            var ofClient = SSLContext.Policy(role: .client)
            ofClient.cipherList = "ECDHE-ECDSA-AES128-GCM-SHA256"
            let contexts = (try SSLContext(policy: ofClient), try SSLContext(policy: ofServer))
            let pair = try Pair(.lossy(seed == 0 ? 0 : 0.05, seed: seed)) {
                $0 = EngineConfiguration(context: contexts.0)
                $1 = EngineConfiguration(context: contexts.1)
                $1.credentials = Identity.server
            }
            pair.start()
            pair.drive(until: { pair.client.failure != nil && pair.server.failure != nil }, within: 60_000_000)
            let sent = pair.client.sent.count + pair.server.sent.count
            // With nothing lost; else the alert may be, and each hello is answered anew.
            trials.count(
                pair.client.failure != nil && pair.server.failure != nil,
                figure: seed == 0 ? Double(sent) : 0,
                "seed \(seed): \(pair.ends)"
            )
        }
    },
    Row(number: "21", fault: "a hello of 1.5 to 2.5 KB in fragments, 0 and 20 % loss", figure: "s", limit: 30) {
        trials,
        scale in
        for size in [1500, 2000, 2500] {
            for mtu in [1400, 576, 256] {
                for seed in scale.seeds(50, short: 10) {
                    let pair = try Pair(.lossy(seed == 0 ? 0 : 0.2, seed: seed)) {
                        $0.mtu = mtu
                        $0.protocols = (0..<size / 101).map { Array(repeating: UInt8(65 + $0), count: 100) }
                        $1.protocols = $0.protocols.suffix(1)
                    }
                    let isConnected = pair.connect(within: 60_000_000)
                    let seconds = pair.seconds
                    trials.count(
                        isConnected && pair.canTalk(over: Link()),
                        figure: seconds,
                        "\(size) B, MTU \(mtu), seed \(seed): \(pair.ends)"
                    )
                }
            }
        }
    },
]

/// More datagrams than either end sends in any of the handshakes.
private let serials = 0..<40

/// Does something to each datagram of each conversation, one a run.
private func eachDatagram(_ trials: Trials, _ link: (Role, Int) -> Link) throws {
    for conversation in Conversation.allCases {
        for (mtu, server) in [(1400, Identity.server), (600, Identity.large), (256, Identity.large)] {
            for sender in [Role.client, .server] {
                for serial in serials {
                    let pair = try conversation.pair(link(sender, serial), mtu: mtu, server: server)
                    let isConnected = pair.connect()
                    let seconds = pair.seconds
                    // It has sent no such datagram.
                    if isConnected, pair[sender].sent.count <= serial { break }
                    let survived = isConnected && pair.canTalk(over: Link())
                    trials.count(
                        survived,
                        figure: seconds,
                        "\(conversation), MTU \(mtu), \(sender) \(serial): \(pair.ends)"
                    )
                }
            }
        }
    }
}

private func tellsOfTheLimit(_ pair: Pair) -> Bool {
    let limit = pair.client.engine.maximumDataSize
    do {
        try pair.send(.client, Array(repeating: 1, count: limit + 1))
        return false
    } catch {
        return (error as? EngineError)?.code == .messageTooLarge(limit: limit)
    }
}
