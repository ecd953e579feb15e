// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// A GDatagramBased that is no GSocket: one end of a wire in memory, which a test can fill up, cut or break.
///
/// It is what GIO says a base has to be: never waits with a timeout of 0, and has sources that tell the truth.
final class MemoryBase: ObjectImpl, @unchecked Sendable {  // unchecked: the state is locked
    /// What one end is and has.
    struct State {
        var inbox: [[UInt8]] = []
        /// The messages of each call that sent something.
        var calls: [Int] = []
        /// Datagrams that may still be sent before there is no room; nil: any number.
        var room: Int?
        /// Nothing more comes, as a base knows that has ends.
        var hasEnded = false
        /// What the n-th datagram is refused with, from 0.
        var refuses: (Int) -> GLibError? = { _ in nil }
        /// What is larger is refused, in bytes.
        var largest = Int.max
        /// What the next receipts fail with.
        var receiveErrors: [GLibError] = []
        /// Whether to lose the n-th datagram sent, from 0.
        var loses: (Int) -> Bool = { _ in false }
        var sources: Set<UnsafeMutablePointer<GSource>> = []
        /// How often a check, a receipt or what found no room was asked for, or its source became ready.
        ///
        /// How often the source was prepared says nothing: the worker prepares all it has whenever one has something.
        var looks = 0
        /// Runs when a source goes.
        var onSourceGone: @Sendable () -> Void = {}

        /// What a message is refused with that would be the n-th datagram.
        func refusal(_ n: Int, _ message: GOutputMessage) -> GLibError? {
            MemoryBase.bytes(of: message).count > largest ? .io(G_IO_ERROR_MESSAGE_TOO_LARGE, "Path") : refuses(n)
        }

        var sent: Int { calls.reduce(0, +) }
        var ready: GIOCondition {
            let isReadable = !inbox.isEmpty || hasEnded || !receiveErrors.isEmpty
            return (isReadable ? G_IO_IN : .none) | (room == 0 ? .none : G_IO_OUT)
        }
    }

    private let state = LockedValue(State())
    private weak var peer: MemoryBase?
    private var object: OpaquePointer { OpaquePointer(instance) }

    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "GDtlsSwiftTestMemoryBase",
        parent: { .object },
        interfaces: [Interface({ g_datagram_based_get_type() }, install: install)]
    )

    /// The two ends of a wire, each with the reference that keeps it.
    static func pair() throws -> [(end: MemoryBase, object: GRef<OpaquePointer>)] {
        let ends = try (0..<2).map { _ in
            let object = try #require(newObject(ObjectType.register(MemoryBase.self)))
            let end = implementation(UnsafeMutableRawPointer(object.pointer), as: MemoryBase.self)
            return (end: end, object: GRef(retaining: OpaquePointer(object.pointer)))
        }
        ends[0].end.peer = ends[1].end
        ends[1].end.peer = ends[0].end
        return ends
    }

    /// Reads or changes the state; whoever waits is told.
    @discardableResult
    func with<R>(_ body: (inout State) throws -> R) rethrows -> R {
        try state.withLock { state in
            let before = state.ready
            defer {
                if !(state.ready & ~before).isEmpty {
                    for source in state.sources { g_source_set_ready_time(source, 0) }
                }
            }
            return try body(&state)
        }
    }

    private func receive(_ messages: UnsafeMutableBufferPointer<GInputMessage>) throws -> gint {
        try with { state in
            state.looks += 1
            if !state.receiveErrors.isEmpty { throw state.receiveErrors.removeFirst() }
            if state.inbox.isEmpty {
                if state.hasEnded { return 0 }
                throw GLibError.io(G_IO_ERROR_WOULD_BLOCK, "Nothing is there")
            }
            var count = 0
            while count < messages.count, !state.inbox.isEmpty {
                let datagram = state.inbox.removeFirst()
                let vector = messages[count].vectors[0]
                let part = datagram.prefix(Int(vector.size))
                UnsafeMutableRawBufferPointer(start: vector.buffer, count: part.count).copyBytes(from: part)
                messages[count].bytes_received = gsize(part.count)
                count += 1
            }
            return gint(count)
        }
    }

    private func send(_ messages: UnsafeMutableBufferPointer<GOutputMessage>) throws -> gint {
        let (count, leaving): (Int, [[UInt8]]) = try with { state in
            var count = min(messages.count, state.room ?? .max)
            if let refused = (0..<count).first(where: { state.refusal(state.sent + $0, messages[$0]) != nil }) {
                if refused == 0, let error = state.refusal(state.sent, messages[0]) { throw error }
                count = refused
            }
            if count == 0 {
                state.looks += 1
                throw GLibError.io(G_IO_ERROR_WOULD_BLOCK, "No room")
            }
            if let room = state.room { state.room = room - count }
            let datagrams = messages.prefix(count).enumerated().compactMap { index, message -> [UInt8]? in
                state.loses(state.sent + index) ? nil : Self.bytes(of: message)
            }
            state.calls.append(count)
            return (count, datagrams)
        }
        for index in 0..<count { messages[index].bytes_sent = guint(Self.bytes(of: messages[index]).count) }
        peer?.with { $0.inbox += leaving }
        return gint(count)
    }

    fileprivate static func bytes(of message: GOutputMessage) -> [UInt8] {
        (0..<Int(message.num_vectors)).flatMap { index in
            Array(UnsafeRawBufferPointer(start: message.vectors[index].buffer, count: Int(message.vectors[index].size)))
        }
    }

    private static let install: Interface.Install = { table, _ in
        guard let table = table?.assumingMemoryBound(to: GDatagramBasedInterface.self) else { return }
        table.pointee.receive_messages = { me, messages, count, _, timeout, _, error in
            precondition(timeout == 0, "A connection never waits inside of its base")
            return bridge(error, failure: -1) {
                let messages = UnsafeMutableBufferPointer(start: messages, count: Int(count))
                return try implementation(me, as: MemoryBase.self).receive(messages)
            }
        }
        table.pointee.send_messages = { me, messages, count, _, timeout, _, error in
            precondition(timeout == 0, "A connection never waits inside of its base")
            return bridge(error, failure: -1) {
                let messages = UnsafeMutableBufferPointer(start: messages, count: Int(count))
                return try implementation(me, as: MemoryBase.self).send(messages)
            }
        }
        table.pointee.create_source = { me, condition, _ in
            let me = implementation(me, as: MemoryBase.self)
            let source = EventSource(MemorySourceHandler(me, condition), kind: .datagramBased)
            me.with { _ = $0.sources.insert(source.pointer) }
            return source.retained()
        }
        table.pointee.condition_check = { me, condition in
            implementation(me, as: MemoryBase.self).with { state in
                state.looks += 1
                return state.ready & condition
            }
        }
    }

    private final class MemorySourceHandler: SourceHandler, @unchecked Sendable {  // unchecked: immutable
        private let base: MemoryBase
        private let object: GRef<OpaquePointer>
        private let condition: GIOCondition

        init(_ base: MemoryBase, _ condition: GIOCondition) {
            self.base = base
            object = GRef(retaining: base.object)
            self.condition = condition
        }

        override func prepare(_ source: BorrowedSource) -> SourceReadiness {
            source.setReadyTime(-1)
            return base.with { $0.ready.intersects(condition) ? .ready : .wait }
        }

        override func dispatch(_ source: BorrowedSource, callback: GSourceFunc?, userData: gpointer?) -> Bool {
            let ready = base.with { state in
                state.looks += 1
                return state.ready & condition
            }
            guard !ready.isEmpty else { return true }
            return EventSource.callDatagramBased(callback, object: object.pointer, condition: ready, userData: userData)
        }

        override func disposed(_ source: BorrowedSource) {
            base.with { state in
                state.sources.remove(source.pointer)
                return state.onSourceGone
            }()
        }
    }
}
