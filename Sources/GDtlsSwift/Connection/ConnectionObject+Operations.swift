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
        var hasWaited = false
        return try driver.block(until: .never, cancellable: cancellable, datagrams: ReceiveBuffer.slots) {
            defer { hasWaited = true }
            // A shutdown that waited as well does not make it a failure.
            if hasWaited, driver.isEstablished { return true }
            return try driver.handshakeResult()
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
        // Shut down it is, even where what is left to send does not leave.
        defer { tellClosing() }
        try driver.shutdown(halves, cancellable: cancellable)
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
        tellClosing()
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

    private func halves(_ read: gboolean, _ write: gboolean) -> ConnectionDriver.Halves? {
        var halves: ConnectionDriver.Halves = []
        if read != 0 { halves.insert(.reading) }
        if write != 0 { halves.insert(.writing) }
        return halves.isEmpty ? nil : halves
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
