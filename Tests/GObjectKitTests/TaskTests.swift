// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// Collects what a GAsyncReadyCallback gets.
private final class Outcome {
    var results: [GRef<OpaquePointer>] = []
    var data: gpointer { Unmanaged.passUnretained(self).toOpaque() }
    var first: OpaquePointer? { results.first?.pointer }

    static let callback: GAsyncReadyCallback = { _, result, data in
        guard let result, let data else { return }
        Unmanaged<Outcome>.fromOpaque(data).takeUnretainedValue().results.append(GRef(retaining: result))
    }
}

@Suite struct TaskTests {
    private static let tag = AsyncTask.Tag("test-operation")
    private static let otherTag = AsyncTask.Tag("another-operation")
    private let context = MainContext()
    private let outcome = Outcome()

    private func begin(
        _ source: UnsafeMutableRawPointer? = nil,
        cancellable: UnsafeMutablePointer<GCancellable>? = nil,
        reportsCancellation: Bool = true
    ) -> AsyncTask {
        context.asThreadDefault {
            AsyncTask(
                source: source,
                cancellable: cancellable,
                callback: Outcome.callback,
                userData: outcome.data,
                tag: Self.tag,
                priority: 10,
                reportsCancellation: reportsCancellation
            )
        }
    }

    @Test func `a task completes in the context of its beginning, once`() throws {
        let (object, _) = try make(Cat.self)
        let task = begin(object.rawPointer)
        #expect(task.priority == 10)
        #expect(task.context.pointer == context.pointer)
        onThread { #expect(task.complete(.success(true))) }
        #expect(!task.complete(.failure(GLibError.io(G_IO_ERROR_FAILED, "late"))))
        #expect(outcome.results.isEmpty)
        #expect(context.run { outcome.results.count == 1 })
        #expect(try AsyncTask.propagateBoolean(outcome.first, source: object.rawPointer, tag: Self.tag))
    }

    @Test func `a failure comes out of finish`() {
        begin().complete(.failure(GLibError.tls(G_TLS_ERROR_BAD_CERTIFICATE, "bad")))
        #expect(context.run { outcome.results.count == 1 })
        #expect(throws: GLibError.tls(G_TLS_ERROR_BAD_CERTIFICATE, "")) {
            try AsyncTask.propagateBoolean(outcome.first, source: nil, tag: Self.tag)
        }
    }

    @Test func `numbers, pointers and objects come out of finish`() throws {
        begin().complete(int: .success(-12))
        begin().complete(pointer: .success(g_strdup("text")), destroy: g_free)
        let (object, _) = try make(Cat.self)
        begin().complete(object: .success(object))
        #expect(context.run { outcome.results.count == 3 })
        let results = outcome.results.map(\.pointer)
        #expect(try AsyncTask.propagateInt(results[0], source: nil, tag: Self.tag) == -12)
        let text = try AsyncTask.propagatePointer(results[1], source: nil, tag: Self.tag)
        #expect(text.map { String(cString: $0.assumingMemoryBound(to: CChar.self)) } == "text")
        g_free(text)
        let taken = try AsyncTask.propagateObject(
            results[2],
            source: nil,
            tag: Self.tag,
            as: UnsafeMutablePointer<GObject>.self
        )
        #expect(taken?.pointer == object.pointer)
        #expect(object.pointer.pointee.ref_count == 2)
    }

    @Test func `a result that nobody takes is freed`() throws {
        let (object, _) = try make(Cat.self)
        begin().complete(object: .success(object))
        #expect(context.run { outcome.results.count == 1 })
        #expect(object.pointer.pointee.ref_count == 2)
        outcome.results = []
        context.drain()
        #expect(object.pointer.pointee.ref_count == 1)
    }

    @Test func `a pointer for a task that has ended is freed`() {
        let task = begin()
        task.complete(.success(true))
        let completed = task.complete(pointer: .success(g_strdup("lost")), destroy: g_free)
        #expect(!completed)
        context.drain()
    }

    @Test func `a cancellation overrides a result, unless that would lose data`() {
        let cancellable = GRef<UnsafeMutablePointer<GCancellable>>(taking: g_cancellable_new())
        let strict = begin(cancellable: cancellable?.pointer)
        let lenient = begin(cancellable: cancellable?.pointer, reportsCancellation: false)
        strict.complete(.success(true))
        lenient.complete(.success(true))
        g_cancellable_cancel(cancellable?.pointer)
        #expect(context.run { outcome.results.count == 2 })
        #expect(throws: GLibError.io(G_IO_ERROR_CANCELLED, "")) {
            try AsyncTask.propagateBoolean(outcome.results[0].pointer, source: nil, tag: Self.tag)
        }
        #expect(throws: Never.self) {
            try AsyncTask.propagateBoolean(outcome.results[1].pointer, source: nil, tag: Self.tag)
        }
    }

    @Test func `the result of another operation or object is an error and not a crash`() throws {
        let (object, _) = try make(Cat.self)
        begin(object.rawPointer).complete(.success(true))
        #expect(context.run { outcome.results.count == 1 })
        let invalid = GLibError.io(G_IO_ERROR_INVALID_ARGUMENT, "")
        #expect(throws: invalid) {
            try AsyncTask.propagateBoolean(outcome.first, source: object.rawPointer, tag: Self.otherTag)
        }
        #expect(throws: invalid) { try AsyncTask.propagateBoolean(outcome.first, source: nil, tag: Self.tag) }
        #expect(throws: invalid) { try AsyncTask.propagateInt(nil, source: nil, tag: Self.tag) }
        #expect(throws: invalid) {
            try AsyncTask.propagateInt(OpaquePointer(object.pointer), source: object.rawPointer, tag: Self.tag)
        }
    }

    @Test func `a task that is dropped fails as closed`() {
        _ = begin()
        #expect(context.run { outcome.results.count == 1 })
        #expect(throws: GLibError.io(G_IO_ERROR_CLOSED, "")) {
            try AsyncTask.propagateBoolean(outcome.first, source: nil, tag: Self.tag)
        }
    }

    @Test func `a task keeps its source alive until the callback has run`() throws {
        let counter = LiveCounter()
        do {
            let (object, cat) = try make(Cat.self)
            cat.counter = counter
            begin(object.rawPointer).complete(.success(true))
        }
        #expect(counter.live == 1)
        #expect(context.run { outcome.results.count == 1 })
        outcome.results = []
        context.drain()
        #expect(counter.live == 0)
    }
}
