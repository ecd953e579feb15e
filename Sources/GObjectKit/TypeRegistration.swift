// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO
internal import Synchronization

extension ObjectType {
    /// The GType of a Swift class, registered on first use.
    ///
    /// Thread-safe; GType 0 (`G_TYPE_INVALID`) if the type system refuses, which it explains on the log.
    /// The corresponding C functions are `g_type_register_static` and the `…_get_type` of each class.
    public static func register(_ type: ObjectImpl.Type) -> GType {
        let description = type.objectType
        let known = description.registration.gtype.load(ordering: .acquiring)
        return known != .invalid ? known : description.registerOnce(type)
    }

    /// Where in an instance the pointer to the Swift object stands: behind the parent's struct, at one place for all.
    ///
    /// Not instance-private data of GObject's: its offset differs with the parent, and to find it out costs a vfunc more
    /// than all the rest of the look-up. A constant is one load, right for each class that C or Python derives from ours,
    /// and costs 16 bytes at most: the structs that we derive from have 24 to 40.
    @inlinable static var slotOffset: Int { 40 }

    /// What registration found out about a class.
    ///
    /// Nothing of it changes once the class is in use.
    final class Registration: Sendable {
        /// Stored last, so that whoever sees it sees the other fields.
        let gtype = Atomic<GType>(.invalid)
        // nonisolated(unsafe): only ever touched by g_once_init_enter and g_once_init_leave, and immortal.
        nonisolated(unsafe) let once = UnsafeMutablePointer<gsize>.allocate(capacity: 1)
        // nonisolated(unsafe): written before the type exists, by the one thread that registers, and then only read.
        nonisolated(unsafe) var implementationType: ObjectImpl.Type = ObjectImpl.self
        // nonisolated(unsafe): as above.
        nonisolated(unsafe) var swiftParent: ObjectType?
        // nonisolated(unsafe): as above. The parents' properties first, so that an index means one property everywhere.
        nonisolated(unsafe) var allProperties: [Property] = []

        init() {
            once.initialize(to: 0)
        }
    }

    /// The description of the class of a GType, or of its nearest Swift-implemented ancestor.
    static func nearest(to gtype: GType) -> ObjectType? {
        var candidate = gtype
        while candidate != .invalid {
            if let found = g_type_get_qdata(candidate, quark) {
                return Unmanaged<ObjectType>.fromOpaque(found).takeUnretainedValue()
            }
            candidate = g_type_parent(candidate)
        }
        return nil
    }

    /// The GType, once there is one.
    var registeredType: GType { registration.gtype.load(ordering: .acquiring) }

    /// The class that declared the slot, which its subclasses share.
    var slotOwner: ObjectType { registration.swiftParent?.slotOwner ?? self }

    private static let quark = g_quark_from_string("gdtls-swift-object-type")

    /// Registers unless another thread has, or is about to.
    ///
    /// A GOnce for each class, as `G_DEFINE_TYPE` has, and no lock for all: adding an interface waits for the class-init
    /// of whatever class, and class-init may come here for a further type.
    private func registerOnce(_ type: ObjectImpl.Type) -> GType {
        if g_once_init_enter(registration.once) != 0 {
            registration.gtype.store(registerClass(type, parent: parent()), ordering: .releasing)
            g_once_init_leave(registration.once, 1)
        }
        return registeredType
    }

    private func registerClass(_ type: ObjectImpl.Type, parent: GType) -> GType {
        registration.implementationType = type
        registration.swiftParent = Self.nearest(to: parent)
        registration.allProperties = (registration.swiftParent?.registration.allProperties ?? []) + properties
        var query = GTypeQuery()
        g_type_query(parent, &query)
        let hasSlot = registration.swiftParent != nil
        guard query.type != .invalid, let classSize = UInt16(exactly: query.class_size),
            hasSlot || query.instance_size <= Self.slotOffset
        else {
            logWarning("cannot register \(name): its parent class is not usable")
            return .invalid
        }
        let ownSize = Self.slotOffset + MemoryLayout<UnsafeMutableRawPointer>.size
        var info = GTypeInfo()
        info.class_size = classSize
        info.instance_size = UInt16(clamping: hasSlot ? Int(query.instance_size) : ownSize)
        info.class_init = classInitTrampoline
        info.instance_init = instanceInitTrampoline
        // Immortal, as the type is.
        info.class_data = UnsafeRawPointer(Unmanaged.passRetained(self).toOpaque())
        let gtype = g_type_register_static(parent, name, &info, GTypeFlags(flags))
        guard gtype != .invalid else { return .invalid }
        g_type_set_qdata(gtype, Self.quark, UnsafeMutableRawPointer(mutating: info.class_data))
        addInterfaces(to: gtype)
        return gtype
    }

    private func addInterfaces(to gtype: GType) {
        for interface in interfaces {
            let interfaceType = interface.gtype()
            guard interfaceType != .invalid else { continue }
            var info = GInterfaceInfo(interface_init: interface.install, interface_finalize: nil, interface_data: nil)
            g_type_add_interface_static(gtype, interfaceType, &info)
        }
    }
}

extension GTypeFlags {
    fileprivate init(_ flags: ObjectType.Flags) {
        self = .none
        if flags.contains(.abstract) { self |= G_TYPE_FLAG_ABSTRACT }
        if flags.contains(.final) { self |= G_TYPE_FLAG_FINAL }
    }
}
