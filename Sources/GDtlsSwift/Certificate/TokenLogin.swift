// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// A login to a PKCS#11 token: with the PIN of the URI, or with what the user answers.
///
/// The PIN of a URI is tried once and not again if it is wrong, and never as the last try before the token locks: that is
/// made only with a PIN that was asked for with `G_TLS_PASSWORD_FINAL_TRY`. So nobody loses a token to a mistake in a
/// file, or to strangers who connect.
struct TokenLogin {
    /// Wrong answers after which a login is given up; whoever needs it asks again.
    private static let triesAtMost = 3

    let session: PKCS11Session
    let uri: PKCS11URI
    /// Whether the PIN of the URI is known to be wrong.
    let uriPINIsWrong: Guarded<Bool>
    /// Asks the user; `nil` where nobody can.
    let interaction: UnsafeMutablePointer<GTlsInteraction>?
    let cancellable: UnsafeMutablePointer<GCancellable>?

    /// What came of a PIN.
    private enum Outcome {
        case loggedIn
        case wrong
        /// Not tried: somebody else has used up tries meanwhile, which the user has to know first.
        case stale
    }

    /// Logs in, unless the process is logged in already.
    ///
    /// Enters application code and waits for it: never under a lock.
    ///
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD` for a PIN that nobody gives, that is wrong or locked;
    ///   `G_IO_ERROR_CANCELLED`; what the interaction failed with; ``PKCS11Error``.
    func perform() throws {
        var token = try session.token.refreshed()
        if session.isLoggedIn { return }
        if token.flags.contains(.hasPINPad) { return try session.logIn(nil) }
        var isRetry = false
        if let pin = try pinOfURI(token) {
            if case .loggedIn = try attempt(pin, warned: []) { return }
            uriPINIsWrong.withLock { $0 = true }
            isRetry = true
        }
        var triesLeft = Self.triesAtMost
        while triesLeft > 0 {
            token = try session.token.refreshed()
            if session.isLoggedIn { return }
            let pin = try ask(token, isRetry: isRetry)
            switch try attempt(pin, warned: token.flags) {
            case .loggedIn: return
            case .stale: continue
            case .wrong: (isRetry, triesLeft) = (true, triesLeft - 1)
            }
        }
        throw refusal("the PIN was wrong \(Self.triesAtMost) times")
    }

    private func attempt(_ pin: SecretBytes, warned: PKCS11Token.Flags) throws -> Outcome {
        try PKCS11Modules.inTurn {
            if session.isLoggedIn { return .loggedIn }
            let flags = try session.token.refreshed().flags
            if flags.contains(.finalTry), !warned.contains(.finalTry) { return .stale }
            do throws(PKCS11Error) {
                try session.logIn(pin)
                return .loggedIn
            } catch {
                if error.code == .wrongPIN { return .wrong }
                throw error
            }
        }
    }

    private func pinOfURI(_ token: PKCS11Token) throws -> SecretBytes? {
        guard uri.hasPIN, !uriPINIsWrong.withLock({ $0 }), token.flags.isDisjoint(with: [.finalTry, .locked]) else {
            return nil
        }
        return try uri.pin()
    }

    /// Asks the user.
    ///
    /// The corresponding C function is `g_tls_interaction_invoke_ask_password`.
    private func ask(_ token: PKCS11Token, isRetry: Bool) throws -> SecretBytes {
        try checkCancelled(cancellable)
        if token.flags.contains(.locked) { throw refusal("its PIN is locked") }
        guard let interaction else {
            throw refusal(
                isRetry || uri.hasPIN && token.flags.contains(.finalTry)
                    ? "the PIN of the URI is wrong, or may not be tried as the last one"
                    : "it needs a PIN: set the connection’s interaction, or pin-source in the URI"
            )
        }
        guard let password = g_tls_password_new(passwordFlags(token, isRetry: isRetry), token.name) else {
            throw refusal("there is no memory for its PIN")
        }
        defer { g_object_unref(password) }
        var error: UnsafeMutablePointer<GError>?
        let result = g_tls_interaction_invoke_ask_password(interaction, password, cancellable, &error)
        if let error = error.map({ GLibError(taking: $0) }) { throw error }
        try checkCancelled(cancellable)
        var size: gsize = 0
        guard result == G_TLS_INTERACTION_HANDLED, let value = g_tls_password_get_value(password, &size) else {
            throw refusal("the interaction gave no PIN")
        }
        return SecretBytes(copying: UnsafeRawBufferPointer(start: value, count: Int(size)))
    }

    private func passwordFlags(_ token: PKCS11Token, isRetry: Bool) -> GTlsPasswordFlags {
        var bits = G_TLS_PASSWORD_PKCS11_USER.rawValue
        if isRetry { bits |= G_TLS_PASSWORD_RETRY.rawValue }
        if token.flags.contains(.fewTriesLeft) { bits |= G_TLS_PASSWORD_MANY_TRIES.rawValue }
        if token.flags.contains(.finalTry) { bits |= G_TLS_PASSWORD_FINAL_TRY.rawValue }
        return GTlsPasswordFlags(rawValue: bits)
    }

    private func refusal(_ reason: String) -> GLibError {
        .tls(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD, "The PKCS #11 token “\(session.token.name)” stays locked: \(reason)")
    }
}
