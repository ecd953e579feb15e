// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import DTLSEngine

/// Strangers' datagrams at an engine that has seen some genuine ones, or none.
///
/// Input: one byte (bit 0: who is the victim; bits 1 to 4: how many genuine datagrams before), then the datagrams, each
/// after two bytes of its length. They may take the place of the peer's, and so fail the handshake, but not crash it.
enum DatagramsTarget {
    static func run(_ bytes: UnsafeRawBufferPointer) throws {
        var input = FuzzInput(bytes)
        let setup = input.byte()
        let victim: Role = setup & 1 == 0 ? .server : .client
        let world = try FuzzedWorld(client: Ends.configuration(.client), server: Ends.configuration(.server))
        try world.start()
        for _ in 0..<setup >> 1 & 15 {
            if !world.toServer.isEmpty {
                try world.deliver(world.toServer.removeFirst(), to: .server)
            } else if !world.toClient.isEmpty {
                try world.deliver(world.toClient.removeFirst(), to: .client)
            }
        }
        while !input.isAtEnd { try world.deliver(input.piece(), to: victim) }
        try world.wait(100_000_000)
    }
}
