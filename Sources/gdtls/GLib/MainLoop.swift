// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls
import Synchronization

/// The thread in which GLib's main loop runs, as an actor: all that this command does happens there.
@globalActor
actor MainLoop {
    static let shared = MainLoop()

    nonisolated var unownedExecutor: UnownedSerialExecutor { MainContextExecutor.shared.asUnownedSerialExecutor() }

    /// Runs the main loop until the body has ended; SIGINT and SIGTERM cancel its task.
    ///
    /// - Parameter body: what to do.
    /// - Throws: what the body throws; ``Interruption`` where a signal has cancelled it.
    static func run(_ body: @escaping Work) throws {
        // Safe because GLib's main loops may be used from any thread.
        nonisolated(unsafe) let loop = g_main_loop_new(nil, 0)
        defer { g_main_loop_unref(loop) }
        let outcome = Mutex<Result<Void, any Error>>(.success(()))
        let task = Task { @MainLoop in
            do { try await body() } catch { outcome.withLock { $0 = .failure(error) } }
            g_main_loop_quit(loop)
        }
        let signals = TerminationSignals { task.cancel() }
        g_main_loop_run(loop)
        signals.ignore()
        do {
            try outcome.withLock { $0 }.get()
        } catch let error as CancellationError {
            throw signals.received.map(Interruption.init) ?? error
        }
    }
}

/// A signal has ended a command before its work was done.
struct Interruption: Error {
    let signal: Int32
}

/// Runs Swift's jobs as sources of GLib's default main context.
private final class MainContextExecutor: SerialExecutor {
    static let shared = MainContextExecutor()

    /// Whoever is called back by the main loop is on it, too.
    func checkIsolated() {
        precondition(g_main_context_is_owner(nil) != 0)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let source = g_idle_source_new()
        g_source_set_priority(source, G_PRIORITY_DEFAULT)
        attach(source) { job.runSynchronously(on: MainContextExecutor.shared.asUnownedSerialExecutor()) }
    }
}
