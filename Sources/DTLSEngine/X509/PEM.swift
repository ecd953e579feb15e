// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// The blocks of a PEM text.
///
/// A block is `-----BEGIN label-----`, base64, `-----END label-----`; what stands between blocks is skipped.
enum PEM {
    /// One block.
    struct Block {
        /// What the first line says: `CERTIFICATE`.
        let label: String
        /// What was in base64.
        let contents: SecretBytes
        /// Whether a password is needed to read it, which PKCS #8 says in the label and older forms in a header.
        let isEncrypted: Bool
    }

    /// All blocks in their order; none where the text has none.
    ///
    /// The corresponding C function is `PEM_read_bio`.
    ///
    /// - Throws: ``OpenSSLError`` where a block begins but is broken, or does not end.
    static func blocks(of text: some Collection<UInt8>) throws(OpenSSLError) -> [Block] {
        try withContiguousBytes(of: text) { bytes throws(OpenSSLError) in
            guard !bytes.isEmpty else { return [] }
            let source = try OwnedBIO(reading: bytes)
            var blocks: [Block] = []
            while let block = try next(in: source) { blocks.append(block) }
            return blocks
        }
    }

    private static func next(in source: OwnedBIO) throws(OpenSSLError) -> Block? {
        var label: UnsafeMutablePointer<CChar>?
        var header: UnsafeMutablePointer<CChar>?
        var data: UnsafeMutablePointer<UInt8>?
        var size = 0
        guard OpenSSL.call(failure: 0, { PEM_read_bio(source.pointer, &label, &header, &data, &size) }) == 1 else {
            let error = OpenSSLError.drain()
            // How libcrypto says that there are no more.
            if error.has(library: ERR_LIB_PEM, reason: PEM_R_NO_START_LINE) { return nil }
            throw error
        }
        defer {
            CRYPTO_free(label, #fileID, Int32(#line))
            CRYPTO_free(header, #fileID, Int32(#line))
            CRYPTO_clear_free(data, size, #fileID, Int32(#line))
        }
        let contents = SecretBytes(copying: UnsafeRawBufferPointer(start: data, count: size))
        let name = label.map { String(cString: $0) } ?? ""
        let headers = header.map { String(cString: $0) } ?? ""
        let isEncrypted = name.hasPrefix("ENCRYPTED ") || headers.contains("ENCRYPTED")
        return Block(label: name, contents: contents, isEncrypted: isEncrypted)
    }
}
