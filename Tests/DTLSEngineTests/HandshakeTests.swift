// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing
import VirtualNetwork

@testable import DTLSEngine

@Suite struct HandshakeTests {
    @Test func `a client and a server shake hands and agree on what they negotiated`() throws {
        let pair = try Pair()
        #expect(pair.connect())
        #expect(pair.client.negotiated?.version == 0xFEFD)
        #expect(pair.client.negotiated?.cipherName == pair.server.negotiated?.cipherName)
        #expect(pair.client.verificationsAsked == 1)
        #expect(pair.server.verificationsAsked == 0)
        #expect(pair.client.engine.statistics.retransmissions == 0)
        #expect(pair.server.engine.statistics.retransmissions == 0)
    }

    @Test func `the chain that the client is asked about is the server's`() throws {
        let pair = try Pair()
        #expect(pair.connect())
        #expect(pair.client.engine.peerCertificates.map(\.der) == Identity.server.chain.map(\.der))
    }

    @Test func `application data goes both ways and keeps its boundaries`() throws {
        let pair = try Pair()
        #expect(pair.connect())
        let messages: [[UInt8]] = [[1], Array(repeating: 2, count: 1200), [3, 4, 5]]
        for message in messages {
            try pair.send(.client, message)
            try pair.send(.server, message)
        }
        pair.settle()
        #expect(pair.server.received == messages)
        #expect(pair.client.received == messages)
    }

    @Test(arguments: [256, 512, 1200, 1400])
    func `no datagram is larger than the MTU`(mtu: Int) throws {
        let pair = try Pair { client, server in
            client.mtu = mtu
            server.mtu = mtu
            server.credentials = Identity.large
        }
        #expect(pair.connect())
        #expect((pair.client.sent + pair.server.sent).allSatisfy { $0.count <= mtu })
        #expect(pair.server.sent.contains { $0.count > mtu - 100 })
    }

    @Test func `a server without a key fails at once`() throws {
        let pair = try Pair { $1.credentials = nil }
        pair.command(.server) { $0.startHandshake(now: $1) }
        #expect(pair.server.failure?.code == .noCredentials)
    }

    @Test func `the protocol is the client's first choice that the server has too`() throws {
        let pair = try Pair {
            $0.protocols = ["one", "two", "three"].map { Array($0.utf8) }
            $1.protocols = ["three", "two"].map { Array($0.utf8) }
        }
        #expect(pair.connect())
        #expect(pair.client.negotiated?.applicationProtocol == Array("two".utf8))
        #expect(pair.server.negotiated?.applicationProtocol == Array("two".utf8))
    }

    @Test func `without a common protocol the handshake goes on without one`() throws {
        let pair = try Pair {
            $0.protocols = [Array("one".utf8)]
            $1.protocols = [Array("two".utf8)]
        }
        #expect(pair.connect())
        #expect(pair.client.negotiated?.applicationProtocol == nil)
    }

    @Test func `both ends hold the same channel bindings`() throws {
        let pair = try Pair()
        #expect(pair.client.engine.channelBinding(.tlsUnique) == nil)
        #expect(pair.connect())
        for binding in [ChannelBinding.tlsUnique, .tlsExporter] {
            let ofClient = pair.client.engine.channelBinding(binding)
            #expect(ofClient != nil)
            #expect(ofClient == pair.server.engine.channelBinding(binding))
        }
    }

    @Test func `data beyond the limit is refused with the true limit and the association lives on`() throws {
        let pair = try Pair()
        #expect(pair.connect())
        let limit = pair.client.engine.maximumDataSize
        #expect(limit > 1300 && limit < 1400)
        #expect(throws: EngineError.self) { try pair.send(.client, Array(repeating: 0, count: limit + 1)) }
        try pair.send(.client, Array(repeating: 1, count: limit))
        pair.settle()
        #expect(pair.server.received.map(\.count) == [limit])
        #expect(pair.client.sent.last?.count == 1400)
    }
}
