// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// A PKCS#12 container, the usual `.p12` or `.pfx` file: a certificate with its key and those that vouch for it.
public enum PKCS12 {
    /// Why a container gave nothing.
    public enum Failure: Error, Sendable {
        /// It is encrypted, and the password is missing or not the right one.
        case wrongPassword
        /// It holds no certificate.
        case empty
        /// It is broken, or made with algorithms that this OpenSSL does not have.
        case unreadable(OpenSSLError)
    }

    /// Opens a container.
    ///
    /// The chain begins with the certificate of the key; without a key, with the container's first. Certificates that
    /// do not belong to that one's chain are left out.
    ///
    /// The corresponding C function is `PKCS12_parse`.
    ///
    /// - Parameters:
    ///   - der: the container.
    ///   - password: its password in UTF-8; `nil` where there is none, which many programs write as an empty one.
    /// - Returns: the chain and, where the container has one, the key.
    /// - Throws: ``Failure``.
    public static func open(_ der: some Collection<UInt8>, password: SecretBytes?) throws(Failure) -> Credentials {
        let contents: Contents
        do throws(OpenSSLError) { contents = try parse(der, password) } catch { throw failure(error) }
        return try credentials(contents)
    }

    /// What the container holds: the key, its certificate, and the others.
    private struct Contents {
        var key: PrivateKey?
        var certificate: X509Certificate?
        var others: [X509Certificate] = []

        /// The same in OpenSSL's default context.
        func copied() throws(OpenSSLError) -> Contents {
            var copy = Contents()
            if let key { copy.key = try PrivateKey(der: key.pkcs8DER) }
            if let certificate { copy.certificate = try X509Certificate(der: certificate.der) }
            for other in others { copy.others.append(try X509Certificate(der: other.der)) }
            return copy
        }
    }

    private static func parse(
        _ der: some Collection<UInt8>,
        _ password: SecretBytes?
    ) throws(OpenSSLError) -> Contents {
        do throws(OpenSSLError) {
            return try contents(of: der, password, in: nil)
        } catch {
            // Programs of OpenSSL 1 and of Windows encrypt the certificates with RC2, unless told otherwise.
            guard error.isOfUnsupportedAlgorithm, let legacy = LegacyAlgorithms.context else { throw error }
            return try contents(of: der, password, in: legacy).copied()
        }
    }

    // `context` has the algorithms; nil for OpenSSL's default.
    private static func contents(
        of der: some Collection<UInt8>,
        _ password: SecretBytes?,
        in context: OpaquePointer?
    ) throws(OpenSSLError) -> Contents {
        let container = try decode(der, in: context)
        defer { PKCS12_free(container) }
        return try contents(of: container, password)
    }

    private static func decode(
        _ der: some Collection<UInt8>,
        in context: OpaquePointer?
    ) throws(OpenSSLError) -> OpaquePointer {
        // What is decoded into an object keeps the object's context.
        var container: OpaquePointer?
        if let context { container = try OpenSSL.make { PKCS12_init_ex(NID_pkcs7_data, context, nil) } }
        do throws(OpenSSLError) {
            return try withContiguousBytes(of: der) { bytes throws(OpenSSLError) in
                var cursor = bytes.baseAddress
                return try OpenSSL.make { d2i_PKCS12(&container, &cursor, bytes.count) }
            }
        } catch {
            // nil by now, where it was OpenSSL that failed.
            PKCS12_free(container)
            throw error
        }
    }

    private static func contents(
        of container: OpaquePointer,
        _ password: SecretBytes?
    ) throws(OpenSSLError) -> Contents {
        var key: OpaquePointer?
        var certificate: OpaquePointer?
        var others: OpaquePointer?
        let isOpen: Int32 = OpenSSL.call(failure: 0) {
            guard let password else { return PKCS12_parse(container, nil, &key, &certificate, &others) }
            return password.withUnsafeBytes {
                let text = $0.baseAddress?.assumingMemoryBound(to: CChar.self)
                // OpenSSL 3.0 opens nothing that has no MAC with a password. One of our own makes up for it.
                if PKCS12_mac_present(container) == 0 { PKCS12_set_mac(container, text, -1, nil, 0, 1, EVP_sha256()) }
                return PKCS12_parse(container, text, &key, &certificate, &others)
            }
        }
        guard isOpen == 1 else { throw OpenSSLError.drain() }
        // It also leaves behind what it tried on the way.
        ERR_clear_error()
        return Contents(
            key: key.map(PrivateKey.init(taking:)),
            certificate: certificate.map(X509Certificate.init(taking:)),
            others: takeCertificates(of: others)
        )
    }

    private static func credentials(_ contents: Contents) throws(Failure) -> Credentials {
        guard let leaf = contents.certificate ?? contents.others.first else { throw .empty }
        return Credentials(chain: leaf.path(through: contents.others), key: contents.key)
    }

    /// Tells a wrong password from a broken container.
    ///
    /// Most containers carry a MAC that says it outright; in those without, decryption ends in nonsense, of which one in
    /// 256 looks complete and cannot be read.
    private static func failure(_ error: OpenSSLError) -> Failure {
        let reasons = [PKCS12_R_MAC_VERIFY_FAILURE, PKCS12_R_PKCS12_CIPHERFINAL_ERROR, PKCS12_R_DECODE_ERROR]
        let isPassword = reasons.contains { error.has(library: ERR_LIB_PKCS12, reason: $0) }
        return isPassword ? .wrongPassword : .unreadable(error)
    }
}

/// Takes the certificates out of a `STACK_OF(X509)` and frees the stack.
private func takeCertificates(of stack: OpaquePointer?) -> [X509Certificate] {
    guard let stack else { return [] }
    defer { OPENSSL_sk_free(stack) }
    return (0..<max(0, OPENSSL_sk_num(stack))).compactMap { index in
        OPENSSL_sk_value(stack, index).map { X509Certificate(taking: OpaquePointer($0)) }
    }
}
