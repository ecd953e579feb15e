// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser

/// The command `gdtls connect`.
struct Connect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Talk to a DTLS server.",
        discussion: """
            Each line of standard input becomes a datagram, without its newline, and each datagram that comes a line of \
            standard output. What was agreed on, and who the server is, goes to standard error. At the end of standard \
            input the association is closed.

            'gdtls help' explains the exit status.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Option(
        help: ArgumentHelp(
            "How long to wait for a datagram after the end of standard input.",
            valueName: "seconds"
        )
    )
    var linger = 0.5

    func validate() throws {
        guard (0...86_400).contains(linger) else { throw ValidationError("--linger takes 0 to 86400 seconds.") }
    }

    func run() throws {
        let report = client.association.report
        try report.run {
            let association = try await client.connect(report)
            report.connected(association)
            let conversation = Conversation(over: association, report)
            do {
                try await conversation.run(StandardInput(), atEndOfInput: .closes(after: linger))
                await association.close()
            } catch {
                await association.close()
                if !(error is CancellationError) { throw error }
            }
        }
    }
}
