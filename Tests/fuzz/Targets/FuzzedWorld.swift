// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CVirtualClock
import DTLSEngine
import Glibc

/// A client, a server, what is under way between them, and the time, which only the world moves.
final class FuzzedWorld {
    let client: FuzzedEnd
    let server: FuzzedEnd
    private(set) var now = Instant(microseconds: 1)
    /// What is on its way to each end, and all that ever was.
    var toClient: [[UInt8]] = []
    var toServer: [[UInt8]] = []
    private(set) var history: [[UInt8]] = []

    init(client: EngineConfiguration, server: EngineConfiguration) throws {
        self.client = try FuzzedEnd(client)
        self.server = try FuzzedEnd(server)
    }

    deinit {
        virtual_clock_clear()
    }

    subscript(_ role: Role) -> FuzzedEnd { role == .client ? client : server }

    /// Starts both ends.
    func start() throws {
        for role in [Role.server, .client] { try call(role) { $0.startHandshake(now: self.now) } }
    }

    func call(_ role: Role, _ body: (DTLSEngine) -> Void) throws {
        let wasComplete = self[role].isComplete
        route(try self[role].call(at: now, body), from: role)
        try check(role, wasComplete: wasComplete)
    }

    /// With FUZZ_TRACE set, the world tells what happens in it.
    static let isTraced = getenv("FUZZ_TRACE") != nil

    func trace(_ text: @autoclosure () -> String) {
        if Self.isTraced { print("\(now.microseconds / 1000) ms: \(text())") }
    }

    /// Brings a datagram, whoever made it.
    func deliver(_ datagram: [UInt8], to role: Role) throws {
        trace("to \(role): \(datagram.prefix(26)), \(datagram.count) bytes")
        try call(role) { engine in datagram.withUnsafeBytes { engine.receive($0, now: self.now) } }
    }

    func say(_ bytes: [UInt8], from role: Role) throws { route(try self[role].say(bytes, at: now), from: role) }
    func shutdown(_ role: Role) throws { route(try self[role].shutdown(at: now), from: role) }
    func resolve(_ role: Role, _ verdict: Verdict) throws {
        route(try self[role].resolve(verdict, at: now), from: role)
    }

    /// Lets time go on, from deadline to deadline; nothing arrives meanwhile.
    func wait(_ microseconds: Int64) throws {
        let end = now + microseconds
        for _ in 0..<1000 {
            let next = [client.engine.deadline, server.engine.deadline].compactMap { $0 }.min()
            guard let next, next <= end else { return now = end }
            now = max(now, next)
            for role in [Role.client, .server] {
                if let deadline = self[role].engine.deadline, deadline <= now {
                    try call(role) { $0.handleTimeout(now: self.now) }
                }
            }
        }
        throw Violation("the timers do not let time go on")
    }

    /// An honest network for so long, which delivers all there is.
    func behave(for microseconds: Int64, until condition: () -> Bool = { false }) throws {
        let end = now + microseconds
        while now < end, !condition() {
            for _ in 0..<1000 where !(toClient.isEmpty && toServer.isEmpty) {
                if !toServer.isEmpty { try deliver(toServer.removeFirst(), to: .server) }
                if !toClient.isEmpty { try deliver(toClient.removeFirst(), to: .client) }
            }
            try promise(toClient.isEmpty && toServer.isEmpty, "the two talk without end")
            try wait(50_000)
        }
    }

    private func route(_ datagrams: [[UInt8]], from role: Role) {
        history.append(contentsOf: datagrams)
        // A network that holds without bound would only be slow.
        if role == .client { toServer += datagrams.prefix(100) } else { toClient += datagrams.prefix(100) }
    }

    /// What an association promises of which both ends know the keys: nobody else can end it or put words in.
    private func check(_ role: Role, wasComplete: Bool) throws {
        let (end, peer) = (self[role], self[role == .client ? .server : .client])
        if wasComplete, let failure = end.failure {
            try promise(peer.failure != nil || peer.hasShutDown, "an established association is ended: \(failure)")
        }
        if end.isPeerClosed { try promise(peer.hasShutDown || peer.failure != nil, "a farewell that nobody said") }
        guard let last = end.received.last else { return }
        try promise(peer.said.contains(last), "data that the peer never sent: \(last.count) bytes")
        try promise(end.received.dropLast().allSatisfy { $0 != last }, "the same datagram twice")
    }
}
