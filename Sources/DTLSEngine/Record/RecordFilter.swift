// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Stands before libssl and lets through only records that can be genuine in the present stage.
///
/// Plain libssl 3.0 dies of single forged datagrams; RFC 6347 §4.1.2.7 wants such records dropped in silence. Records
/// in the clear carry no MAC over their header either, so a forged far-ahead sequence number would poison libssl's
/// replay window: they are renumbered in the order in which they are let through.
struct RecordFilter {
    /// How far the association is, as far as the filter cares.
    enum Stage {
        /// Up to the peer's ChangeCipherSpec: its genuine records are in the clear.
        case plaintext
        /// From the peer's ChangeCipherSpec until the handshake is complete: both epochs may come.
        case changingCipher
        /// Only protected records can be genuine.
        case established
    }

    /// What became of a datagram.
    enum Verdict {
        /// Every record of it may pass as it is.
        case passWhole
        /// These records of it may pass.
        case pass([UInt8])
        /// Nothing of it may.
        case dropAll
    }

    /// The fatal alert or farewell that came in the clear during the handshake, of which nobody can tell whether it is
    /// genuine: a hint, for the engine to weigh.
    var plaintextAlert: PlaintextAlert?
    /// The least a protected record of the negotiated suite can hold: explicit nonce and tag, in bytes.
    var protectedOverhead = 24

    /// A handshake message larger than this is nobody's certificate chain, in bytes.
    static let largestHandshakeMessage = 64 * 1024
    /// Protected records that come before the cipher change are kept by libssl: no more than this, in bytes.
    static let earlyRecordBudget = 16 * 1024
    /// RFC 5246 §6.2.3: 2^14 bytes of plaintext and at most 2,048 of expansion.
    static let largestRecord = 16 * 1024 + 2048

    /// Whether any record was let through yet.
    private(set) var hasPassed = false
    private var nextPlaintextSequence: UInt64 = 0
    private var earlyBytes = 0

    /// Judges one datagram, whose records it counts in `statistics` where they are dropped.
    mutating func judge(
        _ datagram: UnsafeRawBufferPointer,
        stage: Stage,
        statistics: inout Statistics
    ) -> Verdict {
        if datagram.isEmpty {
            statistics.drop(.emptyDatagram)
            return .dropAll
        }
        // Nothing is copied until a record has to be left out or renumbered: established associations copy nothing.
        var copy: [UInt8]?
        var offset = 0
        while offset < datagram.count {
            switch judgeRecord(datagram, at: offset, stage) {
            case .pass(let end):
                if copy != nil { copy?.append(contentsOf: datagram[offset..<end]) }
                offset = end
            case .renumber(let end):
                if copy == nil { copy = Array(datagram[..<offset]) }
                appendRenumbered(datagram[offset..<end], to: &copy)
                offset = end
            case .drop(let reason, let end):
                statistics.drop(reason)
                if copy == nil { copy = Array(datagram[..<offset]) }
                offset = end
            }
        }
        guard let copy else { return .passWhole }
        return copy.isEmpty ? .dropAll : .pass(copy)
    }

    private enum RecordVerdict {
        case pass(end: Int)
        case renumber(end: Int)
        case drop(DropReason, end: Int)
    }

    private mutating func judgeRecord(_ datagram: UnsafeRawBufferPointer, at offset: Int, _ stage: Stage)
        -> RecordVerdict
    {
        guard let header = RecordHeader(datagram, at: offset) else { return .drop(.truncated, end: datagram.count) }
        // Where the length is not to be believed, neither is what follows it.
        guard header.length <= Self.largestRecord else { return .drop(.impossibleLength, end: datagram.count) }
        let end = offset + RecordHeader.size + header.length
        guard end <= datagram.count else { return .drop(.truncated, end: datagram.count) }
        let body = UnsafeRawBufferPointer(rebasing: datagram[(offset + RecordHeader.size)..<end])
        if let reason = reasonToDrop(header, body, stage) { return .drop(reason, end: end) }
        hasPassed = true
        return header.epoch == 0 ? .renumber(end: end) : .pass(end: end)
    }

    private mutating func reasonToDrop(_ header: RecordHeader, _ body: UnsafeRawBufferPointer, _ stage: Stage)
        -> DropReason?
    {
        guard let type = RecordHeader.ContentType(rawValue: header.type) else { return .unknownType }
        if header.epoch == 0 {
            if case .established = stage { return .wrongEpoch }
            // The first flights may carry the version bytes of DTLS 1.0 (RFC 6347 §4.2.1).
            guard header.version == 0xFEFD || header.version == 0xFEFF else { return .wrongVersion }
            return reasonToDropPlaintext(type, body)
        }
        guard header.version == 0xFEFD || header.version == 0xFEFF else { return .wrongVersion }
        guard header.epoch == 1 else { return .wrongEpoch }
        // Shorter ones end the association in libssl before 3.0.23 (CVE-2026-75806).
        guard body.count >= protectedOverhead else { return .impossibleLength }
        if case .plaintext = stage {
            guard earlyBytes + body.count <= Self.earlyRecordBudget else { return .backlogFull }
            earlyBytes += body.count
        }
        return nil
    }

    private mutating func reasonToDropPlaintext(
        _ type: RecordHeader.ContentType,
        _ body: UnsafeRawBufferPointer
    ) -> DropReason? {
        switch type {
        case .applicationData:
            return .plaintextData
        case .changeCipherSpec:
            return body.count == 1 && body[0] == 1 ? nil : .impossibleLength
        case .alert:
            plaintextAlert = PlaintextAlert(body) ?? plaintextAlert
            return .plaintextAlert
        case .handshake:
            return HandshakeFragment.areConsistent(body) ? nil : .badFragment
        }
    }

    private mutating func appendRenumbered(_ record: Slice<UnsafeRawBufferPointer>, to copy: inout [UInt8]?) {
        var renumbered = Array(record)
        renumbered.withUnsafeMutableBytes { $0.storeBigEndian(nextPlaintextSequence, at: 5, bytes: 6) }
        nextPlaintextSequence += 1
        copy?.append(contentsOf: renumbered)
    }
}
