// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Foundation
import FuzzTargets
import Testing

/// The fuzzers' seeds, and all that they have found so far, once more.
@Suite struct CorpusTests {
    @Test(arguments: FuzzTarget.allCases)
    func `nothing that was ever found is found again`(target: FuzzTarget) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("corpus/\(target.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 5)
        for file in files {
            let input = try [UInt8](Data(contentsOf: file))
            do { try input.withUnsafeBytes { try target.run($0) } } catch {
                Issue.record("\(target.rawValue)/\(file.lastPathComponent): \(error)")
            }
        }
    }
}
