// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// What a person wants of an association.
struct AssociationSettings: Sendable {
    /// This end's certificate with its key, a `GTlsCertificate`.
    var certificate: Object?
    /// Whom to trust, a `GTlsDatabase`; `nil`: those that the system trusts.
    var authorities: Object?
    /// Names of application protocols with commas between them (RFC 7301).
    var protocols: String?
    /// The largest datagram to send, in bytes of UDP payload.
    var mtu: UInt32?
    /// How long the handshake may take, in seconds.
    var handshakeTimeout = 10.0
    /// Whether the peer may be anybody.
    var insecure = false

    /// Sets a connection up.
    func apply(to connection: Object) {
        gdtls_swift_connection_set_handshake_timeout(connection.cast(), gint64(handshakeTimeout * 1e6))
        if let mtu { gdtls_swift_connection_set_mtu(connection.cast(), mtu) }
        if let authorities { g_dtls_connection_set_database(connection.opaque, authorities.cast()) }
        if let protocols, let list = g_strsplit(protocols, ",", 0) {
            list.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: 1) {
                g_dtls_connection_set_advertised_protocols(connection.opaque, $0)
            }
            g_strfreev(list)
        }
    }
}
