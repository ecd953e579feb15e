// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing
import VirtualNetwork

@testable import DTLSEngine

@Suite struct PeerVerificationTests {
    /// bad_certificate(42), unknown_ca(48), certificate_expired(45), certificate_revoked(44): RFC 5246 §7.2.2.
    static let refusals: [(RefusalReason, UInt8)] = [
        (.badCertificate, 42), (.unknownAuthority, 48), (.expired, 45), (.revoked, 44),
    ]

    @Test(arguments: refusals)
    func `a refused server is told why and never has a finished handshake`(reason: RefusalReason, alert: UInt8) throws {
        let pair = try Pair()
        pair.client.verdict = .refuse(reason)
        #expect(!pair.connect())
        #expect(pair.client.failure?.code == .peerCertificateRefused)
        #expect(pair.server.failure?.code == .peerAlert(alert))
        #expect(pair.server.negotiated == nil)
    }

    @Test(arguments: refusals)
    func `a refused client is told why and never has a finished handshake`(reason: RefusalReason, alert: UInt8) throws {
        let pair = try Pair {
            $0.credentials = Identity.client
            $1.clientAuthentication = .required
        }
        pair.server.verdict = .refuse(reason)
        #expect(!pair.connect())
        #expect(pair.server.failure?.code == .peerCertificateRefused)
        #expect(pair.client.failure?.code == .peerAlert(alert))
        #expect(pair.client.negotiated == nil)
    }

    @Test func `a client that has to wait for the verdict misses nothing`() throws {
        let pair = try Pair()
        pair.client.verdict = nil
        #expect(!pair.connect(within: 5_000_000))
        #expect(pair.client.failure == nil && pair.client.verificationsAsked == 1)
        pair.command(.client) { $0.resolvePeerVerification(.accept, now: $1) }
        pair.drive(until: { pair.isConnected })
        #expect(pair.isConnected)
        #expect(pair.client.verificationsAsked == 1)
    }

    @Test func `the thinking time of a verdict does not count against the handshake's limit`() throws {
        let pair = try Pair { client, _ in client.handshakeTimeout = 3_000_000 }
        pair.client.verdict = nil
        #expect(!pair.connect(within: 30_000_000))
        pair.command(.client) { $0.resolvePeerVerification(.accept, now: $1) }
        pair.drive(until: { pair.isConnected })
        #expect(pair.isConnected)
    }

    @Test func `a server withholds its last flight until the verdict`() throws {
        let pair = try Pair {
            $0.credentials = Identity.client
            $1.clientAuthentication = .required
        }
        pair.server.verdict = nil
        #expect(!pair.connect(within: 5_000_000))
        #expect(pair.client.negotiated == nil && pair.server.negotiated == nil)
        #expect(pair.server.engine.peerCertificates.map(\.der) == Identity.client.chain.map(\.der))
        pair.command(.server) { $0.resolvePeerVerification(.accept, now: $1) }
        pair.drive(until: { pair.isConnected })
        #expect(pair.isConnected)
        #expect(pair.server.verificationsAsked == 1)
    }

    @Test func `a server that requires a certificate refuses a client without`() throws {
        let pair = try Pair { $1.clientAuthentication = .required }
        #expect(!pair.connect())
        #expect(pair.server.failure?.code == .peerCertificateMissing)
        // handshake_failure(40)
        #expect(pair.client.failure?.code == .peerAlert(40))
        #expect(pair.client.engine.hasCertificateRequest)
    }

    @Test func `a server that only requests one serves a client without`() throws {
        let pair = try Pair { $1.clientAuthentication = .requested }
        #expect(pair.connect())
        #expect(pair.client.certificatesAsked == 1)
        #expect(pair.server.verificationsAsked == 0)
    }

    @Test func `a client can find its certificate during the handshake`() throws {
        let pair = try Pair { $1.clientAuthentication = .required }
        pair.client.answer = Identity.client
        #expect(pair.connect())
        #expect(pair.server.engine.peerCertificates.map(\.der) == Identity.client.chain.map(\.der))
    }
}
