// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// Sending and receiving without blocking: transfers wait in one queue for each direction, and a source in each context
/// that has a callback to expect serves both queues from their heads.
extension ConnectionDriver {
    /// Begins a transfer, and completes it at once if it can be.
    func begin(_ kind: Transfer.Kind, _ task: AsyncTask) {
        // Connected first: it runs at once where the cancellable is cancelled already.
        let handler = CancelHandler(task.cancellable) { [weak self] in self?.noteCancelledTransfer() }
        let queue = kind.queue
        withLock {
            // Others are not served here: their callbacks do not belong inside of this call.
            let isFirst = transfers[keyPath: queue].isEmpty
            transfers[keyPath: queue].append(Transfer(kind: kind, task: task, cancelHandler: handler))
            if isFirst, !task.isCancelled { serve(queue, false) }
            if let index = transfers[keyPath: queue].lastIndex(where: { $0.task === task }) {
                transfers[keyPath: queue][index].place = drive(task)
            }
        }
    }

    /// Does what can be done.
    ///
    /// With the lock, which may be released meanwhile.
    ///
    /// - Parameter isToldReadable: whether somebody who watched the base says that there is something.
    func serveTransfers(isToldReadable: Bool = false) {
        if transfers.hasCancelled { dropCancelledTransfers() }
        serve(\.sends, isToldReadable)
        serve(\.receives, isToldReadable)
    }

    /// Whether a source that drives transfers has to watch the base socket.
    var transfersReadBase: Bool { !transfers.receives.isEmpty && isFedByReaders }

    private func serve(_ queue: WritableKeyPath<Transfers, [Transfer]>, _ isToldReadable: Bool) {
        var hasAdvanced = false
        while let head = transfers[keyPath: queue].first {
            do {
                if let outcome = try look(head.kind) {
                    finish(head, .success(outcome))
                } else if hasAdvanced {
                    return
                } else {
                    // Then look at the head anew: while the lock was released, another thread may have served it.
                    advance(for: head.task, isToldReadable)
                    hasAdvanced = true
                }
            } catch {
                finish(head, .failure(error))
            }
        }
    }

    private func look(_ kind: Transfer.Kind) throws -> Transfer.Outcome? {
        switch kind {
        case .receive(let requiresCloseNotify):
            return try reception(requiresCloseNotify: requiresCloseNotify).map { .received($0) }
        case .send(let bytes):
            return try bytes.withUnsafeBytes { bytes in
                try withMessage(bytes) { message in
                    var sent = 0
                    return try give(message, 1, &sent).map { _ in .sent(bytes.count) }
                }
            }
        }
    }

    private func advance(for task: AsyncTask, _ isToldReadable: Bool) {
        if isNew || isHandshaking {
            beginHandshake(.background(task.context, priority: task.priority))
        } else {
            pump(datagrams: ReceiveBuffer.slots, isToldReadable: isToldReadable)
        }
    }

    private func finish(_ transfer: Transfer, _ result: Result<Transfer.Outcome, any Error>) {
        transfers[keyPath: transfer.kind.queue].removeAll { $0.task === transfer.task }
        afterwards.transfers.append((transfer, result))
        guard let place = transfer.place, let (source, count) = transfers.sources[place] else { return }
        if count > 1 {
            transfers.sources[place]?.transfers = count - 1
        } else {
            transfers.sources[place] = nil
            sources.remove(source.pointer)
            afterwards.sources.append(source)
        }
    }

    private func noteCancelledTransfer() {
        withLock {
            transfers.hasCancelled = true
            noteChange()
        }
    }

    private func dropCancelledTransfers() {
        transfers.hasCancelled = false
        for transfer in transfers.sends + transfers.receives {
            do { try checkCancelled(transfer.task.cancellable) } catch { finish(transfer, .failure(error)) }
        }
    }

    /// Has a source in the task's context serve the transfers from now on.
    private func drive(_ task: AsyncTask) -> Transfers.Place {
        let place = Transfers.Place(task)
        if let count = transfers.sources[place]?.transfers {
            transfers.sources[place]?.transfers = count + 1
            return place
        }
        let source = EventSource(TransferSourceHandler(self))
        source.setName("GDtlsSwiftConnection transfers")
        source.setPriority(place.priority)
        source.setReadyTime(0)
        transfers.sources[place] = (source, 1)
        sources.insert(source.pointer)
        source.attach(to: task.context)
        return place
    }
}

/// Serves a connection's transfers whenever something changes or the base socket has something, in the context of those
/// who wait.
// Unchecked Sendable: its own members are used in the thread that owns the context alone.
final class TransferSourceHandler: SourceHandler, @unchecked Sendable {
    private weak var driver: ConnectionDriver?
    private var watch = BaseWatch()

    init(_ driver: ConnectionDriver) {
        self.driver = driver
    }

    override func dispatch(_ source: BorrowedSource, callback: GSourceFunc?, userData: gpointer?) -> Bool {
        guard let driver else { return false }
        // First this, then the look: a change in between sets it again.
        source.setReadyTime(-1)
        let isReading = driver.withLock {
            driver.serveTransfers(isToldReadable: true)
            return driver.transfersReadBase
        }
        if !source.isDestroyed { watch.update(source, on: driver.base, isReading) }
        return true
    }
}
