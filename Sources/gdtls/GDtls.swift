// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser
import CGdtls

/// The command `gdtls`.
@main
struct GDtls: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gdtls",
        abstract: "Talk DTLS over UDP.",
        discussion: ExitStatus.discussion,
        version: String(cString: gdtls_swift_version()),
        subcommands: [Connect.self, Serve.self, Ping.self, Info.self]
    )
}
