// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import DTLSEngine

/// The network between the two engines of a ``Pair``.
package struct Link {
    /// What the network does to one datagram.
    package enum Fate {
        case deliver
        case drop
        case duplicate
        /// Arrives so many microseconds later than it would.
        case delay(Int64)
        /// Something else arrives.
        case replace([[UInt8]])
    }

    /// One way, in microseconds.
    package var latency: Int64 = 10_000
    /// Larger datagrams vanish, as behind a router that fragments nothing and tells nobody; in bytes.
    package var mtu = 65_507
    /// Larger datagrams are refused at once (`EMSGSIZE`); in bytes.
    package var refusedAbove = 65_507
    /// Decides on each datagram: who sent it, its number among the sender's datagrams from 0, its bytes.
    package var decide: (Role, Int, [UInt8]) -> Fate

    package init(
        mtu: Int = 65_507,
        decide: @escaping (Role, Int, [UInt8]) -> Fate = { _, _, _ in .deliver }
    ) {
        self.mtu = mtu
        self.decide = decide
    }

    /// A link over which nothing arrives.
    package static var dead: Link { Link(decide: { _, _, _ in .drop }) }

    /// A link that loses one datagram, the n-th that one side sends, from 0.
    package static func losing(_ sender: Role, _ serial: Int) -> Link {
        Link(decide: { from, number, _ in from == sender && number == serial ? .drop : .deliver })
    }

    /// A link that loses each datagram with a probability, both ways alike.
    ///
    /// - Parameters:
    ///   - loss: the probability.
    ///   - seed: makes the same link again.
    /// - Returns: the link.
    package static func lossy(_ loss: Double, seed: UInt64) -> Link {
        var generator = SeededGenerator(seed: seed)
        return Link(decide: { _, _, _ in Double.random(in: 0..<1, using: &generator) < loss ? .drop : .deliver })
    }

    /// A link that flips one bit of one byte of one datagram, the n-th that one side sends, from 0.
    package static func flipping(_ bit: Int, of offset: Int, in serial: Int, from sender: Role) -> Link {
        Link(decide: { from, number, datagram in
            guard from == sender, number == serial, offset < datagram.count else { return .deliver }
            return .replace([datagram.replacing(offset..<offset + 1, by: [datagram[offset] ^ 1 << UInt8(bit)])])
        })
    }

    /// A link that loses the server's last flight so many times.
    ///
    /// - Parameter times: how often.
    /// - Returns: the link.
    package static func losingLastFlight(_ times: Int) -> Link {
        var lost = 0
        return Link(decide: { sender, _, datagram in
            guard isServersLastFlight(sender, datagram), lost < times else { return .deliver }
            lost += 1
            return .drop
        })
    }

    /// The same link, which does not lose the client's first hello.
    package func keepingHello() -> Link { keeping { sender, serial, _ in sender == .client && serial == 0 } }

    /// The same link, but the server's last flight is not lost.
    package func keepingLastFlight() -> Link {
        keeping { sender, _, datagram in Self.isServersLastFlight(sender, datagram) }
    }

    private func keeping(_ isKept: @escaping (Role, Int, [UInt8]) -> Bool) -> Link {
        var link = self
        link.decide = { [decide] sender, serial, datagram in
            isKept(sender, serial, datagram) ? .deliver : decide(sender, serial, datagram)
        }
        return link
    }

    private static func isServersLastFlight(_ sender: Role, _ datagram: [UInt8]) -> Bool {
        // It starts with ChangeCipherSpec (20).
        sender == .server && datagram.first == 20
    }

    /// A link that drops, delays and duplicates, each one datagram in `n`.
    package static func unruly(oneIn n: Int, seed: UInt64) -> Link {
        var generator = SeededGenerator(seed: seed)
        return Link(decide: { _, _, _ in
            switch Int.random(in: 0..<n, using: &generator) {
            case 0: return .drop
            case 1: return .delay(Int64.random(in: 1_000...1_000_000, using: &generator))
            case 2: return .duplicate
            default: return .deliver
            }
        })
    }
}

/// A small generator with a seed, so that a failing run can be repeated (xorshift64*).
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        state = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    package mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }

    /// So many random bytes.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 32) }
    }
}
