// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing
import VirtualNetwork

@testable import DTLSEngine

/// Datagrams of somebody who can send but not read.
@Suite struct ForgeryTests {
    @Test(arguments: Forgery.all, Custom.allCases)
    func `a forgery before every step of the handshake ends nobody's`(forgery: Forgery, custom: Custom) throws {
        for victim in [Role.client, .server] {
            let pair = try custom.pair()
            // A forger that never rests keeps alerts, cookies and hellos in doubt for ever: eight times will do.
            let isConnected = pair.connects(under: forgery, at: victim) { $0 < 8 }
            #expect(
                isConnected,
                "\(forgery) at the \(victim): \(pair.client.failure as Any), \(pair.server.failure as Any)"
            )
        }
    }

    @Test(arguments: Custom.allCases, [548, 256])
    func `a forged end of a flight that comes in several datagrams is not taken for the true one`(
        custom: Custom,
        mtu: Int
    ) throws {
        for number in 2...5 as ClosedRange<UInt16> {
            for forged in [
                Forger.serverHelloDone(number), Forger.certificateRequest(number) + Forger.serverHelloDone(number + 1),
            ] {
                // Lying in wait, and in each gap of the flight.
                let pair = try custom.pair(mtu: mtu)
                let isConnected = pair.connects(under: Forgery("an end", forged), at: .client) { _ in true }
                #expect(isConnected, "message \(number)")
                #expect(pair.now.microseconds < 900_000)
            }
        }
    }

    @Test func `a forged end of a flight whose true end is lost does not replace it`() throws {
        let pair = try Custom.authenticated.pair(.losing(.server, 1), mtu: 548)
        pair.start()
        pair.inject(.client, Forger.serverHelloDone(3))
        pair.drive(until: { pair.isConnected }, within: 2_000_000)
        #expect(pair.canTalk())
    }

    @Test func `a client without a timer is not kept in doubt`() throws {
        let pair = try Pair(Link(mtu: 548)) {
            $0.mtu = 548
            $1.mtu = 548
        }
        pair.client.isDeafToTimers = true
        pair.link.decide = { sender, serial, _ in sender == .server && serial < 1 ? .delay(5_000) : .deliver }
        #expect(pair.connect(within: 5_000_000))
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
                #expect(pair.ignores(forgery, at: victim))
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
