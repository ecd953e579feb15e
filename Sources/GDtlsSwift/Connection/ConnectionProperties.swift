// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// The properties of GDtlsConnection, which all connections have.
enum ConnectionProperties {
    static let all: [Property] = [
        .override(
            "base-socket",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(object: me.settings.withLock { $0.baseSocket })
            },
            set: { me, value in
                me.replace(\.baseSocket, value.dupObject())
            }
        ),
        .override(
            "database",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(object: me.database)
            },
            set: { me, value in
                me.replace(\.database, .chosen(value.dupObject()))
            }
        ),
        .override(
            "interaction",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(object: me.settings.withLock { $0.interaction })
            },
            set: { me, value in
                me.replace(\.interaction, value.dupObject())
            }
        ),
        .override(
            "certificate",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(object: me.settings.withLock { $0.certificate })
            },
            set: { me, value in
                me.replace(\.certificate, value.dupObject())
            }
        ),
        .override(
            "require-close-notify",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(boolean: me.settings.withLock { $0.requiresCloseNotify })
            },
            set: { me, value in
                me.replace(\.requiresCloseNotify, value.boolean)
            }
        ),
        // Deprecated in Gio, whose functions set and get SAFELY alone; renegotiation does not exist here.
        .override(
            "rehandshake-mode",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(enumeration: Int32(bitPattern: me.settings.withLock { $0.rehandshakeMode }.rawValue))
            },
            set: { me, value in
                let isNever = value.enumeration == Int32(bitPattern: G_TLS_REHANDSHAKE_NEVER.rawValue)
                me.replace(\.rehandshakeMode, isNever ? G_TLS_REHANDSHAKE_NEVER : G_TLS_REHANDSHAKE_SAFELY)
            }
        ),
        .override(
            "advertised-protocols",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(takingBoxed: me.settings.withLock { $0.advertisedProtocols }?.makeVector())
            },
            set: { me, value in
                me.replace(\.advertisedProtocols, AdvertisedProtocols(value.boxed))
            }
        ),
        .override(
            "negotiated-protocol",
            of: ConnectionObject.self,
            get: { me, value in
                g_value_set_string(value, me.lendNegotiatedProtocol())
            }
        ),
        .override(
            "peer-certificate",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(object: me.outcome.peerCertificate)
            }
        ),
        .override(
            "peer-certificate-errors",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(flags: me.outcome.peerErrors.rawValue)
            }
        ),
        .override(
            "protocol-version",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(enumeration: Int32(bitPattern: protocolVersion(me.negotiated?.version).rawValue))
            }
        ),
        .override(
            "ciphersuite-name",
            of: ConnectionObject.self,
            get: { me, value in
                value.set(string: me.negotiated?.cipherName)
            }
        ),
    ]

    /// DTLS 1.3 has no number in GIO yet.
    private static func protocolVersion(_ onWire: UInt16?) -> GTlsProtocolVersion {
        switch onWire {
        case 0xFEFF: G_TLS_PROTOCOL_VERSION_DTLS_1_0
        case 0xFEFD: G_TLS_PROTOCOL_VERSION_DTLS_1_2
        default: G_TLS_PROTOCOL_VERSION_UNKNOWN
        }
    }
}

extension ConnectionObject {
    /// Changes a setting; what it held before goes after the lock is released, since that may run a dispose.
    func replace<T>(_ member: WritableKeyPath<Settings, T>, _ value: T) {
        let old: T = settings.withLock { settings in
            let old = settings[keyPath: member]
            settings[keyPath: member] = value
            return old
        }
        withExtendedLifetime(old) {}
    }
}
