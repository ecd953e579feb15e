// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser

/// The command `gdtls ping`.
struct Ping: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure round trips over DTLS to a server that echoes.",
        discussion: """
            Sends numbered datagrams to a server that sends them back, such as 'gdtls serve --echo', and tells how long \
            they took. It ends after COUNT of them, or by an interrupt, with statistics as ping has them.

            'gdtls help' explains the exit status.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("How many to send; without it, until interrupted.", valueName: "count")
    )
    var count: Int?

    @Option(name: .shortAndLong, help: ArgumentHelp("The time from one to the next.", valueName: "seconds"))
    var interval = 1.0

    @Option(name: .shortAndLong, help: ArgumentHelp("How many bytes of data each has.", valueName: "bytes"))
    var size = 56

    @Option(
        name: [.customShort("W"), .long],
        help: ArgumentHelp("How long to wait for answers after the last one.", valueName: "seconds")
    )
    var wait = 2.0

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count takes 1 or more.") }
        guard (0.001...86_400).contains(interval) else {
            throw ValidationError("--interval takes 0.001 to 86400 seconds.")
        }
        guard (Echo.smallest...16_384).contains(size) else {
            throw ValidationError("--size takes \(Echo.smallest) to 16384 bytes.")
        }
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait takes 0 to 86400 seconds.") }
    }

    func run() throws {
        let report = client.association.report
        try report.run {
            let association = try await client.connect(report)
            let parameters = association.parameters
            report.write("connected", parameters.json)
            report.line(
                "PING \(client.server) (\(association.peer)): \(size) bytes of data, \(parameters.version), "
                    + "handshake \(decimal(parameters.handshakeTime * 1000, 1)) ms"
            )
            let plan = Pinger.Plan(count: count, interval: interval, size: size, wait: wait)
            let pinger = Pinger(over: association, plan: plan, report)
            do {
                try await pinger.run()
                await association.close()
                pinger.tellStatistics(of: client.server)
            } catch {
                await association.close()
                pinger.tellStatistics(of: client.server)
                if !(error is CancellationError) { throw error }
            }
            if pinger.statistics.received == 0 {
                throw Failure(.failed, "No ping was answered by \(association.peer)", advice: "See whether it echoes")
            }
        }
    }
}
