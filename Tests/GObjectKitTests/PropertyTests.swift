// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

@Suite struct PropertyTests {
    @Test func `construct properties arrive before constructed`() throws {
        let (object, cat) = try make(Cat.self, [("name", .string("Tom"))])
        #expect(cat.name == "Tom")
        #expect(cat.legs == 4)
        #expect(cat.events == ["constructed Tom"])
        withExtendedLifetime(object) {}
    }

    @Test func `properties are read and written through C`() throws {
        let (object, cat) = try make(Cat.self)
        setProperty(object, "legs", .uint) { $0.set(uint: 3) }
        #expect(cat.legs == 3)
        #expect(property(object, "legs", .uint) { $0.uint } == 3)
        #expect(property(object, "name", .string) { $0.string } == nil)
    }

    @Test func `a subclass has its parent's properties and its own`() throws {
        let (object, dog) = try make(Dog.self, [("name", .string("Rex")), ("barking", .boolean(true))])
        #expect(dog.isBarking)
        #expect(property(object, "barking", .boolean) { $0.boolean })
        #expect(property(object, "name", .string) { $0.string } == "Rex")
    }

    @Test func `a subclass overrides a property of its parent`() throws {
        let (object, dog) = try make(Dog.self, [("legs", .uint(2))])
        #expect(dog.legs == 2)
        #expect(property(object, "legs", .uint) { $0.uint } == 1002)
    }

    @Test func `a subclass implements a property of an interface that it adds`() throws {
        let (object, file) = try make(FileDatabase.self, [("anchors", .string("/tmp/anchors.pem"))])
        #expect(file.anchors == "/tmp/anchors.pem")
        #expect(property(object, "anchors", .string) { $0.string } == "/tmp/anchors.pem")
    }

    @Test func `an object property holds one reference, and dispose drops it`() throws {
        let (first, _) = try make(Cat.self)
        let (second, _) = try make(Cat.self, [("friend", .object(first.rawPointer))])
        #expect(first.pointer.pointee.ref_count == 2)
        #expect(property(second, "friend", .object) { $0.object } == first.rawPointer)
        g_object_run_dispose(second.pointer)
        #expect(first.pointer.pointee.ref_count == 1)
    }

    @Test func `notify by name and by spec reach the handler`() throws {
        let (object, dog) = try make(Dog.self)
        let seen = Box()
        let callback: @convention(c) (gpointer?, gpointer?, gpointer?) -> Void = { _, _, data in
            guard let data else { return }
            Unmanaged<Box>.fromOpaque(data).takeUnretainedValue().count += 1
        }
        g_signal_connect_data(
            object.rawPointer,
            "notify::legs",
            unsafeBitCast(callback, to: GCallback.self),
            Unmanaged.passUnretained(seen).toOpaque(),
            nil,
            GConnectFlags(rawValue: 0)
        )
        dog.notify("legs")
        let objectClass = object.pointer.pointee.g_type_instance.g_class
        let spec = UnsafeMutableRawPointer(objectClass).flatMap {
            g_object_class_find_property($0.assumingMemoryBound(to: GObjectClass.self), "legs")
        }
        dog.notify(try #require(spec))
        #expect(seen.count == 2)
    }

    @Test func `values carry every kind there and back`() throws {
        var value = GValue()
        func with(_ type: GType, _ body: (UnsafeMutablePointer<GValue>) -> Void) {
            g_value_init(&value, type)
            body(&value)
            g_value_unset(&value)
        }
        with(.int) {
            $0.set(int: -7); #expect($0.int == -7)
        }
        with(.pointer) {
            $0.set(pointer: $0); #expect($0.pointer == UnsafeMutableRawPointer($0))
        }
        with(g_tls_certificate_flags_get_type()) {
            $0.set(flags: 5); #expect($0.flags == 5)
        }
        with(g_tls_authentication_mode_get_type()) {
            $0.set(enumeration: 2); #expect($0.enumeration == 2)
        }
        with(g_bytes_get_type()) { value in
            let bytes = g_bytes_new("abc", 3)
            value.set(boxed: UnsafeRawPointer(bytes))
            #expect(value.boxed == UnsafeMutableRawPointer(bytes))
            value.set(takingBoxed: UnsafeMutableRawPointer(bytes))
        }
        let (object, _) = try make(Cat.self)
        with(.object) { value in
            value.set(takingObject: object.retained().objectPointer)
            #expect(object.pointer.pointee.ref_count == 2)
        }
        #expect(object.pointer.pointee.ref_count == 1)
    }

    private final class Box { var count = 0 }
}
