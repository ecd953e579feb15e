// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import DTLSEngine

/// PKCS#12 containers, with and without the password of the seeds.
enum ContainersTarget {
    static func run(_ bytes: UnsafeRawBufferPointer) throws {
        let container = Array(bytes)
        let passwords = ["secret", "", nil].map { text in
            text.map { text in Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) } }
        }
        for password in passwords {
            guard let credentials = try? PKCS12.open(container, password: password) else { continue }
            try promise(!credentials.chain.isEmpty, "credentials without a certificate")
            if let key = credentials.key { _ = credentials.chain[0].matches(key) }
        }
    }
}
