// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// Application data: what GDatagramBased does.
extension ConnectionDriver {
    /// Receives up to `count` datagrams; how many there were, 0 for an end.
    ///
    /// An error is reported only where nothing was received (GIO's postcondition).
    /// The corresponding C function is `g_datagram_based_receive_messages`.
    func receive(
        _ messages: UnsafeMutablePointer<GInputMessage>,
        _ count: Int,
        timeout: Int64,
        cancellable: UnsafeMutablePointer<GCancellable>?,
        requiresCloseNotify: Bool
    ) throws -> Int {
        var filled = 0
        func attempt() throws -> Int? { try take(messages, count, &filled, requiresCloseNotify) }
        do {
            if timeout == 0 {
                try checkCancelled(cancellable)
                return try immediately(datagrams: count, attempt: attempt)
            }
            return try block(
                until: Deadline(timeout: timeout),
                cancellable: cancellable,
                datagrams: count,
                attempt: attempt
            )
        } catch {
            guard filled > 0 else { throw error }
            return filled
        }
    }

    /// Sends up to `count` datagrams; how many were sent.
    ///
    /// An error is reported only where nothing was sent. The corresponding C function is
    /// `g_datagram_based_send_messages`.
    func send(
        _ messages: UnsafeMutablePointer<GOutputMessage>,
        _ count: Int,
        timeout: Int64,
        cancellable: UnsafeMutablePointer<GCancellable>?
    ) throws -> Int {
        var sent = 0
        func attempt() throws -> Int? { try give(messages, count, &sent) }
        do {
            if timeout == 0 {
                try checkCancelled(cancellable)
                return try immediately(datagrams: 1, attempt: attempt)
            }
            return try block(
                until: Deadline(timeout: timeout),
                cancellable: cancellable,
                datagrams: 1,
                attempt: attempt
            )
        } catch {
            guard sent > 0 else { throw error }
            return sent
        }
    }

    private func take(
        _ messages: UnsafeMutablePointer<GInputMessage>,
        _ count: Int,
        _ filled: inout Int,
        _ requiresCloseNotify: Bool
    ) throws -> Int? {
        while filled < count, let datagram = try takeDatagram() {
            DatagramVectors.scatter(datagram, into: messages + filled)
            filled += 1
        }
        if filled == count { return filled }
        return try isAtEnd(requiresCloseNotify: requiresCloseNotify && filled == 0) ? filled : nil
    }

    /// The next decrypted datagram, if there is one.
    func takeDatagram() throws -> [UInt8]? {
        if closed.contains(.reading) { throw Self.closedError("receiving") }
        if received.count >= Self.receiveLimit { noteChange() }
        return received.popFirst()
    }

    /// Whether no datagram comes any more, by the peer's will; throws where it is by no one's.
    func isAtEnd(requiresCloseNotify: Bool) throws -> Bool {
        if let end {
            if case .baseEnd = end, requiresCloseNotify {
                throw GLibError.tls(G_TLS_ERROR_EOF, "The base socket ended without the peer's close_notify")
            }
            return true
        }
        if case .failed(let error) = phase { throw error }
        try throwBaseError()
        return false
    }

    /// Sends what the base takes; how many were sent if all were, `nil` for not yet.
    ///
    /// With the lock.
    func give(_ messages: UnsafeMutablePointer<GOutputMessage>, _ count: Int, _ sent: inout Int) throws -> Int? {
        if closed.contains(.writing) { throw Self.closedError("sending") }
        if case .failed(let error) = phase { throw error }
        guard case .established(let engine) = phase else { return nil }
        while sent < count {
            flush()
            try throwBaseError()
            guard unsent.isEmpty else { return nil }
            let size = try DatagramVectors.withGathered(messages + sent) { bytes in
                do throws(EngineError) {
                    try engine.send(bytes, now: .now)
                } catch {
                    throw GLibError(error, during: .sending, with: base)
                }
                return bytes.count
            }
            drain(engine)
            try throwBaseError()
            messages[sent].bytes_sent = guint(size)
            sent += 1
        }
        return sent
    }

    /// Reports an error of the base once; the next success clears it by itself.
    private func throwBaseError() throws {
        guard let error = baseError else { return }
        baseError = nil
        throw error
    }

    static func closedError(_ action: String) -> GLibError {
        .io(G_IO_ERROR_CLOSED, "The DTLS connection is closed for \(action)")
    }
}

/// GIO's scatter and gather vectors.
enum DatagramVectors {
    /// Copies a datagram into a message's vectors; what does not fit is lost and flagged, as recvmsg does.
    static func scatter(_ datagram: [UInt8], into message: UnsafeMutablePointer<GInputMessage>) {
        var rest = datagram[...]
        for index in 0..<Int(message.pointee.num_vectors) {
            guard !rest.isEmpty, let vector = message.pointee.vectors?[index], let buffer = vector.buffer else {
                continue
            }
            let part = rest.prefix(Int(vector.size))
            UnsafeMutableRawBufferPointer(start: buffer, count: part.count).copyBytes(from: part)
            rest = rest.dropFirst(part.count)
        }
        message.pointee.bytes_received = gsize(datagram.count - rest.count)
        message.pointee.flags = rest.isEmpty ? 0 : truncated
        message.pointee.address?.pointee = nil
        message.pointee.control_messages?.pointee = nil
        message.pointee.num_control_messages?.pointee = 0
    }

    /// Calls `body` with a message's bytes in one piece.
    static func withGathered<R>(
        _ message: UnsafeMutablePointer<GOutputMessage>,
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) rethrows -> R {
        let vectors = UnsafeBufferPointer(start: message.pointee.vectors, count: Int(message.pointee.num_vectors))
        if vectors.count == 1 {
            return try body(UnsafeRawBufferPointer(start: vectors[0].buffer, count: Int(vectors[0].size)))
        }
        var bytes: [UInt8] = []
        for vector in vectors {
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: vector.buffer, count: Int(vector.size)))
        }
        return try bytes.withUnsafeBytes(body)
    }

    /// MSG_TRUNC: what GSocket's `flags` say of a datagram that was larger than its vectors.
    private static let truncated: Int32 = 0x20
}
