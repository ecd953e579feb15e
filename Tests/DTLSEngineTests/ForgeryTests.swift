// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing
import VirtualNetwork

@testable import DTLSEngine

/// Datagrams of somebody who can send but not read.
@Suite struct ForgeryTests {
    /// What the two ends do that makes their states last.
    enum Custom: CaseIterable {
        case plain
        case authenticated
        /// Both ends think about certificates, and the client has to look for its own.
        case thoughtful

        func pair(_ link: Link = Link()) throws -> Pair {
            let pair = try Pair(link) {
                if self == .plain { return }
                if self == .authenticated { $0.credentials = Identity.client }
                $1.clientAuthentication = .required
            }
            if self == .thoughtful {
                pair.client.thinkingTime = 30_000
                pair.server.thinkingTime = 30_000
                pair.client.answer = Identity.client
            }
            return pair
        }
    }

    @Test(arguments: Forgery.all, Custom.allCases)
    func `a forgery before every step of the handshake ends nobody's`(forgery: Forgery, custom: Custom) throws {
        for victim in [Role.client, .server] {
            let pair = try custom.pair()
            pair.start()
            pair.beforeStep = { step in
                // A forger that never rests keeps alerts, cookies and hellos in doubt for ever: eight times will do.
                guard step < 8 else { return }
                for datagram in forgery.datagrams { pair.inject(victim, datagram) }
            }
            pair.drive(until: { pair.isConnected || pair.client.failure != nil || pair.server.failure != nil })
            pair.beforeStep = { _ in }
            pair.settle()
            #expect(
                pair.isConnected,
                "\(forgery) at the \(victim): \(pair.client.failure as Any), \(pair.server.failure as Any)"
            )
            #expect(pair.canTalk())
        }
    }

    @Test(arguments: Forgery.all)
    func `a forgery at an established association changes nothing`(forgery: Forgery) throws {
        for isHalfClosed in [false, true] {
            let pair = try Pair()
            #expect(pair.connect())
            if isHalfClosed {
                pair.command(.client) { $0.shutdown(now: $1) }
                pair.settle()
            }
            for victim in [Role.client, .server] {
                let sent = pair[victim].sent.count
                let received = pair[victim].received.count
                for datagram in forgery.datagrams { pair.inject(victim, datagram) }
                #expect(pair[victim].sent.count == sent && pair[victim].received.count == received)
            }
            guard !isHalfClosed else {
                try pair.send(.server, [7])
                pair.settle()
                #expect(pair.client.received == [[7]])
                continue
            }
            #expect(pair.canTalk())
        }
    }

    @Test func `a server that lets a client wait for its last flight is not disturbed`() throws {
        for forgery in Forgery.all {
            let pair = try Custom.authenticated.pair()
            pair.server.verdict = nil
            #expect(!pair.connect(within: 1_000_000))
            for victim in [Role.client, .server] {
                for datagram in forgery.datagrams { pair.inject(victim, datagram) }
            }
            pair.command(.server) { $0.resolvePeerVerification(.accept, now: $1) }
            pair.drive(until: { pair.isConnected || pair.client.failure != nil })
            #expect(pair.isConnected, "\(forgery)")
        }
    }

    @Test func `an alert does not end a server that nobody has spoken to`() throws {
        let pair = try Pair()
        pair.command(.server) { $0.startHandshake(now: $1) }
        pair.inject(.server, Forger.record(21, [2, 40]))
        pair.drive(until: { pair.server.failure != nil }, within: 10_000_000)
        #expect(pair.server.failure == nil)
        #expect(pair.connect())
    }

    @Test func `a peer that speaks no DTLS is called that`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .drop }))
        pair.command(.client) { $0.startHandshake(now: $1) }
        for _ in 0..<3 { pair.inject(.client, Array("HTTP/1.1 400 Bad Request".utf8)) }
        pair.drive(until: { pair.client.failure != nil })
        #expect(pair.client.failure?.code == .notDTLS)
        let drops = pair.client.engine.statistics
        #expect([.unknownType, .truncated, .impossibleLength].contains { drops.dropped($0) == 3 })
    }

    @Test func `every reason to drop has a name of its own`() {
        let names = DropReason.allCases.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } })
    }
}
