// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Glibc
import Testing

/// PINs that are wrong, late, refused or the last.
@Suite(.serialized) struct TokenPINTests {
    @Test func `a wrong PIN is asked for again, and the question says so`() throws {
        let user = try PasswordInteraction.answering("wrong", "x", Tokens.pin("Retry"))
        let pair = try self.pair("Retry", user)
        #expect(try pair.handshake().server == nil)
        #expect(user.questions.map { $0.has(G_TLS_PASSWORD_RETRY) } == [false, true, true])
        #expect(user.questions.allSatisfy { $0.has(G_TLS_PASSWORD_PKCS11_USER) })
    }

    @Test func `after three wrong PINs the handshake fails, and the next one asks again`() throws {
        let user = try PasswordInteraction.answering("1234", "2345", "3456", Tokens.pin("Thrice"))
        let certificate = try Tokens.certificate(try Tokens.uri("Thrice", "server"))
        let failing = try TokenPair(server: certificate)
        g_dtls_connection_set_interaction(failing.server, user.object)
        let error = try failing.serverError()
        #expect(error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD))
        #expect(error.message.contains("“Thrice”"))
        #expect(user.questions.count == 3)
        #expect(DTLS.error { try DTLS.handshake(failing.server) } == error)
        let pair = try TokenPair(server: certificate)
        g_dtls_connection_set_interaction(pair.server, user.object)
        #expect(try pair.handshake().server == nil)
    }

    @Test func `who is not asked, or does not answer, gets no key`() throws {
        let unasked = try pair("Refusing", nil).serverError()
        #expect(unasked.isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD))
        #expect(unasked.message.contains("“Refusing”"))
        let refusing = try pair("Refusing", try PasswordInteraction { _ in nil }).serverError()
        #expect(refusing.isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD))
        let failure = GLibError(domain: g_file_error_quark(), code: 2, message: "The card reader is locked")
        let failing = try pair("Refusing", try PasswordInteraction { _ in throw failure }).serverError()
        #expect(failing == failure)
        let cancelled = GLibError.io(G_IO_ERROR_CANCELLED, "The user has closed the dialog")
        let cancelling = try pair("Refusing", try PasswordInteraction { _ in throw cancelled }).serverError()
        #expect(cancelling.isIO(G_IO_ERROR_CANCELLED))
    }

    @Test func `a wrong PIN in the URI is tried once, whoever connects, and then the user is asked`() throws {
        let uri = try Tokens.uri("Wrong value", "server", by: .strict, query: "pin-value=wrong")
        let certificate = try Tokens.certificate(uri)
        try Strict.reset()
        for _ in 0..<5 {
            let error = try TokenPair(server: certificate).serverError()
            #expect(error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD))
        }
        let user = try PasswordInteraction.answering(Tokens.pin("Wrong value"))
        let pair = try TokenPair(server: certificate)
        g_dtls_connection_set_interaction(pair.server, user.object)
        #expect(try pair.handshake().server == nil)
        #expect(user.questions.map { $0.has(G_TLS_PASSWORD_MANY_TRIES) } == [true])
        #expect(user.questions.map { $0.has(G_TLS_PASSWORD_FINAL_TRY) } == [false])
    }

    @Test func `the last try before a token locks is announced, and never made with the PIN of a URI`() throws {
        try Strict.reset()
        let fumbling = try PasswordInteraction.answering("1234", "2345", nil)
        #expect(try pair("Last try", fumbling, by: .strict).serverError().isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD))
        #expect(fumbling.questions.map { $0.has(G_TLS_PASSWORD_MANY_TRIES) } == [false, true, true])
        #expect(fumbling.questions.map { $0.has(G_TLS_PASSWORD_FINAL_TRY) } == [false, false, true])

        let right = "pin-value=" + Tokens.encoded(Tokens.pin("Last try"))
        let unattended = try Tokens.certificate(try Tokens.uri("Last try", "server", by: .strict, query: right))
        #expect(try TokenPair(server: unattended).serverError().isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD))

        let careful = try PasswordInteraction.answering(Tokens.pin("Last try"))
        #expect(try pair("Last try", careful, by: .strict).handshake().server == nil)
        #expect(careful.questions.map { $0.has(G_TLS_PASSWORD_FINAL_TRY) } == [true])
        try Strict.reset()
    }

    @Test func `a locked token is not asked about`() throws {
        try Strict.reset()
        let user = try PasswordInteraction { _ in "wrong" }
        #expect(try pair("Locked", user, by: .strict).serverError().isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD))
        #expect(user.questions.count == 3)
        let error = try pair("Locked", user, by: .strict).serverError()
        #expect(error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD))
        #expect(error.message.contains("locked"))
        #expect(user.questions.count == 3)
        try Strict.reset()
    }

    @Test func `an asynchronous handshake has the user asked in the interaction's context, while that goes on`() throws
    {
        let loop = Loop()
        let user = try PasswordInteraction(isAskedHere: true) { _ in Tokens.pin("Main loop") }
        let pair = try self.pair("Main loop", user)
        let results = [pair.server, pair.client].map { connection in
            let result = AsyncResult { g_dtls_connection_handshake_finish($0, $1, $2) }
            g_dtls_connection_handshake_async(connection, 0, nil, AsyncResult.callback, result.data)
            return result
        }
        #expect(loop.run { results.allSatisfy(\.isDone) })
        #expect(results.allSatisfy { $0.error == nil })
        #expect(user.diary.entries.map(\.thread) == [Diary.thisThread])
        #expect(user.diary.entries.map(\.context) == [Diary.thisContext])
    }

    @Test func `who cancels an operation withdraws its question, and the next operation puts it again`() throws {
        let cancellable = try #require(GRef(taking: g_cancellable_new()))
        let isFirst = LockedValue(true)
        let user = try PasswordInteraction { question in
            guard
                isFirst.withLock({
                    let first = $0; $0 = false; return first
                })
            else { return Tokens.pin("Withdrawn") }
            g_cancellable_cancel(cancellable.pointer)
            #expect(question.awaitCancellation())
            throw GLibError.io(G_IO_ERROR_CANCELLED, "Withdrawn")
        }
        let pair = try TokenPair(
            server: try CertificateFiles.credentials("server"),
            client: try Tokens.certificate(try Tokens.uri("Withdrawn", "client"))
        )
        g_dtls_connection_set_interaction(pair.client, user.object)
        let server = Background { DTLS.error { try DTLS.handshake(pair.server) } }
        let cancelled = Background { DTLS.error { try DTLS.handshake(pair.client, cancellable.pointer) } }
        #expect(try cancelled.join()?.isIO(G_IO_ERROR_CANCELLED) == true)
        #expect(DTLS.error { try DTLS.handshake(pair.client) } == nil)
        #expect(try server.join() == nil)
        #expect(user.questions.count == 2)
    }

    @Test(arguments: [("One session", "one session"), ("Each time", "for each signature")])
    func `a key that cannot be used as it should is refused, in words`(_ token: String, _ words: String) throws {
        let user = try PasswordInteraction.answering(Tokens.pin(token))
        let error = try pair(token, user, by: .strict).serverError()
        #expect(error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE))
        #expect(error.message.contains("“\(token)”"))
        #expect(error.message.contains(words))
    }

    @Test func `many handshakes at once may ask at once, and all get the key`() throws {
        let certificate = try Tokens.certificate(try Tokens.uri("Many", "server"))
        let user = try (0..<8).map { _ in try PasswordInteraction { _ in Tokens.pin("Many") } }
        let pairs = try user.map { user in
            let pair = try TokenPair(server: certificate)
            g_dtls_connection_set_interaction(pair.server, user.object)
            return Background { try pair.handshake() }
        }
        for pair in pairs {
            let errors = try pair.join()
            #expect(errors.client == nil && errors.server == nil)
        }
        #expect(user.contains { !$0.questions.isEmpty })
    }

    private func pair(_ token: String, _ user: PasswordInteraction?, by module: Tokens.Module = .path) throws
        -> TokenPair
    {
        let pair = try TokenPair(server: try Tokens.certificate(try Tokens.uri(token, "server", by: module)))
        if let user { g_dtls_connection_set_interaction(pair.server, user.object) }
        // The connection holds the GTlsInteraction alone, which asks the harness for as long as that lives.
        if let user { kept.append(user) }
        return pair
    }

    private let kept = Kept()

    private final class Kept {
        private var users: [PasswordInteraction] = []
        func append(_ user: PasswordInteraction) { users.append(user) }
    }
}

/// The counter of Tests/support/strict-module.c.
private enum Strict {
    static func reset() throws {
        // RTLD_NOW alone: the module is the same one that the library has opened.
        let module = try #require(dlopen(try Tokens.strictModule, RTLD_NOW))
        let symbol = try #require(dlsym(module, "strict_module_reset"))
        // unsafeBitCast: dlsym knows no types.
        unsafeBitCast(symbol, to: (@convention(c) () -> Void).self)()
    }
}
