// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Bytes that nobody may find in freed memory, such as a key or a password: wiped when the last owner lets go.
///
/// Unchecked Sendable: written before anybody else sees it, and only read from then on.
public final class SecretBytes: @unchecked Sendable {
    /// The first byte; there is always room for one more, which is zero, so that C may read a string here.
    let start: UnsafeMutablePointer<UInt8>

    /// How many bytes there are.
    public let count: Int

    /// Makes room for `count` bytes, all zero.
    init(count: Int) {
        start = .allocate(capacity: count + 1)
        start.initialize(repeating: 0, count: count + 1)
        self.count = count
    }

    /// Copies bytes.
    ///
    /// The original stays with the caller, and so does wiping it.
    public convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(count: bytes.count)
        UnsafeMutableRawBufferPointer(start: start, count: count).copyMemory(from: bytes)
    }

    deinit {
        OPENSSL_cleanse(start, count)
        start.deallocate()
    }

    /// Lends the bytes.
    ///
    /// One zero byte follows them, which `count` does not cover.
    public func withUnsafeBytes<R, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> R
    ) throws(Failure) -> R {
        // Without this the object could go, and wipe itself, while `body` still reads.
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }
}

extension SecretBytes: RandomAccessCollection {
    /// 0.
    public var startIndex: Int { 0 }

    /// As many as there are bytes.
    public var endIndex: Int { count }

    /// One byte.
    public subscript(position: Int) -> UInt8 {
        precondition(indices.contains(position), "no byte at \(position)")
        return start[position]
    }

    /// Lends the bytes, so that parsers need no copy of them.
    public func withContiguousStorageIfAvailable<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R? {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeBufferPointer(start: start, count: count))
    }
}
