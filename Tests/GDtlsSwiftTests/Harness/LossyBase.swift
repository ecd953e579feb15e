// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Synchronization
import Testing

/// A GDatagramBased that is no GSocket: passes everything on to one, but for what it is told to lose.
final class LossyBase: ObjectImpl, @unchecked Sendable {  // unchecked: set up before use
    private var inner: GRef<OpaquePointer>?
    private var socket: OpaquePointer {
        guard let inner else { preconditionFailure("A LossyBase comes from wrap") }
        return inner.pointer
    }
    /// Whether to lose the n-th datagram sent, from 0.
    var loses: (Int) -> Bool = { _ in false }
    private(set) var sent = 0
    /// Whether it has come to its end, as a socket that knows ends does: nothing more is received.
    var hasEnded = false
    /// Whether it takes nothing for now, as a socket does whose buffer is full.
    let isFull = Mutex(false)

    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "GDtlsSwiftTestLossyBase",
        parent: { .object },
        interfaces: [Interface({ g_datagram_based_get_type() }, install: install)]
    )

    /// Wraps a socket (transfer none); gives a reference.
    static func wrap(_ socket: OpaquePointer, losing: @escaping (Int) -> Bool) throws -> OpaquePointer {
        let object = try #require(newObject(ObjectType.register(LossyBase.self)))
        let me = implementation(UnsafeMutableRawPointer(object.pointer), as: LossyBase.self)
        me.inner = GRef(retaining: socket)
        me.loses = losing
        return OpaquePointer(object.retained())
    }

    private static let install: Interface.Install = { table, _ in
        guard let table = table?.assumingMemoryBound(to: GDatagramBasedInterface.self) else { return }
        table.pointee.receive_messages = { me, messages, count, flags, timeout, cancellable, error in
            let me = implementation(me, as: LossyBase.self)
            if me.hasEnded { return 0 }
            return g_datagram_based_receive_messages(
                me.socket,
                messages,
                count,
                flags,
                timeout,
                cancellable,
                error
            )
        }
        table.pointee.send_messages = { me, messages, count, flags, timeout, cancellable, error in
            let me = implementation(me, as: LossyBase.self)
            if me.isFull.withLock({ $0 }) {
                report(GLibError.io(G_IO_ERROR_WOULD_BLOCK, "The buffer is full"), to: error)
                return -1
            }
            // One at a time, so that the n-th datagram is the n-th, however many came in one call.
            for index in 0..<Int(count) {
                me.sent += 1
                if me.loses(me.sent - 1) { continue }
                let sent = g_datagram_based_send_messages(
                    me.socket,
                    messages.map { $0 + index },
                    1,
                    flags,
                    timeout,
                    cancellable,
                    index == 0 ? error : nil
                )
                if sent < 1 {
                    me.sent -= 1
                    return index == 0 ? sent : gint(index)
                }
            }
            return gint(count)
        }
        table.pointee.create_source = { me, condition, cancellable in
            g_datagram_based_create_source(
                implementation(me, as: LossyBase.self).socket,
                condition,
                cancellable
            )
        }
        table.pointee.condition_check = { me, condition in
            g_datagram_based_condition_check(implementation(me, as: LossyBase.self).socket, condition)
        }
        table.pointee.condition_wait = { me, condition, timeout, cancellable, error in
            let me = implementation(me, as: LossyBase.self)
            return g_datagram_based_condition_wait(me.socket, condition, timeout, cancellable, error)
        }
    }
}
