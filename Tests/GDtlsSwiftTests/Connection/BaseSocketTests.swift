// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// What a base socket may be, and what may happen to it under the connection.
@Suite struct BaseSocketTests {
    /// A conversation over two sockets with a handshake behind it, and its ends.
    private struct Established {
        let pair: Conversation
        let client: Calls
        let server: Calls

        init(isReliable: Bool = false) throws {
            pair = isReliable ? try Conversation.reliable() : try Conversation()
            try pair.connect()
            client = Calls(pair.client)
            server = Calls(pair.server)
        }

        var clientSocket: UnsafeMutablePointer<GSocket> {
            UnsafeMutableRawPointer(pair.clientSocket).assumingMemoryBound(to: GSocket.self)
        }
    }

    @Test func `a socket that keeps a connection ends with its peer's`() throws {
        let sockets = try Sockets.unixPair(SOCK_SEQPACKET)
        let pair = try Conversation { _, side in side == .client ? sockets.0 : sockets.1 }
        try pair.connect()
        let client = Calls(pair.client)
        #expect(Calls(pair.server).send([1]) == .done)
        let waiting = Background { [client.receive(Limit.ever), client.receive(Limit.ever)] }
        #expect(waiting.isStillWaiting(0.05))
        g_socket_close(UnsafeMutableRawPointer(sockets.1).assumingMemoryBound(to: GSocket.self), nil)
        #expect(try waiting.join() == [.data([1]), .tls(G_TLS_ERROR_EOF)])
        #expect(client.check() & G_IO_IN == G_IO_IN)
    }

    @Test func `closing it ends those who wait, with an error, at once or before long`() throws {
        let ends = try Established()
        let loop = Loop()
        let watch = Watch(ends.pair.client, G_IO_IN)
        loop.run(for: 0.02)
        let receiving = Background { ends.client.receive(Limit.ever) }
        let waiting = Background { ends.client.wait(G_IO_IN, Limit.ever) }
        #expect(receiving.isStillWaiting(0.05) && !waiting.isDone)
        g_socket_close(ends.clientSocket, nil)
        #expect(loop.run { !watch.fired.isEmpty })
        #expect(try receiving.join() == .closed)
        #expect(try waiting.join() == .done)
        for limit in [Limit.none, Limit.long, Limit.ever] {
            #expect(ends.client.receive(limit) == .closed)
            #expect(ends.client.send([1], limit) == .closed)
        }
        #expect(ends.client.check() == G_IO_IN | G_IO_OUT)
        let late = Watch(ends.pair.client, G_IO_IN)
        #expect(loop.run { !late.fired.isEmpty })
        let isIdle = Processor.isIdle { #expect(ends.client.wait(G_IO_ERR, 600_000) == .timedOut) }
        #expect(isIdle)
        #expect(ends.client.close() == .done)
    }

    @Test func `closing it fails a handshake, which stays failed`() throws {
        for isBackground in [false, true] {
            let pair = try Conversation()
            let client = Calls(pair.client)
            if isBackground { #expect(client.receive(Limit.none) == .wouldBlock) }
            let handshake = Background { client.handshake() }
            #expect(handshake.isStillWaiting(0.05))
            g_socket_close(UnsafeMutableRawPointer(pair.clientSocket).assumingMemoryBound(to: GSocket.self), nil)
            #expect(try handshake.join() == .closed)
            #expect(client.receive(Limit.none) == .closed)
        }
    }

    @Test func `shutting it down is an end without a goodbye, and nobody spins`() throws {
        let ends = try Established()
        let loop = Loop()
        let watch = Watch(ends.pair.client, G_IO_IN)
        let receiving = Background { ends.client.receive(Limit.ever) }
        #expect(receiving.isStillWaiting(0.05))
        _ = try withGError { g_socket_shutdown(ends.clientSocket, 1, 0, $0) }
        #expect(try receiving.join() == .tls(G_TLS_ERROR_EOF))
        #expect(loop.run { !watch.fired.isEmpty })
        #expect(ends.client.check(G_IO_IN) == G_IO_IN)
        // A poll of such a socket says for ever that there is something.
        let isIdle = Processor.isIdle { #expect(ends.client.wait(G_IO_ERR, 600_000) == .timedOut) }
        #expect(isIdle)
        #expect(ends.client.send([1]) == .done)
        #expect(ends.server.receive() == .data([1]))
    }

    @Test func `a time limit of its own, and whether it blocks, are no concern of the connection's`() throws {
        let ends = try Established()
        for socket in [ends.pair.clientSocket, ends.pair.serverSocket] {
            let socket = UnsafeMutableRawPointer(socket).assumingMemoryBound(to: GSocket.self)
            g_socket_set_timeout(socket, 1)
            g_socket_set_blocking(socket, 1)
        }
        let receiving = Background { ends.client.receive(Limit.ever) }
        let waiting = Background { ends.client.wait(G_IO_IN, Limit.ever) }
        #expect(receiving.isStillWaiting(1.3) && !waiting.isDone)
        #expect(ends.client.receive(Limit.none) == .wouldBlock)
        #expect(ends.server.send([1]) == .done)
        #expect(ends.server.send([2]) == .done)
        #expect(try receiving.join() == .data([1]))
        #expect(try waiting.join() == .done)
        #expect(ends.client.receive() == .data([2]))
    }

    @Test func `an error of ICMP is told once, and the connection goes on`() throws {
        let stage = try Stage.reach(.handshaked)
        stage.clientBase.with { $0.receiveErrors = [.io(G_IO_ERROR_CONNECTION_REFUSED, "Refused")] }
        #expect(stage.client.receive(Limit.long) == .io(G_IO_ERROR_CONNECTION_REFUSED))
        #expect(stage.server.send([1]) == .done)
        #expect(stage.client.receive() == .data([1]))
        // During a handshake it is nothing: who is not there yet may come.
        let early = try Stage.reach(.new)
        let refused = [GLibError](repeating: .io(G_IO_ERROR_CONNECTION_REFUSED, "Refused"), count: 3)
        early.clientBase.with { $0.receiveErrors = refused }
        #expect(early.client.receive(Limit.short) == .timedOut)
        let server = Background { early.server.send([2]) }
        #expect(early.client.receive() == .data([2]))
        #expect(try server.join() == .done)
    }

    @Test func `a socket with no room is waited for, without spinning`() throws {
        let loop = Loop()
        let ends = try Established(isReliable: true)
        // From its first datagram on nobody watches in case the client lacks the server's last flight.
        #expect(ends.client.send([1]) == .done)
        #expect(ends.server.receive() == .data([1]))
        var sent = 0
        while ends.client.send([UInt8(truncatingIfNeeded: sent)], Limit.none) == .done, sent < 100_000 { sent += 1 }
        #expect(sent < 100_000)
        #expect(ends.client.check() == .none)
        #expect(ends.client.send([1], Limit.none) == .wouldBlock)
        let watch = Watch(ends.pair.client, G_IO_OUT)
        let waiting = Background {
            Processor.isIdle { #expect(ends.client.wait(G_IO_OUT, 700_000) == .timedOut) }
        }
        let sending = Background {
            Processor.isIdle { #expect(ends.client.send([2], 700_000) == .timedOut) }
        }
        let isIdle = Processor.isIdle { loop.run(for: 0.6) }
        #expect(isIdle)
        #expect(try waiting.join())
        #expect(try sending.join())
        #expect(watch.fired.isEmpty)
        let flowing = Background { ends.client.send([255], Limit.ever) }
        #expect(flowing.isStillWaiting(0.05))
        for number in 0..<sent { #expect(ends.server.receive() == .data([UInt8(truncatingIfNeeded: number)])) }
        #expect(try flowing.join() == .done)
        #expect(ends.server.receive() == .data([255]))
        #expect(loop.run { !watch.fired.isEmpty })
    }

    @Test func `a batch that a socket takes in part arrives whole and in order`() throws {
        let ends = try Established(isReliable: true)
        let sending = Background { try OutMessages((0..<200).map { [[UInt8($0)]] }).send(ends.client, Limit.ever) }
        for number in 0..<200 { #expect(ends.server.receive() == .data([UInt8(number)])) }
        #expect(try sending.join() == 200)
    }

    @Test func `a connection may be the base of another`() throws {
        let ends = try Established()
        let inner = try Self.inside(ends)
        try inner.connect()
        let (client, server) = (Calls(inner.client), Calls(inner.server))
        #expect(try OutMessages((0..<20).map { [[UInt8($0)]] }).send(client) == 20)
        for number in 0..<20 { #expect(server.receive() == .data([UInt8(number)])) }
        let receiving = Background { client.receive(Limit.ever) }
        #expect(receiving.isStillWaiting(0.05))
        #expect(server.send([1]) == .done)
        #expect(try receiving.join() == .data([1]))
        // What the base has decrypted already and what comes only now do not get into each other's way.
        for number in 0..<3 { #expect(server.send([UInt8(number)]) == .done) }
        #expect(ends.client.wait(G_IO_IN) == .done)
        #expect(server.send([3]) == .done)
        #expect(client.wait(G_IO_IN) == .done)
        for number in 0..<4 { #expect(client.receive() == .data([UInt8(number)])) }
        #expect(server.close() == .done)
        #expect(client.receive() == .end)
    }

    @Test func `a connection may be the base of another in a main loop, too`() throws {
        let loop = Loop()
        let inner = try Self.inside(Established())
        let results = [AsyncTests.handshake(inner.client), AsyncTests.handshake(inner.server)]
        #expect(loop.run { results.allSatisfy(\.isDone) })
        #expect(results.allSatisfy { $0.error == nil })
        for number in 0..<3 as Range<UInt8> {
            let watch = Watch(inner.client, G_IO_IN)
            loop.run(for: 0.02)
            #expect(watch.fired.isEmpty)
            #expect(Calls(inner.server).send([number]) == .done)
            #expect(loop.run { watch.fired == [G_IO_IN] })
            #expect(Calls(inner.client).receive(Limit.none) == .data([number]))
        }
    }

    @Test(arguments: [true, false])
    func `a handshake goes down to what the base takes, and says how much data fits`(isBlocking: Bool) throws {
        let loop = Loop()
        let ends = try Established()
        for end in [ends.pair.client, ends.pair.server] {
            try Properties.set(end, "mtu") { g_value_set_uint($0, 400) }
        }
        let inner = try Self.inside(ends)
        if isBlocking {
            try inner.connect()
        } else {
            let results = [AsyncTests.handshake(inner.client), AsyncTests.handshake(inner.server)]
            #expect(loop.run { results.allSatisfy(\.isDone) })
            #expect(results.allSatisfy { $0.error == nil })
        }
        // The server's flight has its certificate, which is larger.
        let fits = try Properties.with(inner.server, "max-data-size") { Int(g_value_get_uint($0)) }
        #expect(fits > 0 && fits < 400)
        let datagram = [UInt8](repeating: 7, count: fits)
        #expect(Calls(inner.server).send(datagram) == .done)
        #expect(Calls(inner.client).receive() == .data(datagram))
    }

    @Test func `a socket of streams is no base`() throws {
        try Provider.load()
        let made = try withGError {
            g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, $0)
        }
        let socket = try #require(made)
        defer { g_object_unref(socket) }
        let error = DTLS.error { _ = try Ends.client(OpaquePointer(socket)) }
        #expect(error?.isIO(G_IO_ERROR_NOT_SUPPORTED) == true)
    }

    /// A conversation whose datagrams are those of another.
    private static func inside(_ ends: Established) throws -> Conversation {
        for end in [ends.pair.client, ends.pair.server] { g_object_ref(UnsafeMutableRawPointer(end)) }
        return try Conversation { _, side in ends.pair[side] }
    }
}
