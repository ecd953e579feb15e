// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing
import VirtualNetwork

@testable import DTLSEngine

@Suite struct LossTests {
    /// More datagrams than either side sends in the handshakes below.
    static let serials = Array(0..<14)

    static func pair(_ link: Link, mtu: Int, authenticated: Bool) throws -> Pair {
        let custom = authenticated ? Custom.authenticated : .plain
        return try custom.pair(link, mtu: mtu, chain: mtu < 1000 ? Identity.large : Identity.server)
    }

    @Test(arguments: [Role.client, .server], serials)
    func `the loss of any one datagram costs one retransmission timer`(sender: Role, serial: Int) throws {
        for authenticated in [false, true] {
            for mtu in [600, 1400] {
                let pair = try Self.pair(.losing(sender, serial), mtu: mtu, authenticated: authenticated)
                #expect(pair.connect())
                #expect(pair.now.microseconds < 900_000)
            }
        }
    }

    @Test(arguments: [Role.client, .server], serials)
    func `a duplicated datagram does no harm`(sender: Role, serial: Int) throws {
        for authenticated in [false, true] {
            let pair = try Self.pair(
                Link(decide: { from, number, _ in from == sender && number == serial ? .duplicate : .deliver }),
                mtu: 600,
                authenticated: authenticated
            )
            #expect(pair.connect())
            #expect(pair.now.microseconds < 200_000)
        }
    }

    @Test(arguments: [Role.client, .server], serials)
    func `a datagram that the others overtake does no harm`(sender: Role, serial: Int) throws {
        for authenticated in [false, true] {
            let pair = try Self.pair(
                Link(decide: { from, number, _ in from == sender && number == serial ? .delay(5_000) : .deliver }),
                mtu: 600,
                authenticated: authenticated
            )
            #expect(pair.connect())
            #expect(pair.now.microseconds < 900_000)
        }
    }

    @Test func `flights that arrive in reverse order are put right`() throws {
        let pair = try Self.pair(
            Link(decide: { _, serial, _ in .delay(Int64(20 - serial % 20) * 100) }),
            mtu: 600,
            authenticated: true
        )
        #expect(pair.connect())
    }

    @Test(arguments: 0..<200)
    func `half of all datagrams lost both ways still completes within 30 seconds`(seed: UInt64) throws {
        let pair = try Pair(.lossy(0.5, seed: seed))
        #expect(pair.connect(within: 30_000_000))
        #expect(pair.canTalk(over: Link()))
    }

    @Test(arguments: 0..<60)
    func `drops, delays and duplicates together are survived at any MTU`(seed: UInt64) throws {
        let mtu = [1472, 1200, 576, 256][Int(seed % 4)]
        let pair = try Self.pair(.unruly(oneIn: 5, seed: seed), mtu: mtu, authenticated: seed % 3 > 0)
        #expect(pair.connect(within: 30_000_000))
        #expect(pair.canTalk(over: Link()))
    }

    @Test(arguments: [Role.client, .server])
    func `a peer whose application never calls at a deadline is helped by the other`(deaf: Role) throws {
        for seed in 0..<20 as Range<UInt64> {
            let pair = try Pair(.lossy(0.2, seed: seed))
            pair[deaf].isDeafToTimers = true
            // A client that never says hello again, or never asks for the last flight again (RFC 6347 §4.2.4), cannot be
            // helped by anybody.
            if deaf == .client { pair.link = pair.link.keepingHello().keepingLastFlight() }
            #expect(pair.connect(within: 60_000_000))
        }
    }

    @Test func `a last flight that was not lost is not said again unasked`() throws {
        for custom in Custom.allCases {
            let pair = try custom.pair()
            #expect(pair.connect())
            let sent = pair.server.sent.count
            pair.drive(within: 70_000_000)
            #expect(pair.server.sent.count == sent)
            #expect(pair.canTalk())
        }
    }

    @Test(arguments: [-3_600_000_000, -1_000_000, 1_000_000, 3_600_000_000] as [Int64])
    func `a wall clock that is set does not stop a handshake`(jump: Int64) throws {
        for seed in 0..<40 as Range<UInt64> {
            let pair = try Pair(.lossy(0.4, seed: seed)) {
                $0.credentials = Identity.client
                $1.clientAuthentication = .required
            }
            pair.beforeStep = { step in if step % 3 == 1 { pair.wallClockError += step % 2 == 0 ? jump : -jump } }
            #expect(pair.connect(within: 40_000_000))
            pair.beforeStep = { _ in }
            #expect(pair.canTalk(over: Link()))
        }
    }

    @Test(arguments: [Identity.large, Identity.huge, Identity.largest], [1400, 256])
    func `large chains arrive whole`(chain: Credentials, mtu: Int) throws {
        let pair = try Pair {
            $0.mtu = mtu
            $0.credentials = chain
            $1.mtu = mtu
            $1.credentials = chain
            $1.clientAuthentication = .required
        }
        #expect(pair.connect())
        #expect(pair.now.microseconds < 400_000)
        #expect((pair.client.sent + pair.server.sent).allSatisfy { $0.count <= mtu })
        #expect(pair.server.engine.peerCertificates.map(\.der) == chain.chain.map(\.der))
    }

    @Test func `a path that swallows large datagrams makes the flight shrink`() throws {
        for path in [600, 228] {
            let pair = try Pair(Link(mtu: path)) { $1.credentials = Identity.large }
            #expect(pair.connect())
            #expect(pair.now.microseconds < 4_500_000)
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `a large chain arrives over a path that loses one datagram of ten`(seed: UInt64) throws {
        let pair = try Pair(.lossy(0.1, seed: seed)) { $1.credentials = Identity.largest }
        #expect(pair.connect(within: 30_000_000))
    }

    @Test(arguments: [1000, 500, 240])
    func `a network that refuses large datagrams makes the flight shrink at once`(limit: Int) throws {
        let pair = try Pair {
            $0.credentials = Identity.large
            $1.credentials = Identity.large
            $1.clientAuthentication = .required
        }
        pair.link.refusedAbove = limit
        #expect(pair.connect())
        #expect(pair.now.microseconds < 400_000)
        #expect(pair.server.engine.maximumDataSize < limit)
    }

    @Test func `a path that shrinks takes away what is larger, and nothing else`() throws {
        let pair = try Pair()
        #expect(pair.connect())
        pair.link.refusedAbove = 700
        try pair.send(.client, Array(repeating: 1, count: 1000))
        let limit = pair.client.engine.maximumDataSize
        #expect(limit < 600)
        #expect { try pair.send(.client, Array(repeating: 1, count: 1000)) } throws: {
            ($0 as? EngineError)?.code == .messageTooLarge(limit: limit)
        }
        try pair.send(.client, Array(repeating: 2, count: limit))
        pair.settle()
        #expect(pair.server.received.map(\.count) == [limit])
    }

    @Test func `a server whose last flight is lost sends it again while its application is idle`() throws {
        let pair = try Pair(.losingLastFlight(3))
        #expect(pair.connect())
        #expect(pair.now.microseconds > 1_000_000)
        #expect(pair.server.engine.owesLastFlight)
        // A few times more by itself, in case the client has no timer, and then never again.
        let sent = pair.server.sent.count
        pair.drive(within: 10_000_000)
        #expect(pair.server.sent.count <= sent + 5 && pair.server.engine.deadline == nil)
        try pair.send(.client, [1])
        pair.settle()
        #expect(!pair.server.engine.owesLastFlight)
    }

    @Test func `retransmissions start after 400 ms, grow slowly and leave pauses for the peer's`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .drop }))
        var instants: [Int64] = []
        pair.command(.client) { $0.startHandshake(now: $1) }
        for _ in 0..<60 {
            let count = pair.client.sent.count
            instants.append(pair.now.microseconds)
            pair.drive(until: { pair.client.sent.count > count || pair.client.failure != nil })
        }
        let intervals = zip(instants.dropFirst(), instants).map { $0 - $1 }.prefix { $0 > 0 }.dropLast()
        #expect(intervals.prefix(6) == [400_000, 800_000, 1_600_000, 400_000, 400_000, 2_400_000])
        #expect(intervals.allSatisfy { $0 <= 6_400_000 })
        #expect((20...45).contains(intervals.count))
    }

    @Test func `a server says no more than ten times what a hello makes it say`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .drop }))
        pair.command(.server) { $0.startHandshake(now: $1) }
        pair.inject(.server, Forger.clientHello())
        pair.drive(until: { pair.server.failure != nil })
        #expect(pair.server.engine.statistics.retransmissions == 10)
        #expect(pair.now.microseconds == 60_000_000)
    }

    @Test func `a repeated hello is answered, but not each of a burst`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .drop }))
        pair.start()
        let hello = pair.client.sent[0]
        pair.inject(.server, hello)
        pair.drive(within: 300_000)
        for _ in 0..<100 { pair.inject(.server, hello) }
        #expect(pair.server.engine.statistics.retransmissions == 1)
    }

    @Test func `a vanished peer is given up after the handshake's limit`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .drop }))
        pair.command(.client) { $0.startHandshake(now: $1) }
        #expect(pair.drive(until: { pair.client.failure != nil }))
        #expect(pair.client.failure?.code == .handshakeTimedOut)
        #expect(pair.now.microseconds == 60_000_000)
    }

    @Test func `the time in which the owner lets a handshake lie does not count`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .drop }))
        pair.command(.client) { $0.startHandshake(now: $1) }
        pair.drive(within: 50_000_000)
        pair.command(.client) { engine, _ in engine.excuseIdling(100_000_000) }
        // Without that it would be given up after 60 s.
        pair.drive(within: 12_000_000)
        #expect(pair.client.failure == nil)
    }
}
