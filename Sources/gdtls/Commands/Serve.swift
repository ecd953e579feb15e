// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser
import CGdtls

/// The command `gdtls serve`.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Wait for DTLS clients, one at a time.",
        discussion: """
            One client is served at a time: others get no answer until it has closed. Each line of standard input \
            becomes a datagram to the client, and each datagram that comes a line of standard output; or the client gets \
            its datagrams back, by --echo.

            'gdtls help' explains the exit status.
            """
    )

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The UDP port to listen on, 0 for any free one.", valueName: "port")
    )
    var port: UInt16

    @Option(help: ArgumentHelp("The address of this host to listen on, instead of all.", valueName: "address"))
    var host: String?

    @Flag(help: "Send each datagram back.")
    var echo = false

    @Flag(help: "Refuse clients without a certificate; with --ca alone they are asked for one, and may have none.")
    var requireClientCert = false

    @Option(
        help: ArgumentHelp("How long the client may be silent before the next one has its turn.", valueName: "seconds")
    )
    var idle = 300.0

    @Flag(help: "End after the first client.")
    var once = false

    @OptionGroup
    var options: AssociationOptions

    func validate() throws {
        if options.cert == nil { throw ValidationError("A server needs a certificate: --cert FILE.") }
        guard (0.1...86_400).contains(idle) else { throw ValidationError("--idle takes 0.1 to 86400 seconds.") }
        if let host, g_hostname_is_ip_address(host) == 0 {
            throw ValidationError("--host takes an IP address of this host; '\(host)' is none.")
        }
    }

    func run() throws {
        let report = options.report
        try report.run {
            let settings = try options.settings()
            let listener = try Listener(host: host, port: port)
            let input = StandardInput()
            report.event(
                "listening",
                ["address": .string("\(listener.address)")],
                "listening on \(listener.address)"
            )
            report.notice("one client is served at a time, others get no answer meanwhile")
            do {
                repeat {
                    try await serveNext(of: listener, settings, input, report)
                } while !once
            } catch is CancellationError {
                // To be told to stop is how a server ends well.
            }
        }
    }

    /// Serves one client to its end.
    @MainLoop
    private func serveNext(
        of listener: Listener,
        _ settings: AssociationSettings,
        _ input: StandardInput,
        _ report: Report
    ) async throws {
        do {
            let (socket, peer) = try await listener.nextPeer()
            let mode: GTlsAuthenticationMode =
                if requireClientCert {
                    G_TLS_AUTHENTICATION_REQUIRED
                } else {
                    options.ca == nil ? G_TLS_AUTHENTICATION_NONE : G_TLS_AUTHENTICATION_REQUESTED
                }
            let association = try Association(serverOver: socket, to: peer, clientCertificates: mode, settings)
            try await untilFirst(
                { try await converse(over: association, input, report) },
                { try await listener.turnAwayOthers(report) }
            )
        } catch let failure as Failure where !once {
            report.failure(failure)
        }
    }

    @MainLoop
    private func converse(over association: Association, _ input: StandardInput, _ report: Report) async throws {
        try await association.handshake()
        report.connected(association)
        let conversation = Conversation(over: association, report, idleLimit: idle)
        do {
            if echo {
                try await conversation.echo()
            } else {
                try await conversation.run(input, atEndOfInput: .changesNothing)
            }
            await association.close()
        } catch {
            await association.close()
            throw error
        }
    }
}
