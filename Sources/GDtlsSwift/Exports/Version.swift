// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import CGIO
internal import CGdtlsSwift

// gdtls-swift-version.h, which documents them.

@_cdecl("gdtls_swift_version")
package func gdtls_swift_version() -> UnsafePointer<CChar>? {
    g_intern_string("\(GDTLS_SWIFT_MAJOR_VERSION).\(GDTLS_SWIFT_MINOR_VERSION).\(GDTLS_SWIFT_MICRO_VERSION)")
}

@_cdecl("gdtls_swift_check_version")
package func gdtls_swift_check_version(_ major: guint, _ minor: guint, _ micro: guint) -> gboolean {
    let wanted = (major, minor, micro)
    let present = (
        guint(GDTLS_SWIFT_MAJOR_VERSION), guint(GDTLS_SWIFT_MINOR_VERSION), guint(GDTLS_SWIFT_MICRO_VERSION)
    )
    return wanted.0 == present.0 && wanted <= present ? 1 : 0
}

private func checkSignatures() {
    check(gdtls_swift_version, matches: CGdtlsSwift.gdtls_swift_version)
    check(gdtls_swift_check_version, matches: CGdtlsSwift.gdtls_swift_check_version)
}
