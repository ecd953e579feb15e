// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// What a connection keeps because callers may look at it without owning it (transfer none).
struct Loans {
    fileprivate var protocolName: LentString?
    fileprivate var bindings: [LentArray] = []
}

extension ConnectionObject {
    /// Lends the name of the negotiated protocol, at one address for as long as the connection lives.
    func lendNegotiatedProtocol() -> UnsafePointer<CChar>? {
        guard let name = outcome.negotiated?.applicationProtocol else { return nil }
        return loans.withLock { loans in
            let lent = loans.protocolName ?? LentString(name)
            loans.protocolName = lent
            return UnsafePointer(lent.pointer)
        }
    }

    /// Lends a copy of a channel binding until three more have been lent: callers copy at once, perhaps several threads
    /// at a time.
    func lend(_ binding: [UInt8]) -> UnsafeMutablePointer<GByteArray>? {
        guard let array = LentArray(binding) else { return nil }
        loans.withLock { loans in
            if loans.bindings.count == 4 { loans.bindings.removeFirst() }
            loans.bindings.append(array)
        }
        return array.pointer
    }
}

/// A NUL-terminated copy that lives as long as its owner.
// Unchecked Sendable: immutable.
private final class LentString: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<CChar>

    init(_ bytes: [UInt8]) {
        pointer = .allocate(capacity: bytes.count + 1)
        for (index, byte) in bytes.enumerated() { pointer[index] = CChar(bitPattern: byte) }
        pointer[bytes.count] = 0
    }

    deinit {
        pointer.deallocate()
    }
}

/// A GByteArray that lives as long as its owner.
// Unchecked Sendable: immutable.
private final class LentArray: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<GByteArray>

    init?(_ bytes: [UInt8]) {
        guard let array = g_byte_array_new() else { return nil }
        g_byte_array_append(array, bytes, guint(bytes.count))
        pointer = array
    }

    deinit {
        g_byte_array_unref(pointer)
    }
}
