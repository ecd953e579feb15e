// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// Sends pings and takes their answers.
@MainLoop
final class Pinger {
    /// How many, how often, how large, and how long the last are waited for; times are in seconds.
    struct Plan: Sendable {
        let count: Int?
        let interval: Double
        let size: Int
        let wait: Double
    }

    private(set) var statistics = RoundTripStatistics()

    private let association: Association
    private let plan: Plan
    private let report: Report
    private let start = seconds()
    /// When those were sent that are not answered yet.
    private var unanswered: [Int: Double] = [:]

    init(over association: Association, plan: Plan, _ report: Report) {
        self.association = association
        self.plan = plan
        self.report = report
    }

    /// Pings until all are answered, or the last have been waited for.
    func run() async throws {
        let limit = association.parameters.maxDataSize
        guard plan.size <= limit else {
            let message = "\(plan.size) bytes do not fit: a datagram holds \(limit) at most"
            throw Failure(.failed, message, advice: "A larger --mtu allows more, if the path takes it")
        }
        do {
            try await untilFirst(send, receive)
        } catch let error as GLibError {
            throw Failure(.failed, "The association with \(association.peer) broke: \(error.message)")
        }
    }

    func tellStatistics(of server: Endpoint) {
        let duration = seconds() - start
        report.write("statistics", statistics.json(duration: duration))
        report.line("\n--- \(server) ping statistics ---\n\(statistics.words(duration: duration))")
    }

    private func send() async throws {
        for number in 0..<(plan.count ?? .max) {
            unanswered[number] = seconds()
            statistics.noteSent()
            try await association.send(Echo.datagram(number, size: plan.size))
            if number + 1 == plan.count { break }
            try await pause(for: start + Double(number + 1) * plan.interval - seconds())
        }
        try await pause(for: plan.wait)
    }

    /// Takes answers until all have come.
    private func receive() async throws {
        while statistics.received != plan.count {
            guard let datagram = try await association.receive() else {
                throw Failure(.failed, "\(association.peer) has closed the association")
            }
            guard let number = Echo.number(of: datagram, size: plan.size), number < statistics.sent else { continue }
            if let sent = unanswered.removeValue(forKey: number) {
                note(number, seconds() - sent)
            } else {
                statistics.noteDuplicate()
            }
        }
    }

    private func note(_ number: Int, _ time: Double) {
        statistics.noteAnswer(after: time)
        report.write(
            "answer",
            ["sequence": .integer(number), "size": .integer(plan.size), "ms": .number(decimal(time * 1000, 3))]
        )
        report.line("\(plan.size) bytes from \(association.peer): seq=\(number) time=\(decimal(time * 1000, 3)) ms")
    }
}
