// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Testing
import VirtualNetwork

@testable import DTLSEngine

@Suite struct ReassemblyTests {
    let body = (0..<100).map { UInt8($0) }

    /// Adds bytes of a Certificate, as message 1.
    func add(_ bytes: [UInt8], at offset: Int, of length: Int = 100, to store: inout Reassembly, datagram: UInt64) {
        let wire = Forger.fragment(11, length: length, sequence: 1, offset: offset, bytes)
        wire.withUnsafeBytes { wire in
            for (fragment, bytes) in HandshakeFragment.row(wire) ?? [] {
                store.add(fragment, bytes, datagram: datagram)
            }
        }
    }

    @Test func `fragments make a message in whatever order and overlap they come`() {
        var store = Reassembly()
        for (index, start) in [60, 0, 30, 20, 0, 90].enumerated() {
            #expect(store.messages(.certificate, sequence: 1).isEmpty)
            add(Array(body[start..<min(start + 35, 100)]), at: start, to: &store, datagram: UInt64(index))
        }
        #expect(store.messages(.certificate, sequence: 1).map { Array($0.message.body) } == [body])
    }

    @Test func `a forged length or type stands beside the genuine one`() {
        var store = Reassembly()
        add([9, 9], at: 0, of: 5000, to: &store, datagram: 1)
        add([9, 9], at: 0, of: 2, to: &store, datagram: 2)
        add(body, at: 0, to: &store, datagram: 3)
        #expect(store.messages(.certificate, sequence: 1).map { Array($0.message.body) } == [body, [9, 9]])
    }

    @Test(arguments: [0, 1, 2, 3])
    func `a fragment that contradicts the genuine ones hides none of them`(position: UInt64) {
        var store = Reassembly()
        if position == 0 { add(Array(repeating: 0xEE, count: 60), at: 20, to: &store, datagram: 0) }
        for (index, start) in [0, 40, 80].enumerated() {
            let datagram = UInt64(2 * index + 1)
            add(Array(body[start..<min(start + 40, 100)]), at: start, to: &store, datagram: datagram)
            if position == index + 1 {
                add(Array(repeating: 0xEE, count: 60), at: 20, to: &store, datagram: datagram + 1)
            }
        }
        let readings = store.messages(.certificate, sequence: 1)
        #expect(readings.contains { Array($0.message.body) == body })
        #expect(readings.count <= 4)
    }

    @Test func `what is kept is bounded, and as large as what came`() {
        var store = Reassembly()
        for datagram in 0..<100_000 as Range<UInt64> {
            add([1], at: Int(datagram % 20_000), of: 20_000 + Int(datagram % 500), to: &store, datagram: datagram)
        }
        #expect(store.storedBytes <= Reassembly.budget)
        add([1, 2], at: 0, of: 30_000, to: &store, datagram: 100_001)
        #expect(store.storedBytes <= Reassembly.budget)
    }

    @Test func `a large message that is said again in ever smaller fragments becomes whole`() {
        var store = Reassembly()
        let body = (0..<30_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var datagram: UInt64 = 0
        for size in [1100, 500, 200] {
            for (index, start) in stride(from: 0, to: body.count, by: size).enumerated() {
                // Something is lost each time, and each time something else.
                if index % 10 == size % 7 { continue }
                datagram += 1
                let bytes = Array(body[start..<min(start + size, body.count)])
                add(bytes, at: start, of: body.count, to: &store, datagram: datagram)
                #expect(store.storedBytes <= Reassembly.budget)
            }
        }
        #expect(store.messages(.certificate, sequence: 1).map { Array($0.message.body) } == [body])
    }

    @Test func `a contradiction in a large message is still a reading of its own where room is short`() {
        var store = Reassembly()
        let body = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        add(Array(repeating: 0xEE, count: 150), at: 10_000, of: body.count, to: &store, datagram: 1)
        for (index, start) in stride(from: 0, to: body.count, by: 200).enumerated() {
            add(Array(body[start..<start + 200]), at: start, of: body.count, to: &store, datagram: UInt64(index + 2))
        }
        let readings = store.messages(.certificate, sequence: 1).map { Array($0.message.body) }
        #expect(readings.contains(body))
    }

    @Test func `a genuine message gets through a flood that fills the store`() {
        var store = Reassembly()
        for round in 0..<20 as Range<UInt64> {
            for index in 0..<100 as Range<UInt64> {
                add([7, 7, 7], at: 5, of: 1000 + Int(index), to: &store, datagram: round * 200 + index)
            }
            let start = Int(round) * 5
            add(Array(body[start..<start + 5]), at: start, to: &store, datagram: round * 200 + 150)
        }
        #expect(store.messages(.certificate, sequence: 1).first.map { Array($0.message.body) } == body)
    }

    @Test func `many contradictions cost no more than a bounded search`() {
        var store = Reassembly()
        for index in 0..<400 as Range<UInt64> {
            add([UInt8(index & 0xFF), 1], at: Int(index % 99), to: &store, datagram: index)
        }
        #expect(store.messages(.certificate, sequence: 1).count <= 4)
    }
}
