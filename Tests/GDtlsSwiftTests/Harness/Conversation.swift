// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// A client and a server connection over two UDP sockets on the loopback, used through libgio alone.
final class Conversation: @unchecked Sendable {  // unchecked: GObjects, each used as GIO allows
    let clientSocket: OpaquePointer
    let serverSocket: OpaquePointer
    let client: OpaquePointer
    let server: OpaquePointer

    /// Makes the two connections; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - identity: what the client expects the server to be; `nil`: nothing.
    ///   - validation: the client's validation flags.
    ///   - wrap: puts something between a connection and its socket; gives a reference of one's own if it is another object.
    /// - Throws: what GIO says, or that there is no provider.
    init(
        identity: String? = "localhost",
        validation: GTlsCertificateFlags = GTlsCertificateFlags(rawValue: 0),
        wrap: (OpaquePointer, Side) throws -> OpaquePointer = { socket, _ in socket }
    ) throws {
        try Provider.load()
        (clientSocket, serverSocket) = try Sockets.pair()
        let peer = identity.map { g_network_address_new($0, 1) } ?? nil
        defer { if let peer { g_object_unref(UnsafeMutableRawPointer(peer)) } }
        let clientBase = try wrap(clientSocket, .client)
        let serverBase = try wrap(serverSocket, .server)
        let certificate = try TestPKI.shared.server
        let newClient = try withGError { g_dtls_client_connection_new(clientBase, peer, $0) }
        client = try #require(newClient)
        let newServer = try withGError { g_dtls_server_connection_new(serverBase, certificate, $0) }
        server = try #require(newServer)
        for (base, socket) in [(clientBase, clientSocket), (serverBase, serverSocket)] where base != socket {
            g_object_unref(UnsafeMutableRawPointer(base))
        }
        var value = GValue()
        g_value_init(&value, g_tls_certificate_flags_get_type())
        g_value_set_flags(&value, validation.rawValue)
        g_object_set_property(
            UnsafeMutableRawPointer(client).assumingMemoryBound(to: GObject.self),
            "validation-flags",
            &value
        )
        g_value_unset(&value)
    }

    deinit {
        for object in [client, server, clientSocket, serverSocket] { g_object_unref(UnsafeMutableRawPointer(object)) }
    }

    /// Over sockets that lose nothing, and tell when their queues are full.
    static func reliable() throws -> Conversation {
        let sockets = try Sockets.unixPair()
        return try Conversation { _, side in side == .client ? sockets.0 : sockets.1 }
    }

    enum Side {
        case client
        case server
    }

    subscript(_ side: Side) -> OpaquePointer { side == .client ? client : server }

    /// Both handshakes, blocking, each in a thread.
    func connect() throws {
        let other = Background { [server] in try DTLS.handshake(server) }
        try DTLS.handshake(client)
        try other.join()
    }
}

/// Swift spellings of the C calls; no logic.
enum DTLS {
    static func handshake(_ connection: OpaquePointer, _ cancellable: UnsafeMutablePointer<GCancellable>? = nil) throws
    {
        _ = try withGError { g_dtls_connection_handshake(connection, cancellable, $0) }
    }

    static func close(_ connection: OpaquePointer, _ cancellable: UnsafeMutablePointer<GCancellable>? = nil) throws {
        _ = try withGError { g_dtls_connection_close(connection, cancellable, $0) }
    }

    static func shutdown(_ connection: OpaquePointer, read: Bool, write: Bool) throws {
        _ = try withGError { g_dtls_connection_shutdown(connection, read ? 1 : 0, write ? 1 : 0, nil, $0) }
    }

    /// Sends one datagram.
    @discardableResult
    static func send(
        _ connection: OpaquePointer,
        _ bytes: [UInt8],
        timeout: Int = -1,
        _ cancellable: UnsafeMutablePointer<GCancellable>? = nil
    ) throws -> Int {
        try bytes.withUnsafeBytes { bytes in
            var vector = GOutputVector(buffer: bytes.baseAddress, size: gsize(bytes.count))
            return try withUnsafeMutablePointer(to: &vector) { vector in
                var message = GOutputMessage(
                    address: nil,
                    vectors: vector,
                    num_vectors: 1,
                    bytes_sent: 0,
                    control_messages: nil,
                    num_control_messages: 0
                )
                return Int(
                    try withGError {
                        g_datagram_based_send_messages(connection, &message, 1, 0, timeout, cancellable, $0)
                    }
                )
            }
        }
    }

    /// Receives one datagram; `nil` for the end.
    static func receive(
        _ connection: OpaquePointer,
        timeout: Int = 10_000_000,
        size: Int = 65_536,
        _ cancellable: UnsafeMutablePointer<GCancellable>? = nil
    ) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: size)
        var received = 0
        let count = try bytes.withUnsafeMutableBytes { bytes in
            var vector = GInputVector(buffer: bytes.baseAddress, size: gsize(bytes.count))
            return try withUnsafeMutablePointer(to: &vector) { vector in
                var message = GInputMessage(
                    address: nil,
                    vectors: vector,
                    num_vectors: 1,
                    bytes_received: 0,
                    flags: 0,
                    control_messages: nil,
                    num_control_messages: nil
                )
                let count = try withGError {
                    g_datagram_based_receive_messages(connection, &message, 1, 0, timeout, cancellable, $0)
                }
                received = Int(message.bytes_received)
                return count
            }
        }
        return count == 0 ? nil : Array(bytes.prefix(received))
    }

    /// What an operation throws, or `nil`.
    static func error(_ body: () throws -> Void) -> GLibError? {
        do {
            try body()
            return nil
        } catch {
            return error as? GLibError
        }
    }
}

/// A thread of one's own for a blocking call: the cooperative pool must not block.
final class Background<R>: @unchecked Sendable {  // unchecked: the result is locked
    // What C calls share between threads they make safe themselves, which the compiler cannot know.
    private let body: () throws -> R
    private let result = LockedValue<Result<R, any Error>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    /// Returns when the thread is at work: on a busy machine that may take longer than what the test is about.
    init(_ body: @escaping () throws -> R) {
        self.body = body
        let begun = DispatchSemaphore(value: 0)
        Thread { [self] in
            begun.signal()
            let result = Result(catching: self.body)
            self.result.withLock { $0 = result }
            done.signal()
        }.start()
        begun.wait()
    }

    @discardableResult
    func join() throws -> R {
        done.wait()
        return try #require(result.withLock { $0 }).get()
    }

    /// Whether it has come to its end.
    var isDone: Bool { result.withLock { $0 != nil } }
}

/// UDP sockets on the loopback.
enum Sockets {
    /// Two sockets connected to each other.
    static func pair() throws -> (OpaquePointer, OpaquePointer) {
        let (one, other) = (try bound(), try bound())
        for (from, to) in [(one, other), (other, one)] {
            let address = try withGError { g_socket_get_local_address(to, $0) }
            _ = try withGError { g_socket_connect(from, address, nil, $0) }
            g_object_unref(UnsafeMutableRawPointer(address))
        }
        return (OpaquePointer(one), OpaquePointer(other))
    }

    /// Two sockets of the kind whose queues tell when they are full.
    static func unixPair(_ type: __socket_type = SOCK_DGRAM) throws -> (OpaquePointer, OpaquePointer) {
        var descriptors: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(type.rawValue), 0, &descriptors) == 0)
        let sockets = try descriptors.map { descriptor in try withGError { g_socket_new_from_fd(descriptor, $0) } }
        return (OpaquePointer(try #require(sockets[0])), OpaquePointer(try #require(sockets[1])))
    }

    static func bound() throws -> UnsafeMutablePointer<GSocket> {
        let made = try withGError {
            g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, $0)
        }
        let socket = try #require(made)
        let loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4)
        let address = g_inet_socket_address_new(loopback, 0)
        _ = try withGError { g_socket_bind(socket, address, 0, $0) }
        g_object_unref(address)
        g_object_unref(loopback)
        return socket
    }
}
