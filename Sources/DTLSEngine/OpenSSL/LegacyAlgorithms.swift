// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// The algorithms that OpenSSL 3 keeps apart in its provider `legacy`, for files that were written with them.
enum LegacyAlgorithms {
    /// A library context that has them besides the others; `nil` where the provider is not installed.
    ///
    /// A context of its own, because neither the application nor its connections have asked for them. It is never freed.
    // nonisolated(unsafe): made once, and OpenSSL locks what it keeps inside.
    nonisolated(unsafe) static let context: OpaquePointer? = {
        guard let context = OSSL_LIB_CTX_new() else { return nil }
        let isComplete = ["default", "legacy"].allSatisfy { (name: String) in
            OpenSSL.call(failure: nil) { OSSL_PROVIDER_load(context, name) } != nil
        }
        guard isComplete else {
            OSSL_LIB_CTX_free(context)
            return nil
        }
        return context
    }()
}

extension OpenSSLError {
    /// Whether something was asked for that no provider of the context has.
    var isOfUnsupportedAlgorithm: Bool { has(library: ERR_LIB_EVP, reason: COpenSSL_ERR_R_UNSUPPORTED) }
}
