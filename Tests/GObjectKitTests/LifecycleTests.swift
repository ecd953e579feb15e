// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

@Suite struct LifecycleTests {
    @Test func `finalize frees the Swift object`() throws {
        let counter = LiveCounter()
        do {
            let (_, cat) = try make(Cat.self)
            cat.counter = counter
            #expect(counter.live == 1)
        }
        #expect(counter.live == 0)
    }

    @Test func `finalize frees the Swift object of a two-level and of a foreign class`() throws {
        let counter = LiveCounter()
        do {
            let (_, dog) = try make(Dog.self)
            dog.counter = counter
            let foreign = try #require(newObject(ForeignDog.gtype))
            try #require(tryImplementation(foreign.rawPointer, as: Dog.self)).counter = counter
            #expect(counter.live == 2)
        }
        #expect(counter.live == 0)
    }

    @Test func `finalize of a class below a C class frees both halves`() throws {
        let weak: GWeak<UnsafeMutablePointer<GObject>>
        do {
            let (object, _) = try make(FileDatabase.self, [("anchors", .string("/x"))])
            weak = GWeak(object.pointer)
        }
        #expect(weak.upgrade() == nil)
    }

    @Test func `dispose may run twice`() throws {
        let (object, cat) = try make(Cat.self)
        g_object_run_dispose(object.pointer)
        g_object_run_dispose(object.pointer)
        #expect(cat.events == ["constructed ", "dispose", "dispose"])
        #expect(property(object, "legs", .uint) { $0.uint } == 4)
    }

    @Test func `an instance kept during a call outlives its last outside reference`() throws {
        let counter = LiveCounter()
        let object = try #require(newObject(ObjectType.register(Cat.self)))
        let cat = try #require(tryImplementation(object.rawPointer, as: Cat.self))
        cat.counter = counter
        let raw = object.retained()
        withExtendedLifetime(object) {}
        cat.keepingInstance {
            g_object_unref(raw)
            #expect(counter.live == 1)
        }
    }

    @Test func `an interface vfunc is called through C, and its error comes back`() throws {
        #expect(throws: GLibError.tls(G_TLS_ERROR_MISC, "")) { try newInitable(ObjectType.register(Dog.self)) }
        let dog = try newInitable(ObjectType.register(Dog.self), [("name", .string("Rex"))])
        #expect(tryImplementation(dog.rawPointer, as: Dog.self)?.name == "Rex")
        #expect(throws: GLibError.self) { try newInitable(g_cancellable_get_type()) }
    }

    @Test func `a vfunc of the parent's class struct reaches the subclass`() throws {
        let (base, _) = try make(FileBase.self)
        let (file, _) = try make(FileDatabase.self)
        #expect(createHandle(base) == "base")
        #expect(createHandle(file) == "file")
    }

    /// What g_tls_database_create_certificate_handle does, without a certificate.
    private func createHandle(_ object: GRef<UnsafeMutablePointer<GObject>>) -> String? {
        let classStruct = UnsafeMutableRawPointer(object.pointer.pointee.g_type_instance.g_class)
        let database = classStruct?.assumingMemoryBound(to: GTlsDatabaseClass.self).pointee
        let handle = database?.create_certificate_handle(
            object.rawPointer.assumingMemoryBound(to: GTlsDatabase.self),
            nil
        )
        defer { g_free(handle) }
        return handle.map { String(cString: $0) }
    }
}
