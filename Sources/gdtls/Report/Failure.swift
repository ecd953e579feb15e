// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// Why the command failed: what happened, with which peer, and what can be done about it.
struct Failure: Error {
    let status: ExitStatus
    let message: String
    /// What to do about it, if there is something to say.
    let advice: String?

    init(_ status: ExitStatus, _ message: String, advice: String? = nil) {
        self.status = status
        self.message = message
        self.advice = advice
    }
}
