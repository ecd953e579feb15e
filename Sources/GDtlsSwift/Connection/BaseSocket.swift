// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit
internal import Glibc
internal import Synchronization

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
    private let receiving = PromiseKeeper()
    private let sending = PromiseKeeper()

    /// - Parameter object: a GDatagramBased.
    init(_ object: GRef<OpaquePointer>) {
        self.object = object
        let isPlain = CGIO_G_TYPE_FROM_INSTANCE(object.rawPointer) == g_socket_get_type()
        let socket = isPlain ? object.rawPointer.assumingMemoryBound(to: GSocket.self) : nil
        self.socket = socket.flatMap { g_socket_get_socket_type($0) == G_SOCKET_TYPE_DATAGRAM ? $0 : nil }
    }

    /// Whether it is a plain GSocket, which has a descriptor for as long as it is open.
    ///
    /// Calling any other may run code of the application's, which must not happen under a lock.
    var isSocket: Bool { socket != nil }

    /// Refuses an object that lacks a function which GIO would call all the same, and abort, and a socket of streams,
    /// which cannot be used as a GDatagramBased.
    func checkCompleteness() throws {
        let instance = object.rawPointer.assumingMemoryBound(to: GTypeInstance.self)
        if g_type_check_instance_is_a(instance, g_socket_get_type()) != 0 {
            let kind = g_socket_get_socket_type(object.rawPointer.assumingMemoryBound(to: GSocket.self))
            guard kind == G_SOCKET_TYPE_DATAGRAM || kind == G_SOCKET_TYPE_SEQPACKET else {
                throw GLibError.io(
                    G_IO_ERROR_NOT_SUPPORTED,
                    "The base socket cannot carry DTLS: it is no datagram socket"
                )
            }
        }
        let table = g_type_interface_peek(instance.pointee.g_class, g_datagram_based_get_type())?
            .assumingMemoryBound(to: GDatagramBasedInterface.self).pointee
        let missing = [
            ("receive_messages", table?.receive_messages == nil), ("send_messages", table?.send_messages == nil),
            ("create_source", table?.create_source == nil),
        ]
        .filter(\.1).map(\.0)
        guard missing.isEmpty else {
            throw GLibError.io(
                G_IO_ERROR_NOT_SUPPORTED,
                "The base socket cannot carry DTLS: it does not implement \(missing.joined(separator: ", "))"
            )
        }
    }

    /// A source that becomes ready with the base (transfer full).
    ///
    /// Never under a lock. A base that has none to give, or one that cannot be attached, is polled.
    func makeSource(_ condition: GIOCondition) -> UnsafeMutablePointer<GSource> {
        if let made = g_datagram_based_create_source(object.pointer, condition, nil) {
            if g_source_is_destroyed(made) == 0, g_source_get_context(made) == nil { return made }
            g_source_unref(made)
        }
        // unsafelyUnwrapped: GLib aborts where memory ends, and gives no other reason for NULL.
        return g_timeout_source_new(10).unsafelyUnwrapped
    }

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
    /// - Parameters:
    ///   - limit: how many.
    ///   - buffer: where they go.
    ///   - isToldReadable: whether a poll said that there is something; if there is nothing, that is an end.
    /// - Returns: what came of it.
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

    /// Whether the peer of a socket that keeps a connection, as those of SOCK_SEQPACKET do, is gone: it receives empty
    /// datagrams from then on, without end.
    private var hasHungUp: Bool {
        let instance = object.rawPointer.assumingMemoryBound(to: GTypeInstance.self)
        guard g_type_check_instance_is_a(instance, g_socket_get_type()) != 0 else { return false }
        let socket = object.rawPointer.assumingMemoryBound(to: GSocket.self)
        guard g_socket_get_socket_type(socket) == G_SOCKET_TYPE_SEQPACKET else { return false }
        return g_socket_condition_check(socket, G_IO_HUP).intersects(G_IO_HUP)
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
            if let error {
                let error = receiving.judge(GLibError(taking: error))
                return error.map { .failed($0) } ?? .wouldBlock
            }
            if count < 0 { return receiving.noteBrokenPromise().map { .failed($0) } ?? .wouldBlock }
            receiving.notePromiseKept()
            if count == 0 { return .endOfStream }
            var filled = min(Int(count), limit)
            if let empty = messages[..<filled].firstIndex(where: { $0.bytes_received == 0 }), hasHungUp {
                if empty == 0 { return .endOfStream }
                filled = empty
            }
            for index in 0..<filled {
                // More than there was room for: nothing of it can be genuine.
                let size = Int(clamping: messages[index].bytes_received)
                buffer.counts[index] = size > buffer.slot(index).count ? 0 : size
            }
            return .datagrams(filled)
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
                    dispatch.obstacle = sending.judge(GLibError(taking: error)).map { .error($0) } ?? .full
                } else if count < 0 {
                    dispatch.obstacle = sending.noteBrokenPromise().map { .error($0) } ?? .full
                } else {
                    sending.notePromiseKept()
                    dispatch.taken = min(dispatch.taken + Int(count), messages.count)
                    if count == 0 { dispatch.obstacle = .full }
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
}

/// Counts failures without an error, in one direction of a base.
///
/// GSocket has one now and then (after a timeout of its own), and a PyGObject function that raises has them all. They are
/// taken for "would block", but not for ever: whoever waits for a base that always answers so would spin.
private final class PromiseKeeper: Sendable {
    private let broken = Atomic(0)

    func notePromiseKept() { broken.store(0, ordering: .relaxed) }

    /// What is to be reported, if it was one too many.
    func noteBrokenPromise() -> GLibError? {
        guard broken.add(1, ordering: .relaxed).newValue >= 16 else { return nil }
        return .io(
            G_IO_ERROR_INVALID_ARGUMENT,
            "The base socket of the DTLS connection is broken: it fails without setting an error"
        )
    }

    /// A proper error, or `nil` if it says no more than that there is nothing now.
    ///
    /// TIMED_OUT with a timeout of 0 is GSocket:timeout speaking for an earlier wait.
    func judge(_ error: GLibError) -> GLibError? {
        notePromiseKept()
        return error.isIO(G_IO_ERROR_WOULD_BLOCK) || error.isIO(G_IO_ERROR_TIMED_OUT) ? nil : error
    }
}
