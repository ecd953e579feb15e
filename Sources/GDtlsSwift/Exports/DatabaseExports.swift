// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import CGIO
internal import CGdtlsSwift
package import GObjectKit

// gdtls-swift-database.h and gdtls-swift-file-database.h, which document them.

@_cdecl("gdtls_swift_database_get_type")
package func gdtls_swift_database_get_type() -> GType { DatabaseObject.gtype }

@_cdecl("gdtls_swift_file_database_get_type")
package func gdtls_swift_file_database_get_type() -> GType { FileDatabaseObject.gtype }

@_cdecl("gdtls_swift_database_get_default")
package func gdtls_swift_database_get_default() -> UnsafeMutablePointer<GTlsDatabase>? { DefaultDatabase.shared() }

@_cdecl("gdtls_swift_file_database_new")
package func gdtls_swift_file_database_new(
    _ anchors: UnsafePointer<CChar>?,
    _ error: GErrorOut?
) -> UnsafeMutablePointer<GTlsDatabase>? {
    guard isValid(anchors != nil, "anchors != NULL", domain: .own, function: #function) else { return nil }
    let path = g_canonicalize_filename(anchors, nil)
    defer { g_free(path) }
    return bridge(error, failure: nil) {
        let made = try newInitable(FileDatabaseObject.gtype, [("anchors", .cString(path))])
        return UnsafeMutableRawPointer(made.retained()).assumingMemoryBound(to: GTlsDatabase.self)
    }
}

private func checkSignatures() {
    check(gdtls_swift_database_get_type, matches: CGdtlsSwift.gdtls_swift_database_get_type)
    check(gdtls_swift_database_get_default, matches: CGdtlsSwift.gdtls_swift_database_get_default)
    check(gdtls_swift_file_database_get_type, matches: CGdtlsSwift.gdtls_swift_file_database_get_type)
    check(gdtls_swift_file_database_new, matches: CGdtlsSwift.gdtls_swift_file_database_new)
}
