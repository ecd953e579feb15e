// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Stands before libssl and lets through only records that can be genuine in the present stage.
///
/// Plain libssl 3.0 dies of single forged datagrams; RFC 6347 §4.1.2.7 wants such records dropped in silence.
struct RecordFilter {
    /// What became of a datagram of an established association.
    enum Verdict {
        /// Every record of it may pass as it is.
        case passWhole
        /// These records of it may pass.
        case pass([UInt8])
        /// Nothing of it may.
        case dropAll
    }

    /// The least a protected record of the negotiated suite can hold beside its plaintext, in bytes.
    var protectedOverhead = 16
    /// Handshake messages are not wanted any more, however authentic they may be.
    var refusesHandshake = false
    /// Whether any record was let through yet.
    private(set) var hasPassed = false

    /// Judges one datagram of an established association, whose records it counts in `statistics` where they are dropped.
    mutating func judge(_ datagram: UnsafeRawBufferPointer, statistics: inout Statistics) -> Verdict {
        if datagram.isEmpty {
            statistics.drop(.emptyDatagram)
            return .dropAll
        }
        // Nothing is copied until a record has to be left out: established associations copy nothing.
        var copy: [UInt8]?
        var passed = 0
        var reader = RecordReader(datagram)
        while let piece = reader.next() {
            switch piece {
            case .record(let record):
                let reason = record.header.epoch == 0 ? .wrongEpoch : reasonToDrop(record)
                if let reason {
                    statistics.drop(reason)
                    if copy == nil { copy = Array(datagram[..<passed]) }
                } else {
                    copy?.append(contentsOf: record.bytes)
                    passed += record.bytes.count
                }
            case .garbage(let reason):
                statistics.drop(reason)
                if copy == nil { copy = Array(datagram[..<passed]) }
            }
        }
        guard let copy else { return .passWhole }
        return copy.isEmpty ? .dropAll : .pass(copy)
    }

    /// Hands on the records of a datagram that can be genuine while the handshake lasts, and counts the others.
    mutating func sift(
        _ datagram: UnsafeRawBufferPointer,
        statistics: inout Statistics,
        _ take: (Record, inout Statistics) -> Void
    ) {
        if datagram.isEmpty { statistics.drop(.emptyDatagram) }
        var reader = RecordReader(datagram)
        while let piece = reader.next() {
            switch piece {
            case .record(let record):
                if let reason = reasonToDrop(record) {
                    statistics.drop(reason)
                } else {
                    hasPassed = true
                    take(record, &statistics)
                }
            case .garbage(let reason):
                statistics.drop(reason)
            }
        }
    }

    /// Why a record cannot be genuine, if it cannot.
    func reasonToDrop(_ record: Record) -> DropReason? {
        guard let type = RecordHeader.ContentType(rawValue: record.header.type) else { return .unknownType }
        // The first flights may carry the version bytes of DTLS 1.0 (RFC 6347 §4.2.1).
        guard record.header.version == RecordHeader.version12 || record.header.version == RecordHeader.version10 else {
            return .wrongVersion
        }
        let body = record.body
        switch record.header.epoch {
        case 0:
            switch type {
            case .applicationData: return .plaintextData
            case .changeCipherSpec: return body.count == 1 && body[0] == 1 ? nil : .impossibleLength
            // Weighed, not obeyed; the engine looks at it and counts it.
            case .alert: return nil
            case .handshake: return body.isEmpty ? .badFragment : nil
            }
        case 1:
            // Shorter ones end the association in libssl before 3.0.23 (CVE-2026-75806).
            guard body.count >= protectedOverhead else { return .impossibleLength }
            return type == .handshake && refusesHandshake ? .repeated : nil
        default:
            return .wrongEpoch
        }
    }
}
