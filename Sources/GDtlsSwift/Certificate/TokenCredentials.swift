// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// A certificate in a PKCS#11 token and its key, or the key alone of a certificate from elsewhere.
///
/// The certificate is read when the object is made, if its token is there, and else when it is needed; the key when it
/// is needed, since that may take a PIN. What is found is kept for as long as the token is.
final class TokenCredentials: Sendable {
    /// What the application set, to be read back as it was; it may hold a PIN.
    let certificateText: SecretBytes?
    /// See ``certificateText``.
    let keyText: SecretBytes?

    private let certificateURI: PKCS11URI?
    private let keyURI: PKCS11URI
    private let certificate = Guarded<PKCS11Session.FoundCertificate?>(nil)
    private let key = Guarded<PrivateKey?>(nil)
    private let pinIsWrong = Guarded(false)

    /// - Parameters:
    ///   - certificate: the URI of the certificate; `nil` where it is from elsewhere.
    ///   - key: the URI of the key; without one it is the certificate's.
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE` for what is no URI.
    init?(certificate: SecretBytes?, key: SecretBytes?) throws {
        certificateText = certificate
        keyText = key
        do throws(PKCS11Error) {
            if let certificate { certificateURI = try PKCS11URI(certificate) } else { certificateURI = nil }
            if let key {
                keyURI = try PKCS11URI(key)
            } else if let certificateURI {
                keyURI = certificateURI
            } else {
                return nil
            }
        } catch {
            throw GLibError(error)
        }
    }

    /// The certificate, where it has been read.
    var knownCertificate: X509Certificate? { certificate.withLock { $0?.x509 } }

    /// The key, where it is known and its token has been there ever since.
    var knownKey: PrivateKey? {
        key.withLock { key in
            if let session = key?.session,
                !session.isUsable || session.token.flags.contains(.loginRequired) && !session.isLoggedIn
            {
                key = nil
            }
            return key
        }
    }

    /// Loads the modules that the URIs name.
    ///
    /// Blocks.
    ///
    /// - Throws: `G_IO_ERROR_NOT_SUPPORTED`, which says what to install.
    func loadModules() throws {
        try throwingGLibErrors {
            if let certificateURI { _ = try PKCS11Modules.open(for: certificateURI) }
            _ = try PKCS11Modules.open(for: keyURI)
        }
    }

    /// Reads the certificate, unless it has been read.
    ///
    /// Blocks. A token that hides its certificates is logged in to only where the URI has the PIN.
    ///
    /// - Parameter allowsAbsence: whether it is no error that the token is not there.
    /// - Returns: the certificate; `nil` where it is from elsewhere, or its token may be absent and is.
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE`, `G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD`.
    func readCertificate(allowsAbsence: Bool = false) throws -> X509Certificate? {
        guard let uri = certificateURI else { return nil }
        if let known = knownCertificate { return known }
        return try throwingGLibErrors {
            do {
                let found = try search(uri) { try $0.certificate(uri) }
                certificate.withLock { $0 = found }
                return found.x509
            } catch let error as PKCS11Error where error.code == .tokenAbsent && allowsAbsence {
                return nil
            }
        }
    }

    /// Gets hold of the key, unless it is known.
    ///
    /// Blocks, and enters application code to ask for a PIN: never under a lock.
    ///
    /// - Parameters:
    ///   - certificate: whose key it must be.
    ///   - interaction: asks for the PIN; `nil` where nobody can be asked.
    ///   - cancellable: ends it with `G_IO_ERROR_CANCELLED`.
    /// - Returns: the key, which stays in its token.
    /// - Throws: `G_TLS_ERROR_BAD_CERTIFICATE`; what ``TokenLogin/perform()`` throws.
    func findKey(
        of certificate: X509Certificate,
        interaction: UnsafeMutablePointer<GTlsInteraction>?,
        cancellable: UnsafeMutablePointer<GCancellable>?
    ) throws -> PrivateKey {
        if let known = knownKey { return known }
        try checkCancelled(cancellable)
        return try throwingGLibErrors {
            // Where the URI is the certificate's, the key is beside it.
            let companion = keyText == nil ? self.certificate.withLock { $0 } : nil
            let bridge = try PKCS11Modules.open(for: keyURI).bridge
            let found = try search(keyURI, in: companion?.token, needsLogin: true, interaction, cancellable) {
                session in
                try PKCS11Modules.inTurn { try session.key(keyURI, of: certificate, id: companion?.id, bridge: bridge) }
            }
            key.withLock { $0 = found }
            return found
        }
    }

    /// Looks in all tokens that the URI fits, first in those that are open, then in the one that a PIN opens.
    ///
    /// - Parameters:
    ///   - uri: says which tokens, and perhaps the PIN.
    ///   - place: the one token that counts, where it is known.
    ///   - needsLogin: whether it is of no use to find anything where nobody is logged in.
    ///   - interaction: asks for the PIN.
    ///   - cancellable: ends that.
    ///   - find: looks into one of them.
    /// - Returns: the first find.
    /// - Throws: ``PKCS11Error``; `G_TLS_ERROR_BAD_CERTIFICATE`; what ``TokenLogin/perform()`` throws.
    private func search<Found>(
        _ uri: PKCS11URI,
        in place: PKCS11Token? = nil,
        needsLogin: Bool = false,
        _ interaction: UnsafeMutablePointer<GTlsInteraction>? = nil,
        _ cancellable: UnsafeMutablePointer<GCancellable>? = nil,
        _ find: (PKCS11Session) throws -> Found?
    ) throws -> Found {
        let tokens = try PKCS11Modules.open(for: uri).module.tokens(matching: uri).filter {
            place?.isSame(as: $0) ?? true
        }
        if let place, tokens.isEmpty {
            throw GLibError.tls(G_TLS_ERROR_BAD_CERTIFICATE, "The PKCS #11 token “\(place.name)” is gone")
        }
        var failure: PKCS11Error?
        /// What is unfit here may be found in another token.
        func look<T>(_ body: () throws -> T?) throws -> T? {
            do {
                return try body()
            } catch let error as PKCS11Error where [.objectAbsent, .tokenAbsent, .failed].contains(error.code) {
                failure = error
                return nil
            }
        }
        let sessions = try tokens.compactMap { token in try look { try PKCS11Session(with: token) } }
        let closed = sessions.filter { $0.token.flags.contains(.loginRequired) && !$0.isLoggedIn }
        for session in sessions where !needsLogin || !closed.contains(where: { $0 === session }) {
            if let found = try look({ try find(session) }) { return found }
        }
        if needsLogin || uri.hasPIN, let session = closed.first {
            // No PIN goes to a token that it may not be meant for.
            guard closed.count == 1 else {
                throw complaint("fits several tokens that need a PIN: name one in it, with token= or serial=", closed)
            }
            let login = TokenLogin(
                session: session,
                uri: uri,
                uriPINIsWrong: pinIsWrong,
                interaction: interaction,
                cancellable: cancellable
            )
            try login.perform()
            if let found = try look({ try find(session) }) { return found }
        }
        if let failure { throw failure }
        let isHidden = !sessions.allSatisfy(\.isLoggedIn)
        throw complaint("names nothing in it\(isHidden ? " that is to be seen without its PIN" : "")", sessions)
    }

    private func complaint(_ what: String, _ sessions: [PKCS11Session]) -> GLibError {
        let names = sessions.map { "“\($0.token.name)”" }.joined(separator: ", ")
        return .tls(G_TLS_ERROR_BAD_CERTIFICATE, "PKCS #11 token \(names): the URI \(what)")
    }
}

/// Has errors of tokens thrown as those that GIO programs expect of certificates.
private func throwingGLibErrors<R>(_ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch let error as PKCS11Error {
        throw GLibError(error)
    }
}

extension GLibError {
    /// What goes wrong with tokens, as GIO programs expect it of certificates.
    fileprivate init(_ error: PKCS11Error) {
        self =
            switch error.code {
            case .notSupported: .io(G_IO_ERROR_NOT_SUPPORTED, error.description)
            case .wrongPIN, .noEntry: .tls(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD, error.description)
            case .invalidURI, .tokenAbsent, .objectAbsent, .failed:
                .tls(G_TLS_ERROR_BAD_CERTIFICATE, error.description)
            }
    }
}
