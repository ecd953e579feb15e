// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser
import CGdtls

/// The arguments of commands that are clients.
struct ClientOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The server; an IPv6 address goes in brackets.", valueName: "host:port"),
        transform: Endpoint.init
    )
    var server: Endpoint

    @Option(
        help: ArgumentHelp("The name to ask for, and to expect in the certificate, instead of HOST.", valueName: "name")
    )
    var servername: String?

    @Flag(help: "Talk to whoever answers, whatever its certificate says.")
    var insecure = false

    @OptionGroup
    var association: AssociationOptions

    func validate() throws {
        if servername?.isEmpty == true { throw ValidationError("--servername takes a name.") }
    }

    /// Shakes hands with the first of the server's addresses where somebody answers.
    @MainLoop
    func connect(_ report: Report) async throws -> Association {
        var settings = try association.settings()
        settings.insecure = insecure
        if insecure {
            report.notice("--insecure: anybody can be at the other end, and read and change what is said")
        }
        let addresses = try await server.addresses()
        var last = Failure(.noHost, "\(server.host) has no address")
        for (index, address) in addresses.enumerated() {
            do {
                return try await connect(to: address, settings)
            } catch let failure as Failure where [.unreachable, .noAnswer, .noSocket].contains(failure.status) {
                last = failure
                if index + 1 < addresses.count { report.notice("\(failure.message); trying its next address") }
            }
        }
        throw last
    }

    @MainLoop
    private func connect(to address: Address, _ settings: AssociationSettings) async throws -> Association {
        let socket = try UDPSocket(address.family)
        try socket.connect(to: address)
        let identity = g_network_address_new(servername ?? server.host, server.port)
        let association = try Association(
            clientOver: socket,
            to: address,
            identity: Object(owned: UnsafeMutableRawPointer(identity)),
            settings
        )
        try await association.handshake()
        return association
    }
}
