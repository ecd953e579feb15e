// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// A BIO, freed with this object; one over memory is also wiped then.
final class OwnedBIO {
    /// The `BIO *`, owned.
    let pointer: OpaquePointer

    /// Takes over a BIO of another kind, whose end is this object's too.
    init(taking pointer: OpaquePointer) {
        self.pointer = pointer
    }

    /// An empty one to write to.
    init() throws(OpenSSLError) {
        pointer = try OpenSSL.make { BIO_new(BIO_s_mem()) }
    }

    /// One that reads `bytes`, which must outlive it.
    init(reading bytes: UnsafeBufferPointer<UInt8>) throws(OpenSSLError) {
        guard let size = Int32(exactly: bytes.count) else { throw OpenSSLError(reason: "more than 2 GiB of data") }
        pointer = try OpenSSL.make { BIO_new_mem_buf(bytes.baseAddress, size) }
    }

    deinit {
        BIO_free(pointer)
    }

    /// Takes out all that was written.
    func readAll() -> SecretBytes {
        let bytes = SecretBytes(count: BIO_ctrl_pending(pointer))
        var size = 0
        BIO_read_ex(pointer, bytes.start, bytes.count, &size)
        return bytes
    }
}
