// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// A variable of the environment; none in a setuid program, whose environment is its user's and not its own.
///
/// The corresponding C function is `secure_getenv`.
func environment(_ name: UnsafePointer<CChar>?) -> String? {
    name.flatMap { secure_getenv($0) }.map { String(cString: $0) }
}
