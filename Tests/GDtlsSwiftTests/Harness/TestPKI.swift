// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// A throw-away CA with a server's and a client's certificate, made once for the run with the openssl program.
final class TestPKI: @unchecked Sendable {  // unchecked: immutable GObjects
    /// Made at the first use; what went wrong then is thrown at each use.
    static var shared: TestPKI { get throws { try made.get() } }

    private static let made = Result { try TestPKI() }

    let directory: String
    let server: UnsafeMutablePointer<GTlsCertificate>
    let client: UnsafeMutablePointer<GTlsCertificate>

    var authorityPath: String { directory + "/ca.pem" }

    private init() throws {
        try Provider.load()
        let directory = NSTemporaryDirectory() + "gdtls-swift-tests-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        self.directory = directory
        try Self.openssl(
            directory,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=TestCA -keyout ca-key.pem -out ca.pem"
        )
        for (name, extensions) in [
            ("server", "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n"),
            ("client", "extendedKeyUsage=clientAuth\n"),
        ] {
            try extensions.write(toFile: directory + "/\(name).ext", atomically: true, encoding: .utf8)
            try Self.openssl(
                directory,
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=\(name) -keyout \(name)-key.pem -out \(name).csr"
            )
            try Self.openssl(
                directory,
                "x509 -req -in \(name).csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -extfile \(name).ext -out \(name).pem"
            )
        }
        server = try Self.certificate(directory, "server")
        client = try Self.certificate(directory, "client")
    }

    private static func certificate(_ directory: String, _ name: String) throws -> UnsafeMutablePointer<GTlsCertificate>
    {
        let made = try withGError {
            g_tls_certificate_new_from_files(directory + "/\(name).pem", directory + "/\(name)-key.pem", $0)
        }
        return try #require(made)
    }

    private static func openssl(_ directory: String, _ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}
