// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// A connection in one of the states of its life: the client of a pair that talks over memory.
final class Stage: @unchecked Sendable {  // unchecked: what is shared is thread-safe
    /// The states of the table, apart from the one inside of a handler (``insideHandler(_:_:)``).
    enum State: CaseIterable {
        case new
        case handshakingInBackground
        case handshaked
        case handshakeFailed
        case cancelledBeforeFirstPacket
        case readingShutDown
        case writingShutDown
        case closed
        case peerClosed
        case baseEnded
    }

    let pair: Conversation
    let clientBase: MemoryBase
    let serverBase: MemoryBase
    /// The connection that the test is about.
    var client: Calls { Calls(pair.client) }
    var server: Calls { Calls(pair.server) }

    private init(validation: GTlsCertificateFlags = GTlsCertificateFlags(rawValue: 0)) throws {
        let ends = try MemoryBase.pair()
        clientBase = ends[0].end
        serverBase = ends[1].end
        pair = try Conversation(validation: validation) { _, side in ends[side == .client ? 0 : 1].object.retained() }
    }

    /// Brings a connection into a state.
    static func reach(_ state: State) throws -> Stage {
        let stage = try Stage(validation: state == .handshakeFailed ? G_TLS_CERTIFICATE_VALIDATE_ALL : .none)
        switch state {
        case .new:
            break
        case .handshakingInBackground:
            #expect(stage.client.receive(Limit.none) == .wouldBlock)
            // Its first flight has left, and nobody answers.
            #expect(stage.serverBase.with { !$0.inbox.isEmpty })
        case .handshaked:
            try stage.connect()
        case .handshakeFailed:
            let server = stage.serverHandshake()
            #expect(stage.client.handshake() == .tls(G_TLS_ERROR_BAD_CERTIFICATE))
            #expect(try server.join() != .done)
        case .cancelledBeforeFirstPacket:
            #expect(stage.client.handshake(.cancelled) == .cancelled)
            #expect(stage.clientBase.with { $0.sent } == 0)
        case .readingShutDown:
            try stage.connect()
            #expect(stage.client.shutdown(read: true, write: false) == .done)
        case .writingShutDown:
            try stage.connect()
            #expect(stage.client.shutdown(read: false, write: true) == .done)
        case .closed:
            try stage.connect()
            #expect(stage.client.close() == .done)
        case .peerClosed:
            try stage.connect()
            #expect(stage.server.send([1]) == .done)
            #expect(stage.server.send([2, 3]) == .done)
            #expect(stage.server.close() == .done)
        case .baseEnded:
            try stage.connect()
            stage.clientBase.with { $0.hasEnded = true }
        }
        return stage
    }

    /// How the handshake was begun in which the handler is called.
    enum Beginning: CaseIterable {
        /// By a blocking call.
        case blocking
        /// By an asynchronous one, in a main loop.
        case asynchronous
    }

    /// Runs `body` inside of an accept-certificate handler, which then accepts; the handshake succeeds.
    ///
    /// `afterwards` runs when it is over.
    static func insideHandler(
        _ beginning: Beginning,
        _ body: @escaping (Stage) -> Void,
        afterwards: (Loop, Stage) throws -> Void = { _, _ in }
    ) throws {
        let loop = Loop()
        let stage = try Stage(validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        var calls = 0
        Signals.onAcceptCertificate(stage.pair.client) { [unowned stage] _, _ in
            calls += 1
            body(stage)
            return true
        }
        let server = stage.serverHandshake()
        switch beginning {
        case .blocking:
            #expect(stage.client.handshake() == .done)
        case .asynchronous:
            let result = AsyncTests.handshake(stage.pair.client)
            #expect(loop.run { result.isDone })
            #expect(result.error == nil)
        }
        #expect(try server.join() == .done)
        #expect(calls == 1)
        // Whatever was tried inside, the connection works.
        #expect(stage.client.send([9]) == .done)
        #expect(stage.server.receive() == .data([9]))
        try afterwards(loop, stage)
    }

    /// Shakes hands, and lets the server hear of it: until then another thread reads its base in case the client lacks the
    /// last flight, and a call that does not wait may come while it does.
    private func connect() throws {
        try pair.connect()
        #expect(client.send([0]) == .done)
        #expect(server.receive() == .data([0]))
    }

    /// The server's handshake, in a thread.
    func serverHandshake() -> Background<Outcome> { Background { [server] in server.handshake() } }

    /// What one end was sent and nobody has taken yet.
    var clientInbox: Int { clientBase.with { $0.inbox.count } }
    var serverInbox: Int { serverBase.with { $0.inbox.count } }

    /// The next datagrams of the server come to the client as one, so that several records are in it.
    func joinClientInbox() {
        clientBase.with { $0.inbox = [$0.inbox.flatMap { $0 }] }
    }
}
