// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// An asynchronous operation on one datagram that is not complete yet.
struct Transfer {
    enum Kind {
        case send([UInt8])
        case receive(requiresCloseNotify: Bool)

        /// Where such transfers wait.
        var queue: WritableKeyPath<Transfers, [Transfer]> {
            switch self {
            case .send: \.sends
            case .receive: \.receives
            }
        }
    }

    /// What it came to.
    enum Outcome {
        case sent(Int)
        case received(Reception)
    }

    let kind: Kind
    let task: AsyncTask
    /// Has the queue looked through when the operation's cancellable is cancelled.
    let cancelHandler: CancelHandler?
    /// Where it waits, once it has to.
    var place: Transfers.Place?

    /// Tells the application.
    ///
    /// Without the lock, since it may run the callback.
    func complete(_ result: Result<Outcome, any Error>) {
        switch result {
        case .success(.sent(let size)): task.complete(int: .success(size))
        case .success(.received(let reception)):
            let bytes = reception.datagram.flatMap(makeBytes)
            task.complete(pointer: .success(UnsafeMutableRawPointer(bytes))) { g_bytes_unref(OpaquePointer($0)) }
        case .failure(let error): task.complete(.failure(error))
        }
    }
}

/// The transfers of one connection, in the order of the calls, and the sources that drive them.
struct Transfers {
    /// Where a transfer is driven: in the application's own context, and as urgently as it asked.
    struct Place: Hashable {
        let context: UnsafeMutableRawPointer
        let priority: Int32

        init(_ task: AsyncTask) {
            context = UnsafeMutableRawPointer(task.context.pointer)
            priority = task.priority
        }
    }

    var sends: [Transfer] = []
    var receives: [Transfer] = []
    /// One source for each place, however many transfers wait there.
    var sources: [Place: (source: EventSource, transfers: Int)] = [:]
    /// One of the cancellables was cancelled.
    var hasCancelled = false
}
