// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import DTLSEngine

/// Two engines and a network that does what the input says: the input is a script of what happens.
///
/// The first byte sets the stage; then each byte is a deed: its low 4 bits say which, bit 4 to whom, and the bytes after
/// it how. What a script has done decides what still has to hold in the end.
struct ConversationTarget {
    /// The deeds, by the low 4 bits.
    enum Deed: UInt8, CaseIterable {
        case deliver, deliverLate, drop, duplicate, flip, truncate, forge, inject
        case replay, wait, start, say, shutdown, policy, resolve, join
    }

    static func run(_ bytes: UnsafeRawBufferPointer) throws {
        var script = try ConversationTarget(FuzzInput(bytes))
        for _ in 0..<500 where !script.input.isAtEnd { try script.step() }
        try script.finish()
    }

    private var input: FuzzInput
    private let world: FuzzedWorld
    /// Whether everything that was done to the handshake is what anybody on the network can do without reading it, and
    /// the handshake must therefore succeed once the network behaves.
    private var mustSucceed = true
    private var started: Set<Role> = []
    private var saidCount: UInt32 = 0
    private var waited: Int64 = 0

    private init(_ input: FuzzInput) throws {
        self.input = input
        let setup = self.input.byte()
        var (client, server) = (try Ends.configuration(.client), try Ends.configuration(.server))
        server.clientAuthentication = [.none, .requested, .required, .none][Int(setup & 3)]
        if setup & 4 != 0 || setup & 3 == 2 { client.credentials = try Ends.credentials.get() }
        if setup & 8 != 0 {
            client.protocols = [[1, 2], [3]]
            server.protocols = [[3]]
        }
        client.mtu = [1400, 600, 300, 256][Int(setup >> 4 & 3)]
        server.mtu = client.mtu
        world = try FuzzedWorld(client: client, server: server)
        if setup & 64 != 0 {
            try start(.server)
            try start(.client)
        }
        if setup & 128 != 0 {
            try world.behave(for: 1_000_000) { [world] in world.client.isComplete && world.server.isComplete }
        }
    }

    private mutating func step() throws {
        let byte = input.byte()
        let role: Role = byte & 16 == 0 ? .server : .client
        let deed = Deed(rawValue: byte & 15) ?? .deliver
        world.trace("\(deed), \(role)")
        switch deed {
        case .deliver:
            if let datagram = take(0, to: role) { try world.deliver(datagram, to: role) }
        case .deliverLate:
            if let datagram = take(input.byte(), to: role) { try world.deliver(datagram, to: role) }
        case .drop:
            _ = take(input.byte(), to: role)
        case .duplicate:
            if let datagram = take(input.byte(), to: role) {
                try world.deliver(datagram, to: role)
                try world.deliver(datagram, to: role)
            }
        case .flip:
            guard var datagram = take(input.byte(), to: role) else { return }
            let offset = Int(input.word()) % datagram.count
            datagram[offset] ^= max(1, input.byte())
            try deliverForged(datagram, to: role)
        case .truncate:
            guard let datagram = take(input.byte(), to: role) else { return }
            try deliverForged(Array(datagram.prefix(Int(input.word()) % datagram.count)), to: role)
        case .forge:
            try deliverForged(forgedRecord(), to: role)
        case .inject:
            try deliverForged(input.piece(), to: role)
        case .replay:
            guard !world.history.isEmpty else { return }
            let datagram = world.history[Int(input.word()) % world.history.count]
            // One of its own comes back to its sender: a handshake message out of a stranger's mouth.
            try deliverForged(datagram, to: role)
        case .wait:
            let microseconds = Int64(1000) << Int64(input.byte() % 17)
            waited += microseconds
            try world.wait(microseconds)
        case .start:
            try start(role)
        case .say:
            try say(role)
        case .shutdown:
            try world.shutdown(role)
        case .policy:
            world[role].policy = [.accept, .refuse, .wait][input.index(below: 3)]
        case .resolve:
            try world.resolve(role, input.byte() & 1 == 0 ? .accept : .refuse(.expired))
        case .join:
            guard let one = take(0, to: role), let other = take(0, to: role) else { return }
            try world.deliver(one + other, to: role)
        }
    }

    /// The network behaves from now on: what can still come about has to.
    private mutating func finish() throws {
        let (client, server) = (world.client, world.server)
        for role in [Role.server, .client] {
            if world[role].policy == .wait { world[role].policy = .accept }
            try start(role)
            try world.resolve(role, .accept)
        }
        try world.behave(for: 70_000_000) {
            (client.isComplete || client.failure != nil) && (server.isComplete || server.failure != nil)
        }
        // The server may wait for its verdict longer than the client for the server.
        let isHindered = waited > 20_000_000 || [client, server].contains { $0.hasRefused || $0.hasShutDown }
        if mustSucceed, !isHindered {
            try promise(
                client.isComplete && server.isComplete,
                "no handshake: client \(String(describing: client.failure)), server \(String(describing: server.failure))"
            )
        }
        guard client.isComplete, server.isComplete, client.failure == nil, server.failure == nil else { return }
        for role in [Role.client, .server] where !world[role].hasShutDown {
            try say(role)
            let peer = role == .client ? server : client
            try world.behave(for: 100_000)
            try promise(
                peer.received.last == world[role].said.last || peer.hasShutDown,
                "data does not arrive any more"
            )
        }
    }

    // MARK: Deeds

    private mutating func start(_ role: Role) throws {
        started.insert(role)
        let now = world.now
        try world.call(role) { $0.startHandshake(now: now) }
    }

    /// Each datagram is like no other, so that one that comes twice, or from nobody, is seen.
    private mutating func say(_ role: Role) throws {
        saidCount += 1
        let filler = [UInt8](repeating: UInt8(truncatingIfNeeded: saidCount), count: Int(input.byte()) * 6)
        let number = withUnsafeBytes(of: saidCount.bigEndian) { Array($0) }
        try world.say([role == .client ? 1 : 2] + number + filler, from: role)
    }

    private func take(_ index: UInt8, to role: Role) -> [UInt8]? {
        let count = role == .client ? world.toClient.count : world.toServer.count
        guard count > 0 else { return nil }
        let index = Int(index) % count
        return role == .client ? world.toClient.remove(at: index) : world.toServer.remove(at: index)
    }

    private mutating func deliverForged(_ datagram: [UInt8], to role: Role) throws {
        if !world[role].isComplete, Self.mayPassForThePeers(datagram) { mustSucceed = false }
        try world.deliver(datagram, to: role)
    }

    /// Whether a handshake message or an alert in the clear is anywhere in it: nobody can tell whether those are genuine.
    private static func mayPassForThePeers(_ datagram: [UInt8]) -> Bool {
        var offset = 0
        while offset + 13 <= datagram.count {
            let isPlain = datagram[offset + 3] == 0 && datagram[offset + 4] == 0
            if isPlain, datagram[offset] == 22 || datagram[offset] == 21 { return true }
            offset += 13 + Int(datagram[offset + 11]) << 8 + Int(datagram[offset + 12])
        }
        return false
    }

    /// A record with a header that is nearly right, and any body.
    private mutating func forgedRecord() -> [UInt8] {
        let shape = input.byte()
        let type: UInt8 = [20, 21, 22, 23, 24, 25, 0, 255][Int(shape & 7)]
        let version: [UInt8] = shape & 8 == 0 ? [0xFE, 0xFD] : [0xFE, 0xFF]
        let epoch = UInt8([0, 1, 1, 2][Int(shape >> 4 & 3)])
        let sequence = input.word()
        let isFar = shape & 64 != 0
        let body = input.take(Int(input.byte()))
        let claimed = shape & 128 == 0 ? body.count : body.count + Int(input.byte())
        let number = [UInt8](repeating: isFar ? 0xFF : 0, count: 4) + [UInt8(sequence >> 8), UInt8(sequence & 0xFF)]
        return [type] + version + [0, epoch] + number + [UInt8(claimed >> 8), UInt8(claimed & 0xFF)] + body
    }
}
