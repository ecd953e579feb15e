// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

@testable import DTLSEngine

/// The network between the two engines of a ``Pair``.
struct Link {
    /// What the network does to one datagram.
    enum Fate {
        case deliver
        case drop
        case duplicate
        /// Arrives so many microseconds later than it would.
        case delay(Int64)
    }

    /// One way, in microseconds.
    var latency: Int64 = 10_000
    /// Larger datagrams vanish, as behind a router that fragments nothing and tells nobody; in bytes.
    var mtu = 65_507
    /// Decides on each datagram: who sent it, its number among the sender's datagrams from 0, its bytes.
    var decide: (Role, Int, [UInt8]) -> Fate = { _, _, _ in .deliver }

    /// A link that loses one datagram, the n-th that one side sends, from 0.
    static func losing(_ sender: Role, _ serial: Int) -> Link {
        Link(decide: { from, number, _ in from == sender && number == serial ? .drop : .deliver })
    }
}

/// A small generator with a seed, so that a failing run can be repeated (xorshift64*).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
