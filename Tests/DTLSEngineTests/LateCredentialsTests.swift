// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing
import VirtualNetwork

@testable import DTLSEngine

/// Servers whose credentials are found when a client is there.
@Suite struct LateCredentialsTests {
    @Test func `a server asks for its credentials once, when a client has said hello`() throws {
        let pair = try Pair { _, server in
            server.credentials = nil
            server.asksForCredentials = true
        }
        pair.server.answer = Identity.server
        pair.command(.server) { $0.startHandshake(now: $1) }
        #expect(pair.server.certificatesAsked == 0)
        #expect(pair.connect())
        #expect(pair.server.certificatesAsked == 1)
    }

    @Test func `a server without an answer fails, as one that was never given any`() throws {
        let pair = try Pair { _, server in
            server.credentials = nil
            server.asksForCredentials = true
        }
        #expect(!pair.connect())
        #expect(pair.server.failure?.code == .noCredentials)
        #expect(pair.server.certificatesAsked == 1)
        // The client need not wait for its time limit to learn of it: handshake_failure(40).
        #expect(pair.client.failure?.code == .peerAlert(40))
        #expect(pair.now.microseconds < 1_000_000)
    }

    @Test func `credentials that cannot be used fail too`() throws {
        let pair = try Pair { _, server in
            server.credentials = nil
            server.asksForCredentials = true
        }
        pair.server.answer = Credentials(chain: Identity.server.chain, key: Identity.client.key)
        #expect(!pair.connect())
        #expect(pair.server.failure?.code == .unusableCredentials)
        // internal_error(80)
        #expect(pair.client.failure?.code == .peerAlert(80))
    }

    @Test func `a server that closes while it looks for its credentials says goodbye to the client`() throws {
        let pair = try Pair { _, server in
            server.credentials = nil
            server.asksForCredentials = true
        }
        pair.server.thinkingTime = 1_000_000_000
        pair.start()
        pair.settle()
        pair.command(.server) { $0.shutdown(now: $1) }
        pair.drive(until: { pair.client.failure != nil })
        #expect(pair.client.failure?.code == .closedDuringHandshake)
        #expect(pair.now.microseconds < 1_000_000)
    }

    @Test(arguments: [Role.client, .server], 0..<4)
    func `it goes through where a datagram is lost`(_ sender: Role, _ serial: Int) throws {
        let pair = try Pair(.losing(sender, serial)) { _, server in
            server.credentials = nil
            server.asksForCredentials = true
        }
        pair.server.answer = Identity.server
        #expect(pair.connect())
        #expect(pair.server.certificatesAsked == 1)
    }
}
