// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// Vectors of any shape, of well-meaning programs and others.
@Suite struct VectorTests {
    private let stage: Stage

    init() throws { stage = try Stage.reach(.handshaked) }

    @Test func `a datagram is gathered from its vectors, the empty ones included`() throws {
        for vectors: [[UInt8]] in [
            [[1, 2, 3]], [[1], [2], [3]], [[], [1, 2], [], [], [3], []], (1...1000).map { [UInt8($0 % 256)] },
        ] {
            let out = OutMessages([vectors])
            #expect(try out.send(stage.client) == 1)
            #expect(out.sizes == [vectors.joined().count])
            #expect(stage.server.receive() == .data(Array(vectors.joined())))
        }
    }

    @Test func `a datagram is scattered over its vectors`() throws {
        for sizes in [[8], [1, 1, 1, 5], [0, 3, 0, 100], Array(repeating: 1, count: 500)] {
            #expect(stage.client.send([1, 2, 3, 4, 5, 6, 7, 8]) == .done)
            let into = InMessages([sizes])
            #expect(try into.receive(stage.server) == 1)
            #expect(into.bytes(0) == [1, 2, 3, 4, 5, 6, 7, 8])
            #expect(into.isPlain(0))
        }
    }

    @Test func `what does not fit is lost and flagged, and the next datagram is whole`() throws {
        for (sizes, kept) in [([7], 7), ([2, 3], 5), ([0], 0), ([], 0)] {
            #expect(stage.client.send([1, 2, 3, 4, 5, 6, 7, 8]) == .done)
            #expect(stage.client.send([9]) == .done)
            let into = InMessages([sizes, [10]])
            #expect(try into.receive(stage.server) == 2)
            #expect(into.bytes(0) == Array([1, 2, 3, 4, 5, 6, 7, 8].prefix(kept)))
            // MSG_TRUNC, as recvmsg and so GSocket have it.
            #expect(into.messages[0].flags == 0x20)
            #expect(into.bytes(1) == [9] && into.isPlain(1))
        }
    }

    @Test func `an empty datagram cannot be sent, and the error says so`() throws {
        for contents: [[UInt8]] in [[], [[]], [[], []]] {
            for limit in [Limit.none, Limit.long, Limit.ever] {
                let error = DTLS.error { _ = try OutMessages([contents]).send(stage.client, limit) }
                #expect(error?.isIO(G_IO_ERROR_INVALID_ARGUMENT) == true)
                #expect(error?.message.contains("at least one byte") == true)
            }
        }
        // Amid a call it ends it after those before.
        #expect(try OutMessages([[[1]], [[]], [[2]]]).send(stage.client) == 1)
        #expect(stage.server.receive() == .data([1]))
    }

    @Test func `minus one vectors end with one that has no buffer`() throws {
        let out = OutMessages([[[1], [2, 3], [4]]])
        out.messages[0].vectors[2].buffer = nil
        out.messages[0].num_vectors = .max
        #expect(try out.send(stage.client) == 1)
        let into = InMessages([[1, 10, 10]])
        into.messages[0].vectors[2].buffer = nil
        into.messages[0].num_vectors = .max
        #expect(try into.receive(stage.server) == 1)
        #expect(into.bytes(0) == [1, 2, 3] && into.isPlain(0))
    }

    @Test func `vectors without a buffer are refused, or skipped where they are to be filled`() throws {
        for contents: [[UInt8]] in [[[1]], [[1], [2]]] {
            let out = OutMessages([contents])
            out.messages[0].vectors[contents.count - 1].buffer = nil
            let error = DTLS.error { _ = try out.send(stage.client) }
            #expect(error?.isIO(G_IO_ERROR_INVALID_ARGUMENT) == true)
        }
        let nowhere = OutMessages([[[1]]])
        nowhere.messages[0].vectors = nil
        #expect(DTLS.error { _ = try nowhere.send(stage.client) }?.isIO(G_IO_ERROR_INVALID_ARGUMENT) == true)
        #expect(stage.client.send([1, 2, 3]) == .done)
        let into = InMessages([[1, 1, 1]])
        into.messages[0].vectors[1].buffer = nil
        #expect(try into.receive(stage.server) == 1)
        #expect(into.messages[0].bytes_received == 2 && into.messages[0].flags == 0x20)
    }

    @Test func `a size beyond all memory is too large, not a crash`() throws {
        let out = OutMessages([[[1]]])
        out.messages[0].vectors[0].size = .max
        #expect(DTLS.error { _ = try out.send(stage.client) }?.isIO(G_IO_ERROR_MESSAGE_TOO_LARGE) == true)
        #expect(stage.client.send([1, 2, 3]) == .done)
        let into = InMessages([[3]])
        into.messages[0].vectors[0].size = .max
        #expect(try into.receive(stage.server) == 1)
        #expect(into.bytes(0) == [1, 2, 3])
    }

    @Test func `what a caller does not ask for is not told`() throws {
        #expect(stage.client.send([1]) == .done)
        let into = InMessages(count: 1)
        into.messages[0].address = nil
        into.messages[0].control_messages = nil
        into.messages[0].num_control_messages = nil
        #expect(try into.receive(stage.server) == 1)
        #expect(into.bytes(0) == [1])
    }

    @Test func `an association has one peer, whatever address a message names`() throws {
        let elsewhere = g_inet_socket_address_new_from_string("192.0.2.1", 9)
        defer { g_object_unref(elsewhere) }
        let out = OutMessages([[[1]]])
        out.messages[0].address = elsewhere
        #expect(try out.send(stage.client) == 1)
        #expect(stage.server.receive() == .data([1]))
    }
}
