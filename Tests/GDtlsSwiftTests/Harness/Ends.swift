// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// One connection of ours, for when the other end is somebody else.
enum Ends {
    /// A client (transfer full).
    static func client(_ socket: OpaquePointer, identity: Connectable? = nil) throws -> OpaquePointer {
        try Provider.load()
        let made = try withGError { g_dtls_client_connection_new(socket, identity?.pointer, $0) }
        return try #require(made)
    }

    /// A server (transfer full).
    static func server(_ socket: OpaquePointer, _ certificate: UnsafeMutablePointer<GTlsCertificate>) throws
        -> OpaquePointer
    {
        try Provider.load()
        let made = try withGError { g_dtls_server_connection_new(socket, certificate, $0) }
        return try #require(made)
    }

    static func setValidation(_ client: OpaquePointer, _ flags: GTlsCertificateFlags) throws {
        try Properties.set(client, "validation-flags") { g_value_set_flags($0, flags.rawValue) }
    }

    static func unref(_ connections: OpaquePointer...) {
        for connection in connections { g_object_unref(UnsafeMutableRawPointer(connection)) }
    }
}

extension CertificateFiles {
    /// The path of a file with a certificate, its issuers and its key, for programs that take one file.
    static func bundle(_ names: String..., key: String) throws -> String {
        let path = folder + "/bundle-\(names.joined(separator: "-"))-\(key).pem"
        var text = ""
        for name in names + [key + "-key"] { text += try readFile(folder + "/" + name + ".pem") }
        guard g_file_set_contents(path, text, gssize(text.utf8.count), nil) != 0 else {
            throw SystemError(code: 0, doing: "write " + path)
        }
        return path
    }

    /// A certificate with its key.
    static func credentials(_ name: String) throws -> Object<GTlsCertificate> {
        try Provider.load()
        return try Object { g_tls_certificate_new_from_files(path(name + ".pem"), path(name + "-key.pem"), $0) }
    }
}
