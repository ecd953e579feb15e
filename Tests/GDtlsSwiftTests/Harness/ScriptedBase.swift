// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Synchronization
import Testing

/// A GDatagramBased that is no GSocket: passes everything on to one, after what a test has it do.
final class ScriptedBase: ObjectImpl, @unchecked Sendable {  // unchecked: set up before use, the counts are atomic
    private var inner: GRef<OpaquePointer>?
    /// Runs inside each call, in its thread.
    var onReceive: () -> Void = {}
    var onSend: () -> Void = {}
    /// Whether `create_source` has one to give.
    var hasSources = true
    let receipts = Atomic(0)

    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "GDtlsSwiftTestScriptedBase",
        parent: { .object },
        interfaces: [Interface({ g_datagram_based_get_type() }, install: install)]
    )

    private var socket: OpaquePointer {
        guard let inner else { preconditionFailure("A ScriptedBase comes from wrap") }
        return inner.pointer
    }

    /// Wraps a socket (transfer none); gives a reference.
    static func wrap(_ socket: OpaquePointer, _ setUp: (ScriptedBase) -> Void = { _ in }) throws -> OpaquePointer {
        let object = try #require(newObject(ObjectType.register(ScriptedBase.self)))
        let me = implementation(UnsafeMutableRawPointer(object.pointer), as: ScriptedBase.self)
        me.inner = GRef(retaining: socket)
        setUp(me)
        return OpaquePointer(object.retained())
    }

    private static let install: Interface.Install = { table, _ in
        guard let table = table?.assumingMemoryBound(to: GDatagramBasedInterface.self) else { return }
        table.pointee.receive_messages = { me, messages, count, flags, timeout, cancellable, error in
            let me = implementation(me, as: ScriptedBase.self)
            me.receipts.add(1, ordering: .relaxed)
            me.onReceive()
            return g_datagram_based_receive_messages(me.socket, messages, count, flags, timeout, cancellable, error)
        }
        table.pointee.send_messages = { me, messages, count, flags, timeout, cancellable, error in
            let me = implementation(me, as: ScriptedBase.self)
            me.onSend()
            return g_datagram_based_send_messages(me.socket, messages, count, flags, timeout, cancellable, error)
        }
        table.pointee.create_source = { me, condition, cancellable in
            let me = implementation(me, as: ScriptedBase.self)
            return me.hasSources ? g_datagram_based_create_source(me.socket, condition, cancellable) : nil
        }
    }
}

/// A GDatagramBased that implements nothing.
final class EmptyBase: ObjectImpl, @unchecked Sendable {  // unchecked: it has no state
    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "GDtlsSwiftTestEmptyBase",
        parent: { .object },
        interfaces: [Interface({ g_datagram_based_get_type() })]
    )

    static func make() throws -> OpaquePointer {
        OpaquePointer(try #require(newObject(ObjectType.register(EmptyBase.self))).retained())
    }
}
