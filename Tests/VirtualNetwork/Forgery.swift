// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// A datagram, or a few, of somebody who can send under the peer's address and read nothing.
package struct Forgery: Sendable, CustomStringConvertible {
    package let name: String
    package let datagrams: [[UInt8]]

    package init(_ name: String, _ datagrams: [UInt8]...) {
        self.name = name
        self.datagrams = datagrams
    }

    package init(_ name: String, many datagrams: [[UInt8]]) {
        self.name = name
        self.datagrams = datagrams
    }

    package var description: String { name }

    /// It is an alert, or makes the server send one that its client gets.
    ///
    /// An alert is believed if the peer is silent until it has been asked again, and then it may be a loss that is believed.
    package var raisesAlert: Bool {
        Self.alerts.contains { $0.name == name } || name == Self.helloWithoutSuite.name
    }

    // MARK: The catalogue

    /// What no peer would send; most of it ends plain libssl's handshakes.
    package static let malformed: [Forgery] = [
        Forgery("an empty datagram", []),
        Forgery("half a header", [22, 0xFE]),
        Forgery("an unknown type", Forger.record(99, [1, 2, 3])),
        Forgery("a foreign version", Forger.record(22, version: 0x0303, [1, 2, 3])),
        Forgery("application data in the clear", Forger.record(23, [1, 2, 3])),
        Forgery("a record of nothing", Forger.record(22, [])),
        Forgery("half a handshake header", Forger.record(22, [1, 0, 0])),
        Forgery("a fragment beyond its message", fragment(2, length: 4, offset: 2, [1, 2, 3, 4])),
        Forgery("a fragment longer than its record", fragment(2, length: 400, offset: 0, count: 300, [1, 2, 3, 4])),
        Forgery("a fragment of nothing", fragment(1, length: 40, offset: 3, [])),
        Forgery("a message larger than any", fragment(11, length: 0xFF_FFFF, offset: 0, [1, 2, 3, 4])),
        Forgery("a bad cipher change", Forger.record(20, [2])),
        Forgery("two cipher changes in one", Forger.record(20, [1, 1])),
        Forgery("a length beyond the datagram", Forger.record(22, length: 256, [1])),
        Forgery("a length beyond any record", Forger.record(22, length: 0xFFFF, [1])),
        Forgery("a short protected record", Forger.record(22, epoch: 1, [1, 2, 3])),
        Forgery("a far epoch", Forger.protected(23, count: 40).replacing(3..<5, by: [0, 7])),
        Forgery("the last epoch", Forger.protected(23, count: 40).replacing(3..<5, by: [0xFF, 0xFF])),
        Forgery("a far sequence number", farAhead),
        Forgery("an unknown handshake type", Forger.message(99, 0, [1, 2, 3])),
        Forgery("a renegotiation request", Forger.message(0, 0, [])),
        Forgery("a Finished in the clear", Forger.message(20, 1, Array(repeating: 1, count: 12))),
        Forgery("a message ten ahead", Forger.message(14, 10, [])),
    ]

    /// Alerts, which nobody can tell from the peer's.
    package static let alerts: [Forgery] = [
        Forgery("a fatal alert in the clear", Forger.record(21, [2, 40])),
        Forgery("a farewell in the clear", Forger.record(21, [1, 0])),
        Forgery("a warning in the clear", Forger.record(21, [1, 90])),
        Forgery("an alert that is none", Forger.record(21, [9, 9, 9])),
        Forgery("five warnings", many: Array(repeating: Forger.record(21, [1, 90]), count: 5)),
    ]

    /// What looks as if it were under the keys.
    package static let protected: [Forgery] = [
        Forgery("protected garbage", Forger.protected(23, count: 60)),
        Forgery("a garbage Finished", Forger.protected(22, count: 40)),
        Forgery("a garbage alert", Forger.protected(21, count: 26)),
        Forgery("a protected cipher change", Forger.protected(20, count: 25)),
        Forgery("a cipher change and a garbage Finished", Forger.changeCipherSpec + Forger.protected(22, count: 40)),
        Forgery("garbage far ahead", Forger.protected(23, count: 60, sequence: (1 << 48) - 1)),
        Forgery(
            "fifty garbage Finisheds",
            many: (0..<50).map { Forger.protected(22, count: 40, sequence: $0, fill: 3) }
        ),
    ]

    /// Well-formed messages and flights, at each number at which one could come.
    package static let wellFormed: [Forgery] =
        [
            Forgery("a cipher change", Forger.changeCipherSpec),
            Forgery("a request for a cookie", Forger.helloVerifyRequest()),
            Forgery(
                "ten requests for cookies",
                many: (0..<10).map { Forger.helloVerifyRequest(cookie: [$0, 1, 2, 3]) }
            ),
            Forgery("another hello", Forger.clientHello()),
            Forgery("a hello with a cookie", Forger.clientHello(1, cookie: [1, 2, 3, 4])),
            helloWithoutSuite,
            Forgery("a hello in fragments", many: helloInFragments),
            Forgery("a hello that contradicts itself", many: contradictoryHello),
            Forgery("a server's flight", Forger.serverFlight()),
            Forgery("a server's flight that asks for a certificate", Forger.serverFlight(asking: true)),
            Forgery("a server's flight after a cookie", Forger.serverFlight(from: 1)),
            Forgery("a client's flight", Forger.clientFlight()),
            Forgery("a client's flight with a certificate", Forger.clientFlight(showing: true)),
            Forgery("ten clients' flights", many: (0..<10).map { Forger.clientFlight(fill: $0) }),
        ]
        + (0..<5).flatMap { sequence in
            [
                Forgery("a ServerHello as message \(sequence)", Forger.serverHello(sequence)),
                Forgery(
                    "a ServerHello of a suite unasked for as message \(sequence)",
                    Forger.serverHello(sequence, suite: 5)
                ),
                Forgery("a Certificate as message \(sequence)", Forger.certificate(sequence, [1, 2, 3])),
                Forgery("an empty Certificate as message \(sequence)", Forger.message(11, sequence, [0, 0, 0])),
                Forgery("a ServerKeyExchange as message \(sequence)", Forger.serverKeyExchange(sequence)),
                Forgery("a CertificateRequest as message \(sequence)", Forger.certificateRequest(sequence)),
                Forgery("a ServerHelloDone as message \(sequence)", Forger.serverHelloDone(sequence)),
                Forgery("a ClientKeyExchange as message \(sequence)", Forger.clientKeyExchange(sequence)),
                Forgery("a CertificateVerify as message \(sequence)", Forger.certificateVerify(sequence)),
                Forgery("a session ticket as message \(sequence)", Forger.message(4, sequence, [0, 0, 0, 9, 0, 1, 7])),
                Forgery("a hello as message \(sequence)", Forger.clientHello(sequence)),
            ]
        }

    package static let all = malformed + alerts + protected + wellFormed

    /// Every datagram of the catalogue by itself.
    package static let single: [Forgery] = {
        var seen: Set<[UInt8]> = []
        return all.flatMap { forgery in
            forgery.datagrams.enumerated().filter { seen.insert($0.element).inserted }.map { index, datagram in
                Forgery(forgery.datagrams.count == 1 ? forgery.name : "\(forgery.name) (\(index + 1))", datagram)
            }
        }
    }()

    private static let helloWithoutSuite = Forgery(
        "a hello without a common suite",
        Forger.clientHello(suites: [0x00FF, 0x0005])
    )

    private static let farAhead: [UInt8] = Forger.record(
        22,
        sequence: 0xFFFF_FF00_0000,
        Forger.fragment(3, length: 0, sequence: 9, offset: 0, [])
    )

    private static let helloInFragments: [[UInt8]] = {
        let body = Forger.clientHelloBody(fill: 3)
        return stride(from: 0, to: body.count, by: 20).map { start in
            let piece = Array(body[start..<min(start + 20, body.count)])
            return Forger.record(22, Forger.fragment(1, length: body.count, sequence: 0, offset: start, piece))
        }
    }()

    private static let contradictoryHello: [[UInt8]] = [100, 200, 300].flatMap { length in
        [fragment(1, length: length, offset: 0, [1, 2, 3, 4]), fragment(1, length: length, offset: 2, [9, 9, 9, 9])]
    }

    private static func fragment(_ type: UInt8, length: Int, offset: Int, count: Int? = nil, _ body: [UInt8]) -> [UInt8]
    {
        Forger.record(22, Forger.fragment(type, length: length, sequence: 0, offset: offset, count: count, body))
    }
}

extension [UInt8] {
    /// A copy with some bytes changed.
    package func replacing(_ range: Range<Int>, by bytes: [UInt8]) -> [UInt8] {
        var copy = self
        copy.replaceSubrange(range, with: bytes)
        return copy
    }
}
