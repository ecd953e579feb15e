// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing
import VirtualNetwork

@testable import DTLSEngine

@Suite struct ReplayTests {
    @Test func `a datagram that the network doubles is delivered once`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .duplicate }))
        #expect(pair.connect())
        try pair.send(.client, [1])
        pair.settle()
        #expect(pair.server.received == [[1]])
    }

    @Test func `a thousand replays of a whole conversation deliver nothing twice`() throws {
        let pair = try Pair()
        #expect(pair.connect())
        for number in 0..<200 as Range<UInt8> {
            try pair.send(.client, [number])
            try pair.send(.server, [number])
        }
        pair.settle()
        let (ofClient, ofServer) = (pair.client.sent, pair.server.sent)
        #expect(pair.server.received.count == 200 && pair.client.received.count == 200)
        for _ in 0..<1000 / 40 {
            for datagram in ofClient { pair.inject(.server, datagram) }
            for datagram in ofServer { pair.inject(.client, datagram) }
            // Back to where they came from.
            for datagram in ofClient { pair.inject(.client, datagram) }
            for datagram in ofServer { pair.inject(.server, datagram) }
        }
        #expect(pair.server.received.count == 200 && pair.client.received.count == 200)
        for _ in 0..<1000 { pair.inject(.server, ofClient[ofClient.count - 1]) }
        #expect(pair.server.received.count == 200)
        #expect(pair.canTalk())
    }

    @Test(arguments: [(100, 600), (3, 8000), (4, 16_000), (1500, 4)])
    func `all records of a datagram are delivered, however many`(count: Int, size: Int) throws {
        let pair = try Pair { client, _ in client.mtu = 17_000 }
        #expect(pair.connect())
        var joined: [UInt8] = []
        pair.link.decide = { _, _, datagram in
            joined += datagram
            return .drop
        }
        let sent = (0..<count).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: size) }
        for bytes in sent { try pair.send(.client, bytes) }
        pair.link.decide = { _, _, _ in .deliver }
        pair.settle()
        #expect(joined.count < 65_507)
        pair.inject(.server, joined)
        #expect(pair.server.received == sent)
        #expect(pair.canTalk())
    }

    @Test func `a datagram older than the window is not delivered`() throws {
        let pair = try Pair()
        #expect(pair.connect())
        var held: [UInt8] = []
        pair.link.decide = { _, _, datagram in
            held = datagram
            return .drop
        }
        try pair.send(.client, [1])
        pair.link.decide = { _, _, _ in .deliver }
        for _ in 0..<70 { try pair.send(.client, [2]) }
        pair.settle()
        pair.inject(.server, held)
        #expect(pair.server.received.count == 70)
        #expect(pair.canTalk())
    }
}
