// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// Where the authorities come from that are trusted where no --ca names others.
struct TrustPlaces {
    let type: String
    let file = environment("SSL_CERT_FILE")
    let directories = environment("SSL_CERT_DIR")

    init() {
        let database = Object(owned: UnsafeMutableRawPointer(gdtls_swift_database_get_default()))
        type = database?.typeName ?? "none"
    }

    var words: String {
        let named = [file.map { "SSL_CERT_FILE=\($0)" }, directories.map { "SSL_CERT_DIR=\($0)" }].compactMap { $0 }
        if named.isEmpty { return "the authorities of this system (SSL_CERT_FILE and SSL_CERT_DIR are not set)" }
        let unreadable = (file.map { [$0] } ?? []) + (directories?.split(separator: ":").map(String.init) ?? [])
        let missing = unreadable.filter { g_file_test($0, G_FILE_TEST_EXISTS) == 0 }
        return "the authorities of " + named.joined(separator: " and ")
            + (missing.isEmpty ? "" : ", of which there is no \(missing.joined(separator: ", "))")
    }

    var json: JSON {
        [
            "database": .string(type), "SSL_CERT_FILE": .string(orNull: file),
            "SSL_CERT_DIR": .string(orNull: directories),
        ]
    }
}
