// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// What the ends of an association have agreed on, and who the peer is.
struct NegotiatedParameters {
    let peer: String
    let version: String
    let cipher: String?
    let applicationProtocol: String?
    /// How many bytes of data fit into a datagram.
    let maxDataSize: Int
    /// How long the handshake took, in seconds.
    let handshakeTime: Double
    let certificate: PeerCertificate?

    @MainLoop
    init(of association: Association, problems: CertificateProblems) {
        let connection = association.connection
        peer = association.peer.description
        version = Self.name(of: g_dtls_connection_get_protocol_version(connection.opaque))
        cipher = takeString(g_dtls_connection_get_ciphersuite_name(connection.opaque))
        applicationProtocol = g_dtls_connection_get_negotiated_protocol(connection.opaque).map { String(cString: $0) }
        maxDataSize = Int(gdtls_swift_connection_get_max_data_size(connection.cast()))
        handshakeTime = association.handshakeTime
        certificate = Object(retaining: g_dtls_connection_get_peer_certificate(connection.opaque))
            .map { PeerCertificate($0, problems: problems) }
    }

    /// For people, on a few lines.
    var words: String {
        let first = "connected    \(peer), handshake \(decimal(handshakeTime * 1000, 1)) ms"
        let second =
            "  \(version), \(cipher ?? "unknown cipher"), "
            + (applicationProtocol.map { "ALPN \($0)" } ?? "no ALPN") + ", up to \(maxDataSize) bytes a datagram"
        return ([first, second] + (certificate?.words ?? ["certificate  none"])).joined(separator: "\n")
    }

    var json: JSON {
        [
            "peer": .string(peer), "version": .string(version), "cipher": .string(orNull: cipher),
            "alpn": .string(orNull: applicationProtocol), "max_data_size": .integer(maxDataSize),
            "handshake_ms": .number(decimal(handshakeTime * 1000, 3)), "certificate": certificate?.json ?? .null,
        ]
    }

    private static func name(of version: GTlsProtocolVersion) -> String {
        switch version {
        case G_TLS_PROTOCOL_VERSION_DTLS_1_0: "DTLS 1.0"
        case G_TLS_PROTOCOL_VERSION_DTLS_1_2: "DTLS 1.2"
        default: "unknown version"
        }
    }
}
