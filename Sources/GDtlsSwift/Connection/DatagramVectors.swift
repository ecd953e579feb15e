// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// GIO's scatter and gather vectors.
enum DatagramVectors {
    /// Copies a datagram into a message's vectors; what does not fit is lost and flagged, as recvmsg does.
    static func scatter(_ datagram: [UInt8], into message: UnsafeMutablePointer<GInputMessage>) {
        var rest = datagram[...]
        var index = 0
        while !rest.isEmpty, index < message.pointee.num_vectors, let vector = message.pointee.vectors?[index] {
            index += 1
            guard let buffer = vector.buffer else {
                if message.pointee.num_vectors == terminated { break }
                continue
            }
            let part = rest.prefix(Int(clamping: vector.size))
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
    ///
    /// - Parameters:
    ///   - message: its address and control messages mean nothing to an association, which has one peer.
    ///   - limit: of a message that is larger, this many bytes and one more are enough to be refused.
    ///   - body: must not keep the bytes.
    /// - Returns: what `body` returns.
    /// - Throws: `G_IO_ERROR_INVALID_ARGUMENT` for a vector without a buffer, and what `body` throws.
    static func withGathered<R>(
        _ message: GOutputMessage,
        limit: Int,
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        let enough = limit + 1
        if message.num_vectors == 1, let vector = message.vectors?[0] {
            return try body(bytes(of: vector, upTo: enough))
        }
        var gathered: [UInt8] = []
        var index = 0
        while gathered.count < enough, index < message.num_vectors, let vector = message.vectors?[index] {
            if vector.buffer == nil, message.num_vectors == terminated { break }
            gathered.append(contentsOf: try bytes(of: vector, upTo: enough - gathered.count))
            index += 1
        }
        return try gathered.withUnsafeBytes(body)
    }

    private static func bytes(of vector: GOutputVector, upTo limit: Int) throws -> UnsafeRawBufferPointer {
        let size = min(Int(clamping: vector.size), limit)
        guard size == 0 || vector.buffer != nil else {
            throw GLibError.io(G_IO_ERROR_INVALID_ARGUMENT, "A vector of \(vector.size) bytes has no buffer")
        }
        return UnsafeRawBufferPointer(start: vector.buffer, count: size)
    }

    /// −1 as a number of vectors: they end with one without a buffer, as in `g_socket_send_message`.
    private static let terminated = guint.max
    /// MSG_TRUNC: what GSocket's `flags` say of a datagram that was larger than its vectors.
    private static let truncated: Int32 = 0x20
}
