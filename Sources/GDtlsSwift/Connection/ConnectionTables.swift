// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// GInitable's vtable for connections.
enum InitableTable {
    static let install: Interface.Install = { table, _ in
        guard let table else { return }
        table.assumingMemoryBound(to: GInitableIface.self).pointee.`init` = { me, cancellable, error in
            bridge(error, failure: 0) {
                try implementation(me, as: ConnectionObject.self).initialise(cancellable)
                return 1
            }
        }
    }
}

/// GDtlsConnection's vtable.
enum DtlsConnectionTable {
    static let install: Interface.Install = { table, _ in
        guard let table = table?.assumingMemoryBound(to: GDtlsConnectionInterface.self) else { return }
        table.pointee.handshake = { me, cancellable, error in
            bridge(error, failure: 0) {
                try implementation(me, as: ConnectionObject.self).handshake(cancellable)
            }
        }
        table.pointee.handshake_async = { me, priority, cancellable, callback, data in
            implementation(me, as: ConnectionObject.self).handshake(priority, cancellable, callback, data)
        }
        table.pointee.handshake_finish = { me, result, error in
            bridge(error, failure: 0) {
                try AsyncTask.propagateBoolean(
                    result,
                    source: UnsafeMutableRawPointer(me),
                    tag: ConnectionObject.handshakeTag
                )
                .gboolean
            }
        }
        table.pointee.shutdown = { me, read, write, cancellable, error in
            bridge(error, failure: 0) {
                try implementation(me, as: ConnectionObject.self).shutdown(read, write, cancellable)
            }
        }
        table.pointee.shutdown_async = { me, read, write, priority, cancellable, callback, data in
            implementation(me, as: ConnectionObject.self).shutdown(read, write, priority, cancellable, callback, data)
        }
        table.pointee.shutdown_finish = { me, result, error in
            bridge(error, failure: 0) {
                try AsyncTask.propagateBoolean(
                    result,
                    source: UnsafeMutableRawPointer(me),
                    tag: ConnectionObject.shutdownTag
                )
                .gboolean
            }
        }
        table.pointee.set_advertised_protocols = { me, protocols in
            implementation(me, as: ConnectionObject.self).setAdvertisedProtocols(protocols)
        }
        table.pointee.get_negotiated_protocol = { me in
            implementation(me, as: ConnectionObject.self).lendNegotiatedProtocol()
        }
        table.pointee.get_binding_data = { me, type, data, error in
            bridge(error, failure: 0) {
                try implementation(me, as: ConnectionObject.self).bindingData(type, into: data)
            }
        }
    }
}

/// GDatagramBased's vtable.
enum DatagramBasedTable {
    static let install: Interface.Install = { table, _ in
        guard let table = table?.assumingMemoryBound(to: GDatagramBasedInterface.self) else { return }
        table.pointee.receive_messages = { me, messages, count, flags, timeout, cancellable, error in
            bridge(error, failure: -1) {
                try implementation(me, as: ConnectionObject.self).receive(messages, count, flags, timeout, cancellable)
            }
        }
        table.pointee.send_messages = { me, messages, count, flags, timeout, cancellable, error in
            bridge(error, failure: -1) {
                try implementation(me, as: ConnectionObject.self).send(messages, count, flags, timeout, cancellable)
            }
        }
        table.pointee.create_source = { me, condition, cancellable in
            implementation(me, as: ConnectionObject.self).createSource(condition, cancellable)
        }
        table.pointee.condition_check = { me, condition in
            (try? implementation(me, as: ConnectionObject.self).driver.check(condition)) ?? G_IO_HUP
        }
        table.pointee.condition_wait = { me, condition, timeout, cancellable, error in
            bridge(error, failure: 0) {
                try implementation(me, as: ConnectionObject.self).driver
                    .wait(for: condition, timeout: Int64(timeout), cancellable: cancellable)
                return 1
            }
        }
    }
}
