// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit
internal import Glibc

/// The GDatagramBased that a connection sends and receives through, never waiting.
///
/// A plain GSocket is read and written by its descriptor, which is faster and means the same.
// Unchecked Sendable: it holds a reference that never changes; the connection's lock orders the calls.
final class BaseSocket: @unchecked Sendable {
    /// What came of one attempt to receive.
    enum Receipt {
        /// So many datagrams lie in the buffer's slots.
        case datagrams(Int)
        case wouldBlock
        /// A base that knows ends has come to its own; UDP has none.
        case endOfStream
        case failed(GLibError)
    }

    /// What came of one attempt to send.
    struct Dispatch {
        /// How many datagrams left.
        var taken = 0
        /// Why the next one did not.
        var obstacle: Obstacle?
    }

    enum Obstacle {
        /// There is no room for it now.
        case full
        case error(GLibError)
    }

    private static let receiveFlags = Int32(MSG_DONTWAIT) | Int32(MSG_TRUNC)
    private static let sendFlags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)

    let object: GRef<OpaquePointer>
    private let socket: UnsafeMutablePointer<GSocket>?

    /// - Parameter object: a GDatagramBased.
    init(_ object: GRef<OpaquePointer>) {
        self.object = object
        let isPlain = CGIO_G_TYPE_FROM_INSTANCE(object.rawPointer) == g_socket_get_type()
        let socket = isPlain ? object.rawPointer.assumingMemoryBound(to: GSocket.self) : nil
        self.socket = socket.flatMap { g_socket_get_socket_type($0) == G_SOCKET_TYPE_DATAGRAM ? $0 : nil }
    }

    /// Whether it is a plain GSocket, which has a descriptor for as long as it is open.
    var isSocket: Bool { socket != nil }

    /// The descriptor to poll, where there is one and it is open.
    var descriptor: Int32? {
        guard let socket, g_socket_is_closed(socket) == 0 else { return nil }
        return g_socket_get_fd(socket)
    }

    /// The peer, for messages to people; empty where nobody can tell.
    var peerDescription: String {
        guard let socket, let address = g_socket_get_remote_address(socket, nil) else { return "" }
        defer { g_object_unref(address) }
        guard let text = g_socket_connectable_to_string(OpaquePointer(address)) else { return "" }
        defer { g_free(text) }
        return String(cString: text)
    }

    /// Whether it was closed under the connection.
    var isClosed: Bool {
        guard let socket else { return false }
        return g_socket_is_closed(socket) != 0
    }

    /// Takes up to `limit` datagrams into the slots of a buffer.
    ///
    /// - Parameter isToldReadable: whether a poll said that there is something; if there is nothing, that is an end.
    func receive(_ limit: Int, into buffer: ReceiveBuffer, isToldReadable: Bool) -> Receipt {
        guard let socket else { return receiveMessages(limit, into: buffer) }
        guard !isClosed else { return .failed(Self.closed) }
        var filled = 0
        while filled < min(limit, ReceiveBuffer.slots) {
            let slot = buffer.slot(filled)
            let count = recv(g_socket_get_fd(socket), slot.baseAddress, slot.count, Self.receiveFlags)
            if count >= 0 {
                // Larger than any record: nothing of it can be genuine.
                buffer.counts[filled] = count > slot.count ? 0 : count
                filled += 1
                continue
            }
            let code = errno
            if code == EINTR { continue }
            if filled > 0 { break }
            guard code == EAGAIN || code == EWOULDBLOCK else { return .failed(Self.error(code, "Receiving from")) }
            return isToldReadable && isShutDown ? .endOfStream : .wouldBlock
        }
        return .datagrams(filled)
    }

    /// Sends datagrams, oldest first, in one call if it can.
    func send(_ datagrams: ArraySlice<[UInt8]>) -> Dispatch {
        guard socket != nil else { return sendMessages(datagrams) }
        var dispatch = Dispatch()
        var retried = false
        while dispatch.obstacle == nil, let next = datagrams.dropFirst(dispatch.taken).first {
            guard let descriptor else { return Dispatch(taken: dispatch.taken, obstacle: .error(Self.closed)) }
            let rest = datagrams.dropFirst(dispatch.taken)
            let count = rest.count == 1 ? Self.send(next, descriptor) : Self.send(rest, descriptor)
            if count >= 0 {
                dispatch.taken += count
                continue
            }
            let code = errno
            if code == EINTR { continue }
            if code == EAGAIN || code == EWOULDBLOCK {
                dispatch.obstacle = .full
            } else if code == ENOBUFS {
                // The queue of the device is full: as good as lost on the way.
                dispatch.taken += 1
            } else if Self.isTransient(code), !retried {
                // An ICMP error for an earlier datagram is reported instead of sending this one, once.
                retried = true
            } else {
                dispatch.obstacle = .error(Self.error(code, "Sending to"))
            }
        }
        return dispatch
    }

    /// Whether an error of the base ends a handshake: the base cannot be used.
    ///
    /// All others say no more than that an earlier datagram did not arrive (ICMP) or did not leave: noise, for a
    /// handshake has its own time limit.
    static func isFinal(_ error: GLibError) -> Bool {
        [G_IO_ERROR_CLOSED, G_IO_ERROR_NOT_INITIALIZED, G_IO_ERROR_INVALID_ARGUMENT, G_IO_ERROR_NOT_CONNECTED]
            .contains { error.isIO($0) }
    }

    /// Whether an error is an ICMP message about the peer, which is gone once it is told.
    static func isOfPeer(_ error: GLibError) -> Bool {
        [G_IO_ERROR_CONNECTION_REFUSED, G_IO_ERROR_HOST_UNREACHABLE, G_IO_ERROR_NETWORK_UNREACHABLE]
            .contains { error.isIO($0) }
    }

    /// Whether somebody shut the socket down for reading: polls then say for ever that there is something.
    private var isShutDown: Bool {
        guard let descriptor else { return false }
        // POLLRDHUP, which poll.h shows to _GNU_SOURCE alone.
        var record = pollfd(fd: descriptor, events: 0x2000, revents: 0)
        return poll(&record, 1, 0) == 1 && record.revents & 0x2000 != 0
    }

    /// Sends one datagram; how many were sent, or −1 with `errno`.
    private static func send(_ datagram: [UInt8], _ descriptor: Int32) -> Int {
        datagram.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, sendFlags) < 0 ? -1 : 1 }
    }

    /// Sends several datagrams in one call; how many were sent, or −1 with `errno`.
    private static func send(_ datagrams: ArraySlice<[UInt8]>, _ descriptor: Int32) -> Int {
        withVectors(datagrams.prefix(Int(CGIO_SENDMMSG_LIMIT))) { vectors in
            Int(CGIO_sendmmsg(descriptor, vectors.baseAddress, guint(vectors.count), sendFlags))
        }
    }

    /// Errors that report the fate of an earlier datagram instead of sending this one.
    private static func isTransient(_ code: Int32) -> Bool {
        [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EPROTO, EHOSTDOWN, ENOPROTOOPT, ENONET].contains(code)
    }

    private static let closed = GLibError.io(G_IO_ERROR_CLOSED, "The base socket of the DTLS connection is closed")

    private static func error(_ code: Int32, _ action: String) -> GLibError {
        let reason = g_strerror(code).map { String(cString: $0) } ?? "error \(code)"
        let kind =
            switch code {
            case EDESTADDRREQ, ENOTCONN: G_IO_ERROR_NOT_CONNECTED
            case ETIMEDOUT: G_IO_ERROR_HOST_UNREACHABLE
            default: g_io_error_from_errno(code)
            }
        return .io(kind, "\(action) the peer failed: \(reason)")
    }

    // MARK: Any GDatagramBased

    private func receiveMessages(_ limit: Int, into buffer: ReceiveBuffer) -> Receipt {
        let limit = min(limit, ReceiveBuffer.slots)
        var vectors = (0..<limit).map { index in
            GInputVector(buffer: buffer.slot(index).baseAddress, size: gsize(buffer.slot(index).count))
        }
        return vectors.withUnsafeMutableBufferPointer { vectors in
            var messages = (0..<limit).map { index in
                GInputMessage(
                    address: nil,
                    vectors: vectors.baseAddress.map { $0 + index },
                    num_vectors: 1,
                    bytes_received: 0,
                    flags: 0,
                    control_messages: nil,
                    num_control_messages: nil
                )
            }
            var error: UnsafeMutablePointer<GError>?
            let count = g_datagram_based_receive_messages(
                object.pointer,
                &messages,
                guint(limit),
                0,
                0,
                nil,
                &error
            )
            if let error { return receipt(GLibError(taking: error)) }
            // A base may break its promise of an error (GSocket with a timeout of its own does).
            if count < 0 { return .wouldBlock }
            if count == 0 { return .endOfStream }
            for index in 0..<Int(count) { buffer.counts[index] = Int(clamping: messages[index].bytes_received) }
            return .datagrams(Int(count))
        }
    }

    private func sendMessages(_ datagrams: ArraySlice<[UInt8]>) -> Dispatch {
        Self.withVectors(datagrams) { vectors in
            var messages = vectors.indices.map { index in
                GOutputMessage(
                    address: nil,
                    vectors: vectors.baseAddress.map { $0 + index },
                    num_vectors: 1,
                    bytes_sent: 0,
                    control_messages: nil,
                    num_control_messages: 0
                )
            }
            var dispatch = Dispatch()
            while dispatch.obstacle == nil, dispatch.taken < messages.count {
                var error: UnsafeMutablePointer<GError>?
                let count = messages.withUnsafeMutableBufferPointer { messages in
                    let rest = UnsafeMutableBufferPointer(rebasing: messages[dispatch.taken...])
                    return g_datagram_based_send_messages(
                        object.pointer,
                        rest.baseAddress,
                        guint(rest.count),
                        0,
                        0,
                        nil,
                        &error
                    )
                }
                if let error {
                    let error = GLibError(taking: error)
                    dispatch.obstacle = Self.meansLater(error) ? .full : .error(error)
                } else if count > 0 {
                    dispatch.taken += Int(count)
                } else {
                    dispatch.obstacle = .full
                }
            }
            return dispatch
        }
    }

    /// Calls `body` with a vector for each datagram.
    private static func withVectors<R>(
        _ datagrams: ArraySlice<[UInt8]>,
        _ body: (UnsafeMutableBufferPointer<GOutputVector>) -> R
    ) -> R {
        var vectors: [GOutputVector] = []
        vectors.reserveCapacity(datagrams.count)
        // The pointers are good inside of the closures alone: hence one in the other.
        func add(_ rest: ArraySlice<[UInt8]>) -> R {
            guard let first = rest.first else { return vectors.withUnsafeMutableBufferPointer { body($0) } }
            return first.withUnsafeBytes { bytes in
                vectors.append(GOutputVector(buffer: bytes.baseAddress, size: gsize(bytes.count)))
                return add(rest.dropFirst())
            }
        }
        return add(datagrams)
    }

    private func receipt(_ error: GLibError) -> Receipt {
        Self.meansLater(error) ? .wouldBlock : .failed(error)
    }

    /// TIMED_OUT with a timeout of 0 is GSocket:timeout speaking for an earlier wait.
    private static func meansLater(_ error: GLibError) -> Bool {
        error.isIO(G_IO_ERROR_WOULD_BLOCK) || error.isIO(G_IO_ERROR_TIMED_OUT)
    }
}
