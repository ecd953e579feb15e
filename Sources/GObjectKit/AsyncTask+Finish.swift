// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

// The `…_finish` half. Each checks that the result is of this object and operation, so that a mix-up in the application
// is an error and not a crash.

extension AsyncTask {
    /// The result of a task completed with a Boolean.
    ///
    /// The corresponding C function is `g_task_propagate_boolean`.
    public static func propagateBoolean(
        _ result: OpaquePointer?,
        source: UnsafeMutableRawPointer?,
        tag: Tag
    ) throws -> Bool {
        let task = try check(result, source: source, tag: tag)
        return try withGError { g_task_propagate_boolean(task, $0) } != 0
    }

    /// The result of a task completed with a number.
    ///
    /// The corresponding C function is `g_task_propagate_int`.
    public static func propagateInt(
        _ result: OpaquePointer?,
        source: UnsafeMutableRawPointer?,
        tag: Tag
    ) throws -> Int {
        let task = try check(result, source: source, tag: tag)
        return try withGError { g_task_propagate_int(task, $0) }
    }

    /// The result of a task completed with a pointer (transfer full).
    ///
    /// The corresponding C function is `g_task_propagate_pointer`.
    public static func propagatePointer(
        _ result: OpaquePointer?,
        source: UnsafeMutableRawPointer?,
        tag: Tag
    ) throws -> UnsafeMutableRawPointer? {
        let task = try check(result, source: source, tag: tag)
        return try withGError { g_task_propagate_pointer(task, $0) }
    }

    /// The result of a task completed with an object.
    ///
    /// The corresponding C function is `g_task_propagate_pointer`.
    public static func propagateObject<P: GObjectPointer>(
        _ result: OpaquePointer?,
        source: UnsafeMutableRawPointer?,
        tag: Tag,
        as type: P.Type = P.self
    ) throws -> GRef<P>? {
        try propagatePointer(result, source: source, tag: tag).map { GRef(taking: P(objectPointer: $0)) }
    }

    private static func check(
        _ result: OpaquePointer?,
        source: UnsafeMutableRawPointer?,
        tag: Tag
    ) throws -> OpaquePointer {
        guard let result, g_task_is_valid(UnsafeMutableRawPointer(result), source) != 0,
            g_task_get_source_tag(result) == tag.pointer
        else { throw GLibError.io(G_IO_ERROR_INVALID_ARGUMENT, "The result is of another object or operation") }
        return result
    }
}
