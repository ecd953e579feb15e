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
                let found = try search(uri, nil, nil) { try $0.certificate(uri) }
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
            let id = self.certificate.withLock { $0?.id }
            let bridge = try PKCS11Modules.open(for: keyURI).bridge
            let found = try search(keyURI, interaction, cancellable) { session in
                try PKCS11Modules.inTurn { try session.key(keyURI, of: certificate, id: id, bridge: bridge) }
            }
            key.withLock { $0 = found }
            return found
        }
    }

    /// Looks in all tokens that the URI fits, first as anybody may, then logged in.
    private func search<Found>(
        _ uri: PKCS11URI,
        _ interaction: UnsafeMutablePointer<GTlsInteraction>?,
        _ cancellable: UnsafeMutablePointer<GCancellable>?,
        _ find: (PKCS11Session) throws -> Found?
    ) throws -> Found {
        let sessions = try PKCS11Modules.open(for: uri).module.tokens(matching: uri).map { try PKCS11Session(with: $0) }
        for session in sessions {
            if let found = try find(session) { return found }
        }
        let closed = sessions.filter { $0.token.flags.contains(.loginRequired) && !$0.isLoggedIn }
        if closed.count > 1 {
            // No PIN goes to a token that it may not be meant for.
            let names = closed.map { "“\($0.token.name)”" }.joined(separator: ", ")
            throw GLibError.tls(
                G_TLS_ERROR_BAD_CERTIFICATE,
                "The PKCS #11 URI fits several tokens (\(names)): name one in it, with token= or serial="
            )
        }
        if let session = closed.first, interaction != nil || uri.hasPIN {
            let login = TokenLogin(
                session: session,
                uri: uri,
                uriPINIsWrong: pinIsWrong,
                interaction: interaction,
                cancellable: cancellable
            )
            try login.perform()
            if let found = try find(session) { return found }
        }
        let names = sessions.map { "“\($0.token.name)”" }.joined(separator: ", ")
        let reservation = sessions.allSatisfy(\.isLoggedIn) ? "" : ", as far as can be seen without its PIN"
        throw GLibError.tls(
            G_TLS_ERROR_BAD_CERTIFICATE,
            "The PKCS #11 token \(names) has nothing like what the URI asks for\(reservation)"
        )
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
