// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// The crank: base socket to engine, engine to base socket, as far as it goes without waiting.
extension ConnectionDriver {
    /// Moves everything as far as it goes without waiting.
    ///
    /// - Parameters:
    ///   - datagrams: take so many from the base at most.
    ///   - isToldReadable: whether somebody who watched the base says that there is something.
    func pump(datagrams: Int, isToldReadable: Bool = false) {
        flush()
        guard let engine else { return }
        if wantsToRead { ReceiveBuffer.use { receive(datagrams, engine, isToldReadable, $0) } }
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
        engine != nil && end == nil && closed != .both && received.count < Self.receiveLimit
    }

    /// What whoever pumps watches the base for.
    var awaitedCondition: GIOCondition {
        (wantsToRead ? G_IO_IN : .none) | (unsent.isEmpty ? .none : G_IO_OUT)
    }

    /// Decrypted datagrams that are kept at most for an application that does not receive.
    static let receiveLimit = 256

    private func receive(
        _ datagrams: Int,
        _ engine: DTLSEngine,
        _ isToldReadable: Bool,
        _ buffer: ReceiveBuffer
    ) {
        var left = datagrams
        while left > 0, wantsToRead {
            guard receiving == .free else { return }
            let asked = min(left, ReceiveBuffer.slots)
            let receipt = callBase(\.receiving) {
                base.receive(asked, into: buffer, isToldReadable: isToldReadable)
            }
            // Another thread may have ended the association meanwhile.
            guard engine === self.engine else { return }
            switch receipt {
            case .datagrams(let count):
                let now = Instant.now
                for index in 0..<count { engine.receive(buffer.datagram(index), now: now) }
                // Whoever waits may have to wake up sooner for the next retransmission.
                if isHandshaking { noteChange() }
                drain(engine)
                guard count == asked else { return }
                left -= count
            case .wouldBlock:
                return
            case .endOfStream:
                return noteBaseEnd()
            case .failed(let error):
                return noteBaseError(error)
            }
        }
    }

    /// Takes what the engine has to say, to its last word, and sends what it wants sent.
    func drain(_ engine: DTLSEngine) {
        collect(engine)
        ship(of: engine)
        // What the base refused as too large is said again in smaller datagrams.
        while isHandshaking {
            collect(engine)
            if outgoing.isEmpty { return }
            ship(of: engine)
        }
    }

    /// Takes what the engine has to say; what it wants sent is ``outgoing``.
    func collect(_ engine: DTLSEngine) {
        while true {
            switch engine.poll() {
            case .transmit(let datagram): outgoing.append(datagram)
            case .event(let event): handle(event, of: engine)
            case .timeout: return
            }
        }
    }

    /// Sends what is ``outgoing``, in one call to the base if it can; what that has no room for is kept.
    ///
    /// - Parameters:
    ///   - engine: whose they are.
    ///   - stopsAtError: whether what stands behind a datagram that the base refuses is given up.
    /// - Returns: how many datagrams were sent or kept before that.
    @discardableResult
    func ship(of engine: DTLSEngine, stopsAtError: Bool = false) -> Int {
        guard base.isSocket else { return shipWithoutLock(stopsAtError: stopsAtError) }
        defer {
            // A single datagram, as most of the time, leaves its memory and its place to the next.
            if let last = outgoing.popLast() { engine.recycle(last) }
            if !outgoing.isEmpty { outgoing = [] }
        }
        var index = 0
        while unsent.isEmpty, index < outgoing.count {
            let dispatch = base.send(outgoing[index...])
            index += dispatch.taken
            switch dispatch.obstacle {
            case nil: break
            case .full:
                keep(outgoing[index])
                index += 1
            case .error(let error):
                noteBaseError(error, refusing: outgoing[index].count)
                if stopsAtError { return index }
                index += 1
            }
        }
        for datagram in outgoing[index...] { keep(datagram) }
        return outgoing.count
    }

    func keep(_ datagram: [UInt8]) {
        unsent.append(datagram)
        noteChange()
    }

    /// Sends what the base did not take before.
    func flush() {
        guard sending == .free else { return }
        while let datagram = unsent.first {
            switch callBase(\.sending, { base.send([datagram]) }).obstacle {
            case nil: break
            case .full: return
            case .error(let error): noteBaseError(error, refusing: datagram.count)
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
    ///
    /// - Parameters:
    ///   - error: what the base said.
    ///   - size: bytes of the datagram that it refused, if it refused one.
    func noteBaseError(_ error: GLibError, refusing size: Int = 0) {
        noteChange()
        guard case .handshaking(let engine) = phase else {
            if case .established(let engine) = phase, size > 0, error.isIO(G_IO_ERROR_MESSAGE_TOO_LARGE) {
                engine.noteTooLarge(size, now: .now)
                let limit = engine.maximumDataSize
                let message = "The datagram is larger than the path takes: try \(limit) bytes (\(error.message))"
                return baseError = .io(G_IO_ERROR_MESSAGE_TOO_LARGE, message)
            }
            // TIMED_OUT is kept for the caller's own limits.
            baseError = error.isIO(G_IO_ERROR_TIMED_OUT) ? .io(G_IO_ERROR_HOST_UNREACHABLE, error.message) : error
            return
        }
        outcome.baseError = error
        if BaseSocket.isFinal(error) { failHandshake(error) }
        if error.isIO(G_IO_ERROR_MESSAGE_TOO_LARGE) { engine.noteTooLarge(size, now: .now) }
    }
}
