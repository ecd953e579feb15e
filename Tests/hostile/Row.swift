// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// One row of the fault matrix: what is done to associations, and what they must make of it.
struct Row: Sendable {
    /// Its number in the matrix.
    let number: String
    /// What is done.
    let fault: String
    /// What is measured, with its unit.
    let figure: String
    /// The figure that no run may exceed.
    let limit: Double
    /// Does it, and tells the trials how each run went.
    let run: @Sendable (Trials, Scale) throws -> Void

    static let all = (lossRows + forgeryRows + memoryRows).sorted { $0.order < $1.order }

    private var order: Int { Int(number.prefix(while: \.isNumber)) ?? 0 }
}

/// How much of everything is tried.
enum Scale {
    case full
    /// For every change: a part that takes a minute in all.
    case short

    /// Every one of them, or one in so many where it has to be short.
    func sample<Element>(_ elements: [Element], oneIn n: Int) -> [Element] {
        self == .full ? elements : stride(from: 0, to: elements.count, by: n).map { elements[$0] }
    }

    func seeds(_ count: Int, short: Int) -> Range<UInt64> {
        0..<UInt64(self == .full ? count : short)
    }
}

/// What came of the runs of a row.
final class Trials {
    private(set) var runs = 0
    private(set) var survived = 0
    private(set) var worst = 0.0
    private(set) var firstDeath: String?

    /// Counts one run.
    ///
    /// - Parameters:
    ///   - survived: whether the associations lived, and did what they are for.
    ///   - figure: the row's figure, of this run.
    ///   - description: names the run, so that it can be done again.
    func count(_ survived: Bool, figure: Double = 0, _ description: @autoclosure () -> String) {
        runs += 1
        self.survived += survived ? 1 : 0
        worst = max(worst, figure)
        if !survived, firstDeath == nil { firstDeath = description() }
    }

    func isGreen(limit: Double) -> Bool {
        runs > 0 && survived == runs && worst <= limit
    }
}
