// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// Datagrams as bytes, without GIO's messages and vectors.
extension ConnectionObject {
    /// Sends one datagram and waits until it has left; its size.
    ///
    /// The corresponding C function is `gdtls_swift_connection_send`.
    func send(
        _ bytes: UnsafeRawBufferPointer,
        timeout: Int64,
        cancellable: UnsafeMutablePointer<GCancellable>?
    ) throws -> Int {
        let driver = try self.driver
        return try withMessage(bytes) { message in
            _ = try driver.send(message, 1, timeout: timeout, cancellable: cancellable)
            return Int(message.pointee.bytes_sent)
        }
    }

    /// Waits for one datagram; `nil` for the end.
    ///
    /// The corresponding C function is `gdtls_swift_connection_receive`.
    func receive(timeout: Int64, cancellable: UnsafeMutablePointer<GCancellable>?) throws -> [UInt8]? {
        let driver = try self.driver
        let requiresCloseNotify = settings.withLock { $0.requiresCloseNotify }
        func attempt() throws -> Reception? { try driver.reception(requiresCloseNotify: requiresCloseNotify) }
        if timeout == 0 {
            try checkCancelled(cancellable)
            return try driver.immediately(datagrams: 1, attempt: attempt).datagram
        }
        let deadline = Deadline(timeout: timeout)
        return try driver.block(until: deadline, cancellable: cancellable, datagrams: 1, attempt: attempt).datagram
    }

    /// Sends one datagram without waiting.
    ///
    /// The corresponding C function is `gdtls_swift_connection_send_async`.
    func send(
        _ bytes: [UInt8],
        _ priority: Int32,
        _ cancellable: UnsafeMutablePointer<GCancellable>?,
        _ callback: GAsyncReadyCallback?,
        _ data: gpointer?
    ) {
        begin(.send(bytes), Self.sendTag, priority, cancellable, callback, data)
    }

    /// Receives one datagram without waiting.
    ///
    /// The corresponding C function is `gdtls_swift_connection_receive_async`.
    func receive(
        _ priority: Int32,
        _ cancellable: UnsafeMutablePointer<GCancellable>?,
        _ callback: GAsyncReadyCallback?,
        _ data: gpointer?
    ) {
        let kind = Transfer.Kind.receive(requiresCloseNotify: settings.withLock { $0.requiresCloseNotify })
        begin(kind, Self.receiveTag, priority, cancellable, callback, data)
    }

    static let sendTag = AsyncTask.Tag("gdtls_swift_connection_send_async")
    static let receiveTag = AsyncTask.Tag("gdtls_swift_connection_receive_async")

    private func begin(
        _ kind: Transfer.Kind,
        _ tag: AsyncTask.Tag,
        _ priority: Int32,
        _ cancellable: UnsafeMutablePointer<GCancellable>?,
        _ callback: GAsyncReadyCallback?,
        _ data: gpointer?
    ) {
        let task = AsyncTask(
            source: rawInstance,
            cancellable: cancellable,
            callback: callback,
            userData: data,
            tag: tag,
            priority: priority,
            // A datagram that was received or sent cannot be taken back.
            reportsCancellation: false
        )
        do { try driver.begin(kind, task) } catch { task.complete(.failure(error)) }
    }
}

/// What a call that receives one datagram comes to.
enum Reception {
    case datagram([UInt8])
    case end

    var datagram: [UInt8]? {
        switch self {
        case .datagram(let bytes): bytes
        case .end: nil
        }
    }
}

/// Calls `body` with bytes as GIO's message.
func withMessage<R>(
    _ bytes: UnsafeRawBufferPointer,
    _ body: (UnsafeMutablePointer<GOutputMessage>) throws -> R
) rethrows -> R {
    var vector = GOutputVector(buffer: bytes.baseAddress, size: gsize(bytes.count))
    return try withUnsafeMutablePointer(to: &vector) { vector in
        var message = GOutputMessage()
        message.vectors = vector
        message.num_vectors = 1
        return try body(&message)
    }
}

/// Bytes for C to own (transfer full).
func makeBytes(_ datagram: [UInt8]) -> OpaquePointer? {
    datagram.withUnsafeBytes { g_bytes_new($0.baseAddress, gsize($0.count)) }
}

extension ConnectionDriver {
    /// One datagram or the end; `nil` if neither is there yet.
    ///
    /// With the lock.
    func reception(requiresCloseNotify: Bool) throws -> Reception? {
        if let datagram = try takeDatagram() { return .datagram(datagram) }
        return try isAtEnd(requiresCloseNotify: requiresCloseNotify) ? .end : nil
    }
}
