// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO

/// Application protocols of a connection, as bytes.
enum Protocols {
    /// Sets the names to advertise; `nil` is NULL.
    static func set(_ connection: OpaquePointer, _ names: [[UInt8]]?) {
        guard let names else { return g_dtls_connection_set_advertised_protocols(connection, nil) }
        var strings: [UnsafePointer<CChar>?] = names.map { name in
            name.withUnsafeBytes { UnsafePointer(g_strndup($0.baseAddress, gsize($0.count))) }
        }
        defer { for string in strings { g_free(UnsafeMutableRawPointer(mutating: string)) } }
        strings.append(nil)
        g_dtls_connection_set_advertised_protocols(connection, strings)
        strings.removeLast()
    }

    /// The advertised names; `nil` for NULL.
    static func advertised(_ connection: OpaquePointer) throws -> [[UInt8]]? {
        try Properties.with(connection, "advertised-protocols") { value in
            guard var next = g_value_get_boxed(value)?.assumingMemoryBound(to: UnsafePointer<CChar>?.self) else {
                return nil
            }
            var names: [[UInt8]] = []
            while let name = next.pointee {
                names.append(Array(UnsafeRawBufferPointer(start: name, count: Int(strlen(name)))))
                next += 1
            }
            return names
        }
    }

    /// The negotiated name; `nil` for none.
    static func negotiated(_ connection: OpaquePointer) -> [UInt8]? {
        g_dtls_connection_get_negotiated_protocol(connection).map {
            Array(UnsafeRawBufferPointer(start: $0, count: Int(strlen($0))))
        }
    }
}
