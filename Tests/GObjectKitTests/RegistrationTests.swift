// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Synchronization
import Testing

@testable import GObjectKit

@Suite struct RegistrationTests {
    @Test func `a class is registered once, with its name and parent`() {
        let dog = ObjectType.register(Dog.self)
        #expect(dog == ObjectType.register(Dog.self))
        #expect(g_type_name(dog).map { String(cString: $0) } == "TestDog")
        #expect(g_type_parent(dog) == ObjectType.register(Creature.self))
        #expect(g_type_is_a(dog, g_initable_get_type()) != 0)
    }

    @Test func `many threads that register at once get one type`() async {
        let types = await withTaskGroup(of: GType.self, returning: Set<GType>.self) { group in
            for _ in 0..<64 { group.addTask { ObjectType.register(Late.self) } }
            return await group.reduce(into: []) { $0.insert($1) }
        }
        #expect(types.count == 1)
        #expect(!types.contains(.invalid))
    }

    @Test func `an abstract class makes no objects`() {
        #expect(newObject(ObjectType.register(Creature.self)) == nil)
    }

    @Test func `a class with an unusable parent is refused and not a trap`() {
        let log = expectWarning { #expect(ObjectType.register(Orphan.self) == .invalid) }
        #expect(log.contains("TestOrphan"))
        #expect(newObject(ObjectType.register(Orphan.self)) == nil)
    }

    @Test func `two levels share one slot`() throws {
        let (object, dog) = try make(Dog.self)
        #expect(implementation(object.rawPointer, as: Creature.self) === dog)
        #expect(implementation(object.rawPointer, as: Dog.self) === dog)
        #expect(dog.instance == object.pointer)
    }

    @Test func `a class that C derives from ours finds the Swift object`() throws {
        let (object, dog) = try makeForeignSubclass()
        #expect(implementation(object.rawPointer, as: Dog.self) === dog)
        #expect(property(object, "legs", .uint) { $0.uint } == 1004)
        #expect(dog.events == ["constructed ", "dog"])
    }

    @Test func `a class below a C class with private data of its own works`() throws {
        let (database, file) = try make(FileBase.self)
        #expect(implementation(database.rawPointer, as: FileBase.self) === file)
        #expect(g_type_is_a(ObjectType.register(FileBase.self), g_tls_database_get_type()) != 0)
    }

    @Test func `an instance of something else is not an implementation`() throws {
        let (cat, _) = try make(Cat.self)
        let cancellable = try #require(g_cancellable_new())
        defer { g_object_unref(cancellable) }
        #expect(tryImplementation(cat.rawPointer, as: Dog.self) == nil)
        #expect(tryImplementation(cat.rawPointer, as: Creature.self) != nil)
        #expect(tryImplementation(UnsafeMutableRawPointer(cancellable), as: Creature.self) == nil)
        #expect(tryImplementation(nil as UnsafeMutableRawPointer?, as: Creature.self) == nil)
    }

    private func makeForeignSubclass() throws -> (GRef<UnsafeMutablePointer<GObject>>, Dog) {
        let object = try #require(newObject(ForeignDog.gtype))
        return (object, try #require(tryImplementation(object.rawPointer, as: Dog.self)))
    }
}

/// What a language binding does with our class.
enum ForeignDog {
    static let gtype: GType = {
        var query = GTypeQuery()
        g_type_query(ObjectType.register(Dog.self), &query)
        return g_type_register_static_simple(
            query.type,
            "TestForeignDog",
            query.class_size,
            nil,
            query.instance_size + 32,
            nil,
            G_TYPE_FLAG_NONE
        )
    }()
}

private final class Late: ObjectImpl, @unchecked Sendable {
    override class var objectType: ObjectType { type }
    private static let type = ObjectType(name: "TestLate", parent: { .object })
}

private final class Orphan: ObjectImpl, @unchecked Sendable {
    override class var objectType: ObjectType { type }
    private static let type = ObjectType(name: "TestOrphan", parent: { .invalid })
}
