// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import ArgumentParser

/// How the command ends: the numbers of `<sysexits.h>` where that has one for the case.
enum ExitStatus: Int32, CaseIterable {
    case failed = 1
    case usage = 64
    case badFile = 66
    case noHost = 68
    case unreachable = 69
    case noSocket = 71
    case noAnswer = 75
    case handshakeFailed = 76
    case notVerified = 77

    /// Its name for programs.
    var name: String {
        switch self {
        case .failed: "failed"
        case .usage: "usage"
        case .badFile: "bad-file"
        case .noHost: "no-host"
        case .unreachable: "unreachable"
        case .noSocket: "no-socket"
        case .noAnswer: "no-answer"
        case .handshakeFailed: "handshake-failed"
        case .notVerified: "not-verified"
        }
    }

    private var meaning: String {
        switch self {
        case .failed: "the association ended with an error, something was not sent, or no ping was answered"
        case .usage: "the command line is wrong"
        case .badFile: "a file cannot be read, or does not hold what it should"
        case .noHost: "the host name is unknown"
        case .unreachable: "nobody listens there, or no way leads there"
        case .noSocket: "the system gives no such socket, for instance because the port is in use"
        case .noAnswer: "no answer came in time"
        case .handshakeFailed: "the handshake failed: the two have too little in common, or the peer refused"
        case .notVerified: "one end did not prove who it is"
        }
    }

    /// All of them in words.
    static let discussion = """
        Exit status: 0 for success;
        \(allCases.map { "\($0.rawValue): \($0.meaning)" }.joined(separator: ";\n"));
        128 and the signal's number: a signal came before there was an association.
        """
}
