// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// The description of one GObject class: what ``ObjectType/register(_:)`` tells the type system.
///
/// A class hands it out as `override class var objectType` from a `static let`, so that there is one for each class, and
/// it is never freed. Thread-safe: all fields are immutable but what registration fills in, once.
public final class ObjectType: Sendable {
    /// Class-init hook: gets the class struct, whose vfuncs it may set.
    ///
    /// Runs once, under GObject's class lock.
    public typealias ClassInit = @Sendable (UnsafeMutableRawPointer) -> Void

    let name: String
    let parent: @Sendable () -> GType
    let flags: Flags
    let interfaces: [Interface]
    let properties: [Property]
    let classInit: ClassInit?
    /// What registration found out; see TypeRegistration.swift.
    let registration = Registration()

    /// Describes a class.
    ///
    /// - Parameters:
    ///   - name: the GType name.
    ///   - parent: the parent class; another Swift class is `{ ObjectType.register(Parent.self) }`.
    ///   - flags: abstract or final.
    ///   - interfaces: the interfaces that this class adds to those of its parent.
    ///   - properties: the properties that this class adds or overrides.
    ///   - classInit: sets the vfuncs of the parent's class struct.
    public init(
        name: String,
        parent: @escaping @Sendable () -> GType,
        flags: Flags = [],
        interfaces: [Interface] = [],
        properties: [Property] = [],
        classInit: ClassInit? = nil
    ) {
        self.name = name
        self.parent = parent
        self.flags = flags
        self.interfaces = interfaces
        self.properties = properties
        self.classInit = classInit
    }

    /// How a class may be used.
    public struct Flags: OptionSet, Sendable {
        /// The bits, which are our own.
        public let rawValue: UInt32

        /// The flags of some bits.
        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// No instances of this class itself.
        ///
        /// The corresponding C constant is `G_TYPE_FLAG_ABSTRACT`.
        public static let abstract = Flags(rawValue: 1 << 0)
        /// No subclasses.
        ///
        /// The corresponding C constant is `G_TYPE_FLAG_FINAL`.
        public static let final = Flags(rawValue: 1 << 1)
    }

    /// The class behind ``ObjectImpl`` itself, for which nobody has a use.
    static let root = ObjectType(
        name: "GDtlsSwiftObjectImpl",
        parent: { GType.object },
        flags: .abstract
    )
}
