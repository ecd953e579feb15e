// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CFixedRandom

/// What is fuzzed: a function of any bytes that must not crash, and that says so where a promise is broken.
///
/// Libfuzzer runs one of them with bytes of its own making, and the tests run all with the corpora of the tree.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// Datagrams at an engine in the middle of a handshake.
    case datagrams
    /// Two engines and a network that does what the input says.
    case conversation
    /// Certificates, keys and lists of them, in PEM and DER.
    case certificates
    /// PKCS#12 containers.
    case containers

    /// Runs the target once, with the same random numbers for the same input.
    /// - Throws: ``Violation``, where something does not hold that always has to.
    public func run(_ input: UnsafeRawBufferPointer) throws {
        fixed_random_set(UInt64(input.count))
        defer { fixed_random_clear() }
        switch self {
        case .datagrams: try DatagramsTarget.run(input)
        case .conversation: try ConversationTarget.run(input)
        case .certificates: try CertificatesTarget.run(input)
        case .containers: try ContainersTarget.run(input)
        }
    }
}

/// A promise that was broken.
public struct Violation: Error, CustomStringConvertible {
    /// Which, and how.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws a ``Violation`` where a promise does not hold.
func promise(_ holds: Bool, _ description: @autoclosure () -> String) throws(Violation) {
    if !holds { throw Violation(description()) }
}
