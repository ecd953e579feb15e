// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import DTLSEngine
import VirtualNetwork

/// Rows 8 to 12, 18 and 19: somebody who can send and not read, or who repeats and damages what he has read.
let forgeryRows = [
    Row(number: "8", fault: "replays: once, a thousand times, old, of another epoch", figure: "duplicates", limit: 0) {
        trials,
        scale in
        for conversation in Conversation.allCases {
            for rounds in scale == .full ? [1, 1000] : [1, 20] {
                let pair = try conversation.pair(Link(decide: { _, _, _ in .duplicate }))
                var survived = pair.connect()
                for number in 0..<100 as Range<UInt8> {
                    try pair.send(.client, [number])
                    try pair.send(.server, [number])
                }
                pair.settle()
                let sent = (pair.client.sent, pair.server.sent)
                for _ in 0..<rounds {
                    for datagram in sent.0 + sent.1 {
                        pair.inject(.server, datagram)
                        pair.inject(.client, datagram)
                    }
                }
                let duplicates = max(pair.client.received.count, pair.server.received.count) - 100
                survived = survived && duplicates == 0 && pair.canTalk(over: Link())
                trials.count(survived, figure: Double(duplicates), "\(conversation), \(rounds) times: \(pair.ends)")
            }
        }
    },
    // What was damaged and looks whole enough cannot be told from what the peer meant: then both ends must say so.
    Row(
        number: "9",
        fault: "one bit flipped anywhere in the handshake: both connect, or both fail",
        figure: "s",
        limit: 60
    ) { trials, scale in
        for conversation in [Conversation.plain, .authenticated] {
            let model = try conversation.pair()
            model.connect()
            for sender in [Role.client, .server] {
                for (serial, datagram) in model[sender].sent.enumerated() {
                    let bits = Array(0..<datagram.count * 8)
                    for bit in scale.sample(bits, oneIn: 67) where scale == .short || bit % 5 == 0 {
                        let pair = try conversation.pair(flipping(bit, of: sender, serial))
                        let isConnected = pair.connect()
                        let seconds = pair.seconds
                        let haveFailed =
                            pair.client.failure != nil && pair.server.failure != nil && pair.client.negotiated == nil
                            && pair.server.negotiated == nil
                        trials.count(
                            isConnected ? pair.canTalk(over: Link()) : haveFailed,
                            figure: seconds,
                            "\(conversation), \(sender)'s datagram \(serial), bit \(bit): \(pair.ends)"
                        )
                    }
                }
            }
        }
    },
    Row(number: "9a", fault: "one bit flipped anywhere in application data", figure: "false deliveries", limit: 0) {
        trials,
        scale in
        let pair = try Pair()
        var survived = pair.connect()
        var genuine: [UInt8] = []
        pair.link.decide = { _, _, datagram in
            genuine = datagram
            return .drop
        }
        try pair.send(.client, Array("some data".utf8))
        for bit in 0..<genuine.count * 8 {
            var datagram = genuine
            datagram[bit / 8] ^= 1 << UInt8(bit % 8)
            pair.inject(.server, datagram)
            let falseDeliveries = pair.server.received.count
            survived = survived && pair.server.failure == nil && falseDeliveries == 0
            trials.count(survived, figure: Double(falseDeliveries), "bit \(bit): \(pair.ends)")
        }
        pair.inject(.server, genuine)
        trials.count(pair.server.received.count == 1 && pair.canTalk(over: Link()), "the genuine one: \(pair.ends)")
    },
    Row(
        number: "10",
        fault: "records of any type, length, epoch, number and version, established",
        figure: "datagrams sent for them",
        limit: 0
    ) { trials, scale in
        for type in scale.sample(Array(0...255), oneIn: 5) + (20...26) {
            for conversation in scale == .full ? Conversation.allCases : [.authenticated] {
                let pair = try conversation.pair()
                var survived = pair.connect()
                // The server's last flight is heard of.
                survived = survived && pair.canTalk()
                let sent = pair.client.sent.count + pair.server.sent.count
                for datagram in records(UInt8(type)) {
                    pair.inject(.client, datagram)
                    pair.inject(.server, datagram)
                }
                pair.settle()
                let answers = pair.client.sent.count + pair.server.sent.count - sent
                survived = survived && pair.canTalk()
                trials.count(survived, figure: Double(answers), "type \(type), \(conversation): \(pair.ends)")
            }
        }
    },
    Row(
        number: "10a",
        fault: "each of \(Forgery.all.count) forgeries, at an established or half-closed association",
        figure: "datagrams sent for them",
        limit: 0
    ) { trials, _ in
        for forgery in Forgery.all {
            for (conversation, isHalfClosed) in Conversation.allCases.flatMap({ [($0, false), ($0, true)] }) {
                let pair = try conversation.pair()
                var survived = pair.connect() && pair.canTalk()
                if isHalfClosed { pair.command(.client) { $0.shutdown(now: $1) } }
                pair.settle()
                let sent = pair.client.sent.count + pair.server.sent.count
                for datagram in forgery.datagrams {
                    pair.inject(.client, datagram)
                    pair.inject(.server, datagram)
                }
                pair.settle()
                let answers = pair.client.sent.count + pair.server.sent.count - sent
                try pair.send(.server, [7])
                pair.settle()
                survived = survived && pair.client.received.last == [7] && pair.server.failure == nil
                trials.count(
                    survived && (isHalfClosed || pair.canTalk()),
                    figure: Double(answers),
                    "\(forgery), \(conversation), half closed: \(isHalfClosed): \(pair.ends)"
                )
            }
        }
    },
    Row(number: "11", fault: "each forgery at each moment of the handshake", figure: "s", limit: 4.2) { trials, scale in
        for conversation in Conversation.allCases {
            let model = try conversation.pair()
            var moments = 0
            model.beforeStep = { moments = $0 }
            model.connect()
            for moment in scale.sample(Array(0...moments), oneIn: 3) {
                for forgery in Forgery.all {
                    for victim in [Role.client, .server] {
                        try meet(forgery, at: { $0 == moment }, victim, conversation, trials, "at step \(moment)")
                    }
                }
            }
        }
    },
    Row(number: "11a", fault: "each forgery before each of the first eight steps", figure: "s", limit: 8) {
        trials,
        scale in
        for conversation in Conversation.allCases {
            for forgery in Forgery.all {
                for victim in [Role.client, .server] {
                    try meet(forgery, at: { $0 < 8 }, victim, conversation, trials, "at eight steps")
                }
            }
        }
    },
    Row(number: "12", fault: "datagrams of no bytes before every step and afterwards", figure: "s", limit: 0.4) {
        trials,
        _ in
        for conversation in Conversation.allCases {
            for victim in [Role.client, .server] {
                let pair = try conversation.pair()
                pair.beforeStep = { _ in for _ in 0..<10 { pair.inject(victim, []) } }
                let isConnected = pair.connect()
                let seconds = pair.seconds
                trials.count(isConnected && pair.canTalk(), figure: seconds, "\(victim), \(conversation): \(pair.ends)")
            }
        }
    },
    Row(
        number: "18",
        fault: "a forged hello, or the first one again, at a live association",
        figure: "datagrams sent for it",
        limit: 0
    ) { trials, _ in
        for conversation in Conversation.allCases {
            for times in [1, 100] {
                let pair = try conversation.pair()
                var survived = pair.connect() && pair.canTalk()
                let sent = pair.server.sent.count
                let hello = pair.client.sent.first ?? []
                for _ in 0..<times {
                    pair.inject(.server, hello)
                    pair.inject(.server, Forger.clientHello())
                    pair.inject(.server, Forger.clientHello(1, cookie: [1, 2, 3, 4]))
                    // A restarted client, whom the server cannot tell from a forger.
                    pair.inject(.server, try conversation.pair().firstHello())
                }
                pair.settle()
                let answers = pair.server.sent.count - sent
                survived = survived && pair.canTalk()
                trials.count(survived, figure: Double(answers), "\(conversation), \(times) times: \(pair.ends)")
            }
        }
    },
    Row(
        number: "19",
        fault: "all datagrams of another association, as after a change of address",
        figure: "duplicates or strangers' data",
        limit: 0
    ) { trials, _ in
        for conversation in Conversation.allCases {
            let stranger = try conversation.pair()
            stranger.connect()
            for number in 0..<50 as Range<UInt8> {
                try stranger.send(.client, [number])
                try stranger.send(.server, [number])
            }
            stranger.settle()
            let pair = try conversation.pair()
            var survived = pair.connect()
            for datagram in stranger.client.sent + stranger.server.sent {
                pair.inject(.server, datagram)
                pair.inject(.client, datagram)
            }
            let delivered = pair.client.received.count + pair.server.received.count
            survived = survived && pair.canTalk() && stranger.canTalk()
            trials.count(survived, figure: Double(delivered), "\(conversation): \(pair.ends)")
        }
    },
]

/// A handshake into which somebody forges.
private func meet(
    _ forgery: Forgery,
    at isMoment: @escaping (Int) -> Bool,
    _ victim: Role,
    _ conversation: Conversation,
    _ trials: Trials,
    _ when: String
) throws {
    let pair = try conversation.pair()
    pair.beforeStep = { step in
        guard isMoment(step) else { return }
        for datagram in forgery.datagrams { pair.inject(victim, datagram) }
    }
    let isConnected = pair.connect()
    pair.beforeStep = { _ in }
    let seconds = pair.seconds
    trials.count(
        isConnected && pair.canTalk(),
        figure: seconds,
        "\(forgery) at the \(victim), \(when), \(conversation): \(pair.ends)"
    )
}

private func flipping(_ bit: Int, of sender: Role, _ serial: Int) -> Link {
    Link(decide: { from, number, datagram in
        guard from == sender, number == serial, bit / 8 < datagram.count else { return .deliver }
        var damaged = datagram
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        return .replace([damaged])
    })
}

/// Records of one type and of any length, epoch, number and version.
private func records(_ type: UInt8) -> [[UInt8]] {
    var all: [[UInt8]] = []
    for count in Array(0...20) + [24, 25, 37, 40, 64, 1400, 16_384, 16_640, 20_000] {
        for epoch in [0, 1, 2, 65_535] as [UInt16] {
            for sequence in [0, 1, 50, (1 << 48) - 1] as [UInt64] {
                for version in [0xFEFD, 0xFEFF, 0x0100, 0x0303] as [UInt16] {
                    let body = [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: count)
                    all.append(Forger.record(type, version: version, epoch: epoch, sequence: sequence, body))
                }
            }
        }
    }
    return all
}

extension Pair {
    /// What the client says first; it has not begun yet.
    fileprivate func firstHello() -> [UInt8] {
        command(.client) { $0.startHandshake(now: $1) }
        return client.sent.first ?? []
    }
}
