// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

extension DTLSEngine {
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
}
