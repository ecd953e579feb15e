// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import COpenSSL
import Testing

@testable import DTLSEngine

/// tls-server-end-point (RFC 5929 §4.1) of certificates that no association uses any more.
@Suite struct ServerEndPointTests {
    @Test func `a signature with SHA-1 is hashed with SHA-256`() throws {
        let certificate = try TestPKI.certificate("sha1")
        #expect(certificate.serverEndPoint == certificate.sha256)
    }

    @Test func `a signature of no one hash has none`() throws {
        #expect(try TestPKI.certificate("ed25519-signed").serverEndPoint == nil)
    }
}
