// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// A whole flight of the peer's, or of somebody who claims to be the peer: messages that follow each other in number and
/// in an order that the protocol knows.
///
/// Libssl is given a flight at once or not at all, since it cannot take back a message: one forged and well-formed
/// message would end the handshake. Of several readings the one whose messages came in the fewest datagrams, closest
/// together, is the most plausible: forged messages come in datagrams of their own.
struct PeerFlight {
    let messages: [HandshakeMessage]
    /// How the messages have come; what a forger has sent lies in wait for the rest.
    let order: Order
    /// The fewest datagrams that can have brought it all, or nearly so.
    private let datagrams: Set<UInt64>

    /// No more readings of one flight are considered.
    private static let readingLimit = 64

    init(_ received: [ReceivedMessage]) {
        messages = received.map(\.message)
        var datagrams: Set<UInt64> = []
        for source in received.flatMap(\.sources).sorted(by: { $0.count < $1.count })
        where datagrams.isDisjoint(with: source) {
            if let newest = source.last { datagrams.insert(newest) }
        }
        self.datagrams = datagrams
        let steps = zip(received, received.dropFirst())
        order =
            if steps.contains(where: { $1.newest < $0.completed }) {
                .broken
            } else if steps.contains(where: { $1.earliest < $0.completed }) {
                .restored
            } else {
                .kept
            }
    }

    /// Whether each message was whole before the next one came, or with it.
    enum Order {
        case kept
        /// So it was, but something of the next one had come before as well: a flight is said again of which a part was
        /// lost, or somebody says one message of it over and over.
        case restored
        case broken
    }

    /// The body of the message of one kind.
    func body(_ kind: HandshakeMessage.Kind) -> ArraySlice<UInt8>? {
        messages.first { $0.kind == kind }?.body
    }

    /// One step of a flight's grammar: the message is there once, or it may be missing.
    typealias Step = (kind: HandshakeMessage.Kind, isOptional: Bool)

    /// What a server says up to its ServerHelloDone (RFC 5246 §7.3, RFC 6066 §8).
    static let serverSteps: [Step] = [
        (.serverHello, false), (.certificate, true), (.certificateStatus, true), (.serverKeyExchange, true),
        (.certificateRequest, true), (.serverHelloDone, false),
    ]
    /// What a client says up to its ChangeCipherSpec.
    static let clientSteps: [Step] = [(.certificate, true), (.clientKeyExchange, false), (.certificateVerify, true)]
    /// What a server says before its ChangeCipherSpec when it takes up an earlier session (RFC 5077 §3.1).
    static let abbreviatedServerSteps: [Step] = [(.serverHello, false), (.newSessionTicket, true)]
    /// What a server says before its ChangeCipherSpec otherwise.
    static let ticketSteps: [Step] = [(.newSessionTicket, true)]

    /// The whole flights that lie in a store, the most plausible first.
    ///
    /// - Parameters:
    ///   - steps: the grammar.
    ///   - store: what has come so far.
    ///   - sequence: the number of the flight's first message.
    /// - Returns: readings of the flight, none where it is not whole.
    static func readings(_ steps: [Step], in store: Reassembly, from sequence: UInt16) -> [PeerFlight] {
        var found: [PeerFlight] = []
        func extend(_ path: [ReceivedMessage], _ steps: ArraySlice<Step>) {
            guard found.count < readingLimit else { return }
            guard let step = steps.first else { return found.append(PeerFlight(path)) }
            let next = sequence &+ UInt16(truncatingIfNeeded: path.count)
            for message in store.messages(step.kind, sequence: next) { extend(path + [message], steps.dropFirst()) }
            if step.isOptional { extend(path, steps.dropFirst()) }
        }
        extend([], steps[...])
        return found.sorted { $0.scattering < $1.scattering }
    }

    private var scattering: (Int, UInt64, Int) {
        // Where all else is equal the longer one: who leaves something out leaves a gap that somebody must have filled.
        (datagrams.count, (datagrams.max() ?? 0) - (datagrams.min() ?? 0), -messages.count)
    }
}

/// What can be known of a flight before libssl is given it.
enum Proof {
    /// Only the peer can have made it.
    case proven
    /// The peer has not made it, or has made a mistake.
    case refuted
    /// This version or suite proves nothing at this point.
    case unprovable
}
