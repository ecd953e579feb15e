// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// Where a C function wants its error: `GError **`.
public typealias GErrorOut = UnsafeMutablePointer<UnsafeMutablePointer<GError>?>

/// Runs the body of a C function: what it throws becomes the GError, and `failure` the result.
///
/// Sets exactly one error; `error` may be NULL, as in C. Errors other than ``GLibError`` become `G_IO_ERROR_FAILED`.
/// The corresponding C function is `g_propagate_error`.
@inlinable
public func bridge<R>(_ error: GErrorOut?, failure: R, _ body: () throws -> R) -> R {
    do {
        return try body()
    } catch let thrown {
        report(thrown, to: error)
        return failure
    }
}

/// Sets an error for C, if it wants one.
public func report(_ thrown: any Error, to error: GErrorOut?) {
    guard let error else { return }
    // g_propagate_error and not a store: it notices a caller that passes an error already set.
    g_propagate_error(error, GLibError(thrown).makeGError())
}

/// Calls a C function that reports a GError, and throws it.
///
/// Some vfuncs of others fail without setting an error: the result tells, and the caller looks at it.
@inlinable
public func withGError<R>(_ body: (GErrorOut) throws -> R) throws -> R {
    var error: UnsafeMutablePointer<GError>?
    let result = try body(&error)
    if let error { throw GLibError(taking: error) }
    return result
}
