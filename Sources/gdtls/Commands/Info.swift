// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser
import CGdtls

/// The command `gdtls info`.
struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell what this installation is and offers, and whether GIO takes it.",
        discussion: "It looks at the environment that it runs in: run it as the program in question is run."
    )

    @Flag(help: "Write one JSON object.")
    var json = false

    func run() throws {
        let report = Report(json: json)
        try report.run {
            let offer = try await Offer.ask()
            let (versions, trust, choice) = (Versions(), TrustPlaces(), BackendChoice())
            if json {
                report.write("info", members(versions, offer, trust, choice))
            } else {
                for line in lines(versions, offer, trust, choice) { report.line(line) }
            }
        }
    }

    private func lines(_ versions: Versions, _ offer: Offer?, _ trust: TrustPlaces, _ choice: BackendChoice) -> [String]
    {
        var lines = [
            "library       \(versions.library)  \(versions.libraryFile ?? "")",
            "libssl        \(versions.libssl)",
            "GLib          \(versions.glib)",
            "speaks        \(offer?.versions.joined(separator: ", ") ?? "unknown")",
        ]
        for (index, suite) in (offer?.cipherSuites ?? []).enumerated() {
            lines.append((index == 0 ? "offers        " : "              ") + suite)
        }
        lines.append("trusts        \(trust.words)")
        lines.append("GIO takes     \(choice.type): \(choice.reason)")
        for variable in ["GIO_USE_TLS", "GIO_EXTRA_MODULES", "GIO_MODULE_DIR"] {
            lines.append("              \(variable) \(environment(variable).map { "is \($0)" } ?? "is not set")")
        }
        for folder in choice.folders {
            let module = folder.hasModule ? "has the module" : "has no module of ours"
            lines.append("              \(folder.path) \(module)\(folder.hasModule ? folder.cacheWords : "")")
        }
        return lines + (Self.keyLogNotice.map { ["key log       \($0)"] } ?? [])
    }

    private func members(_ versions: Versions, _ offer: Offer?, _ trust: TrustPlaces, _ choice: BackendChoice) -> JSON {
        [
            "version": .string(versions.library), "library": .string(orNull: versions.libraryFile),
            "libssl": .string(versions.libssl), "glib": .string(versions.glib),
            "protocol_versions": .strings(offer?.versions ?? []), "cipher_suites": .strings(offer?.cipherSuites ?? []),
            "trust": trust.json,
            "gio": [
                "backend": .string(choice.type), "is_ours": .bool(choice.isOurs), "reason": .string(choice.reason),
                "GIO_USE_TLS": .string(orNull: choice.wanted),
                "folders": .array(choice.folders.map(\.json)),
            ],
            "key_log": .string(orNull: environment("SSLKEYLOGFILE")),
        ]
    }

    /// Somebody who expects a key log should know.
    private static var keyLogNotice: String? {
        environment("SSLKEYLOGFILE").map { "SSLKEYLOGFILE is \($0): who can read that can read all conversations" }
    }
}
