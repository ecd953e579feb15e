// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// A file of certificates, in PEM, or one certificate in DER.
public enum CertificateFile {
    /// What to do with a certificate that cannot be parsed.
    public enum Strictness: Sendable {
        /// Refuse the file: its owner wants to know.
        case refuse
        /// Go on without it: one bad authority of hundreds is no reason to trust none.
        case skip
    }

    /// The certificates of a file, in their order.
    ///
    /// Blocks that are no certificates, such as keys, are passed over. The corresponding C functions are
    /// `BIO_new_file` and `PEM_read_bio`.
    ///
    /// - Parameters:
    ///   - path: the file's name.
    ///   - strictness: what to do with a broken certificate.
    /// - Returns: one certificate at least.
    /// - Throws: ``OpenSSLError`` where the file cannot be read or holds no certificate.
    public static func certificates(
        atPath path: String,
        strictness: Strictness
    ) throws(OpenSSLError) -> [X509Certificate] {
        try certificates(in: contents(atPath: path), strictness: strictness)
    }

    /// The certificates of a file's contents, in their order.
    ///
    /// - Parameters:
    ///   - contents: PEM text, or one certificate in DER.
    ///   - strictness: what to do with a broken certificate.
    /// - Returns: one certificate at least.
    /// - Throws: ``OpenSSLError`` where it holds no certificate.
    public static func certificates(
        in contents: [UInt8],
        strictness: Strictness
    ) throws(OpenSSLError) -> [X509Certificate] {
        var found: [X509Certificate] = []
        let blocks = try PEM.blocks(of: contents)
        for block in blocks where block.label.hasSuffix("CERTIFICATE") {
            do throws(OpenSSLError) {
                found.append(try certificate(of: block))
            } catch  where strictness == .skip {
                continue
            }
        }
        if !found.isEmpty { return found }
        // 0x30 begins every DER certificate and no PEM text.
        guard blocks.isEmpty, contents.first == 0x30 else {
            throw OpenSSLError(reason: "there is no certificate in it")
        }
        return [try X509Certificate(der: contents)]
    }

    private static func certificate(of block: PEM.Block) throws(OpenSSLError) -> X509Certificate {
        guard block.label == "TRUSTED CERTIFICATE" else { return try X509Certificate(der: block.contents) }
        // OpenSSL's own kind: behind the certificate stands what it is trusted for.
        return X509Certificate(
            taking: try withContiguousBytes(of: block.contents) { bytes throws(OpenSSLError) in
                var cursor = bytes.baseAddress
                return try OpenSSL.make { d2i_X509_AUX(nil, &cursor, bytes.count) }
            }
        )
    }

    private static func contents(atPath path: String) throws(OpenSSLError) -> [UInt8] {
        let file = OwnedBIO(taking: try OpenSSL.make { BIO_new_file(path, "rb") })
        var contents: [UInt8] = []
        var isAtEnd = false
        while !isAtEnd {
            let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                isAtEnd =
                    OpenSSL.call(failure: 0) { BIO_read_ex(file.pointer, buffer.baseAddress, 65_536, &count) } != 1
            }
            contents += chunk
            // A directory opens but does not read.
            if isAtEnd, ERR_peek_error() != 0 { throw OpenSSLError.drain() }
        }
        return contents
    }
}
