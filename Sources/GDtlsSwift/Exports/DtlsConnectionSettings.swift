// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import CGIO
internal import GObjectKit

// Setters and getters of gio/gdtlsconnection.h and gio/gdtlsclientconnection.h, on connections of anybody's.

@_cdecl("g_dtls_connection_set_database")
package func g_dtls_connection_set_database(
    _ connection: OpaquePointer?,
    _ database: UnsafeMutablePointer<GTlsDatabase>?
) {
    AnyDtlsConnection(connection)?
        .set("database", database, g_tls_database_get_type(), "database == NULL || G_IS_TLS_DATABASE (database)")
}

@_cdecl("g_dtls_connection_get_database")
package func g_dtls_connection_get_database(_ connection: OpaquePointer?) -> UnsafeMutablePointer<GTlsDatabase>? {
    AnyDtlsConnection(connection)?.object("database", g_tls_database_get_type())
}

@_cdecl("g_dtls_connection_set_certificate")
package func g_dtls_connection_set_certificate(
    _ connection: OpaquePointer?,
    _ certificate: UnsafeMutablePointer<GTlsCertificate>?
) {
    let type = g_tls_certificate_get_type()
    AnyDtlsConnection(connection)?
        .set("certificate", certificate, type, "G_IS_TLS_CERTIFICATE (certificate)", isOptional: false)
}

@_cdecl("g_dtls_connection_get_certificate")
package func g_dtls_connection_get_certificate(_ connection: OpaquePointer?) -> UnsafeMutablePointer<GTlsCertificate>? {
    AnyDtlsConnection(connection)?.object("certificate", g_tls_certificate_get_type())
}

@_cdecl("g_dtls_connection_set_interaction")
package func g_dtls_connection_set_interaction(
    _ connection: OpaquePointer?,
    _ interaction: UnsafeMutablePointer<GTlsInteraction>?
) {
    let type = g_tls_interaction_get_type()
    AnyDtlsConnection(connection)?
        .set("interaction", interaction, type, "interaction == NULL || G_IS_TLS_INTERACTION (interaction)")
}

@_cdecl("g_dtls_connection_get_interaction")
package func g_dtls_connection_get_interaction(_ connection: OpaquePointer?) -> UnsafeMutablePointer<GTlsInteraction>? {
    AnyDtlsConnection(connection)?.object("interaction", g_tls_interaction_get_type())
}

@_cdecl("g_dtls_connection_get_peer_certificate")
package func g_dtls_connection_get_peer_certificate(_ connection: OpaquePointer?) -> UnsafeMutablePointer<
    GTlsCertificate
>? {
    AnyDtlsConnection(connection)?.object("peer-certificate", g_tls_certificate_get_type())
}

@_cdecl("g_dtls_connection_get_peer_certificate_errors")
package func g_dtls_connection_get_peer_certificate_errors(_ connection: OpaquePointer?) -> GTlsCertificateFlags {
    let type = g_tls_certificate_flags_get_type()
    return GTlsCertificateFlags(
        rawValue: AnyDtlsConnection(connection)?.get("peer-certificate-errors", type) { $0.flags } ?? 0
    )
}

@_cdecl("g_dtls_connection_set_require_close_notify")
package func g_dtls_connection_set_require_close_notify(_ connection: OpaquePointer?, _ isRequired: gboolean) {
    AnyDtlsConnection(connection)?.set("require-close-notify", .boolean) { g_value_set_boolean($0, isRequired) }
}

@_cdecl("g_dtls_connection_get_require_close_notify")
package func g_dtls_connection_get_require_close_notify(_ connection: OpaquePointer?) -> gboolean {
    // TRUE is what libgio, too, says of what is no connection.
    AnyDtlsConnection(connection)?.get("require-close-notify", .boolean) { g_value_get_boolean($0) } ?? 1
}

// Libgio sets SAFELY whatever it is given, and says SAFELY whatever there is.
@available(*, deprecated)
@_cdecl("g_dtls_connection_set_rehandshake_mode")
package func g_dtls_connection_set_rehandshake_mode(_ connection: OpaquePointer?, _ mode: GTlsRehandshakeMode) {
    AnyDtlsConnection(connection)?.set("rehandshake-mode", g_tls_rehandshake_mode_get_type()) {
        $0.set(enumeration: Int32(bitPattern: G_TLS_REHANDSHAKE_SAFELY.rawValue))
    }
}

@available(*, deprecated)
@_cdecl("g_dtls_connection_get_rehandshake_mode")
package func g_dtls_connection_get_rehandshake_mode(_ connection: OpaquePointer?) -> GTlsRehandshakeMode {
    _ = AnyDtlsConnection(connection)
    return G_TLS_REHANDSHAKE_SAFELY
}

@_cdecl("g_dtls_connection_get_protocol_version")
package func g_dtls_connection_get_protocol_version(_ connection: OpaquePointer?) -> GTlsProtocolVersion {
    let type = g_tls_protocol_version_get_type()
    let version = AnyDtlsConnection(connection)?.get("protocol-version", type) { $0.enumeration }
    return GTlsProtocolVersion(rawValue: UInt32(bitPattern: version ?? 0))
}

@_cdecl("g_dtls_connection_get_ciphersuite_name")
package func g_dtls_connection_get_ciphersuite_name(_ connection: OpaquePointer?) -> UnsafeMutablePointer<CChar>? {
    AnyDtlsConnection(connection)?.get("ciphersuite-name", .string) { g_value_dup_string($0) }
}

@_cdecl("g_dtls_client_connection_set_validation_flags")
package func g_dtls_client_connection_set_validation_flags(_ connection: OpaquePointer?, _ flags: GTlsCertificateFlags)
{
    client(connection)?.set("validation-flags", g_tls_certificate_flags_get_type()) { $0.set(flags: flags.rawValue) }
}

@_cdecl("g_dtls_client_connection_get_validation_flags")
package func g_dtls_client_connection_get_validation_flags(_ connection: OpaquePointer?) -> GTlsCertificateFlags {
    let type = g_tls_certificate_flags_get_type()
    return GTlsCertificateFlags(rawValue: client(connection)?.get("validation-flags", type) { $0.flags } ?? 0)
}

@_cdecl("g_dtls_client_connection_set_server_identity")
package func g_dtls_client_connection_set_server_identity(_ connection: OpaquePointer?, _ identity: OpaquePointer?) {
    client(connection)?
        .set(
            "server-identity",
            UnsafeMutableRawPointer(identity),
            g_socket_connectable_get_type(),
            "identity == NULL || G_IS_SOCKET_CONNECTABLE (identity)"
        )
}

@_cdecl("g_dtls_client_connection_get_server_identity")
package func g_dtls_client_connection_get_server_identity(_ connection: OpaquePointer?) -> OpaquePointer? {
    OpaquePointer(client(connection)?.get("server-identity", g_socket_connectable_get_type()) { $0.object })
}

@_cdecl("g_dtls_client_connection_get_accepted_cas")
package func g_dtls_client_connection_get_accepted_cas(_ connection: OpaquePointer?) -> UnsafeMutablePointer<GList>? {
    client(connection)?.get("accepted-cas", .pointer) { $0.pointer }?.assumingMemoryBound(to: GList.self)
}

/// The same as a client's connection; a critical on the log, and nothing, for anything else.
private func client(_ connection: OpaquePointer?, function: StaticString = #function) -> AnyDtlsConnection? {
    isValid(
        isInstance(UnsafeMutableRawPointer(connection), g_dtls_client_connection_get_type()),
        "G_IS_DTLS_CLIENT_CONNECTION (conn)",
        domain: .gio,
        function: function
    ) ? AnyDtlsConnection(connection, function: function) : nil
}

private func checkSignatures() {
    check(g_dtls_connection_set_database, matches: CGIO.g_dtls_connection_set_database)
    check(g_dtls_connection_get_database, matches: CGIO.g_dtls_connection_get_database)
    check(g_dtls_connection_set_certificate, matches: CGIO.g_dtls_connection_set_certificate)
    check(g_dtls_connection_get_certificate, matches: CGIO.g_dtls_connection_get_certificate)
    check(g_dtls_connection_set_interaction, matches: CGIO.g_dtls_connection_set_interaction)
    check(g_dtls_connection_get_interaction, matches: CGIO.g_dtls_connection_get_interaction)
    check(g_dtls_connection_get_peer_certificate, matches: CGIO.g_dtls_connection_get_peer_certificate)
    check(g_dtls_connection_get_peer_certificate_errors, matches: CGIO.g_dtls_connection_get_peer_certificate_errors)
    check(g_dtls_connection_set_require_close_notify, matches: CGIO.g_dtls_connection_set_require_close_notify)
    check(g_dtls_connection_get_require_close_notify, matches: CGIO.g_dtls_connection_get_require_close_notify)
    check(g_dtls_connection_get_protocol_version, matches: CGIO.g_dtls_connection_get_protocol_version)
    check(g_dtls_connection_get_ciphersuite_name, matches: CGIO.g_dtls_connection_get_ciphersuite_name)
    check(g_dtls_client_connection_set_validation_flags, matches: CGIO.g_dtls_client_connection_set_validation_flags)
    check(g_dtls_client_connection_get_validation_flags, matches: CGIO.g_dtls_client_connection_get_validation_flags)
    check(g_dtls_client_connection_set_server_identity, matches: CGIO.g_dtls_client_connection_set_server_identity)
    check(g_dtls_client_connection_get_server_identity, matches: CGIO.g_dtls_client_connection_get_server_identity)
    check(g_dtls_client_connection_get_accepted_cas, matches: CGIO.g_dtls_client_connection_get_accepted_cas)
}

@available(*, deprecated)
private func checkDeprecatedSignatures() {
    check(g_dtls_connection_set_rehandshake_mode, matches: CGIO.g_dtls_connection_set_rehandshake_mode)
    check(g_dtls_connection_get_rehandshake_mode, matches: CGIO.g_dtls_connection_get_rehandshake_mode)
}
