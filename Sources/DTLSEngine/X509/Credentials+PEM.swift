// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

extension Credentials {
    /// Reads a PEM text, or one certificate in DER.
    ///
    /// The first certificate is the party's own, the others vouch for it in whatever order they come, and strangers are
    /// left out.
    ///
    /// - Parameter contents: the text; it may hold the private key of the first certificate.
    /// - Throws: ``OpenSSLError`` where there is no certificate, a broken one, or a key that is encrypted.
    public init(contents: some Collection<UInt8>) throws(OpenSSLError) {
        let blocks = try PEM.blocks(of: contents)
        let certificates: [X509Certificate]
        // 0x30 begins everything in DER, and no PEM text.
        if blocks.isEmpty, contents.first == 0x30 {
            certificates = [try X509Certificate(der: contents)]
        } else {
            certificates = try blocks.certificates
        }
        guard let leaf = certificates.first else { throw OpenSSLError(reason: "there is no certificate in it") }
        self.init(chain: leaf.path(through: certificates), key: try blocks.privateKey)
    }
}

extension PrivateKey {
    /// Reads the first private key of a PEM text, or one in DER.
    ///
    /// - Throws: ``OpenSSLError`` where there is none, a broken or an encrypted one.
    public convenience init(contents: some Collection<UInt8>) throws(OpenSSLError) {
        if contents.first == 0x30 {
            try self.init(der: contents)
        } else {
            // Of a certificate in its place libcrypto says no more than “unsupported”, of encryption “bad password read”.
            guard let block = try PEM.blocks(of: contents).first(where: \.isPrivateKey) else {
                throw OpenSSLError(reason: "there is no private key where it should be")
            }
            guard !block.isEncrypted else { throw .encryptedKey }
            try self.init(pem: contents)
        }
    }
}

extension [PEM.Block] {
    fileprivate var certificates: [X509Certificate] {
        get throws(OpenSSLError) {
            var certificates: [X509Certificate] = []
            for block in self where block.label == "CERTIFICATE" {
                certificates.append(try X509Certificate(der: block.contents))
            }
            return certificates
        }
    }

    fileprivate var privateKey: PrivateKey? {
        get throws(OpenSSLError) {
            guard let block = first(where: \.isPrivateKey) else { return nil }
            guard !block.isEncrypted else { throw .encryptedKey }
            return try PrivateKey(der: block.contents)
        }
    }
}

extension PEM.Block {
    fileprivate var isPrivateKey: Bool { label.hasSuffix("PRIVATE KEY") }
}

extension OpenSSLError {
    fileprivate static var encryptedKey: OpenSSLError {
        OpenSSLError(reason: "its private key is encrypted: decrypt it with “openssl pkey”")
    }
}
