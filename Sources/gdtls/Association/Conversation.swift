// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// What is said over an association: lines, or an echo.
///
/// Each line of standard input is a datagram to the peer, each of the peer's datagrams a line of standard output.
@MainLoop
final class Conversation {
    /// What happens at the end of standard input.
    enum EndOfInput {
        /// The conversation ends, after a time without a datagram of the peer's, in seconds.
        case closes(after: Double)
        case changesNothing
    }

    private let association: Association
    private let report: Report
    private let idleLimit: Double?
    private var lastHeard = seconds()
    private var unsent = 0
    private var hasMetEmpty = false

    /// - Parameters:
    ///   - association: one whose handshake is done.
    ///   - report: where to tell what happens.
    ///   - idleLimit: how long the peer may be silent, in seconds; `nil`: as long as it likes.
    init(over association: Association, _ report: Report, idleLimit: Double? = nil) {
        self.association = association
        self.report = report
        self.idleLimit = idleLimit
    }

    /// Converses until the peer has closed, or standard input has ended.
    ///
    /// - Throws: ``Failure`` where the association broke, or a line was not sent.
    func run(_ input: StandardInput, atEndOfInput end: EndOfInput) async throws {
        try await explained {
            try await untilFirst(
                { try await self.receive { self.report.data($0) } },
                { try await self.sendLines(of: input, end) },
                { try await self.awaitIdleness() }
            )
        }
        guard unsent == 0 else {
            throw Failure(.failed, unsent == 1 ? "1 datagram was not sent" : "\(unsent) datagrams were not sent")
        }
    }

    /// Sends back what comes until the peer has closed.
    func echo() async throws {
        try await explained {
            try await untilFirst(
                { try await self.receive { try await self.send($0) } },
                { try await self.awaitIdleness() }
            )
        }
    }

    private func receive(_ use: (@MainLoop ([UInt8]) async throws -> Void)) async throws {
        while let datagram = try await association.receive() {
            lastHeard = seconds()
            try await use(datagram)
        }
        tellEnd(by: "peer", "\(association.peer) has closed")
    }

    private func sendLines(of input: StandardInput, _ end: EndOfInput) async throws {
        while let line = try await input.line() { try await send(line) }
        switch end {
        case .changesNothing:
            try await pause()
        case .closes(let after):
            lastHeard = max(lastHeard, seconds())
            while case let rest = lastHeard + after - seconds(), rest > 0 { try await pause(for: rest) }
            tellEnd(by: "us", "closed: end of input")
        }
    }

    private func awaitIdleness() async throws {
        guard let idleLimit else { return try await pause() }
        while case let rest = lastHeard + idleLimit - seconds(), rest > 0 { try await pause(for: rest) }
        tellEnd(by: "us", "closed: \(association.peer) has been silent for \(decimal(idleLimit, 0)) s")
    }

    private func tellEnd(by end: String, _ words: String) {
        report.event("closed", ["by": .string(end), "peer": "\(association.peer)", "reason": .string(words)], words)
    }

    /// Sends what can be sent, and tells of the rest.
    private func send(_ datagram: [UInt8]) async throws {
        do {
            try await association.send(datagram)
        } catch let error as GLibError where datagram.isEmpty && error.isIO(G_IO_ERROR_INVALID_ARGUMENT) {
            if !hasMetEmpty { report.notice("empty datagrams are not sent: libssl cannot") }
            hasMetEmpty = true
        } catch let error as GLibError where error.isIO(G_IO_ERROR_MESSAGE_TOO_LARGE) {
            let limit = association.parameters.maxDataSize
            report.notice("\(datagram.count) bytes were not sent: a datagram holds \(limit) at most (see --mtu)")
            unsent += 1
        }
    }

    private func explained(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as GLibError {
            throw Failure(.failed, "The association with \(association.peer) broke: \(error.message)")
        }
    }
}
