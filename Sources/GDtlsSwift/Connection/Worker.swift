// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit
internal import Glibc

/// The library's one thread: drives what no blocking call drives.
///
/// Handshakes in the background, asynchronous closing, and the last flight of a handshake whose application is idle.
/// It never runs application code but a base socket's vfuncs. A connection stays with its worker, so that there can be
/// one for each core later.
final class Worker: Sendable {
    /// This process's, started at first use and never stopped: the library is never unloaded.
    ///
    /// A fork begins anew.
    static var shared: Worker {
        present.withLock { present in
            let worker = present?.generation == Fork.generation ? present ?? Worker() : Worker()
            present = worker
            // Tried again where there was no thread to be had.
            worker.isRunning.withLock { if !$0 { $0 = WorkerThread.start(worker.context) } }
            return worker
        }
    }

    private static let present = Guarded<Worker?>(nil)

    private let context = MainContext()
    private let isRunning = Guarded(false)
    private let generation = Fork.generation

    /// Whether a source is one that this worker serves, and not one from before a fork.
    func serves(_ source: EventSource) -> Bool { g_source_get_context(source.pointer) == context.pointer }

    /// Has the worker call ``ConnectionDriver/workerTurn(_:)`` when the clock wants it, or the base socket is ready for
    /// `condition`.
    func attach(_ driver: ConnectionDriver, condition: GIOCondition) -> EventSource {
        let isScripted = !condition.isEmpty && !driver.base.isSocket
        let handler = isScripted ? ScriptedSourceHandler(driver, condition) : WorkerSourceHandler(driver)
        let source = EventSource(handler)
        source.setName("gdtls-swift connection")
        if !condition.isEmpty, let descriptor = driver.base.descriptor {
            _ = source.addUnixFD(descriptor, events: condition)
        }
        source.attach(to: context)
        return source
    }
}

private class WorkerSourceHandler: SourceHandler, @unchecked Sendable {
    // Unchecked Sendable: the driver has a lock of its own.
    let driver: ConnectionDriver

    init(_ driver: ConnectionDriver) {
        self.driver = driver
    }

    override func dispatch(_ source: BorrowedSource, callback: GSourceFunc?, userData: gpointer?) -> Bool {
        driver.workerTurn(source)
        return true
    }
}

/// Watches a base by a source that the base itself makes, which must not be asked for under the driver's lock.
private final class ScriptedSourceHandler: WorkerSourceHandler, @unchecked Sendable {
    // Unchecked Sendable: what changes is guarded by the driver's lock.
    private let condition: GIOCondition
    private var hasAsked = false

    init(_ driver: ConnectionDriver, _ condition: GIOCondition) {
        self.condition = condition
        super.init(driver)
    }

    override func prepare(_ source: BorrowedSource) -> SourceReadiness {
        let isFirst = driver.withLock {
            defer { hasAsked = true }
            return !hasAsked
        }
        guard isFirst else { return .wait }
        let child = driver.base.makeSource(condition)
        defer { g_source_unref(child) }
        driver.withLock { if driver.workerSource?.source.pointer == source.pointer { source.addChild(child) } }
        // GLib puts it before its parent, where it is not asked before this poll.
        return .waitAtMost(milliseconds: 0)
    }
}

extension ConnectionDriver {
    /// The worker's part: pump, run errands, complete what is complete, and leave when there is nothing more to drive.
    func workerTurn(_ source: BorrowedSource) {
        withLock {
            // Detached in the meantime: the last turn of a source that is destroyed already.
            guard workerSource?.source.pointer == source.pointer else { return }
            source.setReadyTime(-1)
            pump(datagrams: ReceiveBuffer.slots, isToldReadable: true)
            runErrands(.worker)
            completePending()
            updateWorker()
        }
    }

    /// Attaches, re-arms or detaches the worker, as the present state wants it.
    ///
    /// With the lock.
    func updateWorker() {
        let condition = awaitedCondition
        if let attached = workerSource,
            !needsWorker || attached.condition != condition || !Worker.shared.serves(attached.source)
        {
            afterwards.sources.append(attached.source)
            workerSource = nil
        }
        guard needsWorker else { return }
        let source = workerSource?.source ?? Worker.shared.attach(self, condition: condition)
        workerSource = (source, condition)
        let wakeUp = isWorkerDue ? Instant(microseconds: 0) : workerDeadline
        let readyTime = wakeUp?.microseconds ?? -1
        if source.readyTime != readyTime { source.setReadyTime(readyTime) }
    }

    /// Whether there is anything that no blocking call drives.
    var needsWorker: Bool {
        if isDisposed { return false }
        if !pending.isEmpty { return true }
        switch phase {
        case .handshaking: return isHandshakeDriven && drivingThreads.isEmpty
        case .established(let engine): return isLingering(engine) || !unsent.isEmpty && blockedThreads == 0
        default: return false
        }
    }

    /// The last flight is the peer's to acknowledge, by sending anything at all.
    private func isLingering(_ engine: DTLSEngine) -> Bool {
        guard engine.owesLastFlight, let lingerDeadline, wantsToRead else { return false }
        // Of a base that is broken the worker would hear for ever.
        if let baseError, !BaseSocket.isOfPeer(baseError) { return false }
        return lingerDeadline > .now
    }

    private var isWorkerDue: Bool {
        if handlerThread == nil, isDrivenInBackground, errands.first?.entersApplication == false { return true }
        return pending.contains { $0.task.isCancelled || isDue($0) }
    }

    private var workerDeadline: Instant? {
        let linger = engine.flatMap { isLingering($0) ? lingerDeadline : nil }
        return [engine?.deadline, linger].compactMap { $0 }.min()
    }
}
