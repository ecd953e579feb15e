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
        // An error is told where nothing was received, by the next call.
        if filled > 0, baseError != nil { return filled }
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
        while sent < count {
            if case .failed(let error) = phase { throw error }
            guard case .established(let engine) = phase else { return nil }
            flush()
            // An error is told where nothing was sent, by the next call.
            if sent > 0, baseError != nil { return sent }
            try throwBaseError()
            guard unsent.isEmpty else { return nil }
            let batch = UnsafeMutableBufferPointer(start: messages + sent, count: min(count - sent, Self.sendBatch))
            let (encrypted, refusal) = encrypt(batch, with: engine)
            let left = min(ship(of: engine, stopsAtError: true), encrypted)
            for index in left..<encrypted { batch[index].bytes_sent = 0 }
            sent += left
            if let refusal, left == encrypted { throw refusal }
        }
        return sent
    }

    /// Messages that are encrypted before the base is given them all in one call.
    private static let sendBatch = 16

    /// Encrypts messages, one datagram each; how many, and why not all of them.
    private func encrypt(
        _ messages: UnsafeMutableBufferPointer<GOutputMessage>,
        with engine: DTLSEngine
    ) -> (count: Int, refusal: (any Error)?) {
        defer { collect(engine) }
        for (index, message) in messages.enumerated() {
            do {
                let size = try DatagramVectors.withGathered(message, limit: engine.maximumDataSize) { bytes in
                    do throws(EngineError) {
                        try engine.send(bytes, now: .now)
                    } catch {
                        throw GLibError(error, during: .sending, with: base)
                    }
                    return bytes.count
                }
                messages[index].bytes_sent = guint(clamping: size)
            } catch {
                return (index, error)
            }
        }
        return (messages.count, nil)
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
