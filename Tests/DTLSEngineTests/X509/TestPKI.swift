// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Foundation
import Testing

@testable import DTLSEngine

/// The certificates of Scripts/make-test-pki.sh, made once for each run of the tests.
enum TestPKI {
    static let directory: URL = {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gdtls-pki-\(UUID().uuidString)")
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Scripts")
        do {
            let made = try Process.run(
                root.appending(path: "make-test-pki.sh"),
                arguments: [directory.path(percentEncoded: false)]
            )
            made.waitUntilExit()
            precondition(made.terminationStatus == 0, "Scripts/make-test-pki.sh failed: run it by hand to see why")
        } catch {
            preconditionFailure("Scripts/make-test-pki.sh cannot be run: \(error)")
        }
        atexit { try? FileManager.default.removeItem(at: TestPKI.directory) }
        return directory
    }()

    static func path(_ name: String) -> String {
        directory.appending(path: name).path(percentEncoded: false)
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: directory.appending(path: name)))
    }

    /// The certificate NAME.pem.
    static func certificate(_ name: String) throws -> X509Certificate {
        try #require(try certificates(name).first)
    }

    /// All certificates of NAME.pem.
    static func certificates(_ name: String) throws -> [X509Certificate] {
        try CertificateFile.certificates(atPath: path(name + ".pem"), strictness: .refuse)
    }

    /// A store of these certificates as anchors.
    static func store(_ names: String...) throws -> TrustStore {
        try TrustStore(names.map(certificate))
    }

    /// A moment at which all certificates are valid that ever are.
    static var now: Int64 { Int64(Date().timeIntervalSince1970) }
}
