// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser
import CGdtls

@main
struct GDtls: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gdtls",
        abstract: "Talk DTLS over UDP.",
        version: String(cString: gdtls_swift_version())
    )
    mutating func run() throws {
        try MainLoop.run {
            for n in 0..<30 { print(n); try await pause(for: 0.1) }
        }
    }
}
