// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser
import CGdtls
import Glibc

/// What the command tells: events in words on standard error and data on standard output, or both as JSON, one object a
/// line, on standard output.
struct Report: Sendable {
    let json: Bool

    /// Something has happened.
    ///
    /// - Parameters:
    ///   - event: its name for programs.
    ///   - members: what there is to say of it, for programs.
    ///   - words: the same for people.
    func event(_ event: String, _ members: JSON = [:], _ words: String) {
        if json {
            write(event, members)
        } else {
            Self.write(words + "\n", to: 2)
        }
    }

    /// Something that people should know whatever reads the events.
    func notice(_ words: String) {
        if json { write("notice", ["message": .string(words)]) }
        Self.write("gdtls: \(words)\n", to: 2)
    }

    /// A datagram has come.
    func data(_ datagram: [UInt8]) {
        if json {
            let text = String(validating: datagram, as: UTF8.self)
            let content: (String, JSON) = text.map { ("text", .string($0)) } ?? ("base64", .string(base64(datagram)))
            write("data", .object([("size", .integer(datagram.count)), content]))
        } else {
            Self.write(datagram.last == UInt8(ascii: "\n") ? datagram : datagram + [UInt8(ascii: "\n")], to: 1)
        }
    }

    /// Something has failed.
    func failure(_ failure: Failure) {
        let advice = failure.advice.map { ". \($0)" } ?? ""
        if json {
            write(
                "error",
                [
                    "error": .string(failure.status.name), "status": .integer(Int(failure.status.rawValue)),
                    "message": .string(failure.message), "advice": .string(orNull: failure.advice),
                ]
            )
        }
        Self.write("gdtls: \(failure.message)\(advice).\n", to: 2)
    }

    /// Runs the main loop for the work of a command, tells why it failed and ends it with its exit status.
    func run(_ work: @escaping Work) throws {
        do {
            try MainLoop.run(work)
        } catch let failure as Failure {
            self.failure(failure)
            throw ExitCode(failure.status.rawValue)
        } catch let interruption as Interruption {
            throw ExitCode(128 + interruption.signal)
        } catch let error as GLibError {
            self.failure(Failure(.failed, error.message))
            throw ExitCode(ExitStatus.failed.rawValue)
        }
    }

    /// Writes a line for people to standard output, or nothing where JSON is wanted.
    func line(_ words: String) {
        if !json { Self.write(words + "\n", to: 1) }
    }

    /// Writes an event for programs to standard output, if they are wanted.
    func write(_ event: String, _ members: JSON) {
        guard json, case .object(let members) = members else { return }
        Self.write("\(JSON.object([("event", .string(event))] + members))\n", to: 1)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        write(Array(text.utf8), to: descriptor)
    }

    /// Writes all, at once: whoever reads through a pipe sees each event when it happens.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { CGdtls.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
        }
    }
}

private func base64(_ bytes: [UInt8]) -> String {
    takeString(g_base64_encode(bytes, gsize(bytes.count))) ?? ""
}

extension Report {
    /// A handshake is done.
    @MainLoop
    func connected(_ association: Association) {
        let parameters = association.parameters
        event("connected", parameters.json, parameters.words)
    }
}
