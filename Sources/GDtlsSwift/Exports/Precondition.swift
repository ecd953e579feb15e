// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

// What C functions do with arguments that no correct program passes: say so on the log, and nothing else.

/// Whether a condition holds on an argument; if not, a critical on the log says which.
///
/// The corresponding C macro is `g_return_if_fail`.
///
/// - Parameters:
///   - condition: what has to hold.
///   - text: the condition in C, for the log.
///   - domain: the log domain: GIO's for GIO's functions.
///   - function: whose argument it is.
/// - Returns: whether it holds.
func isValid(
    _ condition: Bool,
    _ text: StaticString,
    domain: LogDomain,
    function: StaticString
) -> Bool {
    if condition { return true }
    // A Swift name goes on with its labels: g_dtls_connection_close(_:_:_:).
    let name = String(describing: function).prefix { $0 != "(" }
    g_return_if_fail_warning(domain.rawValue, String(name), String(describing: text))
    return false
}

/// Who complains.
enum LogDomain: String {
    case gio = "GLib-GIO"
    case own = "GDtlsSwift"
}

/// Whether a pointer leads to an instance of a type.
///
/// The corresponding C function is `g_type_check_instance_is_a`.
func isInstance(_ pointer: UnsafeMutableRawPointer?, _ type: GType) -> Bool {
    guard let pointer else { return false }
    return g_type_check_instance_is_a(pointer.assumingMemoryBound(to: GTypeInstance.self), type) != 0
}

/// The same for an optional argument: nothing is as good as an instance.
func isInstanceOrNull(_ pointer: UnsafeMutableRawPointer?, _ type: GType) -> Bool {
    pointer == nil || isInstance(pointer, type)
}
