// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// A source's watch over a base socket, which it starts and stops: who could not take what comes must not watch.
struct BaseWatch {
    private enum State {
        case off
        case descriptor(SourceFDTag)
        case child(UnsafeMutablePointer<GSource>)
    }

    private var state = State.off

    /// Watches for something to read, or stops.
    ///
    /// - Returns: whether a source of the base's has joined. GLib puts it before its parent, whose own `prepare` is too late
    ///   to have it asked before the poll.
    @discardableResult
    mutating func update(_ source: some SourceOperations, on base: BaseSocket, _ isWatching: Bool) -> Bool {
        switch (state, isWatching) {
        case (.off, true):
            if let descriptor = base.descriptor {
                state = .descriptor(source.addUnixFD(descriptor, events: G_IO_IN))
            } else if !base.isSocket {
                let child = base.makeSource(G_IO_IN)
                source.addChild(child)
                g_source_unref(child)
                state = .child(child)
                return true
            }
        case (.descriptor(let tag), false):
            source.remove(tag)
            state = .off
        case (.child(let child), false):
            source.removeChild(child)
            state = .off
        case (.off, false), (.descriptor, true), (.child, true):
            break
        }
        return false
    }
}
