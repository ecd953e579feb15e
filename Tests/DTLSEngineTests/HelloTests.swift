// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing
import VirtualNetwork

@testable import DTLSEngine

/// The beginning of a handshake, where nobody has proved anything.
@Suite struct HelloTests {
    @Test(arguments: [1, 2, 5])
    func `a forged hello before the client's does not keep the client out`(count: UInt8) throws {
        let pair = try Pair()
        pair.command(.server) { $0.startHandshake(now: $1) }
        for index in 0..<count { pair.inject(.server, Forger.clientHello(fill: index)) }
        pair.drive(within: 5_000_000)
        #expect(pair.connect())
        #expect(pair.canTalk())
    }

    @Test func `a forged hello is answered by a request that is smaller than itself`() throws {
        let pair = try Pair(Link(decide: { _, _, _ in .drop }))
        pair.start()
        pair.inject(.server, Forger.clientHello())
        let sent = pair.server.sent.count
        let forgery = Forger.clientHello(fill: 9)
        for _ in 0..<100 { pair.inject(.server, forgery) }
        let answers = pair.server.sent.dropFirst(sent)
        #expect(answers.count <= 100 && answers.allSatisfy { $0.count < forgery.count })
    }

    @Test func `forged requests for cookies cost one exchange at most`() throws {
        for forgery in [
            Forger.helloVerifyRequest(), Forger.helloVerifyRequest(cookie: Array(repeating: 1, count: 255)),
        ] {
            let pair = try Pair()
            pair.start()
            pair.inject(.client, forgery)
            pair.drive(until: { pair.isConnected })
            #expect(pair.isConnected)
            #expect(pair.now.microseconds < 2_000_000)
            #expect(pair.canTalk())
        }
    }

    @Test(arguments: [1, 8, 20, 100])
    func `forged requests for cookies keep no client from a server that asks for one`(count: Int) throws {
        let pair = try Pair()
        // The server has answered somebody else's hello: now it asks for a cookie.
        pair.command(.server) { $0.startHandshake(now: $1) }
        pair.inject(.server, Forger.clientHello())
        pair.command(.client) { $0.startHandshake(now: $1) }
        for number in 0..<count {
            pair.inject(.client, Forger.helloVerifyRequest(cookie: [UInt8(number), 1, 2, 3]))
        }
        #expect(pair.connect(within: 5_000_000))
        #expect(pair.canTalk())
    }

    @Test(arguments: 0..<20)
    func `contested hellos and lost datagrams together keep nobody out`(seed: UInt64) throws {
        let pair = try Pair(.lossy(0.3, seed: seed))
        pair.command(.server) { $0.startHandshake(now: $1) }
        pair.inject(.server, Forger.clientHello())
        #expect(pair.connect())
        #expect(pair.canTalk(over: Link()))
    }

    @Test func `without a common suite both ends say so and send little`() throws {
        var policy = SSLContext.Policy(role: .client)
        policy.cipherList = "ECDHE-ECDSA-AES256-SHA"
        let context = try SSLContext(policy: policy)
        let pair = try Pair { client, _ in client = EngineConfiguration(context: context) }
        #expect(!pair.connect())
        #expect(pair.client.failure?.code == .peerAlert(40))
        #expect(pair.server.failure?.code == .noCommonParameters)
        #expect(pair.client.sent.count + pair.server.sent.count <= 8)
        #expect(pair.now.microseconds < 4_000_000)
    }

    @Test func `a forged hello without a common suite leaves the server to its client`() throws {
        for interval: Int64 in [0, 500_000, 2_000_000] {
            let pair = try Pair()
            pair.command(.server) { $0.startHandshake(now: $1) }
            pair.inject(.server, Forger.clientHello(suites: [5]))
            pair.drive(within: interval)
            #expect(pair.connect())
            #expect(pair.canTalk())
        }
    }

    @Test func `a forged request for a cookie comes between no hello and its answer, even one in disorder`() throws {
        let pair = try Pair { $1.credentials = Identity.huge }
        pair.command(.server) { $0.startHandshake(now: $1) }
        // Has the server ask its client for a cookie.
        pair.inject(.server, Forger.clientHello())
        var forged = false
        pair.link.decide = { sender, _, datagram in
            // The ServerHello, with the cookie's number.
            guard sender == .server, datagram.count > 100, datagram[13] == 2, datagram[18] == 1 else { return .deliver }
            defer { forged = true }
            if !forged { pair.inject(.client, Forger.helloVerifyRequest()) }
            return .delay(20_000)
        }
        #expect(pair.connect())
        #expect(forged)
        #expect(pair.now.microseconds < 2_000_000)
        #expect(pair.canTalk(over: Link()))
    }

    @Test(arguments: [228, 256, 600])
    func `a hello of several datagrams is answered`(mtu: Int) throws {
        let names = (0..<60).map { Array("application-protocol-\($0)".utf8) }
        for isReversed in [false, true] {
            let pair = try Pair {
                $0.mtu = mtu
                $0.protocols = names
                $1.protocols = [names[59]]
            }
            if isReversed { pair.link.decide = { _, serial, _ in .delay(Int64(100 - serial) * 10) } }
            #expect(pair.connect())
            #expect(pair.client.sent.prefix(3).allSatisfy { $0.count <= mtu })
            #expect(pair.client.negotiated?.applicationProtocol == names[59])
            #expect(pair.now.microseconds < 400_000)
        }
    }

    @Test func `a hello in fragments among forged fragments of others is answered`() throws {
        let names = (0..<60).map { Array("application-protocol-\($0)".utf8) }
        let pair = try Pair { client, _ in
            client.mtu = 256
            client.protocols = names
        }
        let stray = Forgery.all.first { $0.name == "a hello that contradicts itself" }?.datagrams ?? []
        pair.link.decide = { sender, _, datagram in
            sender == .client ? .replace(stray + [datagram] + stray) : .deliver
        }
        #expect(pair.connect())
        #expect(pair.now.microseconds < 400_000)
    }

    @Test(arguments: [228, 548, 1200])
    func `a forged hello does not keep out a client whose own comes in several datagrams`(mtu: Int) throws {
        let pair = try Pair { client, _ in
            client.mtu = mtu
            client.protocols = (0..<80).map { Array("application-protocol-\($0)".utf8) }
        }
        pair.command(.server) { $0.startHandshake(now: $1) }
        pair.inject(.server, Forger.clientHello())
        // Others come between its fragments.
        pair.link.decide = { sender, serial, datagram in
            sender == .client ? .replace([datagram, Forger.clientHello(fill: UInt8(serial & 0xFF))]) : .deliver
        }
        #expect(pair.connect())
        #expect(pair.now.microseconds < 900_000)
        #expect(pair.canTalk(over: Link()))
    }

    @Test func `a client that starts anew before the server has heard its flight is served`() throws {
        let pair = try Pair()
        pair.start()
        pair.drive(until: { pair.client.sent.count == 2 })
        try pair.restartClient()
        pair.drive(until: { pair.isConnected }, within: 5_000_000)
        #expect(pair.canTalk())
    }

    @Test func `a hello at an established server leaves the association as it is`() throws {
        let pair = try Pair()
        #expect(pair.connect())
        for number in 0..<50 as Range<UInt8> {
            pair.inject(.server, Forger.clientHello(fill: number))
            pair.inject(.server, Forger.clientHello(1, cookie: [number], fill: number))
        }
        pair.inject(.server, pair.client.sent[0])
        #expect(pair.canTalk())
    }
}
