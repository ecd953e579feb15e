// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import Glibc

/// Where datagrams land on their way into an engine: one for each thread, not one for each connection.
final class ReceiveBuffer {
    /// How many datagrams one call to the base socket brings at most.
    static let slots = 16
    /// No datagram is larger, and one may hold many records (RFC 6347 §4.1.1); what is never filled costs no memory.
    private static let slotSize = 64 * 1024

    /// Bytes in each slot after a receipt.
    var counts = [Int](repeating: 0, count: slots)
    private var isInUse = false
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: slots * slotSize, alignment: 64)

    private init() {}

    deinit {
        memory.deallocate()
    }

    func slot(_ index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[index * Self.slotSize..<(index + 1) * Self.slotSize])
    }

    func datagram(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: slot(index).prefix(counts[index]))
    }

    /// Calls `body` with this thread's buffer, or with one for this call alone where that is in use: where the base of
    /// one connection is another.
    static func use(_ body: (ReceiveBuffer) -> Void) {
        let own = ofThread
        guard !own.isInUse else { return body(ReceiveBuffer()) }
        own.isInUse = true
        body(own)
        own.isInUse = false
    }

    /// Freed with the thread.
    private static var ofThread: ReceiveBuffer {
        if let stored = pthread_getspecific(key) {
            return Unmanaged<ReceiveBuffer>.fromOpaque(stored).takeUnretainedValue()
        }
        let made = ReceiveBuffer()
        pthread_setspecific(key, Unmanaged.passRetained(made).toOpaque())
        return made
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { stored in
            if let stored { Unmanaged<ReceiveBuffer>.fromOpaque(stored).release() }
        }
        return key
    }()
}
