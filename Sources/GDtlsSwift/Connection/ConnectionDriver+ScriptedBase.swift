// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// Whether a thread is inside a function of the base, for one direction.
enum BaseUse {
    case free
    case busy
    /// Busy, and the thread that watches the base cannot watch this direction until it is told.
    case awaited
}

/// A base that is no GSocket, and therefore code of the application's.
///
/// It runs without the lock: it may wait for whatever it likes, such as Python's interpreter lock, whose holder may be
/// waiting for ours, and may use this very connection. One thread at a time, for each direction, so that datagrams keep
/// their order; the others leave what they have to it.
extension ConnectionDriver {
    /// Calls the base: with the lock if it is a GSocket.
    ///
    /// Anything may have changed after the return if it is not.
    func callBase<R>(_ direction: ReferenceWritableKeyPath<ConnectionDriver, BaseUse>, _ body: () -> R) -> R {
        guard !base.isSocket else { return body() }
        self[keyPath: direction] = .busy
        defer {
            // Not a change for all: threads that wake each other to find nothing would never sleep.
            if self[keyPath: direction] == .awaited { leader?.wake() }
            self[keyPath: direction] = .free
        }
        return monitor.withoutLock(body)
    }

    /// What a blocked thread watches the base for: not what another is busy with, who will tell it.
    func takeWatchableCondition() -> GIOCondition {
        var condition = awaitedCondition
        if receiving != .free {
            receiving = .awaited
            condition = condition & ~G_IO_IN
        }
        if sending != .free {
            sending = .awaited
            condition = condition & ~G_IO_OUT
        }
        return condition
    }

    /// What ``ship(of:stopsAtError:)`` does, without the lock.
    func shipWithoutLock(stopsAtError: Bool) -> Int {
        let batch = outgoing
        outgoing = []
        guard unsent.isEmpty, sending == .free else {
            for datagram in batch { keep(datagram) }
            return batch.count
        }
        var index = 0
        while index < batch.count {
            // What others want sent meanwhile is kept behind this.
            let dispatch = callBase(\.sending) { base.send(batch[index...]) }
            index += dispatch.taken
            switch dispatch.obstacle {
            case nil: break
            case .full:
                keepFirst(batch[index...])
                return batch.count
            case .error(let error):
                noteBaseError(error, refusing: batch[index].count)
                if stopsAtError { return index }
                index += 1
            }
        }
        flush()
        return index
    }

    /// Puts datagrams in front of those that are kept already.
    private func keepFirst(_ datagrams: ArraySlice<[UInt8]>) {
        var others = unsent
        unsent = FIFO()
        for datagram in datagrams { keep(datagram) }
        while let datagram = others.popFirst() { keep(datagram) }
    }
}
