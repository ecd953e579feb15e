// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing

@testable import DTLSEngine

/// Datagrams of somebody who can send but not read; the whole catalogue comes with the hostile network.
@Suite struct ForgeryTests {
    static func record(
        type: UInt8,
        version: [UInt8] = [0xFE, 0xFD],
        epoch: UInt8 = 0,
        sequence: UInt8 = 9,
        _ body: [UInt8]
    ) -> [UInt8] {
        [type] + version + [0, epoch, 0, 0, 0, 0, 0, sequence, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }

    static let forgeries: [(String, [UInt8])] = [
        ("an empty datagram", []),
        ("half a header", [22, 0xFE]),
        ("an unknown type", record(type: 99, [1, 2, 3])),
        ("a foreign version", record(type: 22, version: [3, 3], [1, 2, 3])),
        ("application data in the clear", record(type: 23, [1, 2, 3])),
        ("a record of nothing", record(type: 22, [])),
        ("half a handshake header", record(type: 22, [1, 0, 0])),
        ("a fragment beyond its message", record(type: 22, [2, 0, 0, 4, 0, 1, 0, 0, 2, 0, 0, 4, 1, 2, 3, 4])),
        ("a bad cipher change", record(type: 20, [2])),
        ("a length beyond the datagram", [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 1]),
        ("an early short protected record", record(type: 22, epoch: 1, [1, 2, 3])),
        ("a far epoch", record(type: 23, epoch: 7, Array(repeating: 0, count: 40))),
        (
            "a far sequence number",
            [22, 0xFE, 0xFD, 0, 0, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 12, 3, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0]
        ),
        ("protected garbage", record(type: 23, epoch: 1, Array(repeating: 7, count: 60))),
        ("a fatal alert in the clear", record(type: 21, [2, 40])),
        ("a farewell in the clear", record(type: 21, [1, 0])),
        ("a warning in the clear", record(type: 21, [1, 90])),
    ]

    @Test(arguments: forgeries)
    func `a forged datagram during the handshake kills nobody`(name: String, forgery: [UInt8]) throws {
        for victim in [Role.client, .server] {
            for moment in 0..<6 {
                let pair = try Pair()
                var injected = false
                pair.link.decide = { sender, serial, _ in .deliver }
                pair.command(.server) { $0.startHandshake(now: $1) }
                pair.command(.client) { $0.startHandshake(now: $1) }
                pair.drive(until: {
                    let count = pair.client.sent.count + pair.server.sent.count
                    if !injected, count > moment { return true }
                    return pair.isConnected
                })
                injected = true
                for _ in 0..<5 { pair.inject(victim, forgery) }
                pair.drive(until: { pair.isConnected || pair.client.failure != nil || pair.server.failure != nil })
                #expect(pair.isConnected, "\(name) at the \(victim), moment \(moment)")
            }
        }
    }

    @Test(arguments: forgeries)
    func `a forged datagram at an established association changes nothing`(name: String, forgery: [UInt8]) throws {
        let pair = try Pair()
        #expect(pair.connect())
        for victim in [Role.client, .server] {
            let sent = pair[victim].sent.count
            for _ in 0..<5 { pair.inject(victim, forgery) }
            #expect(pair[victim].sent.count == sent)
        }
        try pair.send(.client, [1, 2, 3])
        try pair.send(.server, [4, 5, 6])
        pair.settle()
        #expect(pair.server.received == [[1, 2, 3]])
        #expect(pair.client.received == [[4, 5, 6]])
        #expect(pair.client.failure == nil && pair.server.failure == nil)
    }

    @Test func `a replayed datagram is delivered once`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .duplicate }))
        #expect(pair.connect())
        try pair.send(.client, [1])
        pair.settle()
        #expect(pair.server.received == [[1]])
    }

    @Test func `a peer that speaks no DTLS is called that`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .drop }))
        pair.command(.client) { $0.startHandshake(now: $1) }
        for _ in 0..<3 { pair.inject(.client, Array("HTTP/1.1 400 Bad Request".utf8)) }
        pair.drive(until: { pair.client.failure != nil })
        #expect(pair.client.failure?.code == .notDTLS)
        #expect(
            pair.client.engine.statistics.dropped(.unknownType) == 3
                || pair.client.engine.statistics.dropped(.truncated) == 3
                || pair.client.engine.statistics.dropped(.impossibleLength) == 3
        )
    }
}
