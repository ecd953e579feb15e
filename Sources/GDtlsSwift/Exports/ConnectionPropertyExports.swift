// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import CGIO
package import CGdtlsSwift
internal import DTLSEngine
internal import GObjectKit

// Setters, getters and statistics of gdtls-swift-connection.h, which documents them.
//
// They go through the properties, so that a subclass may override them.

@_cdecl("gdtls_swift_connection_set_mtu")
package func gdtls_swift_connection_set_mtu(_ me: UnsafeMutablePointer<GDtlsSwiftConnection>?, _ mtu: guint) {
    guard let me = connection(me) else { return }
    me.setProperty("mtu", .uint) { $0.set(uint: mtu) }
}

@_cdecl("gdtls_swift_connection_get_mtu")
package func gdtls_swift_connection_get_mtu(_ me: UnsafeMutablePointer<GDtlsSwiftConnection>?) -> guint {
    connection(me)?.property("mtu", .uint) { $0.uint } ?? 0
}

@_cdecl("gdtls_swift_connection_get_max_data_size")
package func gdtls_swift_connection_get_max_data_size(_ me: UnsafeMutablePointer<GDtlsSwiftConnection>?) -> guint {
    connection(me)?.property("max-data-size", .uint) { $0.uint } ?? 0
}

@_cdecl("gdtls_swift_connection_set_handshake_timeout")
package func gdtls_swift_connection_set_handshake_timeout(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?,
    _ timeout: gint64
) {
    guard let me = connection(me) else { return }
    me.setProperty("handshake-timeout", .int64) { g_value_set_int64($0, timeout) }
}

@_cdecl("gdtls_swift_connection_get_handshake_timeout")
package func gdtls_swift_connection_get_handshake_timeout(_ me: UnsafeMutablePointer<GDtlsSwiftConnection>?) -> gint64 {
    connection(me)?.property("handshake-timeout", .int64) { g_value_get_int64($0) } ?? 0
}

@_cdecl("gdtls_swift_connection_set_min_protocol_version")
package func gdtls_swift_connection_set_min_protocol_version(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?,
    _ version: GTlsProtocolVersion
) {
    guard let me = connection(me) else { return }
    me.setProperty("min-protocol-version", g_tls_protocol_version_get_type()) {
        $0.set(enumeration: Int32(bitPattern: version.rawValue))
    }
}

@_cdecl("gdtls_swift_connection_get_min_protocol_version")
package func gdtls_swift_connection_get_min_protocol_version(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?
) -> GTlsProtocolVersion {
    let version = connection(me)?
        .property("min-protocol-version", g_tls_protocol_version_get_type()) { $0.enumeration }
    return GTlsProtocolVersion(rawValue: UInt32(bitPattern: version ?? 0))
}

@_cdecl("gdtls_swift_connection_set_cipher_list")
package func gdtls_swift_connection_set_cipher_list(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?,
    _ list: UnsafePointer<CChar>?
) {
    guard let me = connection(me) else { return }
    me.setProperty("cipher-list", .string) { g_value_set_string($0, list) }
}

@_cdecl("gdtls_swift_connection_get_cipher_list")
package func gdtls_swift_connection_get_cipher_list(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?
) -> UnsafeMutablePointer<CChar>? {
    connection(me)?.property("cipher-list", .string) { g_value_dup_string($0) }
}

@_cdecl("gdtls_swift_connection_get_statistics")
package func gdtls_swift_connection_get_statistics(_ me: UnsafeMutablePointer<GDtlsSwiftConnection>?) -> OpaquePointer?
{
    guard let me = connection(me) else { return nil }
    return ((try? me.driver)?.statistics ?? Statistics()).makeVariant()
}

extension ObjectImpl {
    fileprivate func setProperty(_ name: String, _ type: GType, _ fill: (UnsafeMutablePointer<GValue>) -> Void) {
        GDtlsSwift.setProperty(of: OpaquePointer(instance), name, type, fill)
    }

    fileprivate func property<R>(_ name: String, _ type: GType, _ read: (UnsafeMutablePointer<GValue>) -> R) -> R {
        getProperty(of: OpaquePointer(instance), name, type, read)
    }
}

private func checkSignatures() {
    check(gdtls_swift_connection_set_mtu, matches: CGdtlsSwift.gdtls_swift_connection_set_mtu)
    check(gdtls_swift_connection_get_mtu, matches: CGdtlsSwift.gdtls_swift_connection_get_mtu)
    check(gdtls_swift_connection_get_max_data_size, matches: CGdtlsSwift.gdtls_swift_connection_get_max_data_size)
    check(
        gdtls_swift_connection_set_handshake_timeout,
        matches: CGdtlsSwift.gdtls_swift_connection_set_handshake_timeout
    )
    check(
        gdtls_swift_connection_get_handshake_timeout,
        matches: CGdtlsSwift.gdtls_swift_connection_get_handshake_timeout
    )
    check(
        gdtls_swift_connection_set_min_protocol_version,
        matches: CGdtlsSwift.gdtls_swift_connection_set_min_protocol_version
    )
    check(
        gdtls_swift_connection_get_min_protocol_version,
        matches: CGdtlsSwift.gdtls_swift_connection_get_min_protocol_version
    )
    check(gdtls_swift_connection_set_cipher_list, matches: CGdtlsSwift.gdtls_swift_connection_set_cipher_list)
    check(gdtls_swift_connection_get_cipher_list, matches: CGdtlsSwift.gdtls_swift_connection_get_cipher_list)
    check(gdtls_swift_connection_get_statistics, matches: CGdtlsSwift.gdtls_swift_connection_get_statistics)
}
