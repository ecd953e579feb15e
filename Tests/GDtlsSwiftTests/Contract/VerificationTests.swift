// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// A database of the application's: what it is given, where it is asked, and how it is cancelled.
@Suite struct VerificationTests {
    private static func validating(_ database: ThoughtfulDatabase) throws -> Conversation {
        let pair = try Conversation(validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        g_dtls_connection_set_database(pair.client, database.object)
        return pair
    }

    @Test func `it gets the chain, the purpose, the identity, the interaction and a cancellable`() throws {
        let interaction = try Interaction(.mute) { _ in G_TLS_INTERACTION_UNHANDLED }
        var seen: [Bool] = []
        let database = ThoughtfulDatabase { question in
            seen = [
                g_tls_certificate_is_same(question.chain, try TestPKI.shared.server) != 0,
                question.purpose == "1.3.6.1.5.5.7.3.1", question.identity != nil,
                question.interaction == interaction.object, question.cancellable != nil,
            ]
            return G_TLS_CERTIFICATE_NO_FLAGS
        }
        let pair = try Self.validating(database)
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        try pair.connect()
        #expect(seen == [true, true, true, true, true])
    }

    @Test func `a server's is asked about clients, and its answer is what the handler is told`() throws {
        var seen: [Bool] = []
        let database = ThoughtfulDatabase { question in
            seen = [question.purpose == "1.3.6.1.5.5.7.3.2", question.identity == nil]
            return G_TLS_CERTIFICATE_REVOKED
        }
        let pair = try Conversation()
        g_dtls_connection_set_database(pair.server, database.object)
        try Properties.setAuthenticationMode(pair.server, G_TLS_AUTHENTICATION_REQUIRED)
        g_dtls_connection_set_certificate(pair.client, try TestPKI.shared.client)
        let flags = LockedValue<GTlsCertificateFlags?>(nil)
        Signals.onAcceptCertificate(pair.server) { _, problems in
            flags.withLock { $0 = problems }
            return true
        }
        try pair.connect()
        #expect(seen == [true, true])
        #expect(flags.withLock { $0 } == G_TLS_CERTIFICATE_REVOKED)
    }

    @Test func `a blocking call asks in its own thread`() throws {
        let database = ThoughtfulDatabase { _ in G_TLS_CERTIFICATE_NO_FLAGS }
        let pair = try Self.validating(database)
        try pair.connect()
        #expect(database.diary.entries.map(\.thread) == [Diary.thisThread])
    }

    @Test func `the thread that asks it keeps nothing when the handshake's callback runs`() throws {
        let loop = Loop()
        let database = ThoughtfulDatabase { _ in G_TLS_CERTIFICATE_REVOKED }
        var others = 0
        for _ in 0..<50 {
            let pair = try Self.validating(database)
            // Refused: the answer itself ends the handshake.
            let results = [AsyncTests.handshake(pair.client), AsyncTests.handshake(pair.server)]
            #expect(loop.run { results[0].isDone })
            let client = UnsafeMutableRawPointer(pair.client).assumingMemoryBound(to: GObject.self)
            others += Int(client.pointee.ref_count) - 1
            #expect(loop.run { results.allSatisfy(\.isDone) })
        }
        #expect(others == 0)
    }

    @Test func `one that takes its time holds up no other connection in the background`() throws {
        let gate = DispatchSemaphore(value: 0)
        let database = ThoughtfulDatabase { _ in
            gate.wait()
            return G_TLS_CERTIFICATE_NO_FLAGS
        }
        let loop = Loop()
        let slow = try Self.validating(database)
        let waiting = [AsyncTests.handshake(slow.client), AsyncTests.handshake(slow.server)]
        #expect(loop.run { database.diary.words == ["asked"] })
        let other = try Conversation()
        let results = [AsyncTests.handshake(other.client), AsyncTests.handshake(other.server)]
        #expect(loop.run { results.allSatisfy(\.isDone) })
        #expect(results.allSatisfy { $0.error == nil })
        #expect(!waiting[0].isDone)
        gate.signal()
        #expect(loop.run { waiting.allSatisfy(\.isDone) })
        #expect(waiting.allSatisfy { $0.error == nil })
    }

    /// Waits for the cancellation at the first time, and finds no fault at the second.
    private static func patient() -> ThoughtfulDatabase {
        let count = LockedValue(0)
        return ThoughtfulDatabase { question in
            let time = count.withLock { count in
                count += 1
                return count
            }
            guard time == 1 else { return G_TLS_CERTIFICATE_NO_FLAGS }
            guard question.awaitCancellation() else { return G_TLS_CERTIFICATE_GENERIC_ERROR }
            throw GLibError.io(G_IO_ERROR_CANCELLED, "Operation was cancelled")
        }
    }

    @Test func `cancelling a blocking call reaches it, and the next call asks again`() throws {
        let database = Self.patient()
        let pair = try Self.validating(database)
        let server = Background { [server = pair.server] in try DTLS.handshake(server) }
        let cancellable = g_cancellable_new()
        defer { g_object_unref(cancellable) }
        let cancelling = Background { [address = UInt(bitPattern: cancellable)] in
            while database.diary.words.isEmpty { usleep(1000) }
            g_cancellable_cancel(UnsafeMutablePointer(bitPattern: address))
        }
        #expect(DTLS.error { try DTLS.handshake(pair.client, cancellable) }?.isIO(G_IO_ERROR_CANCELLED) == true)
        try cancelling.join()
        try DTLS.handshake(pair.client)
        try server.join()
        #expect(database.diary.words == ["asked", "asked"])
    }

    @Test func `cancelling an asynchronous handshake reaches it, and the next one asks again`() throws {
        let loop = Loop()
        let database = Self.patient()
        let pair = try Self.validating(database)
        let server = AsyncTests.handshake(pair.server)
        let cancellable = g_cancellable_new()
        defer { g_object_unref(cancellable) }
        let cancelled = AsyncTests.handshake(pair.client, cancellable)
        #expect(loop.run { database.diary.words == ["asked"] })
        g_cancellable_cancel(cancellable)
        #expect(loop.run { cancelled.isDone })
        #expect(cancelled.error?.isIO(G_IO_ERROR_CANCELLED) == true)
        let next = AsyncTests.handshake(pair.client)
        #expect(loop.run { next.isDone && server.isDone })
        #expect(next.error == nil && server.error == nil)
        #expect(database.diary.words == ["asked", "asked"])
    }

    @Test func `one that fails by itself refuses the peer, for good`() throws {
        let database = ThoughtfulDatabase { _ in throw GLibError.io(G_IO_ERROR_CANCELLED, "changed my mind") }
        let pair = try Self.validating(database)
        let server = Background { [server = pair.server] in DTLS.error { try DTLS.handshake(server) } }
        #expect(DTLS.error { try DTLS.handshake(pair.client) }?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
        try server.join()
        #expect(g_dtls_connection_get_peer_certificate_errors(pair.client) == G_TLS_CERTIFICATE_GENERIC_ERROR)
        #expect(DTLS.error { try DTLS.handshake(pair.client) }?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
        #expect(database.diary.words == ["asked"])
    }
}
