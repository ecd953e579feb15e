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
    /// What the engine wants sent, during the present cycle alone.
    var outgoing: [[UInt8]] = []
    /// What the base socket did not take yet.
    var unsent = FIFO<[UInt8]>()
    /// Who is inside the functions of a base that is the application's code, which runs without the lock.
    var receiving = BaseUse.free
    var sending = BaseUse.free
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
    /// Since when a handshake that has begun lies idle: that time does not count as the peer's.
    var idleSince: Instant?
    /// What code of the application's is being asked for the handshake.
    var inquiry: Inquiry?
    /// The threads that are inside such code, those included whose answer does not count any more.
    var inquirers: [UnsafeMutableRawPointer?] = []
    /// Whether the peer's application has said anything yet.
    var hasHeardPeer = false
    /// Whether it was told that nothing of what was negotiated is in force any more.
    var isClosingTold = false

    /// The blocked thread that watches the base socket; the others wait on the monitor.
    var leader: (any Waiter)?
    /// How many threads are blocked, those not counted that are in the application's code meanwhile.
    var blockedThreads = 0
    /// The threads that drive a handshake, the first to come first: all blocked ones but those that wait to shut down
    /// or for a condition.
    var drivingThreads: [UnsafeMutableRawPointer?] = []
    /// The worker's source and what it watches the base socket for, while it drives this connection.
    var workerSource: (source: EventSource, condition: GIOCondition)?
    /// Until when the worker watches for a peer that lacks the last flight.
    var lingerDeadline: Instant?
    /// What wakes sources in the application's contexts when something changes: alive for as long as it is here.
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
            var afterwards = takeAfterwards()
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
}

/// Why nothing more will come.
enum ReceiveEnd {
    /// The peer said so.
    case closeNotify
    /// The base socket ended without a word of the peer.
    case baseEnd
}
