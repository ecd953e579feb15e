// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser
import CGdtls

/// The options that every command with an association has.
struct AssociationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("This end's certificate: PEM, DER, or PKCS #12 without a password.", valueName: "file"),
        completion: .file()
    )
    var cert: String?

    @Option(
        help: ArgumentHelp("Its private key, if it is not in the same file.", valueName: "file"),
        completion: .file()
    )
    var key: String?

    @Option(
        help: ArgumentHelp(
            "The authorities to trust, in PEM, instead of those that this system trusts.",
            valueName: "file"
        ),
        completion: .file()
    )
    var ca: String?

    @Option(help: ArgumentHelp("Application protocols to speak, the best first.", valueName: "a,b"))
    var alpn: String?

    @Option(help: ArgumentHelp("The largest datagram to send, in bytes of UDP payload.", valueName: "bytes"))
    var mtu: UInt32?

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("How long a handshake may take.", valueName: "seconds")
    )
    var handshakeTimeout = 10.0

    @Flag(help: "Write events as JSON, one object a line, to standard output.")
    var json = false

    var report: Report { Report(json: json) }

    /// Reads the files and gathers the rest.
    func settings() throws -> AssociationSettings {
        AssociationSettings(
            certificate: try cert.map { try Credentials.certificate($0, keyFile: key) },
            authorities: try ca.map { try Credentials.authorities($0) },
            protocols: alpn,
            mtu: mtu,
            handshakeTimeout: handshakeTimeout
        )
    }

    func validate() throws {
        if key != nil, cert == nil { throw ValidationError("--key FILE goes with --cert FILE.") }
        if let mtu, !(228...65_507).contains(mtu) { throw ValidationError("--mtu takes 228 to 65507 bytes.") }
        guard (0.001...3600).contains(handshakeTimeout) else {
            throw ValidationError("--handshake-timeout takes 0.001 to 3600 seconds.")
        }
        let protocols = alpn?.split(separator: ",", omittingEmptySubsequences: false) ?? []
        guard protocols.allSatisfy({ (1...255).contains($0.utf8.count) }) else {
            throw ValidationError("--alpn takes names of 1 to 255 bytes, with commas between them.")
        }
    }
}
