// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// A `GError`.
struct GLibError: Error {
    let domain: GQuark
    let code: Int32
    let message: String

    func isIO(_ codes: GIOErrorEnum...) -> Bool {
        domain == g_io_error_quark() && codes.contains { Int32($0.rawValue) == code }
    }

    func isTLS(_ codes: GTlsError...) -> Bool {
        domain == g_tls_error_quark() && codes.contains { Int32($0.rawValue) == code }
    }

    func isResolver(_ codes: GResolverError...) -> Bool {
        domain == g_resolver_error_quark() && codes.contains { Int32($0.rawValue) == code }
    }
}

/// Where a C function leaves its error.
typealias ErrorPlace = UnsafeMutablePointer<UnsafeMutablePointer<GError>?>

/// Calls a C function and throws the error that it leaves; a cancelled call throws `CancellationError`.
func throwing<R>(_ call: (ErrorPlace) -> R) throws -> R {
    var error: UnsafeMutablePointer<GError>?
    let result = call(&error)
    guard let error else { return result }
    defer { g_error_free(error) }
    let thrown = GLibError(
        domain: error.pointee.domain,
        code: error.pointee.code,
        message: String(cString: error.pointee.message)
    )
    if thrown.isIO(G_IO_ERROR_CANCELLED) { throw CancellationError() }
    throw thrown
}
