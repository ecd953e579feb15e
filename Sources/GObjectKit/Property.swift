// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// A property of a class: its spec, or the name of an inherited one, and its accessors.
///
/// Accessors get the Swift object and the GValue, which is initialised to the property's type. They run on any thread.
public struct Property: Sendable {
    /// Reads or writes the property of an object of the Swift class `T`.
    public typealias Accessor<T> = @Sendable (T, UnsafeMutablePointer<GValue>) -> Void

    enum Kind: Sendable {
        case own(ParamSpec)
        case override(String)
    }

    let kind: Kind
    let get: Accessor<ObjectImpl>?
    let set: Accessor<ObjectImpl>?

    /// A property of our own.
    ///
    /// The corresponding C function is `g_object_class_install_property`.
    public static func own(
        _ spec: ParamSpec,
        get: Accessor<ObjectImpl>? = nil,
        set: Accessor<ObjectImpl>? = nil
    ) -> Property {
        Property(kind: .own(spec), get: get, set: set)
    }

    /// A property of our own, with accessors that take the class that declares it.
    public static func own<T: ObjectImpl>(
        _ spec: ParamSpec,
        of type: T.Type,
        get: Accessor<T>? = nil,
        set: Accessor<T>? = nil
    ) -> Property {
        Property(kind: .own(spec), get: erase(get), set: erase(set))
    }

    /// A property of the parent class or of an interface, implemented here.
    ///
    /// The corresponding C function is `g_object_class_override_property`.
    public static func override(
        _ name: String,
        get: Accessor<ObjectImpl>? = nil,
        set: Accessor<ObjectImpl>? = nil
    ) -> Property {
        Property(kind: .override(name), get: get, set: set)
    }

    /// An inherited property, with accessors that take the class that declares it.
    public static func override<T: ObjectImpl>(
        _ name: String,
        of type: T.Type,
        get: Accessor<T>? = nil,
        set: Accessor<T>? = nil
    ) -> Property {
        Property(kind: .override(name), get: erase(get), set: erase(set))
    }

    private static func erase<T: ObjectImpl>(_ body: Accessor<T>?) -> Accessor<ObjectImpl>? {
        guard let body else { return nil }
        // unsafeDowncast: a property's number is only looked up for instances of the class that declared it.
        return { object, value in body(unsafeDowncast(object, to: T.self), value) }
    }
}
