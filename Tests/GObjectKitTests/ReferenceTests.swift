// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

@Suite struct ReferenceTests {
    @Test func `a retaining reference gives back what it took`() throws {
        let (object, _) = try make(Cat.self)
        do {
            let second = GRef(retaining: object.pointer)
            #expect(object.pointer.pointee.ref_count == 2)
            #expect(second.pointer == object.pointer)
        }
        #expect(object.pointer.pointee.ref_count == 1)
    }

    @Test func `a reference to nothing is nothing`() {
        #expect(GRef(taking: nil as OpaquePointer?) == nil)
        #expect(GRef(retaining: nil as UnsafeMutablePointer<GObject>?) == nil)
    }

    @Test func `a weak reference ends with the object`() throws {
        let weak: GWeak<UnsafeMutablePointer<GObject>>
        do {
            let (object, cat) = try make(Cat.self)
            weak = GWeak(object.pointer)
            #expect(weak.upgrade()?.pointer == object.pointer)
            #expect(cat.legs == 4)
        }
        #expect(weak.upgrade() == nil)
    }

    @Test func `a weak reference may go first`() throws {
        let (object, _) = try make(Cat.self)
        do { _ = GWeak(object.pointer) }
        #expect(object.pointer.pointee.ref_count == 1)
    }

    @Test func `threads that race for the last reference free the object once`() async throws {
        let counter = LiveCounter()
        for _ in 0..<50 {
            let (object, cat) = try make(Cat.self)
            cat.counter = counter
            let weak = GWeak(object.pointer)
            let last = object.retained()
            // nonisolated(unsafe): a reference of our own, which one task gives back.
            nonisolated(unsafe) let raw = last
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { for _ in 0..<20 { _ = weak.upgrade() } }
                }
                group.addTask { g_object_unref(raw) }
            }
        }
        #expect(counter.live == 0)
    }
}
