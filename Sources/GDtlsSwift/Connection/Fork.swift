// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import Glibc
internal import Synchronization

/// Tells a process from the one that it was forked from: threads do not survive a fork, and descriptors are shared.
enum Fork {
    /// How many forks lie between this process and the one that loaded the library.
    static var generation: Int {
        _ = isWatching
        return count.load(ordering: .relaxed)
    }

    private static let count = Atomic(0)
    private static let isWatching = pthread_atfork(nil, nil) { Fork.count.add(1, ordering: .relaxed) } == 0
}
