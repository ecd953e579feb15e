// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// A DTLS association with one peer: a `GDtlsSwiftConnection`, as Swift's concurrency likes it.
@MainLoop
final class Association {
    enum Role {
        case client
        case server
    }

    let role: Role
    let peer: Address
    let connection: Object
    let socket: UDPSocket
    /// How long the handshake took, in seconds.
    private(set) var handshakeTime = 0.0

    private let verification: Verification

    /// Makes a client's end.
    ///
    /// - Parameters:
    ///   - socket: connected to the server.
    ///   - peer: the server's address.
    ///   - identity: whom the server's certificate must be about, a `GSocketConnectable`.
    ///   - settings: what the person wants.
    /// - Throws: `GLibError`.
    init(clientOver socket: UDPSocket, to peer: Address, identity: Object?, _ settings: AssociationSettings) throws {
        let new = try throwing { gdtls_swift_client_connection_new(socket.object.opaque, identity?.opaque, $0) }
        guard let connection = Object(owned: new) else { throw Failure(.failed, "There is no connection") }
        (role, self.peer, self.connection, self.socket) = (.client, peer, connection, socket)
        verification = Verification(accepting: settings.insecure)
        verification.watch(connection)
        settings.apply(to: connection)
        if let certificate = settings.certificate {
            g_dtls_connection_set_certificate(connection.opaque, certificate.cast())
        }
    }

    /// Makes a server's end.
    ///
    /// - Parameters:
    ///   - socket: connected to the client.
    ///   - peer: the client's address.
    ///   - clientCertificates: whether the client is asked for a certificate, and has to have one.
    ///   - settings: what the person wants.
    /// - Throws: `GLibError`.
    init(
        serverOver socket: UDPSocket,
        to peer: Address,
        clientCertificates: GTlsAuthenticationMode,
        _ settings: AssociationSettings
    ) throws {
        let new = try throwing {
            gdtls_swift_server_connection_new(socket.object.opaque, settings.certificate?.cast(), $0)
        }
        guard let connection = Object(owned: new) else { throw Failure(.failed, "There is no connection") }
        (role, self.peer, self.connection, self.socket) = (.server, peer, connection, socket)
        verification = Verification(accepting: settings.insecure)
        verification.watch(connection)
        settings.apply(to: connection)
        connection.set("authentication-mode", g_tls_authentication_mode_get_type(), clientCertificates.rawValue)
    }

    /// Shakes hands.
    ///
    /// - Throws: ``Failure``; a client's also as soon as ICMP says that nobody listens.
    func handshake() async throws {
        let start = seconds()
        socket.keepNetworkErrors(role == .client)
        defer { socket.keepNetworkErrors(false) }
        // A server's peer has been heard, so that nothing needs to be learnt from ICMP.
        try await untilFirst(awaitHandshake, { try await self.role == .client ? self.awaitNetworkError() : pause() })
        handshakeTime = seconds() - start
    }

    /// Receives a datagram.
    ///
    /// - Returns: `nil` once the peer has closed.
    func receive() async throws -> [UInt8]? {
        let bytes = try await result {
            gdtls_swift_connection_receive_async(connection.cast(), G_PRIORITY_DEFAULT, $0, $1, $2)
        } finish: {
            gdtls_swift_connection_receive_finish(connection.cast(), $0, $1)
        }
        guard let bytes else { return nil }
        defer { g_bytes_unref(bytes) }
        var size: gsize = 0
        let start = g_bytes_get_data(bytes, &size)
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(size)))
    }

    /// Sends a datagram.
    func send(_ datagram: [UInt8]) async throws {
        _ = try await result {
            let (size, priority) = (gsize(datagram.count), G_PRIORITY_DEFAULT)
            gdtls_swift_connection_send_async(connection.cast(), datagram, size, priority, $0, $1, $2)
        } finish: {
            gdtls_swift_connection_send_finish(connection.cast(), $0, $1)
        }
    }

    /// Says goodbye, even in a task that is cancelled.
    func close() async {
        _ = await Task { @MainLoop in
            try await result {
                g_dtls_connection_close_async(connection.opaque, G_PRIORITY_DEFAULT, $0, $1, $2)
            } finish: {
                g_dtls_connection_close_finish(connection.opaque, $0, $1)
            }
        }.result
    }

    /// What the two have agreed on.
    var parameters: NegotiatedParameters { NegotiatedParameters(of: self, problems: verification.problems) }

    private func awaitHandshake() async throws {
        do {
            _ = try await result {
                g_dtls_connection_handshake_async(connection.opaque, G_PRIORITY_DEFAULT, $0, $1, $2)
            } finish: {
                g_dtls_connection_handshake_finish(connection.opaque, $0, $1)
            }
        } catch let error as GLibError {
            throw Failure(handshake: error, of: self, verification.certificate)
        }
    }

    private func awaitNetworkError() async throws {
        let number = try await socket.networkError()
        if number == ECONNREFUSED {
            throw Failure(.unreachable, "Nobody listens on \(peer)", advice: "See whether the port is right")
        }
        throw Failure(.unreachable, "\(peer) cannot be reached: \(String(cString: strerror(number)))")
    }
}
