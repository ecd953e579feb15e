// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import DTLSEngine

/// Inputs to begin with, made from real handshakes.
public enum Seeds {
    /// The datagrams that a victim gets in a handshake, from each moment on.
    public static func datagrams() throws -> [(name: String, bytes: [UInt8])] {
        var seeds: [(String, [UInt8])] = []
        for victim in [Role.server, .client] {
            for moment in 0..<6 {
                let world = try FuzzedWorld(client: Ends.configuration(.client), server: Ends.configuration(.server))
                try world.start()
                for _ in 0..<moment { try deliverOne(world) }
                var bytes = [UInt8(moment << 1) | (victim == .server ? 0 : 1)]
                for datagram in try genuine(world, for: victim) {
                    bytes += [UInt8(datagram.count >> 8), UInt8(datagram.count & 0xFF)] + datagram
                }
                if bytes.count > 1 { seeds.append(("\(victim)-\(moment)", bytes)) }
            }
        }
        return seeds
    }

    /// Scripts in which something happens.
    public static func conversations() -> [(name: String, bytes: [UInt8])] {
        typealias Deed = ConversationTarget.Deed
        func deed(_ deed: Deed, _ role: Role, _ details: UInt8...) -> [UInt8] {
            [deed.rawValue | (role == .client ? 16 : 0)] + details
        }
        let turn = deed(.deliver, .server) + deed(.deliver, .client)
        let turns = Array([turn, turn, turn, turn].joined())
        let established: UInt8 = 64 | 128
        let secret = [UInt8](repeating: 7, count: 40)
        return [
            ("honest", [64] + turns),
            ("small-datagrams", [64 | 0x30 | 2 | 8] + turns + turns),
            (
                "lost-flight",
                [64] + deed(.deliver, .server) + deed(.drop, .client, 0) + deed(.wait, .client, 10) + turns
            ),
            ("late-and-twice", [64] + deed(.deliver, .server) + deed(.duplicate, .client, 0) + turns + turns),
            ("data", [established] + deed(.say, .client, 9) + deed(.say, .server, 90) + turns),
            (
                "forged-data",
                [established] + deed(.forge, .server, 3 | 16, 0, 5, 40) + secret + deed(.forge, .client, 1, 0, 9, 2) + [
                    2, 40,
                ]
            ),
            ("replayed-data", [established] + deed(.say, .client, 1) + turn + deed(.replay, .server, 0, 6)),
            (
                "forged-early",
                [64] + deed(.forge, .server, 3 | 16, 0, 5, 40) + secret + deed(.inject, .client, 0, 1, 22) + turns
            ),
            ("flipped", [64] + deed(.deliver, .server) + deed(.flip, .client, 0, 0, 60, 1) + turns),
            ("farewell", [established] + deed(.shutdown, .client) + turn + deed(.say, .server, 3) + turn),
            ("refused", [64 | 2] + deed(.policy, .server, 1) + turns),
            (
                "slow-verdict",
                [64 | 2] + deed(.policy, .client, 2) + turns + deed(.wait, .client, 12) + deed(.resolve, .client, 0)
            ),
            ("joined", [64 | 0x30] + deed(.deliver, .server) + deed(.join, .client) + turns),
        ]
    }

    private static func deliverOne(_ world: FuzzedWorld) throws {
        if !world.toServer.isEmpty {
            try world.deliver(world.toServer.removeFirst(), to: .server)
        } else if !world.toClient.isEmpty {
            try world.deliver(world.toClient.removeFirst(), to: .client)
        }
    }

    private static func genuine(_ world: FuzzedWorld, for victim: Role) throws -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        for _ in 0..<20 {
            let next = world.toServer.first.map { ($0, Role.server) } ?? world.toClient.first.map { ($0, Role.client) }
            guard let (datagram, role) = next else { break }
            if role == victim { datagrams.append(datagram) }
            try deliverOne(world)
        }
        return datagrams
    }
}
