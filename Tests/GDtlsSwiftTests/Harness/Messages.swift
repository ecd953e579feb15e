// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit

/// Messages to send, made of any vectors.
final class OutMessages: @unchecked Sendable {  // unchecked: one call uses it at a time
    let messages: UnsafeMutableBufferPointer<GOutputMessage>
    private var vectors: [UnsafeMutableBufferPointer<GOutputVector>] = []
    private var buffers: [UnsafeMutableRawBufferPointer] = []

    /// - Parameter contents: for each message, the bytes of each of its vectors.
    init(_ contents: [[[UInt8]]]) {
        messages = .allocate(capacity: contents.count)
        for (index, content) in contents.enumerated() {
            let vectors = UnsafeMutableBufferPointer<GOutputVector>.allocate(capacity: content.count)
            for (index, bytes) in content.enumerated() {
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
                buffer.copyBytes(from: bytes)
                vectors[index] = GOutputVector(buffer: buffer.baseAddress, size: gsize(bytes.count))
                buffers.append(buffer)
            }
            self.vectors.append(vectors)
            var message = GOutputMessage()
            message.vectors = content.isEmpty ? nil : vectors.baseAddress
            message.num_vectors = guint(content.count)
            messages.initializeElement(at: index, to: message)
        }
    }

    deinit {
        messages.deallocate()
        for vector in vectors { vector.deallocate() }
        for buffer in buffers { buffer.deallocate() }
    }

    /// How many were sent.
    func send(
        _ calls: Calls,
        _ timeout: Int = Limit.long,
        from start: Int = 0,
        flags: gint = 0,
        _ cancel: Cancel? = nil
    ) throws -> Int {
        defer { withExtendedLifetime(cancel) {} }
        let rest = UnsafeMutableBufferPointer(rebasing: messages[start...])
        return Int(
            try withGError {
                g_datagram_based_send_messages(
                    calls.connection,
                    rest.baseAddress,
                    guint(rest.count),
                    flags,
                    timeout,
                    cancel?.pointer,
                    $0
                )
            }
        )
    }

    /// `bytes_sent` of each message.
    var sizes: [Int] { messages.map { Int($0.bytes_sent) } }
}

/// Messages to receive into, made of any vectors; what shall be set by the call is something else before.
final class InMessages: @unchecked Sendable {  // unchecked: one call uses it at a time
    let messages: UnsafeMutableBufferPointer<GInputMessage>
    private var vectors: [UnsafeMutableBufferPointer<GInputVector>] = []
    private var buffers: [[UnsafeMutableRawBufferPointer]] = []
    private let addresses: UnsafeMutableBufferPointer<UnsafeMutablePointer<GSocketAddress>?>
    private let controls:
        UnsafeMutableBufferPointer<UnsafeMutablePointer<UnsafeMutablePointer<GSocketControlMessage>?>?>
    private let controlCounts: UnsafeMutableBufferPointer<guint>

    /// - Parameter sizes: for each message, the size of each of its vectors.
    init(_ sizes: [[Int]]) {
        messages = .allocate(capacity: sizes.count)
        addresses = .allocate(capacity: sizes.count)
        controls = .allocate(capacity: sizes.count)
        controlCounts = .allocate(capacity: sizes.count)
        for (index, sizes) in sizes.enumerated() {
            let buffers = sizes.map { UnsafeMutableRawBufferPointer.allocate(byteCount: $0, alignment: 8) }
            let vectors = UnsafeMutableBufferPointer<GInputVector>.allocate(capacity: sizes.count)
            for (index, buffer) in buffers.enumerated() {
                buffer.initializeMemory(as: UInt8.self, repeating: 0xEE)
                vectors[index] = GInputVector(buffer: buffer.baseAddress, size: gsize(buffer.count))
            }
            self.buffers.append(buffers)
            self.vectors.append(vectors)
            // Addresses that were never any: they must be overwritten, not read.
            addresses.initializeElement(at: index, to: UnsafeMutablePointer(bitPattern: 0x1000))
            controls.initializeElement(at: index, to: UnsafeMutablePointer(bitPattern: 0x1000))
            controlCounts.initializeElement(at: index, to: 77)
            var message = GInputMessage()
            message.vectors = sizes.isEmpty ? nil : vectors.baseAddress
            message.num_vectors = guint(sizes.count)
            message.address = addresses.baseAddress.map { $0 + index }
            message.control_messages = controls.baseAddress.map { $0 + index }
            message.num_control_messages = controlCounts.baseAddress.map { $0 + index }
            message.flags = 77
            message.bytes_received = 77
            messages.initializeElement(at: index, to: message)
        }
    }

    convenience init(count: Int, size: Int = 2000) { self.init(Array(repeating: [size], count: count)) }

    deinit {
        messages.deallocate()
        for vector in vectors { vector.deallocate() }
        for buffer in buffers.joined() { buffer.deallocate() }
        addresses.deallocate()
        controls.deallocate()
        controlCounts.deallocate()
    }

    /// How many were received.
    func receive(_ calls: Calls, _ timeout: Int = Limit.long, flags: gint = 0, _ cancel: Cancel? = nil) throws -> Int {
        defer { withExtendedLifetime(cancel) {} }
        return Int(
            try withGError {
                g_datagram_based_receive_messages(
                    calls.connection,
                    messages.baseAddress,
                    guint(messages.count),
                    flags,
                    timeout,
                    cancel?.pointer,
                    $0
                )
            }
        )
    }

    /// The bytes that came with a message, all its vectors one after the other.
    func bytes(_ index: Int) -> [UInt8] {
        Array(buffers[index].flatMap { Array($0) }.prefix(Int(messages[index].bytes_received)))
    }

    /// Whether everything else that a call tells of a message says that there was nothing else.
    func isPlain(_ index: Int) -> Bool {
        addresses[index] == nil && controls[index] == nil && controlCounts[index] == 0 && messages[index].flags == 0
    }
}
