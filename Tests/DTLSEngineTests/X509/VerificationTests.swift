// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing

@testable import DTLSEngine

@Suite struct VerificationTests {
    private static let host = PeerIdentity.dnsName("server.example.com")

    @Test func goodChains() throws {
        #expect(try verify("server") == [])
        #expect(try verify("deep-server", "intermediate") == [])
        #expect(try verify("deep-server", "intermediate", "root") == [])
        #expect(try verify("client", purpose: .client) == [])
        #expect(try verify("v1-client", purpose: .client) == [])
    }

    @Test func oneProblemAlone() throws {
        #expect(try verify("server", anchors: "other-root") == .unknownCA)
        #expect(try verify("deep-server") == .unknownCA)
        #expect(try verify("self-signed") == .unknownCA)
        #expect(try verify("past") == .expired)
        #expect(try verify("future") == .notActivated)
        #expect(try verify("server", identity: .dnsName("other.example.com")) == .badIdentity)
        #expect(try verify("server", identity: .unverifiable) == .badIdentity)
        #expect(try verify("short-key") == .insecure)
        #expect(try verify("sha1") == .insecure)
        #expect(try verify("unhandled") == .generic)
        #expect(try verify() == .generic)
    }

    @Test func severalProblemsTogether() throws {
        #expect(
            try verify("self-signed", identity: .dnsName("other.example.com")) == [.unknownCA, .badIdentity]
        )
        #expect(
            try verify("past", anchors: "other-root", identity: .ipAddress([1, 2, 3, 4]))
                == [.unknownCA, .expired, .badIdentity]
        )
    }

    @Test func theTimeIsTheCallers() throws {
        let past = try TestPKI.certificate("past")
        let store = try TrustStore([past])
        let during = try #require(past.notBefore)
        #expect(store.verify(chain: [past], identity: nil, purpose: nil, time: during) == [])
        #expect(store.verify(chain: [past], identity: nil, purpose: nil, time: during - 1) == .notActivated)
        #expect(store.verify(chain: [past], identity: nil, purpose: nil, time: TestPKI.now) == .expired)
    }

    @Test func aNamesakeOfTheAuthorityIsAStranger() throws {
        #expect(try verify("server", anchors: "twin-root") == .unknownCA)
    }

    @Test func certificatesAreForTheirPurpose() throws {
        #expect(try verify("client", identity: nil, purpose: .server) == .generic)
        #expect(try verify("server", identity: nil, purpose: .client) == .generic)
        #expect(try verify("server", identity: nil, purpose: nil) == [])
        #expect(try verify("special", identity: nil, purpose: .other("1.2.3.4")) == [])
        #expect(try verify("v1-client", identity: nil, purpose: .other("1.2.3.4")) == [])
        #expect(try verify("server", identity: nil, purpose: .other("1.2.3.4")) == .generic)
        #expect(try verify("v1-client", identity: nil, purpose: .other("no number")) == .generic)
    }

    @Test func whoIsNoAuthorityVouchesForNobody() throws {
        #expect(!(try verify("below-server", "server")).isEmpty)
        #expect(!(try verify("below-server", "server", anchors: "server")).isEmpty)
    }

    @Test func everyAnchorEndsTheWay() throws {
        #expect(try verify("deep-server", anchors: "intermediate") == [])
        #expect(try verify("deep-server", anchors: "deep-server") == [])
        #expect(try verify("self-signed", anchors: "self-signed") == [])
        #expect(try verify("deep-server", "intermediate", "root", anchors: "intermediate") == [])
    }

    @Test func disorderedChains() throws {
        #expect(try verify("deep-server", "root", "client", "intermediate", "deep-server", "intermediate") == [])
    }

    @Test func aSecondWayIsFound() throws {
        #expect(try verify("server", "root-by-other", "other-root") == [])
        #expect(try verify("server", "root-by-other", anchors: "other-root") == [])
        #expect(try verify("server", "root", "root-by-other", anchors: "other-root") == .unknownCA)
    }

    @Test(.timeLimit(.minutes(15)))
    func circlesEnd() throws {
        #expect(try verify("circle-server", "a-by-b", "b-by-a", "a-by-b") == .unknownCA)
        #expect(try verify("circle-server", "a-by-b", "b-by-a", anchors: "circle-b") == [])
    }

    @Test func anEmptyStoreTrustsNobody() throws {
        let empty = try TrustStore([])
        let server = try TestPKI.certificate("server")
        #expect(empty.verify(chain: [server], identity: nil, purpose: nil, time: TestPKI.now) == .unknownCA)
    }

    @Test func anyFailureOfLibcryptoIsAProblem() throws {
        let store = try TestPKI.store("root")
        let chain = try TestPKI.certificates("chain")
        for calls in 0..<20 {
            let countdown = FaultInjection.Countdown(failingAfter: calls)
            let problems = FaultInjection.$countdown.withValue(countdown) {
                store.verify(chain: chain, identity: Self.host, purpose: .server, time: TestPKI.now)
            }
            #expect(problems.isEmpty != countdown.isSpent, "after \(calls) calls")
        }
    }

    @Test func manyVerifyAtOnce() async throws {
        let store = try TestPKI.store("root")
        // Fresh ones: their first use is here, in many threads.
        let chain = try TestPKI.certificates("chain")
        await withTaskGroup(of: CertificateProblems.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    store.verify(chain: chain, identity: Self.host, purpose: .server, time: TestPKI.now)
                }
            }
            for await problems in group { #expect(problems == []) }
        }
    }

    private func verify(
        _ names: String...,
        anchors: String = "root",
        identity: PeerIdentity? = Self.host,
        purpose: CertificatePurpose? = .server
    ) throws -> CertificateProblems {
        var identity = identity
        if case .client? = purpose { identity = nil }
        return try TestPKI.store(anchors).verify(
            chain: names.map(TestPKI.certificate),
            identity: identity,
            purpose: purpose,
            time: TestPKI.now
        )
    }
}
