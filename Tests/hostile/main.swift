// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Glibc

// hostile [--short] [NUMBER...]: prints the fault matrix, or the rows named, and ends with "N passed, N failed".

let arguments = CommandLine.arguments.dropFirst()
let scale = arguments.contains("--short") ? Scale.short : .full
let wanted = arguments.filter { $0 != "--short" }
let rows = Row.all.filter { wanted.isEmpty || wanted.contains($0.number) }
var failed = 0

for row in rows {
    let trials = Trials()
    do {
        try row.run(trials, scale)
    } catch {
        trials.count(false, "\(error)")
    }
    let isGreen = trials.isGreen(limit: row.limit)
    failed += isGreen ? 0 : 1
    print(Table.line(row, trials, isGreen))
    if let death = trials.firstDeath { print("     first: \(death)") }
    fflush(nil)
}
print("\(rows.count - failed) passed, \(failed) failed")
exit(failed == 0 && !rows.isEmpty ? 0 : 1)
