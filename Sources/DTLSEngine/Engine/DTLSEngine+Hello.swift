// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Hellos and cookies. Nobody has proved anything at this point, so each end has to be ready to go back to it.
extension DTLSEngine {
    // MARK: Client

    /// Answers whoever asks for a cookie, without libssl: it could not go back to a server that asks for none.
    func considerCookies(now: Instant) {
        guard let requests = exchange?.reassembly.messages(.helloVerifyRequest, sequence: 0), !requests.isEmpty else {
            return
        }
        exchange?.reassembly.forget(.helloVerifyRequest, sequence: 0)
        for request in requests {
            guard let cookie = HelloVerifyRequest(request.message.body)?.cookie else {
                statistics.drop(.implausible)
                continue
            }
            if exchange?.cookies.note(cookie) == true {
                if let hello = hello(with: cookie) { say(Flight([hello]), now: now) }
            } else if exchange?.cookies.used == cookie {
                // The answer to it was lost, or a hello without one has been heard.
                answerRepetition(now: now)
            }
        }
    }

    /// The hello to repeat, where there is a choice.
    func nextHello() -> Flight? {
        guard role == .client, case .serverFlight = exchange?.awaited, exchange?.cookies.asked.isEmpty == false else {
            return nil
        }
        if let cookie = exchange?.cookies.next() { return hello(with: cookie).map { Flight([$0]) } }
        return exchange?.hello.map { Flight([.message($0, version: RecordHeader.version10)]) }
    }

    private func hello(with cookie: [UInt8]) -> Flight.Item? {
        guard let first = exchange?.hello, let hello = ClientHello(first.body) else { return nil }
        return .message(hello.with(cookie: cookie, sequence: 1), version: RecordHeader.version12)
    }

    /// Tells libssl of the cookie that the server has taken, and takes its hello for the one that was sent already.
    ///
    /// - Returns: whether it is the same; if not it is sent, and the server has to answer again.
    func takeCookie(now: Instant) -> Bool {
        if exchange?.cookies.isTaken == true { return true }
        guard let cookie = exchange?.cookies.used, case .message(let sent, _)? = hello(with: cookie) else {
            return false
        }
        exchange?.cookies.isTaken = true
        deliver([HelloVerifyRequest(cookie: cookie).message(sequence: 0)], version: RecordHeader.version12)
        advanceHandshake(now: now)
        guard let item = exchange?.written.first, case .message(let written, _) = item, written == sent else {
            return false
        }
        exchange?.flight = Flight([item])
        exchange?.written = []
        return true
    }

    // MARK: Server

    /// Answers the first hello that comes.
    func considerHello(now: Instant) {
        for received in exchange?.reassembly.messages(.clientHello, sequence: 0) ?? [] {
            if ClientHello(received.message.body) == nil {
                statistics.drop(.implausible)
                continue
            }
            return takeHello(received.message, now: now)
        }
    }

    /// Another whole hello, while the first one's client is expected to go on.
    ///
    /// One of the two is forged, or the client has started anew. Whoever comes back with a cookie is at the client's
    /// address; somebody who only forges it is not.
    func considerContestedHello(now: Instant) {
        for sequence: UInt16 in 0...1 {
            for received in exchange?.reassembly.messages(.clientHello, sequence: sequence) ?? []
            // The others have been considered when they came; they stay for what fragments may be under way.
            where received.newest == exchange?.datagrams {
                guard let hello = ClientHello(received.message.body) else {
                    statistics.drop(.implausible)
                    continue
                }
                if received.message == exchange?.hello {
                    statistics.drop(.repeated)
                    answerRepetition(now: now)
                } else if let own = exchange?.cookies.own, sequence == 1, hello.cookie.elementsEqual(own) {
                    return startAnew(with: received.message, hello, now: now)
                } else if sequence == 0 {
                    statistics.drop(.implausible)
                    askForCookie()
                } else {
                    statistics.drop(.implausible)
                }
            }
        }
    }

    /// Whether libssl has been given a hello and has not answered it.
    var isHelloAlone: Bool {
        role == .server && exchange?.hello != nil && exchange?.flight.isEmpty == true
    }

    /// So long a server that has refused a hello waits for another, in microseconds.
    private static let refusalPatience: Int64 = 3_000_000

    /// Libssl refuses a hello, and has told its sender.
    ///
    /// That may have been anybody, so there is another chance for somebody else.
    func refuseHello(_ error: EngineError, now: Instant) {
        guard replaceSSL(now: now) else { return }
        guard case .handshaking(var handshake) = state, handshake.hint == nil else { return }
        handshake.hint = (error, now + Self.refusalPatience)
        state = .handshaking(handshake)
    }

    private func takeHello(_ hello: HandshakeMessage, now: Instant) {
        exchange?.hello = hello
        exchange?.consume([hello], thenAwaiting: .clientFlight)
        deliver([hello], version: RecordHeader.version12)
        advanceHandshake(now: now)
        // Libssl took it.
        if case .clientFlight = exchange?.awaited, case .handshaking(var handshake) = state {
            handshake.hint = nil
            state = .handshaking(handshake)
        }
    }

    /// The request is smaller than any hello: nobody gains by forging one.
    private func askForCookie() {
        if exchange?.cookies.own == nil {
            var cookie = [UInt8](repeating: 0, count: 16)
            guard OpenSSL.call(failure: 0, { RAND_bytes(&cookie, Int32(cookie.count)) }) == 1 else { return }
            exchange?.cookies.own = cookie
        }
        guard let cookie = exchange?.cookies.own else { return }
        let request = HelloVerifyRequest(cookie: cookie).message(sequence: 0)
        sendPlaintext(.handshake, request.bytes, version: RecordHeader.version10)
    }

    /// Forgets the first hello's client for one that is at the client's address.
    private func startAnew(with message: HandshakeMessage, _ hello: ClientHello, now: Instant) {
        let cookies = exchange?.cookies ?? Cookies()
        guard replaceSSL(now: now) else { return }
        exchange?.cookies = cookies
        exchange?.hello = message
        let ssl = self.ssl
        _ = SSL_set_options(ssl, COpenSSL_SSL_OP_COOKIE_EXCHANGE)
        // Libssl asks for the cookie once more, by itself: only then does it count messages as this client does.
        deliver([hello.with(cookie: [], sequence: 0)], version: RecordHeader.version12)
        advanceHandshake(now: now)
        exchange?.written = []
        exchange?.consume([message], thenAwaiting: .clientFlight)
        deliver([message], version: RecordHeader.version12)
        advanceHandshake(now: now)
    }

    /// Makes libssl forget everything, as only a server can that has not been believed yet.
    private func replaceSSL(now: Instant) -> Bool {
        do throws(OpenSSLError) {
            let fresh = try OpenSSL.make { SSL_new(configuration.context.pointer) }
            SSL_free(ssl)
            ssl = fresh
            try configureSSL()
        } catch {
            fail(EngineError(.resourcesExhausted, error))
            return false
        }
        bio.inbox.removeAll()
        var fresh = Exchange(role: role)
        fresh.reassembly = exchange?.reassembly ?? Reassembly()
        fresh.datagrams = exchange?.datagrams ?? 0
        exchange = fresh
        peerChain = []
        return true
    }

    /// Given to `SSL_CTX_set_cookie_generate_cb`.
    static let cookieCallback:
        @convention(c) (OpenSSLPointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt32>?) -> Int32 = {
            ssl,
            cookie,
            length in
            guard let ssl, let own = DTLSEngine.of(ssl)?.exchange?.cookies.own, let cookie, let length else { return 0 }
            cookie.update(from: own, count: own.count)
            length.pointee = UInt32(own.count)
            return 1
        }

    /// Given to `SSL_CTX_set_cookie_verify_cb`.
    static let cookieCheckCallback: @convention(c) (OpenSSLPointer?, UnsafePointer<UInt8>?, UInt32) -> Int32 = {
        ssl,
        cookie,
        length in
        guard let ssl, let own = DTLSEngine.of(ssl)?.exchange?.cookies.own, let cookie else { return 0 }
        return own.elementsEqual(UnsafeBufferPointer(start: cookie, count: Int(length))) ? 1 : 0
    }
}
