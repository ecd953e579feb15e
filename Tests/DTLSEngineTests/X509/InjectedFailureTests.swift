// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing

@testable import DTLSEngine

/// What happens where libcrypto fails in the middle, as it does when memory runs out: an error, and nothing leaks,
/// which the address sanitizer sees.
@Suite struct InjectedFailureTests {
    @Test func parsing() throws {
        let der = try TestPKI.bytes("server.der")
        let pem = try TestPKI.bytes("server-and-key.pem")
        failEachCall {
            _ = try X509Certificate(der: der)
            _ = try X509Certificate(pem: pem)
            _ = try PrivateKey(pem: pem)
            _ = try CertificateFile.certificates(in: pem, strictness: .refuse)
        }
    }

    @Test func writing() throws {
        let key = try PrivateKey(pem: TestPKI.bytes("server-key.pem"))
        let certificate = try TestPKI.certificate("server")
        failEachCall {
            _ = try key.pkcs8DER
            _ = try key.pkcs8PEM
            _ = (
                certificate.der, certificate.pem, certificate.subject, certificate.sha256, certificate.alternativeNames
            )
        }
    }

    @Test func containers() throws {
        let container = try TestPKI.bytes("server.p12")
        let password = Array("secret".utf8).withUnsafeBytes { SecretBytes(copying: $0) }
        failEachCall { _ = try PKCS12.open(container, password: password) }
    }

    @Test func stores() throws {
        let roots = try TestPKI.certificates("roots")
        failEachCall { _ = try TrustStore(roots) }
    }

    /// Lets the first call fail, then the second, and so on until none is left to fail.
    private func failEachCall(_ body: () throws -> Void) {
        for calls in 0..<1000 {
            let countdown = FaultInjection.Countdown(failingAfter: calls)
            FaultInjection.$countdown.withValue(countdown) { try? body() }
            if !countdown.isSpent { return }
        }
        Issue.record("there is no end of calls")
    }
}
