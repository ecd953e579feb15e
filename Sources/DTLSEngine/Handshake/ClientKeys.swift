// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// What a client seals its records with (RFC 5246 §6.3), for opening its first one.
struct ClientKeys {
    private let suite: CipherSuite
    private let cipher: OpenSSLPointer
    private let key: SecretBytes
    private let nonce: SecretBytes

    /// - Parameters:
    ///   - prf: the suite's.
    ///   - master: the master secret.
    ///   - suite: one that seals with an AEAD.
    ///   - seed: the server's random, then the client's.
    init?(_ prf: PseudorandomFunction, _ master: SecretBytes, _ suite: CipherSuite, _ seed: [UInt8]) {
        guard let cipher = suite.cipher else { return nil }
        let keySize = Int(EVP_CIPHER_get_key_length(cipher))
        let nonceSize: Int
        switch suite.sealing {
        case .counter: nonceSize = 4
        case .chacha: nonceSize = 12
        case .block: return nil
        }
        // The client's key, the server's, the client's nonce, the server's.
        guard let block = prf(master, "key expansion", seed, count: 2 * keySize + 2 * nonceSize) else { return nil }
        self.suite = suite
        self.cipher = cipher
        key = SecretBytes(copying: UnsafeRawBufferPointer(start: block.start, count: keySize))
        nonce = SecretBytes(copying: UnsafeRawBufferPointer(start: block.start + 2 * keySize, count: nonceSize))
    }

    /// Opens a whole record; `nil` unless it is authentic.
    func open(_ record: [UInt8]) -> [UInt8]? {
        guard let header = record.withUnsafeBytes({ RecordHeader($0, at: 0) }),
            record.count == RecordHeader.size + header.length
        else { return nil }
        let body = record.dropFirst(RecordHeader.size)
        var iv = Array(nonce)
        var tagSize = 16
        var isCCM = false
        var sealed = body
        switch suite.sealing {
        case .counter(let tag, let ccm):
            guard body.count >= 8 + tag else { return nil }
            iv += body.prefix(8)
            sealed = body.dropFirst(8)
            (tagSize, isCCM) = (tag, ccm)
        case .chacha:
            guard body.count >= 16 else { return nil }
            for (index, byte) in record[3..<11].enumerated() { iv[4 + index] ^= byte }
        case .block:
            return nil
        }
        let text = sealed.dropLast(tagSize)
        // Epoch and number, type, version, length of the plaintext (RFC 5246 §6.2.3.3, RFC 6347 §4.1.2.1).
        let length = [UInt8(text.count >> 8), UInt8(text.count & 0xFF)]
        let associated = Array(record[3..<11] + record[0..<3] + length)
        return decrypt(Array(text), tag: Array(sealed.suffix(tagSize)), iv: iv, associated, isCCM: isCCM)
    }

    private func decrypt(_ text: [UInt8], tag: [UInt8], iv: [UInt8], _ associated: [UInt8], isCCM: Bool) -> [UInt8]? {
        guard let context = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        var tag = tag
        var plaintext = [UInt8](repeating: 0, count: text.count)
        var count: Int32 = 0
        let key = self.key
        let result = OpenSSL.call(failure: 0) { () -> Int32 in
            guard EVP_DecryptInit_ex(context, cipher, nil, nil, nil) == 1,
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, Int32(iv.count), nil) == 1,
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1,
                EVP_DecryptInit_ex(context, nil, nil, key.start, iv) == 1,
                // CCM has to know the length first, and says with the text whether it is authentic.
                !isCCM || EVP_DecryptUpdate(context, nil, &count, nil, Int32(text.count)) == 1,
                EVP_DecryptUpdate(context, nil, &count, associated, Int32(associated.count)) == 1,
                EVP_DecryptUpdate(context, &plaintext, &count, text, Int32(text.count)) == 1
            else { return 0 }
            return isCCM ? 1 : EVP_DecryptFinal_ex(context, &plaintext, &count)
        }
        return result == 1 ? plaintext : nil
    }
}
