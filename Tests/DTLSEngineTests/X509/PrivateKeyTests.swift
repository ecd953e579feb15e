// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Foundation
import Testing

@testable import DTLSEngine

@Suite struct PrivateKeyTests {
    @Test(arguments: ["rsa-key.pem", "rsa-pkcs1-key.pem"])
    func everyPEMFormReadsBackAsPKCS8(_ name: String) throws {
        let key = try PrivateKey(pem: TestPKI.bytes(name))
        #expect(Array(try key.pkcs8DER) == (try TestPKI.bytes("rsa-key.der")))
        #expect(Array(try key.pkcs8PEM) == (try TestPKI.bytes("rsa-key.pem")))
    }

    @Test(arguments: ["rsa-key.der", "rsa-pkcs1-key.der"])
    func everyDERFormReadsBackAsPKCS8(_ name: String) throws {
        let key = try PrivateKey(der: TestPKI.bytes(name))
        #expect(Array(try key.pkcs8DER) == (try TestPKI.bytes("rsa-key.der")))
    }

    @Test func ellipticCurveKeysHaveAFormOfTheirOwn() throws {
        let key = try PrivateKey(pem: TestPKI.bytes("server-sec1-key.pem"))
        #expect(Array(try key.pkcs8PEM) == (try TestPKI.bytes("server-key.pem")))
    }

    @Test func theKeyMayStandBehindACertificate() throws {
        let key = try PrivateKey(pem: TestPKI.bytes("server-and-key.pem"))
        #expect(try TestPKI.certificate("server").matches(key))
    }

    @Test(.timeLimit(.minutes(15)), arguments: ["rsa-encrypted-key.pem", "rsa-encrypted-pkcs1-key.pem"])
    func nobodyIsAskedForAPassphrase(_ name: String) throws {
        #expect(throws: OpenSSLError.self) { try PrivateKey(pem: TestPKI.bytes(name)) }
    }

    @Test(.timeLimit(.minutes(15)))
    func nobodyIsAskedForAPassphraseOfDER() throws {
        #expect(throws: OpenSSLError.self) { try PrivateKey(der: TestPKI.bytes("rsa-encrypted-key.der")) }
    }

    @Test(arguments: ["rsa-encrypted-key.pem", "rsa-encrypted-pkcs1-key.pem"])
    func anEncryptedOneIsAnErrorThatSaysSo(_ name: String) throws {
        let key = try TestPKI.bytes(name)
        let alone = #expect(throws: OpenSSLError.self) { try PrivateKey(contents: key) }
        #expect(alone?.description.contains("encrypted") == true, "\(String(describing: alone))")
        let certificate = try TestPKI.bytes("server.pem")
        let beside = #expect(throws: OpenSSLError.self) { try Credentials(contents: certificate + key) }
        #expect(beside?.description.contains("encrypted") == true, "\(String(describing: beside))")
    }

    @Test func aCertificateInItsPlaceIsAnErrorThatSaysSo() throws {
        let error = #expect(throws: OpenSSLError.self) { try PrivateKey(contents: TestPKI.bytes("server.pem")) }
        #expect(error?.description.contains("no private key") == true, "\(String(describing: error))")
    }

    @Test(arguments: ["garbage.pem", "server.pem", "server.der", "truncated.pem"])
    func whatIsNoKeyIsAnError(_ name: String) throws {
        #expect(throws: OpenSSLError.self) { try PrivateKey(pem: TestPKI.bytes(name)) }
        #expect(throws: OpenSSLError.self) { try PrivateKey(der: TestPKI.bytes(name)) }
    }

    @Test func emptyIsAnError() {
        #expect(throws: OpenSSLError.self) { try PrivateKey(pem: []) }
        #expect(throws: OpenSSLError.self) { try PrivateKey(der: []) }
    }
}
