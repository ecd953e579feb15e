// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Why a datagram or a record was dropped before libssl saw it.
public enum DropReason: Int, CaseIterable, Sendable {
    /// A datagram of no bytes.
    case emptyDatagram
    /// Fewer bytes than a record header, or than the header promises.
    case truncated
    /// A content type that DTLS 1.2 does not have.
    case unknownType
    /// Not the version bytes of DTLS.
    case wrongVersion
    /// A length that no genuine record of this kind can have.
    case impossibleLength
    /// An epoch that the association is not in.
    case wrongEpoch
    /// A handshake fragment that contradicts itself, or is of a message larger than any.
    case badFragment
    /// Application data in the clear.
    case plaintextData
    /// An alert in the clear, which anybody can forge: weighed, not obeyed.
    case plaintextAlert
    /// More than is held of what has no keys yet.
    case backlogFull
    /// Came after the end, or before the beginning.
    case afterEnd
    /// A handshake message that cannot come at this point.
    case unexpectedMessage
    /// A part of the handshake that is known already: the peer, or the network, has repeated it.
    case repeated
    /// A whole handshake message or flight that is not well-formed, or that proves not to be the peer's.
    case implausible

    /// A stable name, for logs and for programs that collect counters.
    public var name: String {
        switch self {
        case .emptyDatagram: "empty-datagram"
        case .truncated: "truncated"
        case .unknownType: "unknown-type"
        case .wrongVersion: "wrong-version"
        case .impossibleLength: "impossible-length"
        case .wrongEpoch: "wrong-epoch"
        case .badFragment: "bad-fragment"
        case .plaintextData: "plaintext-data"
        case .plaintextAlert: "plaintext-alert"
        case .backlogFull: "backlog-full"
        case .afterEnd: "after-end"
        case .unexpectedMessage: "unexpected-message"
        case .repeated: "repeated"
        case .implausible: "implausible"
        }
    }
}

/// What an engine has counted since it was made.
public struct Statistics: Sendable {
    /// Datagrams taken from the network, dropped ones included.
    public internal(set) var datagramsReceived: UInt64 = 0
    /// The bytes of UDP payload received in them.
    public internal(set) var bytesReceived: UInt64 = 0
    /// Datagrams given out to be sent.
    public internal(set) var datagramsSent: UInt64 = 0
    /// The bytes of UDP payload sent in them.
    public internal(set) var bytesSent: UInt64 = 0
    /// Flights sent again, because the timer ran out or the peer showed that it lacks something.
    public internal(set) var retransmissions: UInt64 = 0
    /// Records (or whole datagrams) dropped, indexed by ``DropReason``'s raw value.
    private var drops = [UInt64](repeating: 0, count: DropReason.allCases.count)

    /// Nothing has been counted yet.
    public init() {}

    /// How many records or datagrams were dropped for a reason.
    public func dropped(_ reason: DropReason) -> UInt64 {
        drops[reason.rawValue]
    }

    mutating func drop(_ reason: DropReason) {
        drops[reason.rawValue] += 1
    }
}
