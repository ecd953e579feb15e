// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// When this end says its flight again.
///
/// It knows nothing of libssl's timer, which is the wall clock and gives up after twelve. Two occasions: the timer, and a
/// peer that shows by repeating itself that something was lost. The latter is bounded, because anybody can forge it: one
/// answer to one question, no oftener than the timer's first interval.
struct RetransmissionTimer {
    /// The first repetition, in microseconds: a human does not notice it, and libssl's own second costs one.
    static let first: Int64 = 400_000
    /// The second one, in microseconds.
    ///
    /// RFC 6347 §4.2.4.1 would go on doubling; where every second datagram is lost that takes minutes, and a flight is a
    /// few hundred bytes. So it is said three times in a row, and then there is a pause.
    static let usual: Int64 = 800_000
    /// The pauses, in microseconds, the first and those after it: a peer that starts its own timer of one second, and then
    /// two, anew with whatever it hears, as GnuTLS does, would otherwise never come to say what was lost of its own.
    static let pauses: (Int64, Int64) = (1_600_000, 2_400_000)
    /// After so long without an answer it does double, in microseconds.
    static let patience: Int64 = 24_000_000
    /// Up to this, in microseconds.
    static let slowest: Int64 = 6_400_000
    /// No question is answered sooner than this after the flight was sent, in microseconds.
    static let shortestAnswer: Int64 = 200_000
    /// A server that has heard nothing but a hello, which anybody may have sent, says no more than this by itself.
    static let unheardLimit = 10
    /// So often a last flight is said again to a peer that says nothing, where something was lost before: it might lack it
    /// and have no timer.
    ///
    /// RFC 6347 §4.2.4 wants it said again when the peer repeats its own, which happens besides.
    static let lastFlightLimit = 5

    /// When to send the flight again, if ever.
    private(set) var next: Instant?
    /// How often it has been sent again.
    private(set) var repeats = 0
    private let limit: Int
    private var began: Instant
    private var sent: Instant
    private var answered: Instant?

    /// The flight is sent for the first time.
    ///
    /// - Parameters:
    ///   - now: the present instant.
    ///   - limit: how often the timer may fire.
    init(now: Instant, limit: Int = .max) {
        self.limit = limit
        began = now
        sent = now
        next = limit > 0 ? now + Self.first : nil
    }

    /// The flight is sent again.
    mutating func noteRepeat(now: Instant) {
        repeats += 1
        sent = now
        guard repeats < limit else { return next = nil }
        let age = now.microseconds - began.microseconds
        next = now + (age < Self.patience ? interval : min(Self.slowest, age - Self.patience + Self.pauses.1))
    }

    private var interval: Int64 {
        switch repeats {
        case 1: Self.usual
        case 2: Self.pauses.0
        default: repeats % 3 == 2 ? Self.pauses.1 : Self.first
        }
    }

    /// Whether a peer that shows it lost something is to be answered at once; counts as an answer if so.
    mutating func answers(now: Instant) -> Bool {
        guard now >= sent + Self.shortestAnswer, answered.map({ now >= $0 + Self.first }) ?? true else { return false }
        answered = now
        return true
    }
}
