// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Protected records that came before their keys: no more than 16 KiB of them, and what anybody can forge in any number
/// does not crowd out the Finished among them.
struct EarlyRecords {
    /// Records of the handshake, oldest first: one of them may be the peer's Finished.
    private(set) var handshake: [[UInt8]] = []
    /// How many of those there have been, forgotten ones included.
    private(set) var handshakeCount = 0
    /// All other records, in the order in which they came.
    private(set) var others: [[UInt8]] = []
    private var bytes = 0

    /// A Finished is smaller than this under any suite, in bytes.
    static let largestFinished = 256
    /// So many candidates for a Finished are kept, the newest.
    static let finishedLimit = 16
    /// What other records may hold in all, in bytes.
    static let othersLimit = 8 * 1024

    /// What is left of the records of the handshake but the first so many.
    func handshake(after count: Int) -> ArraySlice<[UInt8]> { handshake.suffix(max(handshakeCount - count, 0)) }

    /// Keeps a record.
    /// - Returns: why not, if it does not.
    mutating func add(_ record: Record) -> DropReason? {
        if record.header.type == RecordHeader.ContentType.handshake.rawValue {
            guard record.bytes.count <= Self.largestFinished else { return .unexpectedMessage }
            guard !handshake.contains(where: { $0.elementsEqual(record.bytes) }) else { return .repeated }
            if handshake.count == Self.finishedLimit { handshake.removeFirst() }
            handshake.append(Array(record.bytes))
            handshakeCount += 1
            return nil
        }
        guard bytes + record.bytes.count <= Self.othersLimit, others.count < 64 else { return .backlogFull }
        bytes += record.bytes.count
        others.append(Array(record.bytes))
        return nil
    }
}
