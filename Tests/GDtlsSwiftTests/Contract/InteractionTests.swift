// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// GTlsInteraction: a client that is asked for a certificate and has none set.
@Suite struct InteractionTests {
    /// A pair whose server asks for a certificate, and accepts that of the test's authority.
    static func pair(_ mode: GTlsAuthenticationMode = G_TLS_AUTHENTICATION_REQUIRED) throws -> Conversation {
        let pair = try Conversation()
        let trust = try Object { g_tls_file_database_new(try? TestPKI.shared.authorityPath, $0) }
        g_dtls_connection_set_database(pair.server, trust.pointer)
        try Properties.setAuthenticationMode(pair.server, mode)
        Signals.onAcceptCertificate(pair.server) { _, flags in flags == G_TLS_CERTIFICATE_NO_FLAGS }
        return pair
    }

    /// Both handshakes, blocking, the client's in this thread; the errors of client and server.
    static func handshake(
        _ pair: Conversation,
        _ cancellable: UnsafeMutablePointer<GCancellable>? = nil
    ) throws -> (client: GLibError?, server: GLibError?) {
        let server = Background { [server = pair.server] in DTLS.error { try DTLS.handshake(server) } }
        let client = DTLS.error { try DTLS.handshake(pair.client, cancellable) }
        return (client, try server.join())
    }

    private static func hasClientsCertificate(_ server: OpaquePointer) throws -> Bool {
        guard let known = g_dtls_connection_get_peer_certificate(server) else { return false }
        return g_tls_certificate_is_same(known, try TestPKI.shared.client) != 0
    }

    // MARK: Answers

    @Test(arguments: [Interaction.Style.sync, .async])
    func `HANDLED shows the certificate that was just set`(_ style: Interaction.Style) throws {
        let loop = Loop()
        let pair = try Self.pair()
        let interaction = try Interaction.setting(TestPKI.shared.client, style)
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        let errors = try Self.handshake(pair)
        #expect(errors.client == nil && errors.server == nil)
        #expect(interaction.diary.words == ["asked"])
        #expect(try Self.hasClientsCertificate(pair.server))
        #expect(try g_dtls_connection_get_certificate(pair.client) == TestPKI.shared.client)
        withExtendedLifetime(loop) {}
    }

    @Test func `UNHANDLED, and an interaction that cannot answer, go on without`() throws {
        for style in Interaction.Style.allCases {
            let loop = Loop()
            let interaction = try Interaction(style) { _ in G_TLS_INTERACTION_UNHANDLED }
            let requested = try Self.pair(G_TLS_AUTHENTICATION_REQUESTED)
            g_dtls_connection_set_interaction(requested.client, interaction.object)
            let served = try Self.handshake(requested)
            #expect(served.client == nil && served.server == nil)

            let required = try Self.pair()
            g_dtls_connection_set_interaction(required.client, interaction.object)
            let refused = try Self.handshake(required)
            #expect(refused.client?.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) == true)
            #expect(refused.server?.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) == true)
            #expect(interaction.diary.words == (style == .mute ? [] : ["asked", "asked"]))
            withExtendedLifetime(loop) {}
        }
    }

    @Test(arguments: [Interaction.Style.sync, .async])
    func `FAILED fails the handshake with the interaction's own error, for good, and the server hears of it`(
        _ style: Interaction.Style
    ) throws {
        let loop = Loop()
        let pair = try Self.pair()
        let failure = GLibError(domain: g_file_error_quark(), code: 2, message: "The card reader is locked")
        let interaction = try Interaction(style) { _ in throw failure }
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        let errors = try Self.handshake(pair)
        #expect(errors.client == failure)
        #expect(errors.client?.message == failure.message)
        #expect(errors.server?.isTLS(G_TLS_ERROR_EOF) == true)
        #expect(DTLS.error { try DTLS.handshake(pair.client) } == failure)
        #expect(DTLS.error { _ = try DTLS.send(pair.client, [1]) } == failure)
        #expect(interaction.diary.words == ["asked"])
        try DTLS.close(pair.client)
        withExtendedLifetime(loop) {}
    }

    @Test func `a user who gives up fails the handshake for good, since nobody cancelled the operation`() throws {
        let pair = try Self.pair()
        let interaction = try Interaction(.sync) { _ in
            throw GLibError.io(G_IO_ERROR_CANCELLED, "The user has closed the dialog")
        }
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        #expect(try Self.handshake(pair).client?.isIO(G_IO_ERROR_CANCELLED) == true)
        #expect(DTLS.error { try DTLS.handshake(pair.client) }?.isIO(G_IO_ERROR_CANCELLED) == true)
        #expect(interaction.diary.words == ["asked"])
    }

    @Test func `who has a certificate set is not asked, nor who is asked for none`() throws {
        let interaction = try Interaction(.sync) { _ in G_TLS_INTERACTION_UNHANDLED }
        let own = try Self.pair()
        g_dtls_connection_set_interaction(own.client, interaction.object)
        g_dtls_connection_set_certificate(own.client, try TestPKI.shared.client)
        #expect(try Self.handshake(own).client == nil)
        let none = try Self.pair(G_TLS_AUTHENTICATION_NONE)
        g_dtls_connection_set_interaction(none.client, interaction.object)
        #expect(try Self.handshake(none).client == nil)
        #expect(interaction.diary.words.isEmpty)
    }

    @Test func `a certificate set without its key is as good as none, and the interaction is not asked`() throws {
        let pair = try Self.pair()
        let path = try TestPKI.shared.directory + "/client.pem"
        let certificate = try Object { g_tls_certificate_new_from_file(path, $0) }
        g_dtls_connection_set_certificate(pair.client, certificate.pointer)
        #expect(try Self.handshake(pair).client?.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) == true)
    }

    // MARK: What it gets to see

    @Test func `the interaction sees the connection's properties, and the authorities that the server accepts`() throws
    {
        let pair = try Self.pair()
        let database = try Object { g_tls_file_database_new(try? TestPKI.shared.authorityPath, $0) }
        g_dtls_connection_set_database(pair.client, database.pointer)
        var seen: [Bool] = []
        let interaction = try Interaction(.sync) { request in
            let proxy = OpaquePointer(request.connection)
            let identity = g_tls_client_connection_get_server_identity(proxy)
            seen = [
                g_tls_connection_get_database(request.connection) == database.pointer,
                g_tls_connection_get_certificate(request.connection) == nil,
                g_tls_connection_get_peer_certificate(request.connection) != nil,
                identity == g_dtls_client_connection_get_server_identity(pair.client),
                try Properties.acceptedAuthorities(proxy)?.count == 1,
                try Properties.acceptedAuthorities(pair.client)?.count == 1,
                g_io_stream_get_input_stream(request.connection.stream) == nil,
                g_io_stream_close(request.connection.stream, nil, nil) != 0,
                DTLS.error { _ = try withGError { g_tls_connection_handshake(request.connection, nil, $0) } }?
                    .isIO(G_IO_ERROR_NOT_SUPPORTED) == true,
            ]
            g_tls_connection_set_certificate(request.connection, try TestPKI.shared.client)
            return G_TLS_INTERACTION_HANDLED
        }
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        #expect(try Self.handshake(pair).client == nil)
        #expect(seen == [Bool](repeating: true, count: 9))
    }

    @Test func `an interaction that keeps what it saw does not keep the connection`() throws {
        var kept: UnsafeMutablePointer<GTlsConnection>?
        let interaction = try Interaction(.sync) { request in
            kept = request.connection
            g_object_ref(request.connection)
            g_tls_connection_set_certificate(request.connection, try TestPKI.shared.client)
            return G_TLS_INTERACTION_HANDLED
        }
        let watched: GWeak<OpaquePointer>
        do {
            let pair = try Self.pair()
            watched = GWeak(pair.client)
            g_dtls_connection_set_interaction(pair.client, interaction.object)
            #expect(try Self.handshake(pair).client == nil)
        }
        #expect(watched.upgrade() == nil)
        let proxy = try #require(kept)
        #expect(g_tls_connection_get_certificate(proxy) == nil)
        g_tls_connection_set_certificate(proxy, try TestPKI.shared.client)
        g_object_unref(proxy)
    }

    // MARK: Threads and contexts

    @Test(arguments: [Interaction.Style.sync, .async])
    func `a blocking call in another thread has the interaction asked in its own context`(_ style: Interaction.Style)
        throws
    {
        let loop = Loop()
        let pair = try Self.pair()
        let interaction = try Interaction.setting(TestPKI.shared.client, style)
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        let done = LockedValue<(client: GLibError?, server: GLibError?)?>(nil)
        let work = Background {
            let errors = try Self.handshake(pair)
            done.withLock { $0 = errors }
        }
        #expect(loop.runOwning { done.withLock { $0 != nil } })
        try work.join()
        let errors = try #require(done.withLock { $0 })
        #expect(errors.client == nil && errors.server == nil)
        #expect(interaction.diary.entries.map(\.thread) == [Diary.thisThread])
        #expect(interaction.diary.entries.map(\.context) == [Diary.thisContext])
    }

    @Test(arguments: [Interaction.Style.sync, .async])
    func `an asynchronous handshake has it asked in its own context`(_ style: Interaction.Style) throws {
        let loop = Loop()
        let pair = try Self.pair()
        let interaction = try Interaction.setting(TestPKI.shared.client, style)
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        let results = [AsyncTests.handshake(pair.client), AsyncTests.handshake(pair.server)]
        #expect(loop.runOwning { results.allSatisfy(\.isDone) })
        #expect(results.allSatisfy { $0.error == nil })
        #expect(interaction.diary.entries.map(\.thread) == [Diary.thisThread])
        #expect(interaction.diary.entries.map(\.context) == [Diary.thisContext])
    }

    @Test(arguments: [Interaction.Style.sync, .async])
    func `a call that blocks the interaction's own context asks itself, even if another thread has begun to`(
        _ style: Interaction.Style
    ) throws {
        let loop = Loop()
        let pair = try Self.pair()
        let interaction = try Interaction.setting(TestPKI.shared.client, style)
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        // The handshake begins in the background, for this context, which nobody iterates from now on.
        #expect(DTLS.error { _ = try DTLS.receive(pair.client, timeout: 0) }?.isIO(G_IO_ERROR_WOULD_BLOCK) == true)
        let server = Background { [server = pair.server] in try DTLS.handshake(server) }
        #expect(loop.awaitPending())
        try DTLS.handshake(pair.client)
        try server.join()
        #expect(try Self.hasClientsCertificate(pair.server))
        #expect(interaction.diary.words == ["asked"])
        // The other thread's question comes when the context is iterated again; nobody waits for the answer.
        #expect(loop.run { interaction.diary.words == ["asked", "withdrawn"] }, "\(interaction.diary.words)")
    }

    @Test func `questions that wait for their answer hold up no other connection`() throws {
        let loop = Loop()
        let interaction = try Interaction(.async) { request in
            g_tls_connection_set_certificate(request.connection, try TestPKI.shared.client)
            return G_TLS_INTERACTION_HANDLED
        }
        // Their interaction's context is not iterated while the others shake hands.
        var waiting: [Conversation] = []
        for _ in 0..<12 {
            let pair = try Self.pair()
            g_dtls_connection_set_interaction(pair.client, interaction.object)
            for end in [pair.client, pair.server] { _ = DTLS.error { _ = try DTLS.receive(end, timeout: 0) } }
            waiting.append(pair)
        }
        #expect(loop.awaitPending())
        let other = Background {
            let loop = Loop()
            let pair = try Conversation()
            let results = [AsyncTests.handshake(pair.client), AsyncTests.handshake(pair.server)]
            return loop.run { results.allSatisfy(\.isDone) } && results.allSatisfy { $0.error == nil }
        }
        #expect(try other.join())
        #expect(loop.runOwning { interaction.diary.words.count == 12 })
    }

    @Test func `a blocking call inside the interaction is refused`() throws {
        let pair = try Self.pair()
        var error: GLibError?
        let interaction = try Interaction(.sync) { [client = pair.client] request in
            error = DTLS.error { try DTLS.close(client) }
            g_tls_connection_set_certificate(request.connection, try TestPKI.shared.client)
            return G_TLS_INTERACTION_HANDLED
        }
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        #expect(try Self.handshake(pair).client == nil)
        #expect(error?.isIO(G_IO_ERROR_FAILED) == true)
    }

    // MARK: Cancellation

    /// Waits for the withdrawal at the first time, sets the certificate at the second.
    private static func patient(_ style: Interaction.Style) throws -> Interaction {
        let count = LockedValue(0)
        return try Interaction(style) { request in
            let time = count.withLock { count in
                count += 1
                return count
            }
            if time == 1 {
                guard request.awaitCancellation() else { return G_TLS_INTERACTION_UNHANDLED }
                throw GLibError.io(G_IO_ERROR_CANCELLED, "Operation was cancelled")
            }
            g_tls_connection_set_certificate(request.connection, try TestPKI.shared.client)
            return G_TLS_INTERACTION_HANDLED
        }
    }

    @Test(arguments: [Interaction.Style.sync, .async])
    func `cancelling a blocking call reaches the interaction, and the next call asks again`(_ style: Interaction.Style)
        throws
    {
        let loop = Loop()
        let pair = try Self.pair()
        let interaction = try Self.patient(style)
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        let server = Background { [server = pair.server] in try DTLS.handshake(server) }
        let cancellable = g_cancellable_new()
        defer { g_object_unref(cancellable) }
        let cancelling = Background { [address = UInt(bitPattern: cancellable)] in
            while interaction.diary.words.isEmpty { usleep(1000) }
            g_cancellable_cancel(UnsafeMutablePointer(bitPattern: address))
        }
        let error = DTLS.error { try DTLS.handshake(pair.client, cancellable) }
        #expect(error?.isIO(G_IO_ERROR_CANCELLED) == true)
        try cancelling.join()
        try DTLS.handshake(pair.client)
        try server.join()
        #expect(interaction.diary.words == ["asked", "asked"])
        #expect(try Self.hasClientsCertificate(pair.server))
        withExtendedLifetime(loop) {}
    }

    @Test func `cancelling an asynchronous handshake reaches the interaction, and the next one asks again`() throws {
        let pair = try Self.pair()
        // The interaction's context is another thread's, as that of a program's window would be.
        let window = Window()
        let interaction = try window.perform { try Self.patient(.sync) }
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        let loop = Loop()
        let cancellable = g_cancellable_new()
        defer { g_object_unref(cancellable) }
        let server = AsyncTests.handshake(pair.server)
        let cancelled = AsyncTests.handshake(pair.client, cancellable)
        #expect(loop.run { !interaction.diary.words.isEmpty })
        #expect(!cancelled.isDone)
        g_cancellable_cancel(cancellable)
        #expect(loop.run { cancelled.isDone })
        #expect(cancelled.error?.isIO(G_IO_ERROR_CANCELLED) == true)
        let next = AsyncTests.handshake(pair.client)
        #expect(loop.run { next.isDone && server.isDone })
        #expect(next.error == nil && server.error == nil)
        #expect(interaction.diary.words == ["asked", "asked"])
        #expect(Set(interaction.diary.entries.map(\.thread)) == [window.thread])
    }

    @Test func `dropping the connection withdraws the question`() throws {
        let window = Window()
        let interaction = try window.perform { try Self.patient(.sync) }
        var pair: Conversation? = try Self.pair()
        if let pair {
            g_dtls_connection_set_interaction(pair.client, interaction.object)
            for end in [pair.client, pair.server] { _ = DTLS.error { _ = try DTLS.receive(end, timeout: 0) } }
        }
        let limit = Date() + 30
        while interaction.diary.words.isEmpty, Date() < limit { usleep(1000) }
        pair = nil
        // The window's thread is free again as soon as the interaction has seen the withdrawal.
        #expect(try window.perform { true })
        #expect(interaction.diary.words == ["asked"])
    }
}

/// A thread with a main loop of its own.
final class Window: @unchecked Sendable {  // unchecked: a main context is thread-safe
    let context: MainContext
    private(set) var thread: UInt = 0
    private let isClosed = LockedValue(false)
    private var worker: Background<Void>?

    init() {
        let context = MainContext()
        self.context = context
        let isClosed = isClosed
        worker = Background {
            context.asThreadDefault {
                while !isClosed.withLock({ $0 }) { context.iterate(mayBlock: true) }
            }
        }
        thread = (try? perform { Diary.thisThread }) ?? 0
    }

    deinit {
        isClosed.withLock { $0 = true }
        context.wakeUp()
        try? worker?.join()
    }

    /// Runs `body` in the loop and waits for it.
    func perform<R>(_ body: @escaping () throws -> R) throws -> R {
        let result = LockedValue<Result<R, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        let job = Job { result.withLock { $0 = Result(catching: body) } }
        context.invokeLater {
            job.body()
            done.signal()
        }
        done.wait()
        return try #require(result.withLock { $0 }).get()
    }

    private struct Job: @unchecked Sendable {  // unchecked: it runs once, while its maker waits
        let body: () -> Void
    }
}

extension UnsafeMutablePointer where Pointee == GTlsConnection {
    fileprivate var stream: UnsafeMutablePointer<GIOStream> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: GIOStream.self)
    }
}
