// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CMalloc
internal import Glibc

/// What the process holds.
enum Memory {
    /// What is allocated, in KiB.
    ///
    /// Malloc's caches per thread count as allocated, unless GLIBC_TUNABLES has
    /// `glibc.malloc.tcache_count=0`.
    static var heap: Double {
        let figures = mallinfo2()
        return Double(figures.uordblks + figures.hblkhd) / 1024
    }

    /// The resident set, in KiB.
    static var resident: Double {
        guard let file = fopen("/proc/self/statm", "r") else { return .infinity }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return .infinity }
        let fields = line.split(separator: CChar(UInt8(ascii: " "))).map { $0.reduce(0) { $0 * 10 + Double($1 - 48) } }
        return fields.count > 1 ? fields[1] * Double(sysconf(Int32(_SC_PAGESIZE))) / 1024 : .infinity
    }
}
