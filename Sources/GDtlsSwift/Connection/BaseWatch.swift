// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// A source's watch over a base socket, which it starts and stops: who could not take what comes must not watch.
struct BaseWatch {
    private enum State {
        case off
        /// Added already, and not watched.
        case paused(SourceFDTag)
        case descriptor(SourceFDTag)
        case child(UnsafeMutablePointer<GSource>)
    }

    private var state = State.off
    private var hasJoined = false

    /// Adds the base's descriptor to a source that is not attached yet, without watching it.
    ///
    /// Once it is attached, another thread may destroy the source at any moment, and GLib has nothing added to it then.
    /// What was added before may be changed all the same.
    mutating func join(_ source: some SourceOperations, on base: BaseSocket) {
        guard let descriptor = base.descriptor else { return }
        state = .paused(source.addUnixFD(descriptor, events: .none))
        hasJoined = true
    }

    /// Stops for good: even a descriptor that is not watched wakes a poll by its errors.
    mutating func leave(_ source: some SourceOperations) {
        switch state {
        case .paused(let tag), .descriptor(let tag):
            source.remove(tag)
            state = .off
        case .off, .child:
            break
        }
    }

    /// Watches for something to read, or stops.
    ///
    /// - Returns: whether a source of the base's has joined. GLib puts it before its parent, whose own `prepare` is too late
    ///   to have it asked before the poll.
    @discardableResult
    mutating func update(_ source: some SourceOperations, on base: BaseSocket, _ isWatching: Bool) -> Bool {
        switch (state, isWatching) {
        case (.off, true):
            if let descriptor = base.descriptor, !source.isDestroyed {
                state = .descriptor(source.addUnixFD(descriptor, events: G_IO_IN))
            } else if !base.isSocket {
                let child = base.makeSource(G_IO_IN)
                defer { g_source_unref(child) }
                // Looked at last, since the base's code takes its time.
                guard !source.isDestroyed else { return false }
                source.addChild(child)
                state = .child(child)
                return true
            }
        case (.paused(let tag), true):
            source.modify(tag, events: G_IO_IN)
            state = .descriptor(tag)
        case (.descriptor(let tag), false):
            if hasJoined {
                source.modify(tag, events: .none)
                state = .paused(tag)
            } else {
                source.remove(tag)
                state = .off
            }
        case (.child(let child), false):
            if !source.isDestroyed { source.removeChild(child) }
            state = .off
        case (.off, false), (.paused, false), (.descriptor, true), (.child, true):
            break
        }
        return false
    }
}
