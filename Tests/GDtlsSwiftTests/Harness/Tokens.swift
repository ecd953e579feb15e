// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import Testing

/// PKCS#11 tokens of Scripts/make-test-tokens.sh, made once for the run, before the first module is loaded.
///
/// A process that has logged in stays logged in, so a test in which a PIN is asked for has tokens of its own.
enum Tokens {
    /// How a token is reached.
    enum Module {
        /// By the `module-path` of its URI.
        case path
        /// By p11-kit, which knows the module.
        case p11Kit
        /// By the `module-path` of Tests/support/strict-module.c.
        case strict
    }

    /// The PIN of a token.
    static func pin(_ token: String) -> String { "PIN of \(token)" }

    /// The URI of an object, or of all that is in the token.
    ///
    /// - Parameters:
    ///   - token: its label.
    ///   - object: the label of the object, which is the name of its certificate's file.
    ///   - module: how to get there.
    ///   - query: more of the URI's query.
    /// - Returns: the URI.
    /// - Throws: that the tokens could not be made.
    static func uri(_ token: String, _ object: String? = nil, by module: Module = .path, query: String...) throws
        -> String
    {
        let folder = try made.get()
        let paths: [String] =
            switch module {
            case .path: ["module-path=\(folder)/module.so"]
            case .p11Kit: []
            case .strict: ["module-path=\(folder)/strict.so"]
            }
        let path = "token=" + encoded(token) + (object.map { ";object=" + encoded($0) } ?? "")
        let pairs = paths + query
        return "pkcs11:" + path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    /// A certificate of our type by its URIs.
    static func certificate(_ uri: String, key: String? = nil) throws -> Object<GTlsCertificate> {
        try Provider.load()
        return try Object { g_tls_certificate_new_from_pkcs11_uris(uri, key, $0) }
    }

    /// A certificate from a file, with its key in a token.
    static func certificate(file: String, key: String) throws -> Object<GTlsCertificate> {
        let type = g_tls_backend_get_certificate_type(try Provider.load())
        let pem = try readFile(CertificateFiles.path(file))
        var names: [UnsafePointer<CChar>?] = []
        var values: [GValue] = []
        for (name, text) in [("certificate-pem", pem), ("private-key-pkcs11-uri", key)] {
            var value = GValue()
            g_value_init(&value, 16 << 2)
            g_value_set_string(&value, text)
            values.append(value)
            names.append(UnsafePointer(g_intern_string(name)))
        }
        defer { for index in values.indices { g_value_unset(&values[index]) } }
        let object = try #require(g_object_new_with_properties(type, guint(names.count), &names, values))
        let certificate = Object(UnsafeMutableRawPointer(object).assumingMemoryBound(to: GTlsCertificate.self))
        _ = try check { g_initable_init(OpaquePointer(object), nil, $0) }
        return certificate
    }

    /// The file of Tests/support/strict-module.c.
    static var strictModule: String { get throws { try made.get() + "/strict.so" } }

    /// A file in the tokens' folder with this text.
    static func file(_ name: String, _ text: String) throws -> String {
        let path = try made.get() + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    private static let made = Result { () throws -> String in
        let folder = FileManager.default.temporaryDirectory.appending(path: "gdtls-tokens-\(UUID().uuidString)").path(
            percentEncoded: false
        )
        let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Scripts")
        let process = try Process.run(
            scripts.appending(path: "make-test-tokens.sh"),
            arguments: [folder, CertificateFiles.folder] + contents
        )
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "Scripts/make-test-tokens.sh failed: run it by hand to see why")
        g_setenv("SOFTHSM2_CONF", folder + "/softhsm2.conf", 1)
        folderToRemove = folder
        atexit { try? FileManager.default.removeItem(atPath: Tokens.folderToRemove) }
        return folder
    }

    // nonisolated(unsafe): written once, before it is read at the end of the process.
    nonisolated(unsafe) private static var folderToRemove = ""

    private static let contents = [
        "Open:server,client", "Server:server", "Client:client", "Kit:server", "Value:server", "Source:server",
        "Retry:server", "Thrice:server", "Wrong value:server", "Last try:server", "Locked:server", "Untidy:server",
        "Refusing:server", "RSA:rsa-server", "Key alone:server@,client@", "Any:client@,server", "Main loop:server",
        "Withdrawn:client", "Foreign:server",
        "One session:server", "Each time:server", "Twin:deep-server", "Twin two:deep-server", "Many:server",
    ]
}
