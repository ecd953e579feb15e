// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// The Swift half of a GObject: state and behaviour of one instance.
///
/// Ownership: the GObject owns its `ObjectImpl` (one strong edge, from a slot in the instance), and the `ObjectImpl`
/// only borrows the GObject. The reference count of the GObject is the only lifetime: hold a ``GRef`` or a ``GWeak`` to
/// the GObject where something has to outlive a call, never a strong Swift reference alone.
///
/// Threading: vfuncs arrive on whichever thread the application calls from. A subclass guards its own state.
///
/// Unchecked Sendable: C hands the same instance to any thread whatever Swift thinks of it; the class itself has one
/// immutable field, and a subclass that has state restates the conformance, and so takes charge of its own locking.
open class ObjectImpl: @unchecked Sendable {
    /// The GObject this is the implementation of.
    ///
    /// Not owned: it owns us.
    public let instance: UnsafeMutablePointer<GObject>

    /// Makes the Swift half, in GObject's instance-init.
    ///
    /// Only set stored properties here. The GObject has no construct property yet, and nobody else may see it.
    /// The corresponding C function is a `GInstanceInitFunc`.
    public required init(instance: UnsafeMutablePointer<GObject>) {
        self.instance = instance
    }

    /// What the GObject class looks like.
    ///
    /// Each concrete or abstract class overrides this with a `static let`.
    open class var objectType: ObjectType { ObjectType.root }

    /// Called when all construct properties are set.
    ///
    /// The corresponding C vfunc is `GObjectClass.constructed`.
    open func constructed() {}

    /// Drops the references to other objects.
    ///
    /// May run more than once, and vfuncs may still arrive afterwards.
    ///
    /// The corresponding C vfunc is `GObjectClass.dispose`.
    open func dispose() {}
}

extension ObjectImpl {
    /// The GObject as C functions take it that want an interface or another class of it.
    public var rawInstance: UnsafeMutableRawPointer { UnsafeMutableRawPointer(instance) }

    /// Emits `notify` for a property, in the calling thread.
    ///
    /// The corresponding C function is `g_object_notify`.
    public func notify(_ property: String) {
        g_object_notify(instance, property)
    }

    /// Emits `notify` for a property by its spec.
    ///
    /// The corresponding C function is `g_object_notify_by_pspec`.
    public func notify(_ property: UnsafeMutablePointer<GParamSpec>) {
        g_object_notify_by_pspec(instance, property)
    }

    /// Runs `body` with the GObject kept alive: for calls that may enter application code, which may drop it.
    public func keepingInstance<R>(_ body: () throws -> R) rethrows -> R {
        g_object_ref(rawInstance)
        defer { g_object_unref(rawInstance) }
        return try body()
    }
}
