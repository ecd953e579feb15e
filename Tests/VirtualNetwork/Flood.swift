// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// An endless stream of forged datagrams that are to make an end keep as much as it will.
package struct Flood: Sendable, CustomStringConvertible {
    package let name: String
    /// The n-th datagram.
    package let datagram: @Sendable (Int) -> [UInt8]

    package var description: String { name }

    // MARK: In the clear

    /// Handshake fragments, which anybody can forge.
    package static let fragments: [Flood] = [
        Flood("messages of 16 MiB") { n in
            fragment(11, length: 0xFF_FFFF, sequence: n % 11, offset: 20 * n % 0xFF_0000, count: 20)
        },
        Flood("ten messages ahead of 100 KiB each") { n in
            fragment(
                kinds[n % kinds.count],
                length: 102_400,
                sequence: n % 11,
                offset: 1300 * (n / 11) % 100_000,
                count: 1300
            )
        },
        Flood("one byte of another message each") { n in
            fragment(
                kinds[n % kinds.count],
                length: 2000 + n % 30_000,
                sequence: n / 7 % 11,
                offset: n % 1999,
                count: 1
            )
        },
        Flood("one byte of one message each") { n in
            fragment(kinds[n % kinds.count], length: 60_000, sequence: n / 7 % 4, offset: n % 60_000, count: 1)
        },
        Flood("whole messages in one-byte pieces, over and over") { n in
            fragment(n % 2 == 0 ? 11 : 16, length: 120, sequence: 1, offset: n / 2 % 120, count: 1, fill: n / 240 % 2)
        },
        Flood("fragments of nothing") { n in
            fragment(kinds[n % kinds.count], length: 100 + n % 20_000, sequence: n % 11, offset: n % 100, count: 0)
        },
        Flood("sixteen headers in a record") { n in
            let row = (0..<16).flatMap { index in
                Forger.fragment(
                    kinds[index % kinds.count],
                    length: 16_000_000 + n % 700_000,
                    sequence: UInt16(index % 11),
                    offset: index,
                    []
                )
            }
            return Forger.record(22, row)
        },
        Flood("sixteen small fragments in a record") { n in
            let row = (0..<16).flatMap { index in
                Forger.fragment(
                    kinds[index % kinds.count],
                    length: 1000 + n % 30_000,
                    sequence: UInt16(index % 11),
                    offset: index + n % 900,
                    [UInt8(truncatingIfNeeded: n)]
                )
            }
            return Forger.record(22, row)
        },
        Flood("length and type change amid a message") { n in
            fragment(kinds[n % kinds.count], length: 500 + n % 3, sequence: 1, offset: n % 400, count: 50, fill: n)
        },
        Flood("contradicting pieces") { n in
            fragment(kinds[n % kinds.count], length: 1000, sequence: n % 3, offset: n % 900, count: 100, fill: n)
        },
        Flood("whole messages of 15 KiB") { n in
            fragment(kinds[n % kinds.count], length: 15_000, sequence: n % 11, offset: 0, count: 15_000, fill: n)
        },
        Flood("whole hellos") { n in Forger.clientHello(UInt16(n % 2), cookie: number(n)) },
        Flood("requests for cookies") { n in Forger.helloVerifyRequest(cookie: number(n) + filler(200, n)) },
        Flood("servers' flights") { n in
            Forger.serverHello(UInt16(n % 2), fill: UInt8(truncatingIfNeeded: n))
                + Forger.certificate(UInt16(n % 2) + 1, number(n) + filler(1000, n))
                + Forger.serverKeyExchange(UInt16(n % 2) + 2) + Forger.serverHelloDone(UInt16(n % 2) + 3)
        },
        Flood("clients' flights") { n in Forger.clientFlight(showing: n % 2 == 0, fill: UInt8(truncatingIfNeeded: n)) },
        Flood("alerts") { n in Forger.record(21, [1, UInt8(truncatingIfNeeded: n)]) },
    ]

    // MARK: Under no keys

    /// Records of epochs that have no keys yet, or never will.
    package static let futureEpochs: [Flood] = [1, 2, 3, 65_535].flatMap { epoch in
        [(23, 1000), (23, 16_000), (23, 30), (22, 40), (22, 250), (22, 2000), (20, 26), (21, 26)].map { type, count in
            Flood("records of epoch \(epoch), type \(type), \(count) bytes") { n in
                Forger.record(
                    UInt8(type),
                    epoch: UInt16(epoch),
                    sequence: UInt64(n),
                    number(n) + filler(count - 4, n)
                )
            }
        }
    }

    package init(_ name: String, _ datagram: @escaping @Sendable (Int) -> [UInt8]) {
        self.name = name
        self.datagram = datagram
    }

    private static let kinds: [UInt8] = [1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 22]

    private static func number(_ n: Int) -> [UInt8] { Forger.bytes(n, 4) }

    private static func filler(_ count: Int, _ n: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: n), count: count)
    }

    private static func fragment(
        _ type: UInt8,
        length: Int,
        sequence: Int,
        offset: Int,
        count: Int,
        fill: Int = 7
    ) -> [UInt8] {
        let start = min(offset, length - count)
        return Forger.record(
            22,
            Forger.fragment(type, length: length, sequence: UInt16(sequence), offset: start, filler(count, fill))
        )
    }
}
