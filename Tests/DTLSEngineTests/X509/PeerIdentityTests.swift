// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing

@testable import DTLSEngine

@Suite struct PeerIdentityTests {
    @Test(arguments: [
        "server.example.com", "SERVER.example.COM", "server.example.com.", "a.wild.example.com",
    ])
    func namesThatMatch(_ name: String) throws {
        #expect(try TestPKI.certificate("server").names(.dnsName(name)))
    }

    @Test(arguments: [
        "", ".", "..", "other.example.com", "server.example.com..", ".example.com", ".wild.example.com", "example.com",
        "a.b.wild.example.com", "wild.example.com", "192.168.1.10", "server.example.com\0.evil.org", "a@example.com",
        "sërver.example.com",
    ])
    func namesThatDoNot(_ name: String) throws {
        #expect(try !TestPKI.certificate("server").names(.dnsName(name)))
    }

    @Test func theCommonNameCountsOnlyWhereNothingBetterIsThere() throws {
        #expect(try TestPKI.certificate("self-signed").names(.dnsName("server.example.com")))
        #expect(try !TestPKI.certificate("client").names(.dnsName("server.example.com")))
    }

    @Test func addresses() throws {
        let server = try TestPKI.certificate("server")
        let six: [UInt8] = [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        #expect(server.names(.ipAddress([192, 168, 1, 10])))
        #expect(server.names(.ipAddress(six)))
        #expect(server.names(.ipAddress([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 168, 1, 10])))
        #expect(!server.names(.ipAddress([192, 168, 1, 11])))
        #expect(!server.names(.ipAddress([])))
        #expect(!server.names(.ipAddress([192, 168, 1])))
        #expect(!server.names(.ipAddress(six + [0])))
    }

    @Test func nothingIsWhatCannotBeVerified() throws {
        #expect(try !TestPKI.certificate("server").names(.unverifiable))
    }
}
