// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import DTLSEngine
internal import VirtualNetwork

/// Datagrams that come in another order, cut in another way, or again.
let orderRows: [Row] = [
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
                    let before = pair[victim].received.count
                    for datagram in datagrams { pair.inject(victim, datagram) }
                    let more = pair[victim].received.count - before
                    tally.note(more == 0, "round \(round) at the \(victim)", figure: Double(more))
                }
            }
        }
        tally.note(pair.canTalk(), "data afterwards")
    }
]
