// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing

@testable import DTLSEngine

@Suite struct CertificatePathTests {
    @Test func findsItsWayThroughDisorder() throws {
        let chain = try TestPKI.certificates("chain")
        let stranger = try TestPKI.certificate("client")
        let pool = [chain[2], stranger, chain[1], chain[0], chain[1], chain[2], stranger]
        #expect(chain[0].path(through: pool) == chain)
    }

    @Test func endsWhereAnIssuerIsMissing() throws {
        let chain = try TestPKI.certificates("chain")
        #expect(chain[0].path(through: [chain[2]]) == [chain[0]])
        #expect(chain[0].path(through: []) == [chain[0]])
    }

    @Test func endsInACircle() throws {
        let server = try TestPKI.certificate("circle-server")
        let a = try TestPKI.certificate("a-by-b")
        let b = try TestPKI.certificate("b-by-a")
        #expect(server.path(through: [b, a, a, b]) == [server, a, b])
    }

    @Test func endsAtItself() throws {
        let root = try TestPKI.certificate("root")
        #expect(root.path(through: [root, root]) == [root])
    }

    @Test func theSignatureDecidesBetweenNamesakes() throws {
        let server = try TestPKI.certificate("server")
        let root = try TestPKI.certificate("root")
        let twin = try TestPKI.certificate("twin-root")
        #expect(server.isIssued(by: root))
        #expect(!server.isIssued(by: twin))
        #expect(server.issuer(among: [twin, root]) == root)
        #expect(server.issuer(among: [root, twin]) == root)
    }

    @Test func keyUsageCounts() throws {
        #expect(try !TestPKI.certificate("server").mayBeIssued(by: TestPKI.certificate("other-root")))
    }
}
