// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import CGdtlsSwiftFunctions
import Foundation
import GObjectKit
import Testing

/// Datagrams as bytes: the asynchronous half.
@Suite struct TransferTests {
    @Test func `transfers shake hands by themselves, all in one main loop`() throws {
        let loop = Loop()
        let pair = try Conversation()
        let received = try OwnAPI.receiveLater(pair.server)
        let sent = try OwnAPI.sendLater(pair.client, [1, 2, 3])
        #expect(loop.run { received.isDone && sent.isDone })
        #expect(try sent.value == 3)
        #expect(try received.value == [1, 2, 3])
        let answer = try OwnAPI.receiveLater(pair.client)
        _ = try OwnAPI.sendLater(pair.server, [4])
        #expect(loop.run { answer.isDone })
        #expect(try answer.value == [4])
    }

    @Test func `callbacks never come inside the call`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        try DTLS.send(pair.client, [1])
        let sent = try OwnAPI.sendLater(pair.server, [2])
        let received = try OwnAPI.receiveLater(pair.server)
        #expect(!sent.isDone && !received.isDone)
        #expect(loop.run { sent.isDone && received.isDone })
        #expect(try received.value == [1])
    }

    @Test func `what a base does when its source goes may use the connection`() throws {
        let loop = Loop()
        let stage = try Stage.reach(.handshaked)
        let gone = LockedValue(0)
        stage.clientBase.with { state in
            state.onSourceGone = { [client = stage.client] in
                _ = client.check()
                gone.withLock { $0 += 1 }
            }
        }
        let received = try OwnAPI.receiveLater(stage.pair.client)
        loop.run(for: 0.05)
        #expect(stage.server.send([1]) == .done)
        #expect(loop.run { received.isDone && gone.withLock { $0 } > 0 })
        #expect(try received.value == [1])
        stage.clientBase.with { $0.onSourceGone = {} }
    }

    @Test func `many wait, and are served in the order of the calls`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        var order: [Int] = []
        let receptions = try (0..<150).map { place in
            try OwnAPI.receiveLater(pair.server) { order.append(place) }
        }
        for place in 0..<150 { _ = try OwnAPI.sendLater(pair.client, [UInt8(place)]) }
        #expect(loop.run { order.count == 150 })
        #expect(order == Array(0..<150))
        let datagrams = try receptions.map { try $0.value }
        #expect(datagrams == (0..<150).map { [UInt8($0)] })
    }

    @Test func `a callback may ask for the next datagram`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        for place in 0..<50 { try DTLS.send(pair.client, [UInt8(place)]) }
        var heard: [[UInt8]?] = []
        var present: Later<[UInt8]?>?
        func next() {
            if let present { heard.append((try? present.value) ?? nil) }
            if heard.count < 50 { present = try? OwnAPI.receiveLater(pair.server, then: next) }
        }
        next()
        #expect(loop.run { heard.count == 50 })
        #expect(heard == (0..<50).map { [UInt8($0)] })
    }

    @Test func `each callback comes in the context of its call`() throws {
        let pair = try Conversation()
        try pair.connect()
        let threads = (0..<4).map { _ in
            Background {
                let loop = Loop()
                let received = try OwnAPI.receiveLater(pair.server)
                guard loop.run(until: { received.isDone }) else { return false }
                return try received.value?.count == 1 && received.thread == g_thread_self()
            }
        }
        // Whoever comes first gets the first.
        for place in 0..<4 { try DTLS.send(pair.client, [UInt8(place)]) }
        for thread in threads { #expect(try thread.join()) }
    }

    @Test func `contexts come and go with their transfers, which other threads may serve`() throws {
        let pair = try Conversation()
        try pair.connect()
        let isOver = LockedValue(false)
        let sending = Background {
            while !isOver.withLock({ $0 }) {
                try? DTLS.send(pair.client, [1])
                g_thread_yield()
            }
        }
        let waiting = (0..<4).map { _ in
            Background {
                for _ in 0..<500 {
                    let loop = Loop()
                    let received = try OwnAPI.receiveLater(pair.server)
                    guard loop.run(until: { received.isDone }) else { return false }
                }
                return true
            }
        }
        for thread in waiting { #expect(try thread.join()) }
        isOver.withLock { $0 = true }
        try sending.join()
    }

    @Test func `what is cancelled makes place for the others`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        let cancellable = g_cancellable_new()
        defer { g_object_unref(cancellable) }
        let cancelled = try OwnAPI.receiveLater(pair.server, cancellable)
        let waiting = try OwnAPI.receiveLater(pair.server)
        g_cancellable_cancel(cancellable)
        #expect(loop.run { cancelled.isDone })
        #expect(cancelled.error?.isIO(G_IO_ERROR_CANCELLED) == true)
        #expect(!waiting.isDone)
        let never = try OwnAPI.sendLater(pair.server, [1], cancellable)
        #expect(loop.run { never.isDone } && never.error?.isIO(G_IO_ERROR_CANCELLED) == true)
        try DTLS.send(pair.client, [9])
        #expect(loop.run { waiting.isDone })
        #expect(try waiting.value == [9])
    }

    @Test func `a handshake that fails fails all transfers`() throws {
        let loop = Loop()
        let pair = try Conversation(validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        g_dtls_connection_set_database(pair.client, nil)
        let transfers: [AnyLater] = [
            try OwnAPI.sendLater(pair.client, [1]), try OwnAPI.receiveLater(pair.client),
            try OwnAPI.sendLater(pair.client, [2]), try OwnAPI.receiveLater(pair.server),
        ]
        #expect(loop.run { transfers.allSatisfy(\.isDone) })
        for case let sent as Later<Int> in transfers { #expect(sent.error?.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) == true) }
        for case let received as Later<[UInt8]?> in transfers { #expect(received.error != nil) }
    }

    @Test func `the peer's goodbye ends all waiting, our own close too`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        let served = try (0..<3).map { _ in try OwnAPI.receiveLater(pair.server) }
        let closing = try (0..<3).map { _ in try OwnAPI.receiveLater(pair.client) }
        try DTLS.close(pair.client)
        #expect(loop.run { (served + closing).allSatisfy(\.isDone) })
        for reception in served { #expect(try reception.value == nil) }
        for reception in closing { #expect(reception.error?.isIO(G_IO_ERROR_CLOSED) == true) }
    }

    @Test func `a shutdown for reading ends the waiting to receive alone`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        let waiting = try OwnAPI.receiveLater(pair.server)
        try DTLS.shutdown(pair.server, read: true, write: false)
        let sent = try OwnAPI.sendLater(pair.server, [1])
        #expect(loop.run { waiting.isDone && sent.isDone })
        #expect(waiting.error?.isIO(G_IO_ERROR_CLOSED) == true)
        #expect(try sent.value == 1)
    }

    @Test func `sends wait while the base takes nothing, and leave in order`() throws {
        let loop = Loop()
        var base: LossyBase?
        let pair = try Conversation { socket, side in
            guard side == .client else { return socket }
            let wrapped = try LossyBase.wrap(socket) { _ in false }
            base = tryImplementation(wrapped, as: LossyBase.self)
            return wrapped
        }
        try pair.connect()
        base?.isFull.withLock { $0 = true }
        let sends = try (0..<5).map { try OwnAPI.sendLater(pair.client, [UInt8($0)]) }
        let tick = Date() + 0.2
        // Long enough for a datagram that does not wait to be seen leaving.
        _ = loop.run { Date() > tick }
        let early = sends.dropFirst().filter(\.isDone)
        #expect(early.isEmpty)
        base?.isFull.withLock { $0 = false }
        #expect(loop.run { sends.allSatisfy(\.isDone) })
        for place in 0..<5 { #expect(try DTLS.receive(pair.server) == [UInt8(place)]) }
    }

    @Test func `a result of another operation is no result`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        var confused: GLibError?
        let later = Later<Bool> { result in
            confused = DTLS.error {
                _ = try withGError { g_dtls_connection_handshake_finish(pair.server, result, $0) }
            }
            return true
        }
        let begin = try Debug.function(
            "gdtls_swift_connection_receive_async",
            as: gdtls_swift_connection_receive_async_function.self
        )
        begin(OwnAPI.me(pair.server), 0, nil, AnyLater.callback, later.data)
        try DTLS.send(pair.client, [1])
        #expect(loop.run { later.isDone })
        #expect(confused?.isIO(G_IO_ERROR_INVALID_ARGUMENT) == true)
    }

    @Test func `blocking threads and transfers share what comes, and nothing is lost`() throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        let thread = Background {
            var heard = 0
            while let datagram = try OwnAPI.receive(pair.server), datagram != [255] { heard += 1 }
            return heard
        }
        var transferred = 0
        var hasEnded = false
        var present: Later<[UInt8]?>?
        func next() {
            if let present {
                let datagram = (try? present.value) ?? nil
                hasEnded = datagram == [255]
                if !hasEnded { transferred += 1 }
            }
            if !hasEnded { present = try? OwnAPI.receiveLater(pair.server, then: next) }
        }
        next()
        let count = 100
        for place in 0..<count { try DTLS.send(pair.client, [UInt8(place)]) }
        // One for each of the two that wait.
        for _ in 0..<2 { try DTLS.send(pair.client, [255]) }
        #expect(loop.run { hasEnded })
        #expect(try thread.join() + transferred == count)
    }
}
