// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// The other end as a program of libssl alone (Tests/interop/libssl-peer.c), on a socket that is connected to it.
final class LibsslPeer: @unchecked Sendable {  // unchecked: one thread uses it, after the reader has ended
    /// What to give a connection as its base socket.
    let socket: OpaquePointer
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var lines: [String] = []

    /// Starts it; it waits for this end.
    ///
    /// - Parameter arguments: "client" or "server", and options.
    /// - Throws: what keeps it from starting.
    init(_ arguments: String...) throws {
        let own = try Sockets.bound()
        socket = OpaquePointer(own)
        process.executableURL = URL(fileURLWithPath: try Self.program.get())
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let port = try #require(UInt16(try said("port")))
        let address = g_inet_socket_address_new_from_string("127.0.0.1", guint(port))
        _ = try withGError { g_socket_connect(own, address, nil, $0) }
        g_object_unref(address)
        let local = try withGError { g_socket_get_local_address(own, $0) }
        defer { g_object_unref(local) }
        let number = g_inet_socket_address_get_port(
            UnsafeMutableRawPointer(local).map { $0.assumingMemoryBound(to: GInetSocketAddress.self) }
        )
        input.fileHandleForWriting.write(Data("\(number)\n".utf8))
    }

    deinit {
        try? input.fileHandleForWriting.close()
        // It was not launched, where init failed, and cannot be asked to end then.
        if process.isRunning {
            process.terminate()
            process.waitUntilExit()
        }
        g_object_unref(UnsafeMutableRawPointer(socket))
    }

    /// What it has said by the name, as soon as it has; a failure of the test if it ends before.
    func said(_ name: String) throws -> String {
        while true {
            if let line = lines.first(where: {
                $0.hasPrefix(name) && ($0.count == name.count || $0.dropFirst(name.count).first == " ")
            }) {
                return String(line.dropFirst(name.count + 1))
            }
            try readLine("before it said “\(name)”")
        }
    }

    /// All that it has said under the name so far.
    func all(_ name: String) -> [String] {
        lines.filter { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
    }

    private var rest = Data()

    private func readLine(_ when: String) throws {
        while !rest.contains(10) {
            let more = output.fileHandleForReading.availableData
            try #require(!more.isEmpty, "libssl-peer ended \(when): \(lines)")
            rest.append(more)
        }
        let end = rest.firstIndex(of: 10) ?? rest.endIndex
        lines.append(String(decoding: rest[..<end], as: UTF8.self))
        rest = Data(rest[rest.index(after: end)...])
    }

    /// Built once for the run.
    private static let program = Result {
        let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
        let folder = FileManager.default.temporaryDirectory.appending(path: "gdtls-libssl-peer-\(UUID().uuidString)")
        let build = try Process.run(
            project.appending(path: "Scripts/build-c.sh"),
            arguments: [
                folder.path(percentEncoded: false), "openssl",
                project.appending(path: "Tests/interop/libssl-peer.c").path(percentEncoded: false),
            ]
        )
        build.waitUntilExit()
        try #require(build.terminationStatus == 0, "Tests/interop/libssl-peer.c does not build")
        atexit { LibsslPeer.removeProgram() }
        return folder.appending(path: "libssl-peer").path(percentEncoded: false)
    }

    private static func removeProgram() {
        guard let program = try? program.get() else { return }
        try? FileManager.default.removeItem(at: URL(fileURLWithPath: program).deletingLastPathComponent())
    }
}

extension [UInt8] {
    /// Bytes from hexadecimal digits.
    init(hexadecimal text: String) {
        let digits = text.compactMap(\.hexDigitValue)
        self = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}
