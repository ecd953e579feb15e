// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing
import VirtualNetwork

@testable import DTLSEngine

@Suite struct CloseTests {
    @Test func `a shutdown tells the peer and keeps the other direction open`() throws {
        let pair = try Pair()
        #expect(pair.connect())
        pair.command(.client) { $0.shutdown(now: $1) }
        pair.settle()
        #expect(pair.server.isPeerClosed)
        try pair.send(.server, [1, 2, 3])
        pair.settle()
        #expect(pair.client.received == [[1, 2, 3]])
        #expect(throws: EngineError.self) { try pair.send(.client, [1]) }
    }

    @Test func `a second shutdown sends nothing`() throws {
        let pair = try Pair()
        #expect(pair.connect())
        pair.command(.client) { $0.shutdown(now: $1) }
        let sent = pair.client.sent.count
        pair.command(.client) { $0.shutdown(now: $1) }
        #expect(pair.client.sent.count == sent)
    }

    @Test func `a server that has said goodbye still helps a client that lacks its last flight`() throws {
        let pair = try Pair(
            Link(decide: { from, number, _ in from == .server && (1...6).contains(number) ? .drop : .deliver })
        )
        pair.command(.server) { $0.startHandshake(now: $1) }
        pair.command(.client) { $0.startHandshake(now: $1) }
        pair.drive(until: { pair.server.negotiated != nil })
        pair.command(.server) { $0.shutdown(now: $1) }
        pair.drive(until: { pair.client.negotiated != nil })
        #expect(pair.client.negotiated != nil)
        try pair.send(.client, [1, 2, 3])
        pair.settle()
        #expect(pair.server.received == [[1, 2, 3]])
        #expect(pair.server.failure == nil)
    }

    @Test func `a shutdown during the handshake ends it on both sides`() throws {
        let pair = try Pair()
        pair.client.verdict = nil
        #expect(!pair.connect(within: 100_000))
        pair.command(.client) { $0.shutdown(now: $1) }
        pair.drive(until: { pair.server.failure != nil })
        #expect(pair.server.failure?.code == .closedDuringHandshake)
        #expect(pair.client.failure == nil)
    }

    @Test func `after a failure every input is inert and commands throw that failure`() throws {
        let pair = try Pair()
        pair.client.verdict = .refuse(.badCertificate)
        #expect(!pair.connect())
        let sent = pair.client.sent.count
        pair.inject(.client, pair.server.sent[0])
        pair.command(.client) { $0.handleTimeout(now: $1) }
        pair.command(.client) { $0.startHandshake(now: $1) }
        #expect(pair.client.sent.count == sent)
        #expect(throws: EngineError.self) { try pair.send(.client, [1]) }
        #expect(pair.client.engine.deadline == nil)
    }
}
