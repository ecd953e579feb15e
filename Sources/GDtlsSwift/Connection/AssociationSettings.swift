// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// What a program may set of an association and GIO has no properties for.
struct AssociationSettings {
    /// The largest datagram to send, in bytes of UDP payload.
    var mtu = EngineConfiguration.defaultMTU
    /// How long a handshake may take in all, in microseconds.
    var handshakeTimeout = EngineConfiguration.defaultHandshakeTimeout
    /// The lowest version to speak; unknown: the library's choice.
    var minimumVersion = G_TLS_PROTOCOL_VERSION_UNKNOWN
    /// An OpenSSL cipher list, or the library's choice.
    var cipherList: String?

    /// The configuration of an engine that is made for these.
    ///
    /// - Throws: `G_IO_ERROR_INVALID_ARGUMENT` where the cipher list names no suite.
    func makeConfiguration(role: Role) throws -> EngineConfiguration {
        var policy = SSLContext.Policy(role: role)
        policy.cipherList = cipherList
        var configuration = EngineConfiguration(context: try context(for: policy))
        configuration.mtu = mtu
        configuration.handshakeTimeout = handshakeTimeout
        return configuration
    }

    private func context(for policy: SSLContext.Policy) throws -> SSLContext {
        do {
            return try SSLContextCache.context(for: policy)
        } catch {
            guard let cipherList else { throw error }
            throw GLibError.io(
                G_IO_ERROR_INVALID_ARGUMENT,
                "OpenSSL cannot use the cipher list “\(cipherList)”: see the property cipher-list (\(error))"
            )
        }
    }
}

extension AssociationSettings {
    /// The properties that all connections have beyond those of GDtlsConnection.
    static let properties: [Property] = [
        .own(
            .uint(
                "mtu",
                in: UInt32(EngineConfiguration.smallestMTU)...UInt32(EngineConfiguration.largestMTU),
                default: UInt32(EngineConfiguration.defaultMTU),
                flags: .explicitNotify
            ),
            of: ConnectionObject.self,
            get: { me, value in value.set(uint: UInt32(me.settings.withLock { $0.association.mtu })) },
            set: { me, value in me.setMTU(Int(value.uint)) }
        ),
        .own(
            .uint("max-data-size", default: 0, flags: .readOnly),
            of: ConnectionObject.self,
            get: { me, value in value.set(uint: UInt32(me.maximumDataSize)) }
        ),
        .own(
            ParamSpec {
                g_param_spec_int64(
                    "handshake-timeout",
                    nil,
                    nil,
                    1000,
                    3_600_000_000,
                    gint64(EngineConfiguration.defaultHandshakeTimeout),
                    .readWrite
                )
            },
            of: ConnectionObject.self,
            get: { me, value in
                g_value_set_int64(value, gint64(me.settings.withLock { $0.association.handshakeTimeout }))
            },
            set: { me, value in me.replace(\.association.handshakeTimeout, Int64(g_value_get_int64(value))) }
        ),
        .own(
            .enum(
                "min-protocol-version",
                type: { g_tls_protocol_version_get_type() },
                default: Int32(bitPattern: G_TLS_PROTOCOL_VERSION_UNKNOWN.rawValue),
                flags: .explicitNotify
            ),
            of: ConnectionObject.self,
            get: { me, value in
                let version = me.settings.withLock { $0.association.minimumVersion }
                value.set(enumeration: Int32(bitPattern: version.rawValue))
            },
            set: { me, value in
                me.setMinimumVersion(GTlsProtocolVersion(rawValue: UInt32(bitPattern: value.enumeration)))
            }
        ),
        .own(
            .string("cipher-list"),
            of: ConnectionObject.self,
            get: { me, value in value.set(string: me.settings.withLock { $0.association.cipherList }) },
            set: { me, value in me.replace(\.association.cipherList, value.string) }
        ),
    ]
}

extension ConnectionObject {
    /// How many bytes of data fit into one datagram; 0 while no cipher is negotiated or in force any more.
    var maximumDataSize: Int {
        negotiated == nil ? 0 : (try? driver)?.withEngine { $0.maximumDataSize } ?? 0
    }

    fileprivate func setMTU(_ mtu: Int) {
        guard settings.withLock({ $0.association.mtu }) != mtu else { return }
        replace(\.association.mtu, mtu)
        (try? driver)?.withEngine { $0.setMTU(mtu) }
        notify("mtu")
        notify("max-data-size")
    }

    fileprivate func setMinimumVersion(_ version: GTlsProtocolVersion) {
        let isSpoken = version == G_TLS_PROTOCOL_VERSION_UNKNOWN || version == G_TLS_PROTOCOL_VERSION_DTLS_1_2
        guard isSpoken else {
            logWarning("min-protocol-version stays what it was: DTLS 1.2 is the only version that this library speaks")
            return
        }
        guard settings.withLock({ $0.association.minimumVersion }) != version else { return }
        replace(\.association.minimumVersion, version)
        notify("min-protocol-version")
    }
}

extension ConnectionDriver {
    /// Runs `body` with the engine, if there is one, and with the lock.
    func withEngine<R>(_ body: (DTLSEngine) -> R) -> R? {
        withLock { engine.map(body) }
    }
}

extension GParamFlags {
    /// Readable and writable, and notified by the setter alone.
    fileprivate static var explicitNotify: GParamFlags { .readWrite | G_PARAM_EXPLICIT_NOTIFY }
}
