// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// Writes a number with a fixed count of decimals, whatever the locale.
func decimal(_ number: Double, _ decimals: Int) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
        guard let start = buffer.baseAddress else { return "" }
        g_ascii_formatd(start, Int32(buffer.count), "%.\(decimals)f", number)
        return String(cString: start)
    }
}

/// The monotonic time, in seconds.
func seconds() -> Double { Double(g_get_monotonic_time()) / 1e6 }
