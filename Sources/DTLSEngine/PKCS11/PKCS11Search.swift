// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL
internal import CPKCS11

extension PKCS11Session {
    /// A certificate of a token.
    public struct FoundCertificate: Sendable {
        /// The certificate.
        public let x509: X509Certificate
        /// The identifier that it shares with its key; may be empty.
        public let id: [UInt8]
        /// Where it is.
        public let token: PKCS11Token
    }

    /// The first certificate that the URI names; `nil` where this user sees none.
    ///
    /// - Throws: ``PKCS11Error``.
    public func certificate(_ uri: PKCS11URI) throws(PKCS11Error) -> FoundCertificate? {
        for object in try objects(CKO_CERTIFICATE, matching: uri) where isX509(object) {
            guard let der = value(CKA_VALUE, of: object.handle) else { continue }
            do throws(OpenSSLError) {
                return FoundCertificate(x509: try X509Certificate(der: der), id: object.id, token: token)
            } catch {
                throw PKCS11Error(.failed, "A certificate in “\(token.name)” cannot be read: \(error)")
            }
        }
        return nil
    }

    /// The private key of a certificate, used where it is; `nil` where this user sees no key that the URI names.
    ///
    /// The key keeps the session, and thereby a login, for as long as it lives. One caller at a time.
    ///
    /// - Parameters:
    ///   - uri: the key's; or its certificate's, where both have what the URI says in common.
    ///   - certificate: whose key it must be.
    ///   - id: the identifier of the certificate's object, which tells the key where the URI does not.
    ///   - bridge: makes OpenSSL use the key.
    /// - Returns: the key; `nil` where there is none to be seen.
    /// - Throws: ``PKCS11Error``.
    public func key(
        _ uri: PKCS11URI,
        of certificate: X509Certificate,
        id: [UInt8]?,
        bridge: any PKCS11Bridge
    ) throws(PKCS11Error) -> PrivateKey? {
        var candidates = try objects(CKO_PRIVATE_KEY, matching: uri)
        if let id, !id.isEmpty {
            if candidates.isEmpty { candidates = try objects(CKO_PRIVATE_KEY, matching: uri, id: id) }
            candidates = candidates.filter { $0.id == id } + candidates.filter { $0.id != id }
        }
        guard !candidates.isEmpty else { return nil }
        // The bridge needs a session besides this one, and some wait for it for ever.
        guard !token.isLimitedToOneSession else {
            throw PKCS11Error(.failed, "“\(token.name)” allows one session at a time, and to use its key takes two")
        }
        var lastError: OpenSSLError?
        for candidate in candidates {
            do throws(OpenSSLError) {
                let key = PrivateKey(taking: try bridge.key(token.uri(ofKey: candidate)).pointer, of: self)
                ERR_clear_error()
                guard certificate.matches(key) else { continue }
                try refuseIfAskingEachTime(candidate)
                return key
            } catch {
                lastError = error
            }
        }
        let reason = lastError.map(\.description) ?? "it does not belong to the certificate"
        throw PKCS11Error(.objectAbsent, "The private key in “\(token.name)” cannot be used: \(reason)")
    }

    /// Keys that want the PIN for each signature would ask in the middle of a handshake, with nobody to answer.
    private func refuseIfAskingEachTime(_ key: PKCS11Object) throws(OpenSSLError) {
        guard isSet(CKA_ALWAYS_AUTHENTICATE, of: key.handle) else { return }
        throw OpenSSLError(reason: "it wants the PIN for each signature, which is not supported")
    }

    private func isX509(_ object: PKCS11Object) -> Bool {
        guard let type = value(CKA_CERTIFICATE_TYPE, of: object.handle) else { return true }
        return type == withUnsafeBytes(of: CKC_X_509) { Array($0) }
    }
}
