// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import COpenSSL
import Testing
import VirtualNetwork

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
        "sërver.example.com", "*.wild.example.com",
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

    @Test func `a NUL in a name ends nothing`() throws {
        let odd = try TestPKI.certificate("odd-alternatives")
        #expect(!odd.names(.dnsName("server.example.com")))
        #expect(!odd.names(.dnsName("server.example.com\0.evil.org")))
        #expect(odd.names(.dnsName("a.example.com")))
        // The CN does not count beside alternatives.
        #expect(!odd.names(.dnsName("other.example.com")))
        #expect(odd.names(.ipAddress([127, 0, 0, 1])))
        #expect(odd.names(.ipAddress([UInt8](repeating: 0, count: 15) + [1])))
        #expect(!odd.names(.ipAddress([1, 2, 3, 4, 5])))
    }

    @Test func `alternatives that cannot be read leave no room for the CN`() throws {
        #expect(try !TestPKI.certificate("broken-alternatives").names(.dnsName("server.example.com")))
    }

    @Test func `a NUL in the common name ends nothing either, and is shown`() throws {
        let odd = try #require(
            Identity.selfSigned(name: "server.example.com\0.evil.org", curve: NID_X9_62_prime256v1).chain.first
        )
        #expect(!odd.names(.dnsName("server.example.com")))
        #expect(odd.subject == #"CN=server.example.com\00.evil.org"#)
    }
}
