// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// Who drives a handshake, and therefore where its signals and notifications belong.
enum HandshakeOrigin {
    /// A blocking call: in its own thread.
    case caller
    /// The worker: in the context that was the thread-default one when the operation began.
    case background(MainContext, priority: Int32)
}

/// What a handshake leaves behind for the properties.
struct HandshakeOutcome {
    var negotiated: Negotiated?
    var peerCertificate: GRef<UnsafeMutablePointer<GTlsCertificate>>?
    var peerErrors = GTlsCertificateFlags(rawValue: 0)
    /// Why this end refused the peer, if it did.
    var refusal: Refusal?
    /// The DER names that the server accepts, or `nil` if it asked for no certificate.
    var acceptedAuthorities: [[UInt8]]?
    /// What the base last said instead of a datagram, such as an ICMP error: a hint, if no answer comes.
    var baseError: GLibError?

    /// What to add where nothing has come in time.
    var hint: String { baseError.map { ". The last that the network said was: \($0.message)" } ?? "" }
}

/// Work for the handshake that needs the lock released.
enum Errand {
    /// Judge the peer's chain, and ask the application if need be.
    case verify([X509Certificate])
    /// Ask the application about a certificate that was judged, in the origin's context.
    case ask(PeerVerification)
    /// Find a certificate for a server that asks for one.
    case findCertificate
    /// Tell that the handshake is over, in the origin's context.
    case announce([AsyncTask], Result<Bool, any Error>)

    /// Whether it enters application code, and hence has to run where the origin says.
    var entersApplication: Bool {
        switch self {
        case .verify, .findCertificate: false
        case .ask, .announce: true
        }
    }
}

/// An asynchronous operation that is not complete yet.
struct PendingOperation {
    enum Kind {
        case handshake
        case shutdown(ConnectionDriver.Halves)
    }

    let kind: Kind
    let task: AsyncTask
    /// Wakes the worker when the operation's cancellable is cancelled.
    let cancelHandler: CancelHandler?
}
