// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing

@testable import DTLSEngine

@Suite struct LossTests {
    /// More datagrams than either side sends in the handshakes below.
    static let serials = Array(0..<14)

    static func pair(_ link: Link, mtu: Int, authenticated: Bool) throws -> Pair {
        try Pair(link) {
            $0.mtu = mtu
            $1.mtu = mtu
            $1.credentials = mtu < 1000 ? Identity.large : Identity.server
            if authenticated {
                $0.credentials = Identity.client
                $1.clientAuthentication = .required
            }
        }
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
    func `a fifth of all datagrams lost both ways still completes within 30 seconds`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed + 1)
        let pair = try Pair(
            Link(decide: { _, _, _ in Int.random(in: 0..<5, using: &generator) == 0 ? .drop : .deliver })
        )
        #expect(pair.connect())
        #expect(pair.now.microseconds < 30_000_000)
    }

    @Test func `a path that swallows large datagrams makes the flight shrink`() throws {
        let pair = try Pair(Link(mtu: 600)) { $1.credentials = Identity.large }
        #expect(pair.connect())
        #expect(pair.now.microseconds < 20_000_000)
    }

    @Test func `a server whose last flight is lost sends it again while its application is idle`() throws {
        var lost = 0
        let pair = try Pair(
            Link(decide: { role, _, bytes in
                // The server's last flight starts with ChangeCipherSpec(20).
                if role == .server, bytes.first == 20, lost < 3 {
                    lost += 1
                    return .drop
                }
                return .deliver
            })
        )
        #expect(pair.connect())
        #expect(lost == 3)
        #expect(pair.server.engine.owesLastFlight)
        try pair.send(.client, [1])
        pair.settle()
        #expect(!pair.server.engine.owesLastFlight)
    }

    @Test func `retransmissions start after 400 ms and grow slowly`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .drop }))
        var instants: [Int64] = []
        var count = 0
        pair.command(.client) { $0.startHandshake(now: $1) }
        pair.drive(
            until: {
                if pair.client.sent.count > count {
                    count = pair.client.sent.count
                    instants.append(pair.now.microseconds)
                }
                return false
            },
            within: 7_000_000
        )
        #expect(instants == [0, 400_000] + (0..<8).map { 1_200_000 + $0 * 800_000 })
    }

    @Test func `a vanished peer is given up after the handshake's limit`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .drop }))
        pair.command(.client) { $0.startHandshake(now: $1) }
        #expect(pair.drive(until: { pair.client.failure != nil }))
        #expect(pair.client.failure?.code == .handshakeTimedOut)
        #expect(pair.now.microseconds == 60_000_000)
    }
}
