// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// What an application's callback was given.
private final class Call {
    var conditions: [UInt32] = []
    var object: OpaquePointer?
    var wantsMore = true
    var data: gpointer { Unmanaged.passUnretained(self).toOpaque() }

    static func from(_ data: gpointer?) -> Call? { data.map { Unmanaged<Call>.fromOpaque($0).takeUnretainedValue() } }
}

@Suite struct DatagramSourceTests {
    private let context = MainContext()
    private let call = Call()
    private let socket: GRef<OpaquePointer>

    init() throws {
        let socket = try withGError {
            g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, $0)
        }
        self.socket = GRef(taking: OpaquePointer(try #require(socket)))
    }

    @Test func `the application's callback gets object, condition and data`() {
        let source = attach()
        let callback: GDatagramBasedSourceFunc = { object, condition, data in
            guard let call = Call.from(data) else { return 0 }
            call.object = object
            call.conditions.append(condition.rawValue)
            return call.wantsMore.gboolean
        }
        // unsafeBitCast: what G_SOURCE_FUNC does in C.
        g_source_set_callback(source.pointer, unsafeBitCast(callback, to: GSourceFunc.self), call.data, nil)
        context.iterate(mayBlock: true)
        call.wantsMore = false
        context.iterate(mayBlock: true)
        context.drain()
        #expect(call.conditions == [G_IO_IN.rawValue, G_IO_IN.rawValue])
        #expect(call.object == socket.pointer)
        #expect(source.isDestroyed)
    }

    @Test func `a binding's closure gets the same arguments`() {
        let source = attach()
        let callback: @convention(c) (OpaquePointer?, UInt32, gpointer?) -> gboolean = { object, condition, data in
            Call.from(data)?.object = object
            Call.from(data)?.conditions.append(condition)
            return 0
        }
        // unsafeBitCast: GCallback stands for a function of any signature.
        g_source_set_closure(
            source.pointer,
            g_cclosure_new(unsafeBitCast(callback, to: GCallback.self), call.data, nil)
        )
        context.iterate(mayBlock: true)
        #expect(call.conditions == [G_IO_IN.rawValue])
        #expect(call.object == socket.pointer)
        #expect(source.isDestroyed)
    }

    @Test func `a source without a callback is destroyed with a warning`() {
        let source = attach()
        let log = expectWarning { context.iterate(mayBlock: true) }
        #expect(log.contains("g_source_set_callback"))
        #expect(source.isDestroyed)
    }

    private func attach() -> EventSource {
        let source = EventSource(SocketHandler(socket), kind: .datagramBased)
        source.setReadyTime(0)
        source.attach(to: context)
        return source
    }
}

private final class SocketHandler: SourceHandler, @unchecked Sendable {
    private let socket: GRef<OpaquePointer>

    init(_ socket: GRef<OpaquePointer>) { self.socket = socket }

    override func dispatch(_ source: BorrowedSource, callback: GSourceFunc?, userData: gpointer?) -> Bool {
        EventSource.callDatagramBased(callback, object: socket.pointer, condition: G_IO_IN, userData: userData)
    }
}
