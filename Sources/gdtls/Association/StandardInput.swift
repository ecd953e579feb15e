// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// Standard input, line by line.
@MainLoop
final class StandardInput {
    private let stream: Object?

    init() {
        let input = Object(owned: UnsafeMutableRawPointer(g_unix_input_stream_new(0, 0)))
        stream = input.flatMap { Object(owned: UnsafeMutableRawPointer(g_data_input_stream_new($0.cast()))) }
    }

    /// Waits for a line.
    ///
    /// - Returns: the line without its newline, which may be missing from the last one; `nil` at the end.
    func line() async throws -> [UInt8]? {
        guard let stream else { return nil }
        var length: gsize = 0
        let text = try await result {
            g_data_input_stream_read_line_async(stream.cast(), G_PRIORITY_DEFAULT, $0, $1, $2)
        } finish: {
            g_data_input_stream_read_line_finish(stream.cast(), $0, &length, $1)
        }
        guard let text else { return nil }
        defer { g_free(text) }
        return [UInt8](UnsafeRawBufferPointer(start: text, count: Int(length)))
    }
}
