// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Foundation
import Testing

@testable import DTLSEngine

@Suite struct X509CertificateTests {
    @Test func givesBackWhatItWasMadeFrom() throws {
        let der = try TestPKI.bytes("server.der")
        #expect(try X509Certificate(der: der).der == der)
    }

    @Test func takesNothingButOneCertificate() throws {
        let der = try TestPKI.bytes("server.der")
        #expect(throws: OpenSSLError.self) { try X509Certificate(der: [UInt8]()) }
        #expect(throws: OpenSSLError.self) { try X509Certificate(der: [1, 2, 3]) }
        #expect(throws: OpenSSLError.self) { try X509Certificate(der: der + [0]) }
        for size in stride(from: 0, to: der.count, by: 7) {
            #expect(throws: OpenSSLError.self) { try X509Certificate(der: der.prefix(size)) }
        }
    }

    @Test func survivesEveryFlippedByte() throws {
        let der = try TestPKI.bytes("server.der")
        let store = try TestPKI.store("root")
        for index in der.indices {
            var damaged = der
            damaged[index] ^= 0xFF
            guard let certificate = try? X509Certificate(der: damaged) else { continue }
            _ = (certificate.subject, certificate.issuer, certificate.notBefore, certificate.notAfter)
            _ = certificate.alternativeNames
            let problems = store.verify(chain: [certificate], identity: nil, purpose: .server, time: TestPKI.now)
            #expect(!problems.isEmpty, "byte \(index)")
        }
    }

    @Test func isEqualToItsTwin() throws {
        let one = try TestPKI.certificate("server")
        let other = try TestPKI.certificate("server")
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != (try TestPKI.certificate("client")))
    }

    @Test func knowsItsKey() throws {
        let certificate = try TestPKI.certificate("server")
        #expect(certificate.matches(try PrivateKey(pem: TestPKI.bytes("server-key.pem"))))
        #expect(!certificate.matches(try PrivateKey(pem: TestPKI.bytes("client-key.pem"))))
        #expect(!certificate.matches(try PrivateKey(pem: TestPKI.bytes("rsa-key.pem"))))
    }

    @Test func hasTheFingerprintOfItsEncoding() throws {
        let text = try output(
            of: "openssl",
            "x509",
            "-in",
            TestPKI.path("server.pem"),
            "-noout",
            "-sha256",
            "-fingerprint"
        )
        let fingerprint = try TestPKI.certificate("server").sha256.map { String(format: "%02X", $0) }.joined(
            separator: ":"
        )
        #expect(text.hasSuffix("=\(fingerprint)\n"))
    }

    @Test func namesAreInTheOrderOfTheEncoding() throws {
        let server = try TestPKI.certificate("server")
        #expect(server.subject == "DC=COM,DC=EXAMPLE,CN=server.example.com")
        #expect(server.issuer == "DC=COM,DC=EXAMPLE,CN=Root")
        #expect(server.issuerDER == (try TestPKI.certificate("root").subjectDER))
        #expect(server.subjectDER.first == 0x30)
    }

    @Test func noValueOfANamePassesForTwo() throws {
        #expect(try TestPKI.certificate("odd-name").subject == #"O=A\, B\+C,CN=Jürgen \"J\" \<x\>"#)
    }

    @Test func namesInOldEncodingsAreReadable() throws {
        #expect(try TestPKI.certificate("latin-name").subject == "CN=Jürgen")
    }

    @Test func alternativeNamesMayHoldAnything() throws {
        let names = try TestPKI.certificate("odd-alternatives").alternativeNames
        #expect(names.dnsNames == [Array("server.example.com\0.evil.org".utf8), Array("a.example.com".utf8)])
        #expect(names.ipAddresses == [[UInt8](repeating: 0, count: 15) + [1], [127, 0, 0, 1]])
        #expect(try TestPKI.certificate("broken-alternatives").alternativeNames == SubjectAlternativeNames())
    }

    @Test func validityReachesAsFarAsCertificatesDo() throws {
        let ageless = try TestPKI.certificate("ageless")
        #expect(ageless.notBefore == -631_152_000)
        #expect(ageless.notAfter == 253_402_300_799)
    }

    @Test func validityIsInSecondsSince1970() throws {
        let past = try TestPKI.certificate("past")
        #expect(past.notBefore == 963_874_800)
        #expect(past.notAfter == 995_410_800)
        #expect(try TestPKI.certificate("future").notAfter == 2_888_866_800)
    }

    @Test func alternativeNamesAreRaw() throws {
        let names = try TestPKI.certificate("server").alternativeNames
        #expect(names.dnsNames == [Array("server.example.com".utf8), Array("*.wild.example.com".utf8)])
        #expect(
            names.ipAddresses == [[192, 168, 1, 10], [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]
        )
        #expect(try TestPKI.certificate("client").alternativeNames == SubjectAlternativeNames())
    }

    private func output(of command: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: text, as: UTF8.self)
    }
}
