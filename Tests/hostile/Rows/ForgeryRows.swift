// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import DTLSEngine
internal import VirtualNetwork

/// Datagrams of somebody who can send under the peer's address, or change what passes.
let forgeryRows: [Row] = [
    Row("9a", "a bit flipped anywhere in a handshake: recovers or says so", limit: 60, .seconds) { tally, scale in
        for custom in scale.pick([Custom.plain], [.plain, .authenticated]) {
            let whole = try custom.pair()
            guard whole.connect() else { return tally.fails("no association") }
            for sender in [Role.client, .server] {
                for (serial, datagram) in whole[sender].sent.enumerated() {
                    for offset in datagram.indices {
                        for bit in scale.pick([offset % 8], Array(0..<8)) {
                            let pair = try custom.pair(.flipping(bit, of: offset, in: serial, from: sender))
                            let isConnected = pair.connect()
                            // An altered hello or certificate is what each end believes of the other from then on.
                            let hasEnded = pair.client.failure != nil && pair.server.failure != nil
                            tally.note(
                                isConnected ? pair.canTalk() : hasEnded,
                                "\(custom), bit \(bit) of byte \(offset), datagram \(serial) of the \(sender): \(ends(pair))",
                                figure: seconds(pair)
                            )
                        }
                    }
                }
            }
        }
    },
    Row("9b", "every bit of established datagrams flipped", limit: 0, .deliveries) { tally, _ in
        let pair = try Pair()
        guard pair.connect() else { return tally.fails("no association") }
        for sender in [Role.client, .server] {
            try pair.send(sender, [UInt8](repeating: 5, count: 200))
            guard let datagram = pair[sender].sent.last else { return tally.fails("nothing sent") }
            let victim: Role = sender == .client ? .server : .client
            for bit in 0..<8 * datagram.count {
                let forged = datagram.replacing(bit / 8..<bit / 8 + 1, by: [datagram[bit / 8] ^ 1 << UInt8(bit % 8)])
                let before = pair[victim].received.count
                let isIgnored = pair.ignores(Forgery("a flipped bit", forged), at: victim)
                tally.note(
                    isIgnored,
                    "bit \(bit) at the \(victim)",
                    figure: Double(pair[victim].received.count - before)
                )
            }
        }
        pair.settle()
        tally.note(pair.canTalk(), "data afterwards")
    },
    Row("10a", "record headers of all kinds, established", limit: 0, .ends) { tally, scale in
        let pair = try Pair()
        guard pair.connect() else { return tally.fails("no association") }
        let counts = Array(0...20) + [24, 25, 64, 1024, 16_384, 16_640, 18_432, 18_433]
        let versions: [UInt16] = scale.pick([0xFEFD, 0xFEFF], [0xFEFD, 0xFEFF, 0xFEFC, 0x0303, 0x0000, 0xFFFF])
        for victim in [Role.client, .server] {
            for type in 0...255 as ClosedRange<UInt8> {
                for count in counts where count < 1000 || type % scale.pick(16, 1) == 4 || (20...23).contains(type) {
                    for epoch in [0, 1, 2, 65_535] as [UInt16] {
                        for sequence in [0, 40, (1 << 48) - 1] as [UInt64] {
                            for version in versions {
                                let body = [UInt8](repeating: type ^ 0x5A, count: count)
                                let datagram = Forger.record(
                                    type,
                                    version: version,
                                    epoch: epoch,
                                    sequence: sequence,
                                    body
                                )
                                noteForgery(&tally, pair, Forgery("a header", datagram), at: victim) {
                                    "type \(type), \(count) bytes, epoch \(epoch), number \(sequence), version \(version)"
                                }
                            }
                        }
                    }
                }
            }
        }
        tally.note(pair.canTalk(), "data afterwards")
    },
    Row("10b", "each forged datagram of the catalogue, established", limit: 0, .ends) { tally, _ in
        for isHalfClosed in [false, true] {
            for victim in [Role.client, .server] {
                for forgery in Forgery.single {
                    let pair = try Pair()
                    guard pair.connect() else { return tally.fails("no association") }
                    if isHalfClosed { pair.command(.client) { $0.shutdown(now: $1) } }
                    pair.settle()
                    noteForgery(&tally, pair, forgery, at: victim) {
                        "\(forgery)\(isHalfClosed ? ", half closed" : "")"
                    }
                    if !isHalfClosed { tally.note(pair.canTalk(), "data after \(forgery) at the \(victim)") }
                }
            }
        }
    },
    Row("11a", "each forged datagram, at each moment of a handshake", limit: 2, .seconds) { tally, scale in
        for custom in scale.pick([Custom.authenticated], Custom.allCases) {
            for mtu in [1400, 256] {
                for victim in [Role.client, .server] {
                    for forgery in Forgery.single {
                        for moment in 0..<scale.pick(6, 20) {
                            let pair = try custom.pair(mtu: mtu)
                            noteHandshake(&tally, pair, forgery, at: victim, "\(custom), MTU \(mtu), step \(moment)") {
                                $0 == moment
                            }
                        }
                    }
                }
            }
        }
    },
    Row("11b", "each forgery before each of the first eight steps", limit: 2, .seconds) { tally, _ in
        for custom in Custom.allCases {
            for mtu in [1400, 548, 256] {
                for victim in [Role.client, .server] {
                    for forgery in Forgery.all {
                        let pair = try custom.pair(mtu: mtu)
                        noteHandshake(&tally, pair, forgery, at: victim, "\(custom), MTU \(mtu)") { $0 < 8 }
                    }
                }
            }
        }
    },
    Row("11c", "the same, alerts apart, 20 % of the genuine datagrams lost", limit: 30, .seconds) { tally, scale in
        for seed in 0..<scale.pick(1, 20) as Range<UInt64> {
            for victim in [Role.client, .server] {
                for forgery in Forgery.all where !forgery.raisesAlert {
                    let pair = try Custom.authenticated.pair(.lossy(0.2, seed: seed))
                    noteHandshake(&tally, pair, forgery, at: victim, "seed \(seed)") { $0 < 8 }
                }
            }
        }
    },
    Row("11d", "forged flights ahead of every genuine datagram", limit: 2, .seconds) { tally, _ in
        for custom in Custom.allCases {
            let isShowing = custom != .plain
            let link = Link(decide: { sender, _, datagram in
                let forged = sender == .server ? Forger.serverFlight() : Forger.clientFlight(showing: isShowing)
                return .replace([forged, datagram])
            })
            let pair = try custom.pair(link)
            let isConnected = pair.connect()
            tally.note(isConnected && pair.canTalk(over: Link()), "\(custom)", figure: seconds(pair))
        }
    },
    Row("12", "datagrams of no bytes, and of less than a header", limit: 0, .ends) { tally, _ in
        let stubs = (0..<13).map {
            Forgery("\($0) bytes", Array([UInt8]([22, 0xFE, 0xFD] + Array(repeating: 0, count: 10)).prefix($0)))
        }
        for victim in [Role.client, .server] {
            let established = try Pair()
            guard established.connect() else { return tally.fails("no association") }
            for stub in stubs {
                for _ in 0..<1000 { noteForgery(&tally, established, stub, at: victim) { "\(stub), established" } }
                let pair = try Custom.authenticated.pair()
                let survives = pair.connects(under: stub, at: victim) { _ in true }
                tally.note(survives, "\(stub) before every step", figure: survives ? 0 : 1)
            }
            tally.note(established.canTalk(), "data afterwards")
        }
    },
]

private func noteForgery(
    _ tally: inout Tally,
    _ pair: Pair,
    _ forgery: Forgery,
    at victim: Role,
    _ name: () -> String
) {
    let isIgnored = pair.ignores(forgery, at: victim)
    tally.note(isIgnored, "\(name()) at the \(victim)", figure: pair[victim].failure == nil ? 0 : 1)
}

private func noteHandshake(
    _ tally: inout Tally,
    _ pair: Pair,
    _ forgery: Forgery,
    at victim: Role,
    _ name: @autoclosure () -> String,
    before isMoment: (Int) -> Bool
) {
    let survives = pair.connects(under: forgery, at: victim, before: isMoment)
    tally.note(survives, "\(forgery) at the \(victim), \(name()): \(ends(pair))", figure: seconds(pair))
}

private func ends(_ pair: Pair) -> String {
    [pair.client, pair.server].map { $0.failure?.description ?? ($0.negotiated == nil ? "waits" : "is connected") }
        .joined(separator: " / ")
}
