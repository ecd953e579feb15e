// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// The vfuncs of a connection: arguments checked, then handed to the driver.
extension ConnectionObject {
    static let handshakeTag = AsyncTask.Tag("gdtls_swift_connection_handshake_async")
    static let shutdownTag = AsyncTask.Tag("gdtls_swift_connection_shutdown_async")

    func handshake(_ cancellable: UnsafeMutablePointer<GCancellable>?) throws -> gboolean {
        let driver = try self.driver
        return try driver.block(until: .never, cancellable: cancellable, datagrams: ReceiveBuffer.slots) {
            try driver.handshakeResult()
        }.gboolean
    }

    func handshake(
        _ priority: Int32,
        _ cancellable: UnsafeMutablePointer<GCancellable>?,
        _ callback: GAsyncReadyCallback?,
        _ data: gpointer?
    ) {
        let task = AsyncTask(
            source: rawInstance,
            cancellable: cancellable,
            callback: callback,
            userData: data,
            tag: Self.handshakeTag,
            priority: priority
        )
        do { try driver.handshake(task: task) } catch { task.complete(.failure(error)) }
    }

    func shutdown(
        _ read: gboolean,
        _ write: gboolean,
        _ cancellable: UnsafeMutablePointer<GCancellable>?
    ) throws -> gboolean {
        guard let halves = halves(read, write) else { return 1 }
        try driver.shutdown(halves, cancellable: cancellable)
        noticeClosing()
        return 1
    }

    func shutdown(
        _ read: gboolean,
        _ write: gboolean,
        _ priority: Int32,
        _ cancellable: UnsafeMutablePointer<GCancellable>?,
        _ callback: GAsyncReadyCallback?,
        _ data: gpointer?
    ) {
        let task = AsyncTask(
            source: rawInstance,
            cancellable: cancellable,
            callback: callback,
            userData: data,
            tag: Self.shutdownTag,
            priority: priority
        )
        guard let halves = halves(read, write) else {
            task.complete(.success(true))
            return
        }
        do { try driver.shutdown(halves, task: task) } catch { task.complete(.failure(error)) }
        noticeClosing()
    }

    func receive(
        _ messages: UnsafeMutablePointer<GInputMessage>?,
        _ count: guint,
        _ flags: gint,
        _ timeout: gint64,
        _ cancellable: UnsafeMutablePointer<GCancellable>?
    ) throws -> gint {
        try refuse(flags)
        guard let messages, count > 0 else { return 0 }
        return gint(
            try driver.receive(
                messages,
                Int(count),
                timeout: Int64(timeout),
                cancellable: cancellable,
                requiresCloseNotify: settings.withLock { $0.requiresCloseNotify }
            )
        )
    }

    func send(
        _ messages: UnsafeMutablePointer<GOutputMessage>?,
        _ count: guint,
        _ flags: gint,
        _ timeout: gint64,
        _ cancellable: UnsafeMutablePointer<GCancellable>?
    ) throws -> gint {
        try refuse(flags)
        guard let messages, count > 0 else { return 0 }
        return gint(
            try driver.send(messages, Int(count), timeout: Int64(timeout), cancellable: cancellable)
        )
    }

    func createSource(
        _ condition: GIOCondition,
        _ cancellable: UnsafeMutablePointer<GCancellable>?
    ) -> UnsafeMutablePointer<GSource>? {
        guard let driver = try? driver else { return nil }
        return ConnectionSourceHandler.makeSource(
            driver,
            GRef(retaining: OpaquePointer(instance)),
            condition,
            cancellable
        )
    }

    func setAdvertisedProtocols(_ protocols: UnsafePointer<UnsafePointer<CChar>?>?) {
        var value = GValue()
        g_value_init(&value, g_strv_get_type())
        g_value_set_static_boxed(&value, protocols)
        g_object_set_property(instance, "advertised-protocols", &value)
        g_value_unset(&value)
    }

    /// RFC 5929 and RFC 9266; the errors are those that GIO documents for `g_dtls_connection_get_channel_binding_data`.
    func bindingData(_ type: GTlsChannelBindingType, into data: UnsafeMutablePointer<GByteArray>?) throws -> gboolean {
        // PyGObject passes memory that is none, by whose element size GLib would divide.
        let asArray = UnsafeMutableRawPointer(data)?.assumingMemoryBound(to: GArray.self)
        guard asArray.map({ g_array_get_element_size($0) == 1 }) ?? true else {
            throw GLibError.channelBinding(
                G_TLS_CHANNEL_BINDING_ERROR_GENERAL_ERROR,
                "The channel binding has nowhere to go: the caller's GByteArray was not made by g_byte_array_new()"
            )
        }
        let bytes: [UInt8]? = try driver.bindingData(type, isProbe: data == nil)
        guard let data, let bytes else { return 1 }
        g_byte_array_set_size(data, 0)
        bytes.withUnsafeBufferPointer { _ = g_byte_array_append(data, $0.baseAddress, guint($0.count)) }
        return 1
    }

    private func halves(_ read: gboolean, _ write: gboolean) -> ConnectionDriver.Halves? {
        var halves: ConnectionDriver.Halves = []
        if read != 0 { halves.insert(.reading) }
        if write != 0 { halves.insert(.writing) }
        return halves.isEmpty ? nil : halves
    }

    /// Version and cipher are unknown once the connection is closed.
    private func noticeClosing() {
        guard outcome.negotiated != nil, negotiated == nil else { return }
        notify("protocol-version")
        notify("ciphersuite-name")
    }

    private func refuse(_ flags: gint) throws {
        guard flags == 0 else {
            throw GLibError.io(
                G_IO_ERROR_INVALID_ARGUMENT,
                "A DTLS connection takes no message flags, but got \(flags)"
            )
        }
    }
}

extension ConnectionDriver {
    /// The binding's bytes, or `nil` for a probe that would be answered.
    func bindingData(_ type: GTlsChannelBindingType, isProbe: Bool) throws -> [UInt8]? {
        let isKnown = [
            G_TLS_CHANNEL_BINDING_TLS_UNIQUE, G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT,
            G_TLS_CHANNEL_BINDING_TLS_EXPORTER,
        ]
        .contains { $0 == type }
        guard isKnown else {
            throw GLibError.channelBinding(
                G_TLS_CHANNEL_BINDING_ERROR_NOT_IMPLEMENTED,
                "This channel binding type is not known: \(type.rawValue)"
            )
        }
        if isProbe { return nil }
        let bytes: [UInt8]?? = monitor.withLock {
            guard case .established(let engine) = phase, closed != .both else { return .none }
            switch type {
            case G_TLS_CHANNEL_BINDING_TLS_UNIQUE: return .some(engine.channelBinding(.tlsUnique))
            case G_TLS_CHANNEL_BINDING_TLS_EXPORTER: return .some(engine.channelBinding(.tlsExporter))
            default: return .some(engine.serverCertificate?.serverEndPoint)
            }
        }
        guard let bytes else {
            throw GLibError.channelBinding(
                G_TLS_CHANNEL_BINDING_ERROR_INVALID_STATE,
                "Channel bindings exist between the handshake and the close"
            )
        }
        guard let bytes else {
            throw GLibError.channelBinding(
                type == G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT
                    ? G_TLS_CHANNEL_BINDING_ERROR_NOT_SUPPORTED : G_TLS_CHANNEL_BINDING_ERROR_NOT_AVAILABLE,
                "This association does not have that channel binding"
            )
        }
        return bytes
    }
}
