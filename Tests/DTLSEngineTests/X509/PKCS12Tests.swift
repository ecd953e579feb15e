// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing

@testable import DTLSEngine

@Suite struct PKCS12Tests {
    @Test(arguments: [
        ("server.p12", "secret"), ("no-password.p12", ""), ("no-password.p12", nil), ("no-mac.p12", "secret"),
        ("unicode.p12", "pässwörd"), ("legacy.p12", "secret"),
    ])
    func givesTheChainAndTheKey(_ name: String, _ password: String?) throws {
        let credentials = try open(name, password)
        #expect(credentials.chain == (try TestPKI.certificates("chain")))
        #expect(credentials.chain.first?.matches(try #require(credentials.key)) == true)
    }

    @Test func aContainerWithoutKeyStillHasAChain() throws {
        let credentials = try open("no-key.p12", "secret")
        #expect(credentials.key == nil)
        #expect(credentials.chain.count >= 1)
    }

    @Test(arguments: [
        ("server.p12", "wrong"), ("server.p12", nil), ("server.p12", ""), ("no-password.p12", "wrong"),
        ("no-mac.p12", "wrong"), ("no-mac.p12", nil), ("unicode.p12", "password"),
        ("legacy.p12", "wrong"), ("legacy.p12", nil),
    ])
    func aWrongPasswordIsToldApart(_ name: String, _ password: String?) throws {
        #expect {
            try open(name, password)
        } throws: {
            guard case PKCS12.Failure.wrongPassword = $0 else { return false }
            return true
        }
    }

    @Test func aWrongPasswordThatDecryptsToSomethingCompleteIsToldApartToo() throws {
        let container = try TestPKI.bytes("no-mac.p12")
        // One in 256 does.
        for number in 0..<1000 {
            #expect {
                try PKCS12.open(container, password: secret("wrong \(number)"))
            } throws: {
                guard case PKCS12.Failure.wrongPassword = $0 else { return false }
                return true
            }
        }
    }

    @Test(arguments: ["garbage.pem", "server.der", "server-key.der"])
    func somethingElseIsUnreadable(_ name: String) throws {
        #expect {
            try open(name, "secret")
        } throws: {
            guard case PKCS12.Failure.unreadable = $0 else { return false }
            return true
        }
    }

    @Test func everyTruncationIsAnError() throws {
        let whole = try TestPKI.bytes("server.p12")
        for size in stride(from: 0, to: whole.count, by: 13) {
            #expect(throws: PKCS12.Failure.self) { try PKCS12.open(whole.prefix(size), password: secret("secret")) }
        }
    }

    private func open(_ name: String, _ password: String?) throws -> Credentials {
        try PKCS12.open(TestPKI.bytes(name), password: password.map(secret))
    }

    private func secret(_ text: String) -> SecretBytes {
        Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    }
}
