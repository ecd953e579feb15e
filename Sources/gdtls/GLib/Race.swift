// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Something that is done in the main loop, and may take its time.
typealias Work = @MainLoop @Sendable () async throws -> Void

/// Does several things at once until the first of them ends, well or with an error, and cancels the others.
@MainLoop
func untilFirst(_ works: Work...) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for work in works { group.addTask(operation: work) }
        defer { group.cancelAll() }
        try await group.next()
    }
}
