// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// Turns the crank of one connection: base socket, engine, deadlines, and whoever waits for them.
///
/// One lock guards everything here. Nobody holds it while waiting or while running application code. Three parties may
/// pump: a blocking call in its own thread, the ``Worker``, and the calls that do not block. No one sleeps through what
/// another has consumed: whoever changes something wakes all (``noteChange()``).
// Unchecked Sendable: every mutable member is guarded by `monitor`.
final class ConnectionDriver: @unchecked Sendable {
    /// How far the connection is.
    ///
    /// The halves that the application shut down are kept beside it (``closed``), since they may be shut in any phase.
    enum Phase {
        case new
        case handshaking(DTLSEngine)
        case established(DTLSEngine)
        case failed(GLibError)
    }

    /// The directions that the application has shut down.
    struct Halves: OptionSet {
        let rawValue: UInt8
        static let reading = Halves(rawValue: 1)
        static let writing = Halves(rawValue: 2)
        static let both: Halves = [.reading, .writing]
    }

    let base: BaseSocket
    /// The connection, which owns this driver and may go at any time.
    let connection: GWeak<UnsafeMutablePointer<GObject>>
    let monitor = Monitor()

    var phase = Phase.new {
        willSet { lastStatistics = engine?.statistics ?? lastStatistics }
    }
    /// What the engine had counted when the phase changed last: all that is left of one that is gone.
    private(set) var lastStatistics = Statistics()
    var closed: Halves = []
    /// Decrypted datagrams that nobody has taken yet.
    var received = FIFO<[UInt8]>()
    /// Set when nothing more will come: the peer's close_notify, or the base's end.
    var end: ReceiveEnd?
    /// What the base socket did not take yet.
    var unsent = FIFO<[UInt8]>()
    /// Who is inside the functions of a base that is the application's code, which runs without the lock.
    var receiving = BaseUse.free
    private var sending = BaseUse.free
    /// An error of the base that the next call has to report, once.
    var baseError: GLibError?
    /// What the handshake has found out.
    var outcome = HandshakeOutcome()
    /// Work that has to be done without the lock, some of it in the application's context.
    var errands: [Errand] = []
    /// Where the errands that enter the application belong.
    var origin = HandshakeOrigin.caller
    /// The thread that runs an application's handler for this connection.
    var handlerThread: UnsafeMutableRawPointer?
    /// What code of the application's is being asked for the handshake.
    var inquiry: Inquiry?
    /// Whether the peer's application has said anything yet.
    var hasHeardPeer = false
    /// Whether it was told that nothing of what was negotiated is in force any more.
    var isClosingTold = false

    /// The blocked thread that watches the base socket; the others wait on the monitor.
    var leader: (any Waiter)?
    var blockedThreads = 0
    /// Those of them that drive a handshake: all but the ones that wait to shut down.
    var drivingThreads = 0
    /// The worker's source, while it drives this connection.
    var workerSource: (source: EventSource, isReading: Bool)?
    /// Until when the worker watches for a peer that lacks the last flight.
    var lingerDeadline: Instant?
    /// Sources of the application, to be woken when something changes.
    var sources: Set<UnsafeMutablePointer<GSource>> = []
    /// Asynchronous operations that wait for the handshake or for the last bytes to leave.
    var pending: [PendingOperation] = []
    /// Asynchronous sending and receiving.
    var transfers = Transfers()
    /// What has to be done, or dropped, as soon as the lock is released.
    var afterwards = Afterwards()
    /// The connection is gone: nothing is driven any more.
    var isDisposed = false
    private var hasChanged = false

    init(base: GRef<OpaquePointer>, connection: GWeak<UnsafeMutablePointer<GObject>>) {
        self.base = BaseSocket(base)
        self.connection = connection
    }

    /// Runs `body` with the lock and tells everybody who waits if it changed something.
    func withLock<R>(_ body: () throws -> R) rethrows -> R {
        monitor.lock()
        defer {
            wakeWaiters()
            let afterwards = takeAfterwards()
            monitor.unlock()
            afterwards?.run()
        }
        return try body()
    }

    /// The work that was put off until the lock is released, if there is any.
    func takeAfterwards() -> Afterwards? {
        guard !afterwards.isEmpty else { return nil }
        defer { afterwards = Afterwards() }
        return afterwards
    }

    /// To be called, with the lock, by whoever changes what somebody may wait for.
    func noteChange() { hasChanged = true }

    /// Wakes blocked threads, the application's sources and the worker's timer, if something changed.
    func wakeWaiters() {
        guard hasChanged else { return }
        hasChanged = false
        leader?.wake()
        if blockedThreads > 0 { monitor.wakeAll() }
        if !sources.isEmpty {
            for source in sources { g_source_set_ready_time(source, 0) }
        }
        if workerSource != nil || needsWorker { updateWorker() }
    }

    // MARK: Pumping

    /// Moves everything as far as it goes without waiting.
    ///
    /// - Parameter datagrams: take so many from the base at most.
    func pump(datagrams: Int) {
        guard engine != nil else { return }
        flush()
        guard let engine else { return }
        if wantsToRead { receive(datagrams, engine) }
        if let deadline = engine.deadline, case let now = Instant.now, deadline <= now {
            engine.handleTimeout(now: now)
            noteChange()
            drain(engine)
        }
    }

    /// Whether datagrams of the base are taken at all.
    ///
    /// What comes after the end may be for somebody else who uses the same socket by now, and what nobody receives
    /// stays in the kernel, which has a limit of its own.
    var wantsToRead: Bool {
        engine != nil && closed != .both && received.count < Self.receiveLimit
    }

    /// Decrypted datagrams that are kept at most for an application that does not receive.
    static let receiveLimit = 256

    private func receive(_ datagrams: Int, _ engine: DTLSEngine) {
        guard receiving == .free else { return receiving = .wanted }
        let buffer = ReceiveBuffer.ofThread
        let receipt = callBase(\.receiving) { base.receive(datagrams, into: buffer) }
        // Another thread may have ended the association meanwhile.
        guard engine === self.engine else { return }
        switch receipt {
        case .datagrams(let count):
            let now = Instant.now
            for index in 0..<count { engine.receive(buffer.datagram(index), now: now) }
            drain(engine)
        case .wouldBlock:
            break
        case .endOfStream:
            noteBaseEnd()
        case .failed(let error):
            noteBaseError(error)
        }
    }

    /// Takes what the engine has to say, to its last word.
    func drain(_ engine: DTLSEngine) {
        while true {
            switch engine.poll() {
            case .transmit(let datagram): transmit(datagram, of: engine)
            case .event(let event): handle(event, of: engine)
            case .timeout: return
            }
        }
    }

    /// Sends what the base did not take before.
    func flush() {
        guard sending == .free else { return }
        while let datagram = unsent.first {
            switch callBase(\.sending, { base.send(datagram) }) {
            case .wouldBlock: return
            case .sent: break
            case .failed(let error): noteBaseError(error)
            }
            _ = unsent.popFirst()
            noteChange()
        }
    }

    /// The engine, while there is one to feed.
    var engine: DTLSEngine? {
        switch phase {
        case .handshaking(let engine), .established(let engine): engine
        case .new, .failed: nil
        }
    }

    private func transmit(_ datagram: [UInt8], of engine: DTLSEngine) {
        guard unsent.isEmpty else { return unsent.append(datagram) }
        if base.runsApplicationCode {
            // By way of the queue, so that what other threads send meanwhile stays behind it.
            unsent.append(datagram)
            flush()
            if !unsent.isEmpty { noteChange() }
            return
        }
        switch base.send(datagram) {
        case .sent: engine.recycle(datagram)
        case .wouldBlock:
            unsent.append(datagram)
            noteChange()
        case .failed(let error): noteBaseError(error)
        }
    }

    /// Calls the base, without the lock where that is the application's code: it may wait for whatever it likes, such as
    /// Python's interpreter lock, whose holder may be waiting for ours, and may use this very connection.
    private func callBase<R>(_ direction: ReferenceWritableKeyPath<ConnectionDriver, BaseUse>, _ body: () -> R) -> R {
        guard base.runsApplicationCode else { return body() }
        self[keyPath: direction] = .busy
        defer {
            if self[keyPath: direction] == .wanted { noteChange() }
            self[keyPath: direction] = .free
        }
        return monitor.withoutLock(body)
    }

    private func handle(_ event: Event, of engine: DTLSEngine) {
        noteChange()
        switch event {
        case .applicationData(let datagram):
            hasHeardPeer = true
            if !closed.contains(.reading) { received.append(datagram) }
        case .peerClosed:
            end = .closeNotify
        case .verifyPeer(let chain):
            errands.append(.verify(chain))
        case .certificateRequested:
            noteAcceptedAuthorities(engine)
            errands.append(.findCertificate)
        case .handshakeCompleted(let negotiated):
            completeHandshake(engine, negotiated)
        case .failed(let error):
            failAssociation(engine, error)
        }
    }

    private func noteBaseEnd() {
        if case .handshaking = phase {
            failHandshake(.tls(G_TLS_ERROR_NOT_TLS, "The base socket ended during the DTLS handshake"))
        } else if end == nil {
            end = .baseEnd
        }
        noteChange()
    }

    /// ICMP errors are noise during a handshake, which has its own time limit; afterwards an error for one call.
    private func noteBaseError(_ error: GLibError) {
        noteChange()
        guard case .handshaking = phase else {
            // TIMED_OUT is kept for the caller's own limits.
            baseError = error.isIO(G_IO_ERROR_TIMED_OUT) ? .io(G_IO_ERROR_HOST_UNREACHABLE, error.message) : error
            return
        }
        if BaseSocket.isFinal(error) { failHandshake(error) }
    }
}

/// Whether a thread is inside a function of the base, for one direction.
enum BaseUse {
    case free
    case busy
    /// Busy, and another thread came meanwhile, which wants to be told.
    case wanted
}

/// Why nothing more will come.
enum ReceiveEnd {
    /// The peer said so.
    case closeNotify
    /// The base socket ended without a word of the peer.
    case baseEnd
}

/// What must not happen under the driver's lock: completing tasks, which may run callbacks, and dropping what may be
/// the last reference to something of the application's, or waits for a handler that waits for the lock.
struct Afterwards {
    var completions: [(task: AsyncTask, result: Result<Bool, any Error>)] = []
    var transfers: [(transfer: Transfer, result: Result<Transfer.Outcome, any Error>)] = []
    var operations: [PendingOperation] = []
    var errands: [Errand] = []
    /// To be withdrawn, which runs handlers of those who were asked.
    var inquiries: [Inquiry] = []
    /// Sources to destroy, and with them what the base made.
    var sources: [EventSource] = []

    var isEmpty: Bool {
        completions.isEmpty && transfers.isEmpty && operations.isEmpty && errands.isEmpty && inquiries.isEmpty
            && sources.isEmpty
    }

    /// Without the lock.
    consuming func run() {
        for source in sources { source.destroy() }
        for inquiry in inquiries { inquiry.withdraw() }
        for (task, result) in completions { task.complete(result) }
        for (transfer, result) in transfers { transfer.complete(result) }
    }
}
