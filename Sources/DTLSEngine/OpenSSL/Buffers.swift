// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Lends the bytes of any collection as one contiguous stretch; copies only where they are not that already, and
/// wipes the copy, since it may have held a key.
func withContiguousBytes<R>(
    of bytes: some Collection<UInt8>,
    _ body: (UnsafeBufferPointer<UInt8>) throws(OpenSSLError) -> R
) throws(OpenSSLError) -> R {
    // A typed throw does not pass through `withContiguousStorageIfAvailable`: it travels in a Result.
    let direct = bytes.withContiguousStorageIfAvailable { buffer in
        Result<R, OpenSSLError> { () throws(OpenSSLError) in try body(buffer) }
    }
    if let direct { return try direct.get() }
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    defer {
        OPENSSL_cleanse(copy.baseAddress, copy.count)
        copy.deallocate()
    }
    _ = copy.initialize(from: bytes)
    return try body(UnsafeBufferPointer(copy))
}

/// What an `i2d_…` function writes; empty where it fails.
///
/// - Parameter write: calls the function with the pointer it is given, once for the size and once for the bytes.
/// - Returns: the encoding.
func encoded(_ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32) -> [UInt8] {
    let size = OpenSSL.call(failure: -1) { write(nil) }
    guard size > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
        var cursor = buffer.baseAddress
        count = write(&cursor) == size ? Int(size) : 0
    }
}
