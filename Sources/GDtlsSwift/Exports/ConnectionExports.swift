// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import CGIO
package import CGdtlsSwift
package import GObjectKit

// Types and constructors of the connections: gdtls-swift-client-connection.h and gdtls-swift-server-connection.h, which
// document them, and their counterparts in GIO's headers, which here make connections of ours.

@_cdecl("gdtls_swift_connection_get_type")
package func gdtls_swift_connection_get_type() -> GType { ObjectType.register(ConnectionObject.self) }

@_cdecl("gdtls_swift_client_connection_get_type")
package func gdtls_swift_client_connection_get_type() -> GType { ClientConnectionObject.gtype }

@_cdecl("gdtls_swift_server_connection_get_type")
package func gdtls_swift_server_connection_get_type() -> GType { ServerConnectionObject.gtype }

@_cdecl("gdtls_swift_client_connection_new")
package func gdtls_swift_client_connection_new(
    _ base: OpaquePointer?,
    _ identity: OpaquePointer?,
    _ error: GErrorOut?
) -> UnsafeMutablePointer<GDtlsSwiftClientConnection>? {
    makeClient(base, identity, error, domain: .own, function: #function)?
        .assumingMemoryBound(to: GDtlsSwiftClientConnection.self)
}

@_cdecl("gdtls_swift_server_connection_new")
package func gdtls_swift_server_connection_new(
    _ base: OpaquePointer?,
    _ certificate: UnsafeMutablePointer<GTlsCertificate>?,
    _ error: GErrorOut?
) -> UnsafeMutablePointer<GDtlsSwiftServerConnection>? {
    makeServer(base, certificate, error, domain: .own, function: #function)?
        .assumingMemoryBound(to: GDtlsSwiftServerConnection.self)
}

@_cdecl("g_dtls_client_connection_new")
package func g_dtls_client_connection_new(
    _ base: OpaquePointer?,
    _ identity: OpaquePointer?,
    _ error: GErrorOut?
) -> OpaquePointer? {
    OpaquePointer(makeClient(base, identity, error, domain: .gio, function: #function))
}

@_cdecl("g_dtls_server_connection_new")
package func g_dtls_server_connection_new(
    _ base: OpaquePointer?,
    _ certificate: UnsafeMutablePointer<GTlsCertificate>?,
    _ error: GErrorOut?
) -> OpaquePointer? {
    OpaquePointer(makeServer(base, certificate, error, domain: .gio, function: #function))
}

private func makeClient(
    _ base: OpaquePointer?,
    _ identity: OpaquePointer?,
    _ error: GErrorOut?,
    domain: LogDomain,
    function: StaticString
) -> UnsafeMutableRawPointer? {
    guard isBase(base, domain, function),
        isValid(
            isInstanceOrNull(UnsafeMutableRawPointer(identity), g_socket_connectable_get_type()),
            "server_identity == NULL || G_IS_SOCKET_CONNECTABLE (server_identity)",
            domain: domain,
            function: function
        )
    else { return nil }
    return make(ClientConnectionObject.gtype, base, error, ("server-identity", UnsafeMutableRawPointer(identity)))
}

private func makeServer(
    _ base: OpaquePointer?,
    _ certificate: UnsafeMutablePointer<GTlsCertificate>?,
    _ error: GErrorOut?,
    domain: LogDomain,
    function: StaticString
) -> UnsafeMutableRawPointer? {
    guard isBase(base, domain, function),
        isValid(
            isInstanceOrNull(certificate, g_tls_certificate_get_type()),
            "certificate == NULL || G_IS_TLS_CERTIFICATE (certificate)",
            domain: domain,
            function: function
        )
    else { return nil }
    return make(ServerConnectionObject.gtype, base, error, ("certificate", UnsafeMutableRawPointer(certificate)))
}

private func make(
    _ type: GType,
    _ base: OpaquePointer?,
    _ error: GErrorOut?,
    _ other: (name: String, object: UnsafeMutableRawPointer?)
) -> UnsafeMutableRawPointer? {
    bridge(error, failure: nil) {
        let made = try newInitable(
            type,
            [("base-socket", .object(UnsafeMutableRawPointer(base))), (other.name, .object(other.object))]
        )
        return UnsafeMutableRawPointer(made.retained())
    }
}

/// Nothing is an error that the initialisation tells; anything else but a socket is a mistake of the program.
private func isBase(_ base: OpaquePointer?, _ domain: LogDomain, _ function: StaticString) -> Bool {
    isValid(
        isInstanceOrNull(UnsafeMutableRawPointer(base), g_datagram_based_get_type()),
        "base_socket == NULL || G_IS_DATAGRAM_BASED (base_socket)",
        domain: domain,
        function: function
    )
}

private func checkSignatures() {
    check(gdtls_swift_connection_get_type, matches: CGdtlsSwift.gdtls_swift_connection_get_type)
    check(gdtls_swift_client_connection_get_type, matches: CGdtlsSwift.gdtls_swift_client_connection_get_type)
    check(gdtls_swift_client_connection_new, matches: CGdtlsSwift.gdtls_swift_client_connection_new)
    check(gdtls_swift_server_connection_get_type, matches: CGdtlsSwift.gdtls_swift_server_connection_get_type)
    check(gdtls_swift_server_connection_new, matches: CGdtlsSwift.gdtls_swift_server_connection_new)
    check(g_dtls_client_connection_new, matches: CGIO.g_dtls_client_connection_new)
    check(g_dtls_server_connection_new, matches: CGIO.g_dtls_server_connection_new)
}
