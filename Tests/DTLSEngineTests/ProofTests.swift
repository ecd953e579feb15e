// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import COpenSSL
import Testing
import VirtualNetwork

@testable import DTLSEngine

/// Flights that are tried before libssl is given them, under each kind of suite.
@Suite struct ProofTests {
    static let rsa = Identity.selfSigned(name: "rsa.example", curve: nil)

    /// Suites whose flights both ends can try.
    static let provable: [(String, Credentials)] = [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", Identity.server), ("ECDHE-ECDSA-AES256-GCM-SHA384", Identity.server),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", Identity.server), ("ECDHE-ECDSA-AES128-CCM", Identity.server),
        ("ECDHE-ECDSA-AES256-CCM8", Identity.server), ("ECDHE-RSA-AES128-GCM-SHA256", rsa),
        ("ECDHE-RSA-CHACHA20-POLY1305", rsa), ("DHE-RSA-AES128-GCM-SHA256", rsa),
    ]
    /// Suites under which the server has to take the client's word.
    static let unprovable: [(String, Credentials)] = [
        ("ECDHE-ECDSA-AES128-SHA256", Identity.server), ("ECDHE-RSA-AES256-SHA", rsa), ("AES128-GCM-SHA256", rsa),
        ("AES128-SHA", rsa),
    ]

    static func pair(_ suite: String, _ credentials: Credentials, authenticated: Bool, _ link: Link = Link()) throws
        -> Pair
    {
        var ofClient = SSLContext.Policy(role: .client)
        var ofServer = SSLContext.Policy(role: .server)
        // Libssl from 3.2 on counts a tag of 8 bytes below its usual security level.
        ofClient.cipherList = suite.hasSuffix("CCM8") ? suite + ":@SECLEVEL=0" : suite
        ofServer.cipherList = ofClient.cipherList
        let contexts = (try SSLContext(policy: ofClient), try SSLContext(policy: ofServer))
        return try Pair(link) {
            $0 = EngineConfiguration(context: contexts.0)
            $1 = EngineConfiguration(context: contexts.1)
            $1.credentials = credentials
            guard authenticated else { return }
            $0.credentials = Identity.client
            $1.clientAuthentication = .required
        }
    }

    @Test(arguments: provable + unprovable)
    func `a handshake completes and data passes`(suite: String, credentials: Credentials) throws {
        for authenticated in [false, true] {
            let pair = try Self.pair(suite, credentials, authenticated: authenticated)
            #expect(pair.connect())
            #expect(pair.client.negotiated?.cipherName == suite)
            #expect(pair.canTalk())
            #expect(pair.client.engine.statistics.retransmissions == 0)
            #expect(pair.server.engine.statistics.dropped(.implausible) == 0)
        }
    }

    @Test(arguments: provable)
    func `forged flights before the genuine ones are found out`(suite: String, credentials: Credentials) throws {
        for authenticated in [false, true] {
            let pair = try Self.pair(suite, credentials, authenticated: authenticated)
            pair.link.decide = { sender, _, datagram in
                // Forgeries overtake everything that is sent.
                let forged = sender == .server ? Forger.serverFlight() : Forger.clientFlight(showing: authenticated)
                return .replace([forged, datagram])
            }
            #expect(pair.connect())
            #expect(pair.now.microseconds < 400_000)
            pair.link.decide = { _, _, _ in .deliver }
            #expect(pair.canTalk())
        }
    }

    @Test(arguments: provable)
    func `a share that is no point of the curve is found out`(suite: String, credentials: Credentials) throws {
        let pair = try Self.pair(suite, credentials, authenticated: false)
        pair.link.decide = { sender, serial, datagram in
            guard sender == .client, serial > 0 else { return .deliver }
            let forged = [[0], [1, 0], [2, 4, 4], [65, 4] + Array(repeating: UInt8(1), count: 64)].map { body in
                Forger.message(16, 1, body) + Forger.changeCipherSpec + Forger.protected(22, count: 40)
            }
            return .replace(forged + [datagram])
        }
        #expect(pair.connect())
        #expect(pair.now.microseconds < 400_000)
    }

    @Test(arguments: unprovable)
    func `forged records do not end an association under an older suite`(suite: String, credentials: Credentials) throws
    {
        let pair = try Self.pair(suite, credentials, authenticated: false)
        #expect(pair.connect())
        for victim in [Role.client, .server] {
            for count in Array(0...100) + [255, 256, 1024] {
                for type in 20...23 as ClosedRange<UInt8> {
                    pair.inject(victim, Forger.protected(type, count: count, sequence: UInt64(count + 1)))
                }
            }
        }
        #expect(pair.canTalk())
    }

    @Test func `a server's signature that signs something else is its mistake in the end`() throws {
        let pair = try Pair(
            Link(decide: { sender, _, datagram in
                // The signature stands before the 25 bytes of the ServerHelloDone.
                guard sender == .server, datagram.count > 100 else { return .deliver }
                let place = datagram.count - 30
                return .replace([datagram.replacing(place..<place + 1, by: [datagram[place] ^ 0x55])])
            })
        )
        pair.client.verdict = .accept
        #expect(!pair.connect())
        #expect(pair.client.failure?.code == .protocolFailure)
        #expect(pair.now.microseconds < 61_000_000)
    }

    @Test func `a forged flight is not believed for as long as the server may answer`() throws {
        let pair = try Pair(Link(decide: { sender, _, _ in sender == .client ? .drop : .deliver }))
        pair.start()
        pair.inject(.client, Forger.serverFlight())
        pair.drive(within: 20_000_000)
        pair.link = Link()
        #expect(pair.connect())
        #expect(pair.canTalk())
    }
}
