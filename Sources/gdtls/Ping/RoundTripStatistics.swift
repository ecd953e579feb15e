// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// What ping tells at its end.
///
/// Times are in seconds.
struct RoundTripStatistics {
    private(set) var sent = 0
    private(set) var received = 0
    private(set) var duplicates = 0
    private(set) var minimum = Double.infinity
    private(set) var maximum = 0.0
    private var sum = 0.0
    private var sumOfSquares = 0.0

    mutating func noteSent() { sent += 1 }

    mutating func noteDuplicate() { duplicates += 1 }

    mutating func noteAnswer(after time: Double) {
        received += 1
        minimum = min(minimum, time)
        maximum = max(maximum, time)
        sum += time
        sumOfSquares += time * time
    }

    /// The mean; 0 without answers.
    var average: Double { received > 0 ? sum / Double(received) : 0 }

    /// The population's standard deviation, which ping calls mdev.
    var deviation: Double {
        received > 0 ? max(sumOfSquares / Double(received) - average * average, 0).squareRoot() : 0
    }

    /// How many were not answered, in percent.
    var loss: Double { sent > 0 ? Double(sent - received) * 100 / Double(sent) : 0 }
}

extension RoundTripStatistics {
    /// For people, on two lines.
    func words(duration: Double) -> String {
        let repeated = duplicates > 0 ? "\(duplicates) duplicates, " : ""
        let lost = decimal(loss, loss.rounded() == loss ? 0 : 1)
        let first =
            "\(sent) sent, \(received) received, \(repeated)\(lost)% loss, time \(decimal(duration * 1000, 0)) ms"
        guard received > 0 else { return first }
        let times = [minimum, average, maximum, deviation].map { decimal($0 * 1000, 3) }.joined(separator: "/")
        return first + "\nrtt min/avg/max/mdev = \(times) ms"
    }

    func json(duration: Double) -> JSON {
        func milliseconds(_ time: Double) -> JSON { received > 0 ? .number(decimal(time * 1000, 3)) : .null }
        return [
            "sent": .integer(sent), "received": .integer(received), "duplicates": .integer(duplicates),
            "loss_percent": .number(decimal(loss, 1)), "duration_ms": .number(decimal(duration * 1000, 0)),
            "min_ms": milliseconds(minimum), "avg_ms": milliseconds(average), "max_ms": milliseconds(maximum),
            "mdev_ms": milliseconds(deviation),
        ]
    }
}
