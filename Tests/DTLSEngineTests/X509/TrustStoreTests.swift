// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Foundation
import Testing

@testable import DTLSEngine

@Suite struct TrustStoreTests {
    @Test func keepsEachAnchorOnce() throws {
        let store = try TestPKI.store("root", "other-root", "root")
        #expect(store.certificates == (try TestPKI.certificates("roots")))
        #expect(store.contains(try TestPKI.certificate("other-root")))
        #expect(!store.contains(try TestPKI.certificate("twin-root")))
    }

    @Test func findsWhatItHas() throws {
        let store = try TestPKI.store("twin-root", "root", "server", "client", "v1-client")
        let root = try TestPKI.certificate("root")
        #expect(store.issuer(of: try TestPKI.certificate("server")) == root)
        #expect(store.issuer(of: try TestPKI.certificate("circle-server")) == nil)
        #expect(store.certificate(sha256: root.sha256) == root)
        #expect(store.certificate(sha256: []) == nil)
        #expect(store.certificates(issuedBy: root.subjectDER).count == 5)
        #expect(store.certificates(issuedBy: [1, 2, 3]).isEmpty)
    }

    @Test func filesInEveryForm() throws {
        let root = try TestPKI.certificate("root")
        for name in ["root.pem", "root.der", "trusted-root.pem"] {
            let found = try CertificateFile.certificates(atPath: TestPKI.path(name), strictness: .refuse)
            #expect(found == [root], "\(name)")
        }
        let found = try CertificateFile.certificates(atPath: TestPKI.path("server-and-key.pem"), strictness: .refuse)
        #expect(found == [try TestPKI.certificate("server")])
    }

    @Test(arguments: ["garbage.pem", "broken.pem", "truncated.pem", "server-key.pem", "no-such-file.pem", "", "hashed"])
    func filesWithoutCertificates(_ name: String) throws {
        #expect(throws: OpenSSLError.self) {
            try CertificateFile.certificates(atPath: TestPKI.path(name), strictness: .refuse)
        }
    }

    @Test func theSystemsAnchorsAreReadOnce() throws {
        let system = try TrustStore.system.get()
        #expect(system === (try TrustStore.system.get()))
    }

    @Test func whoNamesAPlaceMeansThatOne() throws {
        let roots = try TestPKI.certificates("roots")
        let file = TestPKI.path("roots.pem")
        let hashed = TestPKI.path("hashed")
        #expect(SystemTrust.certificates(file: file, directories: "") == roots)
        #expect(SystemTrust.certificates(file: "", directories: hashed) == [roots[0]])
        #expect(SystemTrust.certificates(file: file, directories: "/no-such:" + hashed) == roots + [roots[0]])
        #expect(SystemTrust.certificates(file: TestPKI.path("garbage.pem"), directories: "/no-such").isEmpty)
    }

    @Test func aBadCertificateDoesNotSpoilTheOthers() throws {
        let good = try TestPKI.bytes("root.pem")
        let bad = Array("-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n".utf8)
        let root = try TestPKI.certificate("root")
        #expect(try CertificateFile.certificates(in: bad + good + bad, strictness: .skip) == [root])
        #expect(throws: OpenSSLError.self) { try CertificateFile.certificates(in: good + bad, strictness: .refuse) }
    }
}
