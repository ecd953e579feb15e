// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

// The vfuncs of GObjectClass that every Swift-implemented class has. Each finds its class through the instance's GType,
// so that it also serves classes that C or Python derives from ours.

typealias InstanceFunc = @convention(c) @Sendable (UnsafeMutablePointer<GObject>?) -> Void
typealias PropertyFunc =
    @convention(c) @Sendable (
        UnsafeMutablePointer<GObject>?, guint, UnsafeMutablePointer<GValue>?, UnsafeMutablePointer<GParamSpec>?
    ) -> Void
typealias SetPropertyFunc =
    @convention(c) @Sendable (
        UnsafeMutablePointer<GObject>?, guint, UnsafePointer<GValue>?, UnsafeMutablePointer<GParamSpec>?
    ) -> Void

let constructedTrampoline: InstanceFunc = { object in
    guard let instance = Instance(object) else { return }
    instance.parentClass?.pointee.constructed?(object)
    instance.implementation?.constructed()
}

let disposeTrampoline: InstanceFunc = { object in
    guard let instance = Instance(object) else { return }
    instance.implementation?.dispose()
    instance.parentClass?.pointee.dispose?(object)
}

let finalizeTrampoline: InstanceFunc = { object in
    guard let instance = Instance(object) else { return }
    instance.releaseImplementation()
    instance.parentClass?.pointee.finalize?(object)
}

let getPropertyTrampoline: PropertyFunc = { object, id, value, _ in
    guard let value, let (implementation, property) = Instance(object)?.property(id) else { return }
    property.get?(implementation, value)
}

let setPropertyTrampoline: SetPropertyFunc = { object, id, value, _ in
    guard let value, let (implementation, property) = Instance(object)?.property(id) else { return }
    property.set?(implementation, UnsafeMutablePointer(mutating: value))
}

/// An instance of a Swift-implemented class, as GObject's own vfuncs see it.
private struct Instance {
    let raw: UnsafeMutableRawPointer
    let type: ObjectType

    init?(_ object: UnsafeMutablePointer<GObject>?) {
        guard let object, let gtype = object.pointee.g_type_instance.g_class?.pointee.g_type,
            let type = ObjectType.nearest(to: gtype)
        else { return nil }
        self.raw = UnsafeMutableRawPointer(object)
        self.type = type
    }

    /// The class whose vfuncs ours stand in for.
    ///
    /// The corresponding C function is `g_type_class_peek_parent`.
    var parentClass: UnsafeMutablePointer<GObjectClass>? {
        let gtype = g_type_parent(type.slotOwner.registeredType)
        return g_type_class_peek(gtype)?.assumingMemoryBound(to: GObjectClass.self)
    }

    var implementation: ObjectImpl? {
        raw.load(fromByteOffset: ObjectType.slotOffset, as: Unmanaged<ObjectImpl>?.self)?.takeUnretainedValue()
    }

    func releaseImplementation() {
        let slot = raw.load(fromByteOffset: ObjectType.slotOffset, as: Unmanaged<ObjectImpl>?.self)
        // Emptied first: while the Swift object goes, nobody shall find it any more.
        raw.storeBytes(of: nil, toByteOffset: ObjectType.slotOffset, as: Unmanaged<ObjectImpl>?.self)
        slot?.release()
    }

    /// The property of an ID, which is its place in the table of the whole class, counted from 1.
    func property(_ id: guint) -> (ObjectImpl, Property)? {
        let table = type.registration.allProperties
        guard let implementation, id >= 1, id <= table.count else {
            logWarning("\(type.name) has no property number \(id)")
            return nil
        }
        return (implementation, table[Int(id) - 1])
    }
}
