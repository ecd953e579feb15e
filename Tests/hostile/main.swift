// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// hostile [--short] [--row N]...: the rows of the fault matrix that need no sockets, one line each, tab-separated, for
// Scripts/hostile.sh. Below them the first runs that did not survive.

import Glibc

let rows = (lossRows + orderRows + forgeryRows + memoryRows + peerRows).sorted { $0.number < $1.number }

var scale = Scale.full
var wishes: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--short": scale = .short
    case "--row":
        guard let wish = arguments.popFirst() else { exit(2) }
        wishes.append(wish)
    default: exit(2)
    }
}

var isGreen = true
for row in rows where wishes.isEmpty || wishes.contains(where: row.answers) {
    let result = row.result(scale)
    print(result.line)
    for failure in result.tally.failures {
        print("  row \(row.id) did not survive: \(failure)")
    }
    fflush(nil)
    isGreen = isGreen && result.isGreen
}
exit(isGreen ? 0 : 1)
