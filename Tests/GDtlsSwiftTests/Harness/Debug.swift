// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Glibc
import Testing

/// Functions of the library by their names: those of its header, and those that only debug builds have.
enum Debug {
    typealias VerifyPeer =
        @convention(c) (
            UnsafeMutablePointer<GTlsCertificate>?, UnsafeMutablePointer<GTlsDatabase>?, OpaquePointer?, gboolean,
            UnsafeMutablePointer<UnsafeMutablePointer<GTlsCertificate>?>?
        ) -> UInt32
    typealias Credentials =
        @convention(c) (UnsafeMutablePointer<GTlsCertificate>?, UnsafeMutablePointer<gboolean>) -> Int32

    static func verifyPeer() throws -> VerifyPeer { try function("gdtls_swift_debug_verify_peer", as: VerifyPeer.self) }

    static func credentials() throws -> Credentials {
        try function("gdtls_swift_debug_credentials", as: Credentials.self)
    }

    static func function<F>(_ name: String, as type: F.Type) throws -> F {
        try Provider.load()
        let library = try #require(dlopen(Provider.buildFolder + "/libgdtls-swift.so", RTLD_NOW | RTLD_NOLOAD))
        let symbol = try #require(dlsym(library, name), "\(name) is not exported")
        // unsafeBitCast: dlsym knows no types; the caller names that of the header.
        return unsafeBitCast(symbol, to: type)
    }
}
