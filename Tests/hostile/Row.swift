// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// One line of the table: a fault, and what has to hold under it.
struct Row: Sendable {
    /// The number in the fault matrix, with a letter where a fault takes several rows.
    let id: String
    let fault: String
    /// The worst figure that is green.
    let limit: Figure
    /// Does it all, and tells the tally of each run.
    let run: @Sendable (inout Tally, Scale) throws -> Void

    init(
        _ id: String,
        _ fault: String,
        limit: Double,
        _ unit: Figure.Unit,
        run: @escaping @Sendable (inout Tally, Scale) throws -> Void
    ) {
        self.id = id
        self.fault = fault
        self.limit = Figure(value: limit, unit: unit)
        self.run = run
    }

    /// Where it stands in the table.
    var number: (Int, String) { (Int(id.prefix(while: \.isNumber)) ?? 0, id) }

    /// Whether `--row wish` means this row: 13 means 13a and 13b as well.
    func answers(to wish: String) -> Bool {
        id == wish || id.hasPrefix(wish) && id.dropFirst(wish.count).allSatisfy(\.isLetter)
    }

    /// Runs it.
    func result(_ scale: Scale) -> Result {
        var tally = Tally()
        do {
            try run(&tally, scale)
        } catch {
            tally.fails("the row ended early: \(error)")
        }
        return Result(row: self, tally: tally)
    }

    struct Result {
        let row: Row
        let tally: Tally

        /// A row that has run nothing proves nothing.
        var isGreen: Bool {
            tally.runs > 0 && tally.survived == tally.runs && (tally.worst ?? .infinity) <= row.limit.value
        }

        /// What Scripts/hostile.sh makes a line of.
        var line: String {
            let worst = tally.worst.map { Figure(value: $0, unit: row.limit.unit).description } ?? "none"
            let columns = [
                row.id, row.fault, "virtual", "\(tally.runs)", "\(tally.survived)", worst, row.limit.description,
                isGreen ? "ok" : "RED",
            ]
            return columns.joined(separator: "\t")
        }
    }
}

/// A number with its unit.
struct Figure: CustomStringConvertible, Sendable {
    enum Unit: String, Sendable {
        /// Virtual time.
        case seconds = "s"
        case milliseconds = "ms"
        case kibibytes = "KiB"
        case datagrams = "datagrams"
        case retransmissions = "resent"
        case deliveries = "false deliveries"
        case ends = "ended"
        case failures = "failed"
    }

    let value: Double
    let unit: Unit

    var description: String {
        let rounded = (value * 100).rounded(.up) / 100
        return (rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)") + " " + unit.rawValue
    }
}

/// How much is done: in a minute, or thoroughly.
enum Scale {
    case short
    case full

    func pick<T>(_ short: T, _ full: T) -> T { self == .short ? short : full }
}

/// What the runs of a row have come to.
struct Tally {
    private static let namesLimit = 5
    private(set) var runs = 0
    private(set) var survived = 0
    private(set) var worst: Double?
    /// The first few runs that did not survive.
    private(set) var failures: [String] = []

    /// Notes a run.
    ///
    /// - Parameters:
    ///   - survived: whether all held that has to hold.
    ///   - name: how to tell the run from the others.
    ///   - figure: what is measured, in the row's unit; `nil` where a run measures nothing.
    mutating func note(_ survived: Bool, _ name: @autoclosure () -> String, figure: Double? = nil) {
        runs += 1
        if let figure { worst = max(worst ?? figure, figure) }
        if survived {
            self.survived += 1
        } else if failures.count < Self.namesLimit {
            failures.append(name())
        }
    }

    /// Notes a figure that belongs to no run of its own.
    mutating func measure(_ figure: Double) { worst = max(worst ?? figure, figure) }

    mutating func fails(_ name: String) {
        runs += 1
        failures.append(name)
    }
}
