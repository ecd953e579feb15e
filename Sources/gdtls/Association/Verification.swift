// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// What comes of a peer's certificate: the handler of `accept-certificate`.
// Safe because what it keeps is written and read in the main loop alone, where the signal is emitted: in the context in
// which the handshake began. The last reference may be the library's, in another thread.
final class Verification: @unchecked Sendable {
    /// What was wrong with it.
    private(set) var problems = CertificateProblems(flags: GTlsCertificateFlags(0))
    /// The certificate, if there was one to judge.
    private(set) var certificate: PeerCertificate?

    private let acceptsAll: Bool

    /// - Parameter acceptsAll: whether a certificate with problems is accepted.
    init(accepting acceptsAll: Bool) {
        self.acceptsAll = acceptsAll
    }

    /// Handles the signal of a connection, which keeps this object from then on.
    func watch(_ connection: Object) {
        let handler: Handler = { _, certificate, flags, data in
            guard let data else { return 0 }
            return Unmanaged<Verification>.fromOpaque(data).takeUnretainedValue().judge(certificate, flags) ? 1 : 0
        }
        g_signal_connect_data(
            connection.pointer,
            "accept-certificate",
            // As G_CALLBACK does: GObject calls it with the arguments of the signal.
            unsafeBitCast(handler, to: GCallback.self),
            Unmanaged.passRetained(self).toOpaque(),
            { data, _ in if let data { Unmanaged<Verification>.fromOpaque(data).release() } },
            GConnectFlags(0)
        )
    }

    private typealias Handler = @convention(c) (gpointer?, gpointer?, GTlsCertificateFlags, gpointer?) -> gboolean

    private func judge(_ certificate: gpointer?, _ flags: GTlsCertificateFlags) -> Bool {
        problems = CertificateProblems(flags: flags)
        self.certificate = Object(retaining: certificate).map { PeerCertificate($0, problems: problems) }
        return acceptsAll || problems.isEmpty
    }
}
