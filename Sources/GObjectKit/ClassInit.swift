// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

// Class-init and instance-init of every class. Both are non-generic: what differs comes through `class_data` and, for
// instances, the type's qdata.

let classInitTrampoline: @convention(c) @Sendable (gpointer?, gpointer?) -> Void = { classStruct, data in
    guard let classStruct, let data else { return }
    Unmanaged<ObjectType>.fromOpaque(data).takeUnretainedValue().initialize(class: classStruct)
}

let instanceInitTrampoline: @convention(c) @Sendable (UnsafeMutablePointer<GTypeInstance>?, gpointer?) -> Void = {
    guard let instance = $0, let finalClass = $1?.assumingMemoryBound(to: GTypeClass.self) else { return }
    ObjectType.attachImplementation(to: instance, of: finalClass.pointee.g_type)
}

extension ObjectType {
    fileprivate func initialize(class classStruct: gpointer) {
        let objectClass = classStruct.assumingMemoryBound(to: GObjectClass.self)
        // Below a Swift class, the class struct arrives as a copy of the parent's, with its lifecycle functions in it.
        if registration.swiftParent == nil {
            objectClass.pointee.constructed = constructedTrampoline
            objectClass.pointee.dispose = disposeTrampoline
            objectClass.pointee.finalize = finalizeTrampoline
        }
        objectClass.pointee.get_property = getPropertyTrampoline
        objectClass.pointee.set_property = setPropertyTrampoline
        installProperties(objectClass)
        classInit?(classStruct)
    }

    private func installProperties(_ objectClass: UnsafeMutablePointer<GObjectClass>) {
        let firstID = UInt32(registration.allProperties.count - properties.count) + 1
        for (id, property) in zip(firstID..., properties) {
            switch property.kind {
            case .own(let spec):
                g_object_class_install_property(objectClass, id, spec.make())
            case .override(let name):
                g_object_class_override_property(objectClass, id, name)
            }
        }
    }

    /// Makes the Swift object, once: GObject runs instance-init for each ancestor, and shows each its own class.
    fileprivate static func attachImplementation(
        to instance: UnsafeMutablePointer<GTypeInstance>,
        of finalType: GType
    ) {
        guard let description = nearest(to: finalType), let level = instance.pointee.g_class?.pointee.g_type,
            nearest(to: level) === description
        else { return }
        let raw = UnsafeMutableRawPointer(instance)
        let object = description.registration.implementationType
            .init(instance: raw.assumingMemoryBound(to: GObject.self))
        raw.storeBytes(
            of: Unmanaged.passRetained(object).toOpaque(),
            toByteOffset: ObjectType.slotOffset,
            as: UnsafeMutableRawPointer.self
        )
    }
}
