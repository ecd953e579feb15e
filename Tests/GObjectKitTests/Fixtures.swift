// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Synchronization
import Testing

/// Counts what is alive, for one test.
final class LiveCounter: Sendable {
    private let count = Atomic(0)

    var live: Int { count.load(ordering: .acquiring) }

    func born() { count.add(1, ordering: .acquiringAndReleasing) }

    func died() { count.subtract(1, ordering: .acquiringAndReleasing) }
}

/// Something for a closure to capture: alive for as long as the closure is.
final class Witness: Sendable {
    private let counter: LiveCounter

    init(_ counter: LiveCounter) {
        self.counter = counter
        counter.born()
    }

    deinit { counter.died() }

    func touch() {}
}

/// An abstract class with GInitable and three properties, two of them its own.
class Creature: ObjectImpl, @unchecked Sendable {
    private(set) var events: [String] = []
    var name: String?
    var legs: UInt32 = 0
    var friend: GRef<UnsafeMutablePointer<GObject>>?
    /// Set by a test that wants to know when this one goes.
    var counter: LiveCounter? { didSet { counter?.born() } }

    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "TestCreature",
        parent: { .object },
        flags: .abstract,
        interfaces: [
            Interface(g_initable_get_type) { vtable, _ in
                vtable?.assumingMemoryBound(to: GInitableIface.self).pointee.`init` = { me, _, error in
                    bridge(error, failure: 0) { try implementation(me, as: Creature.self).initialise().gboolean }
                }
            }
        ],
        properties: [
            .own(
                .string("name", flags: .constructOnly),
                of: Creature.self,
                get: { $1.set(string: $0.name) },
                set: { $0.name = $1.string }
            ),
            .own(
                .uint("legs", in: 0...100, default: 4, flags: .construct),
                of: Creature.self,
                get: { $1.set(uint: $0.legs) },
                set: { $0.legs = $1.uint }
            ),
            .own(
                .object("friend", type: { .object }),
                of: Creature.self,
                get: { $1.set(object: $0.friend) },
                set: { $0.friend = $1.dupObject() }
            ),
        ]
    )

    deinit { counter?.died() }

    override func constructed() { note("constructed \(name ?? "")") }

    override func dispose() {
        note("dispose")
        friend = nil
    }

    func note(_ event: String) { events.append(event) }

    func initialise() throws -> Bool {
        guard name != nil else { throw GLibError.tls(G_TLS_ERROR_MISC, "A creature needs a name") }
        return true
    }
}

/// A concrete class below it, with a property of its own and one it overrides.
final class Dog: Creature, @unchecked Sendable {
    var isBarking = false

    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "TestDog",
        parent: { ObjectType.register(Creature.self) },
        properties: [
            .own(
                .boolean("barking"),
                of: Dog.self,
                get: { $1.set(boolean: $0.isBarking) },
                set: { $0.isBarking = $1.boolean }
            ),
            .override("legs", of: Dog.self, get: { $1.set(uint: $0.legs + 1000) }, set: { $0.legs = $1.uint }),
        ]
    )

    override func constructed() {
        super.constructed()
        note("dog")
    }
}

/// A second concrete class below it, to tell siblings apart.
final class Cat: Creature, @unchecked Sendable {
    override class var objectType: ObjectType { type }
    private static let type = ObjectType(name: "TestCat", parent: { ObjectType.register(Creature.self) })
}

/// Makes an object of a Swift class, and finds its Swift half.
func make<T: ObjectImpl>(
    _ type: T.Type,
    _ properties: [(name: String, value: PropertyValue)] = []
) throws -> (GRef<UnsafeMutablePointer<GObject>>, T) {
    let object = try #require(newObject(ObjectType.register(type), properties))
    return (object, try #require(tryImplementation(object.rawPointer, as: type)))
}

/// Reads a property through C.
func property<R>(
    _ object: GRef<UnsafeMutablePointer<GObject>>,
    _ name: String,
    _ type: GType,
    _ read: (UnsafeMutablePointer<GValue>) -> R
) -> R {
    var value = GValue()
    g_value_init(&value, type)
    defer { g_value_unset(&value) }
    g_object_get_property(object.pointer, name, &value)
    return read(&value)
}

/// Writes a property through C.
func setProperty(
    _ object: GRef<UnsafeMutablePointer<GObject>>,
    _ name: String,
    _ type: GType,
    _ write: (UnsafeMutablePointer<GValue>) -> Void
) {
    var value = GValue()
    g_value_init(&value, type)
    defer { g_value_unset(&value) }
    write(&value)
    g_object_set_property(object.pointer, name, &value)
}
