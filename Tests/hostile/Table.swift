// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// The table as people read it; Scripts/hostile.sh prints its head and rows of the same form.
enum Table {
    static func line(_ row: Row, _ trials: Trials, _ isGreen: Bool) -> String {
        let figures = "\(number(trials.worst)) \(row.figure), \(number(row.limit)) at most"
        return pad(row.number, 4) + " " + pad(row.fault, 69) + " " + pad(String(trials.runs), -7) + " "
            + pad(String(trials.survived), -8) + "  " + pad(figures, 49) + " " + (isGreen ? "green" : "RED")
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(Double(Int(value * 100)) / 100)
    }

    /// Pads on the right, or for a negative width on the left.
    private static func pad(_ text: String, _ width: Int) -> String {
        let space = String(repeating: " ", count: max(0, abs(width) - text.count))
        return width < 0 ? space + text : text + space
    }
}
