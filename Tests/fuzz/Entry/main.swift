// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CLibFuzzer
import FuzzTargets
import Glibc

// fuzz TARGET [libfuzzer's arguments], or fuzz seeds FOLDER

// Safe because it is set before the first input, and libfuzzer runs one at a time.
private nonisolated(unsafe) var target = FuzzTarget.datagrams

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "seeds" {
    for (folder, seeds) in [("datagrams", try Seeds.datagrams()), ("conversation", Seeds.conversations())] {
        for seed in seeds {
            let path = "\(CommandLine.arguments[2])/\(folder)/\(seed.name)"
            guard let file = fopen(path, "w") else {
                print("fuzz: \(path) cannot be written")
                exit(1)
            }
            fwrite(seed.bytes, 1, seed.bytes.count, file)
            fclose(file)
        }
    }
    exit(0)
}

guard CommandLine.arguments.count > 1, let found = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
    print("fuzz: name a target: \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))")
    exit(2)
}
target = found

// Libfuzzer takes what begins with no dash for a folder of inputs: the target's name is not its own.
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
arguments?.pointee = CommandLine.unsafeArgv[0]
exit(
    LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
        do {
            try target.run(UnsafeRawBufferPointer(start: bytes, count: count))
        } catch {
            print("fuzz: \(target.rawValue): \(error)")
            fflush(nil)
            abort()
        }
        return 0
    }
)
