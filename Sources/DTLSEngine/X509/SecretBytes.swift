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

extension SecretBytes {
    /// Decodes a percent-encoded text without leaving copies behind; `nil` where a `%` lacks its two digits.
    convenience init?(percentDecoding text: some Collection<UInt8>) {
        let decoded = SecretBytes(count: text.count)
        var size = 0
        var rest = text[...]
        while let byte = rest.popFirst() {
            decoded.start[size] = byte
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(hexadecimalDigit),
                    let low = rest.popFirst().flatMap(hexadecimalDigit)
                else { return nil }
                decoded.start[size] = high << 4 | low
            }
            size += 1
        }
        self.init(prefix: size, of: decoded)
    }

    /// Reads the first line of a file, of 4 KiB at most.
    ///
    /// The corresponding C functions are `BIO_new_file` and `BIO_read_ex`.
    ///
    /// - Throws: ``OpenSSLError`` where the file cannot be read.
    convenience init(firstLineOfFile path: String) throws(OpenSSLError) {
        let file = OwnedBIO(taking: try OpenSSL.make { BIO_new_file(path, "rb") })
        let contents = SecretBytes(count: 4096)
        var size = 0
        let isRead = OpenSSL.call(failure: 0) { BIO_read_ex(file.pointer, contents.start, contents.count, &size) } == 1
        // A directory opens but does not read.
        if !isRead, ERR_peek_error() != 0 { throw OpenSSLError.drain() }
        let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        self.init(prefix: contents.prefix(size).firstIndex(where: isEnd) ?? size, of: contents)
    }

    private convenience init(prefix size: Int, of bytes: SecretBytes) {
        self.init(copying: UnsafeRawBufferPointer(start: bytes.start, count: size))
        withExtendedLifetime(bytes) {}
    }
}

private func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    let character = Character(UnicodeScalar(byte))
    return character.isASCII ? character.hexDigitValue.map(UInt8.init) : nil
}
