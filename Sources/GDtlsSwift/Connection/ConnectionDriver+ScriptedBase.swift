// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine

/// Whether a thread is inside a function of the base, for one direction.
enum BaseUse {
    case free
    case busy
    /// Busy, and another thread came meanwhile, which wants to be told.
    case wanted
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
            if self[keyPath: direction] == .wanted { noteChange() }
            self[keyPath: direction] = .free
        }
        return monitor.withoutLock(body)
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
                noteBaseError(error)
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
