// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// Proves that a function of ours has the signature of its C declaration: it does not compile where they differ.
///
/// Each file of exports has a function that lists its own; nobody calls it.
@inline(__always)
func check<F>(_ ours: F, matches declared: F) {}
