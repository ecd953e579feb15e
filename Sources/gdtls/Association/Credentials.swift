// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// Certificates from files.
enum Credentials {
    /// Reads a certificate with its key.
    ///
    /// - Parameters:
    ///   - file: the certificate, perhaps its key, and perhaps the certificates above it.
    ///   - keyFile: the key, if it is in a file of its own.
    /// - Returns: a `GTlsCertificate`.
    /// - Throws: ``Failure``.
    static func certificate(_ file: String, keyFile: String?) throws -> Object {
        let certificate = try reading("the certificate", keyFile.map { "\(file) and \($0)" } ?? file) {
            if let keyFile { return gdtls_swift_certificate_new_from_files(file, keyFile, $0) }
            return gdtls_swift_certificate_new_from_file(file, $0)
        }
        guard certificate.bytes(of: "private-key") != nil else {
            throw Failure(.badFile, "\(file) holds no private key", advice: "--key FILE names the file that does")
        }
        return certificate
    }

    /// Reads whom to trust.
    static func authorities(_ file: String) throws -> Object {
        try reading("the authorities", file) { gdtls_swift_file_database_new(file, $0) }
    }

    private static func reading<Struct>(
        _ what: String,
        _ file: String,
        _ call: (ErrorPlace) -> UnsafeMutablePointer<Struct>?
    ) throws -> Object {
        do {
            if let object = Object(owned: try throwing(call)) { return object }
            throw Failure(.badFile, "Cannot read \(what) from \(file)")
        } catch let error as GLibError where error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE_PASSWORD) {
            throw Failure(
                .badFile,
                "Cannot read \(what) from \(file): it has a password",
                advice: "\"openssl pkcs12 -nodes -in FILE -out NEW.pem\" asks for it, and writes what can be read"
            )
        } catch let error as GLibError {
            throw Failure(.badFile, "Cannot read \(what) from \(file): \(error.message)")
        }
    }
}
