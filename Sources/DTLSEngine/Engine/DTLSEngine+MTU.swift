// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

extension DTLSEngine {
    /// The sizes to try in turn where large datagrams are refused, in bytes of UDP payload.
    private static let rungs = [1200, 548, EngineConfiguration.smallestMTU]
    /// Where they seem to vanish: each rung costs a timer.
    private static let silentRungs = rungs.suffix(2)

    /// Changes the largest datagram to send.
    ///
    /// It holds for application data from now on, or from the end of the handshake, whose flights keep to the one that
    /// the engine was made with.
    ///
    /// - Parameter mtu: bytes of UDP payload; what is out of range becomes the nearest that is not.
    public func setMTU(_ mtu: Int) {
        configuration.mtu = min(max(mtu, EngineConfiguration.smallestMTU), EngineConfiguration.largestMTU)
        if case .established = state { applyMTU() }
    }

    /// Finds out how much data fits, once the cipher is known.
    ///
    /// The corresponding C function is `DTLS_get_data_mtu`.
    func applyMTU() {
        _ = COpenSSL_SSL_set_mtu(ssl, configuration.mtu)
        // A record has no more (RFC 5246 §6.2.1): libssl would take a larger one for the end of the association.
        maximumDataSize = min(Int(DTLS_get_data_mtu(ssl)), 1 << 14)
    }

    /// Tells the engine that the network refused a datagram as too large (`EMSGSIZE`).
    ///
    /// A handshake sends its flight again in smaller ones at once; afterwards ``maximumDataSize`` is smaller, and the
    /// datagram is lost.
    ///
    /// - Parameters:
    ///   - size: the datagram's, in bytes.
    ///   - now: the present instant.
    public func noteTooLarge(_ size: Int, now: Instant) {
        let mtu = Self.rungs.first { $0 < size } ?? EngineConfiguration.smallestMTU
        if handshakeMTU > mtu {
            handshakeMTU = mtu
            // What is refused cannot have been answered.
            if case .handshaking = state, let flight = exchange?.flight, !flight.isEmpty { send(flight) }
        }
        guard configuration.mtu > mtu else { return }
        configuration.mtu = mtu
        if case .established = state { applyMTU() }
    }

    /// How large the datagrams are in which a flight is sent this time, in bytes of UDP payload.
    ///
    /// Large ones may vanish on the way without a word, so of three repetitions two are cut smaller. The other one is cut
    /// as the flight was at first: a peer that keeps but one run of bytes of a message, as GnuTLS does, fits little of
    /// other cuts to what it has.
    var attemptMTU: Int {
        guard let exchange, let repeats = exchange.timer?.repeats, repeats > 0 else { return handshakeMTU }
        let rung = (repeats - 1) % 3 - 1
        guard rung >= 0 else { return handshakeMTU }
        var sequence = nextPlaintextSequence
        let largest = exchange.flight.datagrams(mtu: handshakeMTU, sequence: &sequence).map(\.count).max() ?? 0
        return Self.silentRungs.filter { $0 < largest }.dropFirst(rung).first ?? handshakeMTU
    }

    /// Peers read flights into no more than a record's room, and 4,096 bytes are what libssl itself never goes beyond.
    static func handshakeMTU(_ mtu: Int) -> Int {
        min(max(mtu, EngineConfiguration.smallestMTU), 4096)
    }
}
