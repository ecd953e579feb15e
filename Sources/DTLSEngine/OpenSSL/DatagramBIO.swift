// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// What libssl reads from and writes to: one write is one datagram, one read takes one datagram, or as many whole records
/// of it as libssl has room for.
///
/// Of a handshake it reads records that the engine puts together, and what it writes the engine takes apart: there a write
/// is only a stretch of records.
///
/// It never reports an end, since a datagram socket has none, and never refuses a write, since libssl leaks memory
/// when a handshake write is suspended and its timer fires (CVE-2026-84782): what the network does not take is the
/// driver's to keep or to lose. The engine owns it and frees the `SSL` before it.
final class DatagramBIO {
    /// The datagram that the next read takes, or what is left of it.
    ///
    /// Valid only while the engine is inside the input that brought it.
    var inbound: UnsafeRawBufferPointer?
    /// Records that the reads after that take, one each.
    var inbox = FIFO<[UInt8]>()
    /// What libssl wrote, oldest first.
    var outbox = FIFO<[UInt8]>()
    /// Memory for the next datagram.
    private var spare: [UInt8] = []
    /// What libssl is told the network takes, in bytes: more than any record, since the engine cuts flights itself.
    private static let mtu = 17 * 1024

    /// Makes the `BIO` that speaks through this object, unowned by it, for `SSL_set_bio` to own.
    func makeBIO() throws(OpenSSLError) -> OpenSSLPointer {
        guard let method = Self.method else { throw OpenSSLError.drain() }
        let bio = try OpenSSL.make { BIO_new(method) }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    /// Gives back a datagram that was sent, whose memory the next one may use: an allocation less on the data path.
    func recycle(_ datagram: consuming [UInt8]) {
        guard spare.capacity == 0, datagram.count <= 2048 else { return }
        spare = datagram
    }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        var datagram: [UInt8] = []
        swap(&datagram, &spare)
        // Only now is nobody else holding it, so that the memory is kept.
        datagram.removeAll(keepingCapacity: true)
        datagram.append(contentsOf: bytes)
        outbox.append(datagram)
    }

    /// Whether nothing is left to read.
    var isDrained: Bool { inbound == nil && inbox.isEmpty }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if let datagram = inbound {
            let count = Self.wholeRecords(of: datagram, within: buffer.count)
            inbound = count < datagram.count ? UnsafeRawBufferPointer(rebasing: datagram[count...]) : nil
            return Self.copy(UnsafeRawBufferPointer(rebasing: datagram.prefix(count)), into: buffer)
        }
        guard let record = inbox.popFirst() else { return 0 }
        return record.withUnsafeBytes { Self.copy($0, into: buffer) }
    }

    /// How many bytes of a datagram to read at once: libssl has room for one record of the largest kind, and would lose what
    /// is beyond it of a datagram that holds many.
    private static func wholeRecords(of datagram: UnsafeRawBufferPointer, within room: Int) -> Int {
        if datagram.count <= room { return datagram.count }
        var count = 0
        var reader = RecordReader(datagram)
        while case .record(let record)? = reader.next() {
            // One too large for libssl goes by itself, cut off, and is dropped there.
            if count > 0, count + record.bytes.count > room { return count }
            count += record.bytes.count
        }
        return count > 0 ? count : datagram.count
    }

    private static func copy(_ datagram: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(datagram.count, buffer.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: datagram.prefix(count)))
        return count
    }

    private func control(_ command: Int32) -> Int {
        switch command {
        case BIO_CTRL_FLUSH, BIO_CTRL_DUP, BIO_CTRL_SET_CLOSE, BIO_CTRL_GET_CLOSE: 1
        case BIO_CTRL_DGRAM_QUERY_MTU, BIO_CTRL_DGRAM_GET_MTU, BIO_CTRL_DGRAM_GET_FALLBACK_MTU: Self.mtu
        default: 0
        }
    }

    // MARK: The method table

    // Safe because it is made once, before first use, and never changed.
    private nonisolated(unsafe) static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gdtls-swift datagrams") else {
            return nil
        }
        BIO_meth_set_read(method, readCallback)
        BIO_meth_set_write(method, writeCallback)
        BIO_meth_set_ctrl(method, controlCallback)
        return method
    }()

    private static func object(of bio: OpenSSLPointer?) -> DatagramBIO? {
        BIO_get_data(bio).map { Unmanaged<DatagramBIO>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let readCallback: @convention(c) (OpenSSLPointer?, UnsafeMutablePointer<CChar>?, Int32) -> Int32 = {
        bio,
        buffer,
        size in
        let count = object(of: bio)?.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: Int(size))) ?? 0
        COpenSSL_BIO_clear_retry_flags(bio)
        if count > 0 { return Int32(count) }
        // "Nothing now", never "the end".
        COpenSSL_BIO_set_retry_read(bio)
        return -1
    }

    private static let writeCallback: @convention(c) (OpenSSLPointer?, UnsafePointer<CChar>?, Int32) -> Int32 = {
        bio,
        bytes,
        size in
        COpenSSL_BIO_clear_retry_flags(bio)
        object(of: bio)?.write(UnsafeRawBufferPointer(start: bytes, count: Int(size)))
        return size
    }

    private static let controlCallback: @convention(c) (OpenSSLPointer?, Int32, Int, UnsafeMutableRawPointer?) -> Int =
        { bio, command, _, _ in
            object(of: bio)?.control(command) ?? 0
        }
}

/// A pointer to one of OpenSSL's opaque structures.
typealias OpenSSLPointer = OpaquePointer
