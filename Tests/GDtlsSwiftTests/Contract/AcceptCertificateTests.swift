// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// `GDtlsConnection::accept-certificate` on the client; the server's side is in AuthenticationModeTests.
@Suite struct AcceptCertificateTests {
    /// A pair whose client trusts nobody.
    private static func distrustful() throws -> Conversation {
        let pair = try Conversation(validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        g_dtls_connection_set_database(pair.client, nil)
        return pair
    }

    /// Both handshakes; what the client's came to.
    private static func handshake(_ pair: Conversation) throws -> GLibError? {
        let server = Background { [server = pair.server] in DTLS.error { try DTLS.handshake(server) } }
        let error = DTLS.error { try DTLS.handshake(pair.client) }
        try server.join()
        return error
    }

    @Test func `a handler is asked once, with the certificate and its problems, and accepts`() throws {
        let pair = try Self.distrustful()
        var asked: [(isServers: Bool, flags: GTlsCertificateFlags)] = []
        Signals.onAcceptCertificate(pair.client) { certificate, flags in
            let servers = try? TestPKI.shared.server
            asked.append((g_tls_certificate_is_same(certificate, servers) != 0, flags))
            return true
        }
        #expect(try Self.handshake(pair) == nil)
        #expect(asked.map(\.isServers) == [true])
        #expect(asked.map(\.flags) == [G_TLS_CERTIFICATE_UNKNOWN_CA])
        #expect(g_dtls_connection_get_peer_certificate_errors(pair.client) == G_TLS_CERTIFICATE_UNKNOWN_CA)
        try DTLS.send(pair.client, [1])
        #expect(try DTLS.receive(pair.server) == [1])
    }

    @Test func `a handler that says no, and no handler at all, refuse`() throws {
        for handlers in 0...1 {
            let pair = try Self.distrustful()
            for _ in 0..<handlers { Signals.onAcceptCertificate(pair.client) { _, _ in false } }
            #expect(try Self.handshake(pair)?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
            // And every time from now on.
            #expect(DTLS.error { try DTLS.handshake(pair.client) }?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
            #expect(DTLS.error { _ = try DTLS.receive(pair.client) }?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true)
        }
    }

    @Test func `the first handler that says yes decides, and those behind it are not asked`() throws {
        let pair = try Self.distrustful()
        let diary = Diary()
        for (name, answer) in [("one", false), ("two", true), ("three", false)] {
            Signals.onAcceptCertificate(pair.client) { _, _ in
                diary.note(name)
                return answer
            }
        }
        #expect(try Self.handshake(pair) == nil)
        #expect(diary.words == ["one", "two"])
    }

    @Test func `a handler may disconnect itself`() throws {
        let pair = try Self.distrustful()
        var handler: gulong = 0
        handler = Signals.onAcceptCertificate(pair.client) { [client = pair.client] _, _ in
            Signals.disconnect(client, handler)
            return true
        }
        #expect(try Self.handshake(pair) == nil)
    }

    @Test func `during the signal the properties are not set, afterwards they are, and are notified once, in order`()
        throws
    {
        for accepts in [true, false] {
            let pair = try Self.distrustful()
            let diary = Diary()
            Signals.onAcceptCertificate(pair.client) { [client = pair.client] _, _ in
                let isSet = g_dtls_connection_get_peer_certificate(client) != nil
                let errors = g_dtls_connection_get_peer_certificate_errors(client)
                diary.note("asked \(isSet) \(errors.rawValue)")
                return accepts
            }
            Signals.onNotify(pair.client) { [client = pair.client] name in
                guard name.hasPrefix("peer-certificate") else { return }
                let isSet = g_dtls_connection_get_peer_certificate(client) != nil
                diary.note("\(name) \(isSet) \(g_dtls_connection_get_peer_certificate_errors(client).rawValue)")
            }
            #expect((try Self.handshake(pair) == nil) == accepts)
            #expect(diary.words == ["asked false 0", "peer-certificate true 1", "peer-certificate-errors true 1"])
        }
    }

    @Test func `a blocking call asks in its own thread, with the context that the thread has`() throws {
        for hasContext in [false, true] {
            let pair = try Self.distrustful()
            let loop = hasContext ? Loop() : nil
            let diary = Diary()
            Signals.onAcceptCertificate(pair.client) { _, _ in
                diary.note("asked")
                return true
            }
            Signals.onNotify(pair.client) { diary.note($0) }
            #expect(try Self.handshake(pair) == nil)
            #expect(Set(diary.entries.map(\.thread)) == [Diary.thisThread])
            #expect(Set(diary.entries.map(\.context)) == [Diary.thisContext])
            #expect(diary.words.first == "asked")
            withExtendedLifetime(loop) {}
        }
    }

    @Test func `an asynchronous handshake asks in the context where it began, before its callback`() throws {
        let loop = Loop()
        let pair = try Self.distrustful()
        let diary = Diary()
        Signals.onAcceptCertificate(pair.client) { _, _ in
            diary.note("asked")
            return true
        }
        Signals.onNotify(pair.client) { diary.note($0) }
        let results = [AsyncTests.handshake(pair.client), AsyncTests.handshake(pair.server)]
        #expect(
            loop.run {
                if results[0].isDone, diary.words.last != "done" { diary.note("done") }
                return results.allSatisfy(\.isDone)
            }
        )
        #expect(results.allSatisfy { $0.error == nil })
        #expect(diary.words.first == "asked" && diary.words.last == "done")
        #expect(Set(diary.entries.map(\.thread)) == [Diary.thisThread])
        #expect(Set(diary.entries.map(\.context)) == [Diary.thisContext])
    }

    @Test func `what the flags do not ask about is accepted in silence`() throws {
        for (validation, isAsked) in [
            (G_TLS_CERTIFICATE_NO_FLAGS, false), (G_TLS_CERTIFICATE_BAD_IDENTITY | G_TLS_CERTIFICATE_EXPIRED, false),
            (G_TLS_CERTIFICATE_UNKNOWN_CA, true), (G_TLS_CERTIFICATE_VALIDATE_ALL, true),
        ] {
            let pair = try Conversation(validation: validation)
            g_dtls_connection_set_database(pair.client, nil)
            var flags: GTlsCertificateFlags?
            Signals.onAcceptCertificate(pair.client) { _, problems in
                flags = problems
                return true
            }
            #expect(try Self.handshake(pair) == nil)
            #expect((flags != nil) == isAsked)
            // All problems are told, whatever was asked about.
            #expect(g_dtls_connection_get_peer_certificate_errors(pair.client) == G_TLS_CERTIFICATE_UNKNOWN_CA)
        }
    }

    @Test func `nobody is asked about a certificate without problems`() throws {
        let pair = try Conversation(validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        let database = try Object { g_tls_file_database_new(try? TestPKI.shared.authorityPath, $0) }
        g_dtls_connection_set_database(pair.client, database.pointer)
        var isAsked = false
        Signals.onAcceptCertificate(pair.client) { _, _ in
            isAsked = true
            return false
        }
        #expect(try Self.handshake(pair) == nil)
        #expect(!isAsked)
        #expect(g_dtls_connection_get_peer_certificate_errors(pair.client) == G_TLS_CERTIFICATE_NO_FLAGS)
    }

    @Test func `a blocking call inside a handler is refused, and one that does not wait says so`() throws {
        let pair = try Self.distrustful()
        var errors: [GLibError?] = []
        Signals.onAcceptCertificate(pair.client) { [client = pair.client] _, _ in
            errors = [
                DTLS.error { try DTLS.handshake(client) }, DTLS.error { try DTLS.close(client) },
                DTLS.error { _ = try DTLS.send(client, [1]) }, DTLS.error { _ = try DTLS.receive(client, timeout: 0) },
            ]
            return true
        }
        #expect(try Self.handshake(pair) == nil)
        #expect(errors.prefix(3).allSatisfy { $0?.isIO(G_IO_ERROR_FAILED) == true })
        #expect(errors.last??.isIO(G_IO_ERROR_WOULD_BLOCK) == true)
    }

    @Test func `the application may emit the signal itself`() throws {
        let pair = try Self.distrustful()
        let certificate = try TestPKI.shared.client
        var seen: GTlsCertificateFlags?
        let emit = {
            g_dtls_connection_emit_accept_certificate(pair.client, certificate, G_TLS_CERTIFICATE_EXPIRED) != 0
        }
        #expect(!emit())
        Signals.onAcceptCertificate(pair.client) { _, flags in
            seen = flags
            return true
        }
        #expect(emit())
        #expect(seen == G_TLS_CERTIFICATE_EXPIRED)
    }

    @Suite(.serialized) struct Subclasses {
        /// Both handshakes, the client an object of a subclass whose answer is `body`.
        private func handshake(
            _ route: ClientSubclass.Route,
            handler: Bool? = nil,
            _ body: @escaping (GTlsCertificateFlags) -> Bool
        ) throws -> GLibError? {
            let pair = try AcceptCertificateTests.distrustful()
            ClientSubclass.answer = { _, flags in body(flags) }
            let client = try ClientSubclass.make(route, pair.clientSocket, identity: .host("localhost"))
            defer { g_object_unref(UnsafeMutableRawPointer(client)) }
            g_dtls_connection_set_database(client, nil)
            if let handler { Signals.onAcceptCertificate(client) { _, _ in handler } }
            let server = Background { [server = pair.server] in DTLS.error { try DTLS.handshake(server) } }
            let error = DTLS.error { try DTLS.handshake(client) }
            try server.join()
            return error
        }

        @Test(arguments: [ClientSubclass.Route.interface, .signal])
        func `one that overrides the decision decides`(_ route: ClientSubclass.Route) throws {
            var seen: [GTlsCertificateFlags] = []
            for accepts in [true, false] {
                let error = try handshake(route) { flags in
                    seen.append(flags)
                    return accepts
                }
                #expect((error == nil) == accepts)
            }
            #expect(seen == [G_TLS_CERTIFICATE_UNKNOWN_CA, G_TLS_CERTIFICATE_UNKNOWN_CA])
        }

        @Test(arguments: [ClientSubclass.Route.interface, .signal])
        func `a handler is asked before it, and a yes of the handler is enough`(_ route: ClientSubclass.Route) throws {
            var isAsked = false
            let ask: (GTlsCertificateFlags) -> Bool = { _ in
                isAsked = true
                return true
            }
            #expect(try handshake(route, handler: true, ask) == nil)
            #expect(!isAsked)
            #expect(try handshake(route, handler: false, ask) == nil)
            #expect(isAsked)
        }
    }
}
