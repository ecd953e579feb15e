// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

/// The Swift object behind an instance, unchecked and fast: for vfuncs, whose first argument GIO has checked.
///
/// `instance` must be an instance of the class of `T` or of a subclass, a C or Python one too. One that may be
/// anything goes through ``tryImplementation(_:as:)``.
@inlinable @inline(__always)
public func implementation<T: ObjectImpl>(_ instance: UnsafeMutableRawPointer?, as type: T.Type) -> T {
    // unsafelyUnwrapped: a vfunc is reached through the vtable of its first argument, so there is one.
    let slot = instance.unsafelyUnwrapped + ObjectType.slotOffset
    // unsafeDowncast: the slot of an instance of our type holds an object of its Swift class, from init to finalize.
    return unsafeDowncast(slot.load(as: Unmanaged<ObjectImpl>.self).takeUnretainedValue(), to: type)
}

/// The Swift object behind an instance (an opaque type in C), unchecked and fast.
@inlinable @inline(__always)
public func implementation<T: ObjectImpl>(_ instance: OpaquePointer?, as type: T.Type) -> T {
    implementation(UnsafeMutableRawPointer(instance), as: type)
}

/// The Swift object behind an instance, or nothing where it is not one of ours, not of this class, or being finalised.
public func tryImplementation<T: ObjectImpl>(_ instance: UnsafeMutableRawPointer?, as type: T.Type) -> T? {
    let gtype = ObjectType.register(type)
    guard let instance, gtype != .invalid else { return nil }
    let typed = instance.assumingMemoryBound(to: GTypeInstance.self)
    guard g_type_check_instance_is_a(typed, gtype) != 0 else { return nil }
    let slot = instance.load(fromByteOffset: ObjectType.slotOffset, as: Unmanaged<ObjectImpl>?.self)
    return slot?.takeUnretainedValue() as? T
}

/// The Swift object behind an instance (an opaque type in C), or nothing where it is not of this class.
public func tryImplementation<T: ObjectImpl>(_ instance: OpaquePointer?, as type: T.Type) -> T? {
    tryImplementation(UnsafeMutableRawPointer(instance), as: type)
}
