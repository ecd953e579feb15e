// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// A client's connection: GType `GDtlsSwiftClientConnection`, implements GDtlsClientConnection.
final class ClientConnectionObject: ConnectionObject, @unchecked Sendable {
    static var gtype: GType { ObjectType.register(ClientConnectionObject.self) }

    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "GDtlsSwiftClientConnection",
        parent: { ObjectType.register(ConnectionObject.self) },
        interfaces: [Interface({ g_dtls_client_connection_get_type() })],
        properties: [
            .override(
                "validation-flags",
                of: ClientConnectionObject.self,
                get: { me, value in
                    value.set(flags: me.settings.withLock { $0.validationFlags.rawValue })
                },
                set: { me, value in
                    me.replace(\.validationFlags, GTlsCertificateFlags(rawValue: value.flags))
                }
            ),
            .override(
                "server-identity",
                of: ClientConnectionObject.self,
                get: { me, value in
                    value.set(object: me.settings.withLock { $0.serverIdentity })
                },
                set: { me, value in
                    me.replace(\.serverIdentity, value.dupObject())
                }
            ),
            .override(
                "accepted-cas",
                of: ClientConnectionObject.self,
                get: { me, value in
                    value.set(pointer: makeNameList(me.outcome.acceptedAuthorities))
                }
            ),
        ]
    )

    override func makeEngine() throws -> DTLSEngine {
        let settings = settings.withLock { $0 }
        var configuration = try settings.association.makeConfiguration(role: .client)
        configuration.serverName = ServerName.of(settings.serverIdentity)
        configuration.protocols = settings.advertisedProtocols?.names ?? []
        configuration.credentials = try settings.certificate.flatMap {
            try CertificateObject.readyCredentials(of: $0.pointer)
        }
        return try DTLSEngine.make(configuration)
    }

    override func judge(
        _ chain: [X509Certificate],
        _ cancellable: UnsafeMutablePointer<GCancellable>?
    ) -> PeerVerification {
        let (identity, interaction) = settings.withLock { ($0.serverIdentity, $0.interaction) }
        let database = self.database
        // Another thread may set others meanwhile: these live until they have been asked.
        defer { withExtendedLifetime((identity, interaction, database)) {} }
        return verifyPeer(
            chain: chain,
            database: database?.pointer,
            identity: identity?.pointer,
            peerIsServer: true,
            interaction: interaction?.pointer,
            cancellable: cancellable
        )
    }

    override func refusal(of judged: PeerVerification, wasAsked: Bool) -> Refusal {
        let identity = settings.withLock { $0.serverIdentity }
        var refusal = super.refusal(of: judged, wasAsked: wasAsked)
        refusal.role = .client
        refusal.expected = identity.map(ServerName.description)
        return refusal
    }

    override func policy(on flags: GTlsCertificateFlags) -> AcceptancePolicy {
        if !flags.intersects(settings.withLock { $0.validationFlags }) { return .accept }
        return hasAcceptanceHandler ? .ask : .refuse
    }

    override func announceHandshake(_ result: Result<Bool, any Error>) {
        super.announceHandshake(result)
        notify("accepted-cas")
    }

    /// A GList of GByteArrays (transfer full), as the property has it; NULL where no certificate was asked for.
    private static func makeNameList(_ names: [[UInt8]]?) -> UnsafeMutableRawPointer? {
        var list: UnsafeMutablePointer<GList>?
        for name in (names ?? []).reversed() {
            let array = g_byte_array_sized_new(guint(name.count))
            name.withUnsafeBufferPointer { _ = g_byte_array_append(array, $0.baseAddress, guint($0.count)) }
            list = g_list_prepend(list, array)
        }
        return UnsafeMutableRawPointer(list)
    }
}

/// A server's connection: GType `GDtlsSwiftServerConnection`, implements GDtlsServerConnection.
final class ServerConnectionObject: ConnectionObject, @unchecked Sendable {
    static var gtype: GType { ObjectType.register(ServerConnectionObject.self) }

    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "GDtlsSwiftServerConnection",
        parent: { ObjectType.register(ConnectionObject.self) },
        interfaces: [Interface({ g_dtls_server_connection_get_type() })],
        properties: [
            .override(
                "authentication-mode",
                of: ServerConnectionObject.self,
                get: { me, value in
                    value.set(enumeration: Int32(bitPattern: me.settings.withLock { $0.authenticationMode.rawValue }))
                },
                set: { me, value in
                    me.replace(
                        \.authenticationMode,
                        GTlsAuthenticationMode(rawValue: UInt32(bitPattern: value.enumeration))
                    )
                }
            )
        ]
    )

    override func initialise(_ cancellable: UnsafeMutablePointer<GCancellable>?) throws {
        if let certificate = settings.withLock({ $0.certificate }) {
            guard try CertificateObject.hasKey(certificate.pointer) else {
                throw GLibError.tls(
                    G_TLS_ERROR_BAD_CERTIFICATE,
                    "Certificate has no private key, which a DTLS server needs"
                )
            }
            // Sooner than at the first client's hello, which somebody else would see fail.
            if let credentials = try CertificateObject.readyCredentials(of: certificate.pointer) {
                try check(credentials)
            }
        }
        try super.initialise(cancellable)
    }

    private func check(_ credentials: Credentials) throws {
        guard credentials.isMatched else {
            throw GLibError.tls(
                G_TLS_ERROR_BAD_CERTIFICATE,
                "The private key does not belong to the certificate: take the one that the certificate was made for"
            )
        }
        // OpenSSL has an opinion of its own, as of keys that are too short.
        var configuration = try settings.withLock { $0 }.association.makeConfiguration(role: .server)
        configuration.credentials = credentials
        _ = try DTLSEngine.make(configuration)
    }

    override func makeEngine() throws -> DTLSEngine {
        let settings = settings.withLock { $0 }
        var configuration = try settings.association.makeConfiguration(role: .server)
        configuration.protocols = settings.advertisedProtocols?.names ?? []
        if let certificate = settings.certificate {
            configuration.credentials = try CertificateObject.readyCredentials(of: certificate.pointer)
            // What is in a token is found when a client is there, since that may take a PIN.
            configuration.asksForCredentials = configuration.credentials == nil
        }
        configuration.clientAuthentication =
            switch settings.authenticationMode {
            case G_TLS_AUTHENTICATION_REQUIRED: .required
            case G_TLS_AUTHENTICATION_REQUESTED: .requested
            default: .none
            }
        if settings.authenticationMode != G_TLS_AUTHENTICATION_NONE {
            configuration.acceptedAuthorities = Self.authorities(of: settings.database)
        }
        return try DTLSEngine.make(configuration)
    }

    override func judge(
        _ chain: [X509Certificate],
        _ cancellable: UnsafeMutablePointer<GCancellable>?
    ) -> PeerVerification {
        let interaction = settings.withLock { $0.interaction }
        let database = self.database
        // Another thread may set others meanwhile: these live until they have been asked.
        defer { withExtendedLifetime((interaction, database)) {} }
        return verifyPeer(
            chain: chain,
            database: database?.pointer,
            identity: nil,
            peerIsServer: false,
            interaction: interaction?.pointer,
            cancellable: cancellable
        )
    }

    /// A client that shows a certificate is accepted by the application alone.
    override func policy(on flags: GTlsCertificateFlags) -> AcceptancePolicy {
        hasAcceptanceHandler ? .ask : .refuse
    }

    /// The authorities to name to a client: those of a file that the application has chosen.
    ///
    /// Not those of the system, which are too many and seldom vouch for clients, nor so many that they would swell the
    /// flight: then any will do.
    private static func authorities(of choice: DatabaseChoice) -> [X509Certificate] {
        guard case .chosen(let chosen?) = choice,
            let database = tryImplementation(chosen.pointer, as: FileDatabaseObject.self),
            let anchors = try? database.trustStore().certificates
        else { return [] }
        let size = anchors.reduce(0) { $0 + 2 + $1.subjectDER.count }
        return size <= largestNames ? anchors : []
    }

    /// Bytes: about three datagrams, in an answer to a client that has not proved its address.
    private static let largestNames = 4096
}

extension DTLSEngine {
    /// Makes an engine, or says why not as a GError.
    static func make(_ configuration: EngineConfiguration) throws -> DTLSEngine {
        do throws(EngineError) {
            return try DTLSEngine(configuration: configuration)
        } catch {
            throw GLibError.tls(
                G_TLS_ERROR_BAD_CERTIFICATE,
                "The certificate and key of this end cannot be used: \(error.reasons?.description ?? "\(error.code)")"
            )
        }
    }
}
