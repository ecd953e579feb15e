// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// The names of `advertised-protocols` (RFC 7301): bytes in order of preference, not always text.
struct AdvertisedProtocols {
    /// The names, 1 to 255 bytes each.
    let names: [[UInt8]]

    /// Copies a `GStrv`; `nil` for NULL.
    ///
    /// A name that the protocol has no place for is left out, and a warning says so.
    init?(_ vector: UnsafeMutableRawPointer?) {
        guard var next = vector?.assumingMemoryBound(to: UnsafePointer<CChar>?.self) else { return nil }
        var names: [[UInt8]] = []
        while let string = next.pointee {
            let name = [UInt8](UnsafeRawBufferPointer(start: string, count: strlen(string)))
            if (1...255).contains(name.count) {
                names.append(name)
            } else {
                logWarning("An advertised protocol has a name of 1 to 255 bytes: one of \(name.count) was left out")
            }
            next += 1
        }
        self.names = names
    }

    /// A `GStrv` of one's own (transfer full).
    func makeVector() -> UnsafeMutableRawPointer? {
        let size = (names.count + 1) * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
        guard let memory = g_malloc0(gsize(size)) else { return nil }
        let vector = memory.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
        for (index, name) in names.enumerated() {
            vector[index] = name.withUnsafeBytes { g_strndup($0.baseAddress, gsize($0.count)) }
        }
        return memory
    }
}
