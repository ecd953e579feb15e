// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// What client and server connections have in common: the GDtlsConnection, its properties and its driver.
///
/// GType `GDtlsSwiftConnection`, abstract, child of GObject.
// Unchecked Sendable: settings have a lock of their own, the driver too, and it is set once, in init.
class ConnectionObject: ObjectImpl, @unchecked Sendable {
    /// What the application has set.
    struct Settings {
        var baseSocket: GRef<OpaquePointer>?
        var database = DatabaseChoice.standard
        var interaction: GRef<UnsafeMutablePointer<GTlsInteraction>>?
        var certificate: GRef<UnsafeMutablePointer<GTlsCertificate>>?
        var advertisedProtocols: AdvertisedProtocols?
        var requiresCloseNotify = true
        var rehandshakeMode = G_TLS_REHANDSHAKE_NEVER
        var serverIdentity: GRef<OpaquePointer>?
        var validationFlags = G_TLS_CERTIFICATE_VALIDATE_ALL
        var authenticationMode = G_TLS_AUTHENTICATION_NONE
        var association = AssociationSettings()
    }

    /// Not setting a database and setting none are two things.
    enum DatabaseChoice {
        case standard
        case chosen(GRef<UnsafeMutablePointer<GTlsDatabase>>?)
    }

    let settings = Guarded(Settings())
    private let driverSlot = Guarded<ConnectionDriver?>(nil)
    /// What callers were given to look at and not to free.
    let loans = Guarded(Loans())

    class override var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "GDtlsSwiftConnection",
        parent: { .object },
        flags: .abstract,
        interfaces: [
            Interface({ g_initable_get_type() }, install: InitableTable.install),
            Interface({ g_datagram_based_get_type() }, install: DatagramBasedTable.install),
            Interface({ g_dtls_connection_get_type() }, install: DtlsConnectionTable.install),
        ],
        properties: ConnectionProperties.all + AssociationSettings.properties
    )

    required init(instance: UnsafeMutablePointer<GObject>) {
        super.init(instance: instance)
    }

    override func dispose() {
        let driver = driverSlot.withLock { $0 }
        driver?.dispose()
    }

    /// GInitable: the connection is usable, or an error says why not.
    func initialise(_ cancellable: UnsafeMutablePointer<GCancellable>?) throws {
        try checkCancelled(cancellable)
        guard let base = settings.withLock({ $0.baseSocket }) else {
            throw GLibError.io(
                G_IO_ERROR_INVALID_ARGUMENT,
                "A DTLS connection needs a base socket: set the base-socket property"
            )
        }
        let driver = ConnectionDriver(base: base, connection: GWeak(instance))
        try driver.base.checkCompleteness()
        driverSlot.withLock { if $0 == nil { $0 = driver } }
        KeyLog.warnOnce()
    }

    /// The driver, or `G_IO_ERROR_CLOSED` on an object that was never initialised.
    var driver: ConnectionDriver {
        get throws {
            guard let driver = driverSlot.withLock({ $0 }) else {
                throw GLibError.io(G_IO_ERROR_CLOSED, "The DTLS connection was not initialised")
            }
            return driver
        }
    }

    // MARK: What the roles add

    /// Makes the engine from the present settings, at the start of the handshake.
    func makeEngine() throws -> DTLSEngine {
        throw GLibError.io(G_IO_ERROR_NOT_SUPPORTED, "A GDtlsSwiftConnection is a client's or a server's")
    }

    /// Judges a peer's chain, leaf first.
    ///
    /// Any thread.
    ///
    /// - Parameters:
    ///   - chain: the certificates.
    ///   - cancellable: for databases that take their time.
    /// - Returns: all that is wrong with it.
    func judge(_ chain: [X509Certificate], _ cancellable: UnsafeMutablePointer<GCancellable>?) -> PeerVerification {
        verifyPeer(chain: chain, database: nil, identity: nil, peerIsServer: true)
    }

    /// Why a peer is refused, for people.
    func refusal(of judged: PeerVerification, wasAsked: Bool) -> Refusal {
        let certificate = judged.certificate.flatMap { try? CertificateObject.x509(of: $0.pointer) }
        return Refusal(
            certificate: certificate,
            flags: judged.flags,
            error: judged.error,
            wasAsked: wasAsked,
            role: .server
        )
    }

    /// What to do with a peer whose certificate has these problems.
    func policy(on flags: GTlsCertificateFlags) -> AcceptancePolicy { .refuse }

    /// Tells that the handshake is over, in the origin's context.
    func announceHandshake(_ result: Result<Bool, any Error>) {
        notify("peer-certificate")
        notify("peer-certificate-errors")
        guard case .success = result else { return }
        if outcome.negotiated?.applicationProtocol != nil { notify("negotiated-protocol") }
        notify("protocol-version")
        notify("ciphersuite-name")
        notify("max-data-size")
    }

    /// The database that peers are verified against; `nil` where the application set none. (transfer full)
    var database: GRef<UnsafeMutablePointer<GTlsDatabase>>? {
        if case .chosen(let chosen) = settings.withLock({ $0.database }) { return chosen }
        return DefaultDatabase.ofProcess()
    }

    /// Whether verification enters code that may block: a database of the application's.
    var verificationMayBlock: Bool {
        guard let database else { return false }
        // A subclass of ours is somebody else's code too.
        let type = CGIO_G_TYPE_FROM_INSTANCE(database.pointer)
        return type != DatabaseObject.gtype && type != FileDatabaseObject.gtype
    }

    /// What the handshake found out.
    var outcome: HandshakeOutcome {
        guard let driver = driverSlot.withLock({ $0 }) else { return HandshakeOutcome() }
        return driver.monitor.withLock { driver.outcome }
    }

    /// What was negotiated, while the connection is not closed.
    var negotiated: Negotiated? {
        guard let driver = driverSlot.withLock({ $0 }) else { return nil }
        return driver.monitor.withLock { driver.closed == .both ? nil : driver.outcome.negotiated }
    }
}

/// Whether the application has to be asked about a peer.
enum AcceptancePolicy {
    case accept
    case refuse
    case ask
}
