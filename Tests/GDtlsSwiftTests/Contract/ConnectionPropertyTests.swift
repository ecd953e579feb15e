// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// The properties of GDtlsConnection and its two roles: what they are at first, and what becomes of what is set.
@Suite struct ConnectionPropertyTests {
    @Test func `a new connection knows nothing yet and validates everything`() throws {
        let pair = try Conversation()
        for end in [pair.client, pair.server] {
            #expect(g_dtls_connection_get_peer_certificate(end) == nil)
            #expect(g_dtls_connection_get_peer_certificate_errors(end) == G_TLS_CERTIFICATE_NO_FLAGS)
            #expect(g_dtls_connection_get_protocol_version(end) == G_TLS_PROTOCOL_VERSION_UNKNOWN)
            #expect(g_dtls_connection_get_ciphersuite_name(end) == nil)
            #expect(g_dtls_connection_get_negotiated_protocol(end) == nil)
            #expect(g_dtls_connection_get_interaction(end) == nil)
            #expect(g_dtls_connection_get_require_close_notify(end) != 0)
            #expect(try Protocols.advertised(end) == nil)
        }
        let socket = try Sockets.bound()
        defer { g_object_unref(socket) }
        let client = try Ends.client(OpaquePointer(socket))
        defer { Ends.unref(client) }
        #expect(try Properties.flags(client, "validation-flags") == G_TLS_CERTIFICATE_VALIDATE_ALL.rawValue)
        #expect(g_dtls_client_connection_get_server_identity(client) == nil)
        #expect(try Properties.acceptedAuthorities(client) == nil)
        #expect(try Properties.enumeration(pair.server, "authentication-mode") == G_TLS_AUTHENTICATION_NONE.rawValue)
        #expect(try Properties.object(pair.server, "base-socket") == UInt(bitPattern: pair.serverSocket))
    }

    @Test func `a database that was not set is the default one, and one set to NULL is none`() throws {
        let pair = try Conversation()
        let standard = g_tls_backend_get_default_database(try Provider.load())
        defer { g_object_unref(standard) }
        #expect(g_dtls_connection_get_database(pair.client) == standard)
        g_dtls_connection_set_database(pair.client, nil)
        #expect(g_dtls_connection_get_database(pair.client) == nil)
    }

    @Test func `what is set is given back, and told`() throws {
        let pair = try Conversation()
        let certificate = try TestPKI.shared.client
        let database = ForeignDatabase.saying(.fine)
        let interaction = try Interaction(.mute) { _ in G_TLS_INTERACTION_UNHANDLED }
        let diary = Diary()
        Signals.onNotify(pair.client) { diary.note($0) }
        g_dtls_connection_set_certificate(pair.client, certificate)
        g_dtls_connection_set_database(pair.client, database.pointer)
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        g_dtls_connection_set_require_close_notify(pair.client, 0)
        Protocols.set(pair.client, [Array("one".utf8)])
        #expect(g_dtls_connection_get_certificate(pair.client) == certificate)
        #expect(g_dtls_connection_get_database(pair.client) == database.pointer)
        #expect(g_dtls_connection_get_interaction(pair.client) == interaction.object)
        #expect(g_dtls_connection_get_require_close_notify(pair.client) == 0)
        #expect(
            diary.words == ["certificate", "database", "interaction", "require-close-notify", "advertised-protocols"]
        )
    }

    @Test func `the connection holds what was set, and lets it go`() throws {
        let pair = try Conversation()
        let interaction = try Interaction(.mute) { _ in G_TLS_INTERACTION_UNHANDLED }
        let watched = GWeak(interaction.object)
        g_dtls_connection_set_interaction(pair.client, interaction.object)
        #expect(interaction.object.pointee.parent_instance.ref_count == 2)
        g_dtls_connection_set_interaction(pair.client, nil)
        #expect(interaction.object.pointee.parent_instance.ref_count == 1)
        withExtendedLifetime(watched) {}
    }

    @Test func `rehandshaking is no more: a mode that is set is SAFELY, and a second handshake does nothing`() throws {
        let pair = try Conversation()
        #expect(try Properties.enumeration(pair.client, "rehandshake-mode") == G_TLS_REHANDSHAKE_NEVER.rawValue)
        for mode in [G_TLS_REHANDSHAKE_SAFELY, G_TLS_REHANDSHAKE_UNSAFELY] {
            try Properties.set(pair.client, "rehandshake-mode") { g_value_set_enum($0, Int32(mode.rawValue)) }
            #expect(
                try Properties.enumeration(pair.client, "rehandshake-mode") == G_TLS_REHANDSHAKE_SAFELY.rawValue
            )
        }
        try pair.connect()
        let diary = Diary()
        Signals.onNotify(pair.client) { diary.note($0) }
        // Nobody answers at the other end: this must not wait for anybody.
        try DTLS.handshake(pair.client)
        #expect(diary.words.isEmpty)
    }

    @Test func `a connection needs a base socket`() throws {
        let type = g_tls_backend_get_dtls_client_connection_type(try Provider.load())
        #expect(throws: GLibError.self) { try newInitable(type) }
    }

    @Test func `an end without a goodbye is an error only where one is required`() throws {
        for isRequired in [true, false] {
            var base: LossyBase?
            let pair = try Conversation(wrap: { socket, side in
                guard side == .client else { return socket }
                let wrapped = try LossyBase.wrap(socket) { _ in false }
                base = implementation(wrapped, as: LossyBase.self)
                return wrapped
            })
            g_dtls_connection_set_require_close_notify(pair.client, isRequired ? 1 : 0)
            try pair.connect()
            base?.hasEnded = true
            for _ in 0..<2 {
                if isRequired {
                    let error = DTLS.error { _ = try DTLS.receive(pair.client) }
                    #expect(error?.isTLS(G_TLS_ERROR_EOF) == true)
                } else {
                    #expect(try DTLS.receive(pair.client) == nil)
                }
            }
        }
    }

    @Test func `this end says goodbye whatever it requires of the other`() throws {
        let pair = try Conversation()
        g_dtls_connection_set_require_close_notify(pair.client, 0)
        try pair.connect()
        try DTLS.close(pair.client)
        #expect(try DTLS.receive(pair.server) == nil)
    }

    @Test func `any thread may read and set properties while a handshake is under way`() throws {
        let pair = try Conversation()
        let isOver = LockedValue(false)
        let reading = Background { [client = pair.client] in
            while !isOver.withLock({ $0 }) {
                _ = g_dtls_connection_get_peer_certificate(client)
                _ = g_dtls_connection_get_protocol_version(client)
                g_free(g_dtls_connection_get_ciphersuite_name(client))
                _ = try Properties.acceptedAuthorities(client)
                g_dtls_connection_set_database(client, nil)
            }
        }
        try pair.connect()
        isOver.withLock { $0 = true }
        try reading.join()
    }
}
