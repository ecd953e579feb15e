// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Glibc

/// An error of the system in a test's own doings.
struct SystemError: Error {
    let code: Int32
    let doing: String
}

/// A folder for one test, removed with all that is in it.
final class TemporaryFolder {
    let path: String
    private var entries: [String] = []

    init() throws {
        guard let made = g_dir_make_tmp("gdtls-swift-XXXXXX", nil) else {
            throw SystemError(code: errno, doing: "mkdtemp")
        }
        path = String(cString: made)
        g_free(made)
    }

    deinit {
        for entry in entries.reversed() { remove(entry) }
        rmdir(path)
    }

    /// Makes a folder inside.
    func makeFolder(_ name: String) throws {
        guard mkdir(path + "/" + name, 0o700) == 0 else { throw SystemError(code: errno, doing: "mkdir " + name) }
        entries.append(path + "/" + name)
    }

    /// Makes a symbolic link inside.
    func link(_ target: String, as name: String) throws {
        guard symlink(target, path + "/" + name) == 0 else { throw SystemError(code: errno, doing: "symlink " + name) }
        entries.append(path + "/" + name)
    }

    /// Copies a file to inside.
    func copy(_ source: String, as name: String) throws {
        var contents: UnsafeMutablePointer<CChar>?
        var size: gsize = 0
        guard g_file_get_contents(source, &contents, &size, nil) != 0 else {
            throw SystemError(code: errno, doing: "read " + source)
        }
        defer { g_free(contents) }
        guard g_file_set_contents(path + "/" + name, contents, gssize(size), nil) != 0 else {
            throw SystemError(code: errno, doing: "write " + name)
        }
        entries.append(path + "/" + name)
    }
}

/// The text of a file, which may be one whose size is not known.
func readFile(_ path: String) throws -> String {
    guard let file = fopen(path, "r") else { throw SystemError(code: errno, doing: "open " + path) }
    defer { fclose(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
    return String(decoding: text, as: UTF8.self)
}

extension String {
    /// The path without its last component.
    var parentFolder: String { lastIndex(of: "/").map { String(self[..<$0]) } ?? "." }
}
