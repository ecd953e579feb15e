// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

extension TrustStore {
    /// The authorities that this system trusts, read once and shared by all who ask.
    ///
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` say where they are, as for every program that uses OpenSSL; without them it
    /// is the place that OpenSSL was built for, or else one that distributions use. Where none of them can be read the
    /// store trusts nobody. The files are read on the first call, which therefore blocks; thread-safe.
    ///
    /// The corresponding C function is `X509_STORE_set_default_paths`, which however reads a directory bit by bit
    /// while others verify.
    public static let system: Result<TrustStore, OpenSSLError> = Result { () throws(OpenSSLError) in
        try TrustStore(SystemTrust.certificates())
    }
}

/// Where a system keeps the authorities that it trusts.
enum SystemTrust {
    /// Files with all authorities, as distributions name them; OpenSSL's own first.
    private static let files = [
        String(cString: X509_get_default_cert_file()),
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    /// The authorities of this process's environment.
    static func certificates() -> [X509Certificate] {
        certificates(
            file: environment(X509_get_default_cert_file_env()),
            directories: environment(X509_get_default_cert_dir_env())
        )
    }

    /// The authorities of a file and of directories; where only one is given, the other is OpenSSL's usual one.
    ///
    /// - Parameters:
    ///   - file: a PEM file; may be missing or unreadable.
    ///   - directories: the names of directories as `openssl rehash` makes them, with colons between them.
    /// - Returns: the certificates; none where no place can be read.
    static func certificates(file: String?, directories: String?) -> [X509Certificate] {
        if file == nil, directories == nil, let found = files.lazy.map(read).first(where: { !$0.isEmpty }) {
            return found
        }
        // Whoever names a place means that one: no distribution's file comes in by the back door.
        return read(file ?? String(cString: X509_get_default_cert_file()))
            + (directories ?? String(cString: X509_get_default_cert_dir()))
            .split(separator: ":").flatMap { readDirectory(String($0)) }
    }

    private static func read(_ path: String) -> [X509Certificate] {
        (try? CertificateFile.certificates(atPath: path, strictness: .skip)) ?? []
    }

    /// The certificates of a directory in the form that `openssl rehash` gives it.
    private static func readDirectory(_ path: String) -> [X509Certificate] {
        guard let directory = try? OpenSSL.make({ OSSL_STORE_open(path, nil, nil, nil, nil) }) else { return [] }
        defer {
            OSSL_STORE_close(directory)
            ERR_clear_error()
        }
        var found: [X509Certificate] = []
        while OSSL_STORE_eof(directory) == 0, let entry = OSSL_STORE_load(directory) {
            defer { OSSL_STORE_INFO_free(entry) }
            guard let name = OSSL_STORE_INFO_get0_NAME(entry) else { continue }
            let path = String(cString: name)
            if isHashedName(path.split(separator: "/").last ?? "") { found += read(path) }
        }
        return found
    }

    /// Whether a file is one of `openssl rehash`: eight hexadecimal digits of the subject's hash, and a number.
    private static func isHashedName(_ name: Substring) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].count == 8 && parts[0].allSatisfy(\.isHexDigit)
            && !parts[1].isEmpty && parts[1].allSatisfy { $0.isASCII && $0.isNumber }
    }
}
