// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// What is notified, when, where and in which order.
@Suite struct NotificationTests {
    private static let watched = [
        "peer-certificate", "peer-certificate-errors", "negotiated-protocol", "protocol-version", "ciphersuite-name",
        "accepted-cas",
    ]

    private static func watch(_ connection: OpaquePointer) -> Diary {
        let diary = Diary()
        Signals.onNotify(connection) { if watched.contains($0) { diary.note($0) } }
        return diary
    }

    private static func setProtocols(_ connection: OpaquePointer, _ names: [String]) {
        Protocols.set(connection, names.map { Array($0.utf8) })
    }

    @Test func `a handshake tells what it found out, once, the certificate before its errors`() throws {
        let pair = try Conversation()
        for end in [pair.client, pair.server] { Self.setProtocols(end, ["one"]) }
        let diaries = [Self.watch(pair.client), Self.watch(pair.server)]
        try pair.connect()
        #expect(Set(diaries[0].words) == Set(Self.watched))
        #expect(Set(diaries[1].words) == Set(Self.watched).subtracting(["accepted-cas"]))
        for diary in diaries {
            #expect(diary.words.prefix(2) == ["peer-certificate", "peer-certificate-errors"])
            #expect(diary.words.count == Set(diary.words).count)
        }
    }

    @Test
    func `a failed handshake tells of the certificate and the authorities, and of nothing that did not come about`()
        throws
    {
        let pair = try Conversation(validation: G_TLS_CERTIFICATE_VALIDATE_ALL)
        let diary = Self.watch(pair.client)
        let server = Background { [server = pair.server] in DTLS.error { try DTLS.handshake(server) } }
        #expect(DTLS.error { try DTLS.handshake(pair.client) } != nil)
        try server.join()
        #expect(diary.words == ["peer-certificate", "peer-certificate-errors", "accepted-cas"])
        #expect(g_dtls_connection_get_protocol_version(pair.client) == G_TLS_PROTOCOL_VERSION_UNKNOWN)
        #expect(g_dtls_connection_get_ciphersuite_name(pair.client) == nil)
    }

    @Test func `a handshake in the background tells in the context of the call that began it`() throws {
        let loop = Loop()
        let pair = try Conversation()
        let diary = Self.watch(pair.client)
        _ = DTLS.error { _ = try DTLS.receive(pair.client, timeout: 0) }
        let server = Background { [server = pair.server] in try DTLS.handshake(server) }
        #expect(loop.run { diary.words.contains("accepted-cas") })
        try server.join()
        #expect(Set(diary.entries.map(\.thread)) == [Diary.thisThread])
        #expect(Set(diary.entries.map(\.context)) == [Diary.thisContext])
    }

    /// Ways to close a connection, each to its end.
    enum Way: CaseIterable {
        case close
        case halves
        case asynchronous
    }

    @Test(arguments: Way.allCases)
    func `closing takes version and cipher away, and tells so once`(_ way: Way) throws {
        let loop = Loop()
        let pair = try Conversation()
        try pair.connect()
        let diary = Self.watch(pair.client)
        let isKnown = { g_dtls_connection_get_protocol_version(pair.client) == G_TLS_PROTOCOL_VERSION_DTLS_1_2 }
        switch way {
        case .close:
            try DTLS.close(pair.client)
            try DTLS.close(pair.client)
        case .halves:
            try DTLS.shutdown(pair.client, read: false, write: true)
            #expect(isKnown() && diary.words.isEmpty)
            try DTLS.shutdown(pair.client, read: true, write: false)
        case .asynchronous:
            for _ in 0..<2 {
                let result = AsyncResult {
                    // Told before the callback.
                    #expect(diary.words.count == 2)
                    return g_dtls_connection_close_finish($0, $1, $2)
                }
                g_dtls_connection_close_async(pair.client, 0, nil, AsyncResult.callback, result.data)
                #expect(loop.run { result.isDone })
            }
        }
        #expect(!isKnown())
        #expect(g_dtls_connection_get_ciphersuite_name(pair.client) == nil)
        #expect(diary.words == ["protocol-version", "ciphersuite-name"])
        #expect(Set(diary.entries.map(\.thread)) == [Diary.thisThread])
        // What the peer was is still known.
        #expect(g_dtls_connection_get_peer_certificate(pair.client) != nil)
    }

    @Test func `an asynchronous close that waits for the handshake tells in its own context, before its callback`()
        throws
    {
        let loop = Loop()
        let pair = try Conversation()
        let diary = Self.watch(pair.client)
        let handshake = AsyncTests.handshake(pair.client)
        let close = AsyncResult {
            diary.note("closed")
            return g_dtls_connection_close_finish($0, $1, $2)
        }
        g_dtls_connection_close_async(pair.client, 0, nil, AsyncResult.callback, close.data)
        let server = Background { [server = pair.server] in try DTLS.handshake(server) }
        #expect(loop.run { handshake.isDone && close.isDone })
        try server.join()
        #expect(diary.words.suffix(3) == ["protocol-version", "ciphersuite-name", "closed"])
        #expect(diary.count("protocol-version") == 2)
        #expect(Set(diary.entries.map(\.thread)) == [Diary.thisThread])
    }

    @Test func `closing before there was a handshake has nothing to tell`() throws {
        let pair = try Conversation()
        let diary = Self.watch(pair.client)
        try DTLS.close(pair.client)
        #expect(diary.words.isEmpty)
    }

    @Test func `disposing takes version and cipher away, and what is asked afterwards is answered`() throws {
        let pair = try Conversation()
        for end in [pair.client, pair.server] { Self.setProtocols(end, ["one"]) }
        try pair.connect()
        g_object_run_dispose(UnsafeMutableRawPointer(pair.client).assumingMemoryBound(to: GObject.self))
        #expect(g_dtls_connection_get_protocol_version(pair.client) == G_TLS_PROTOCOL_VERSION_UNKNOWN)
        #expect(g_dtls_connection_get_ciphersuite_name(pair.client) == nil)
        #expect(g_dtls_connection_get_peer_certificate(pair.client) != nil)
        #expect(g_dtls_connection_get_negotiated_protocol(pair.client).map { String(cString: $0) } == "one")
        #expect(DTLS.error { try DTLS.handshake(pair.client) }?.isIO(G_IO_ERROR_CLOSED) == true)
        #expect(try DTLS.receive(pair.server) == nil)
    }
}
