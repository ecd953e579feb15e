// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import CGdtlsSwift
internal import GObjectKit

// What the arguments of our own functions have to be.

/// The Swift object behind a connection of ours; a critical on the log, and nothing, for anything else.
func connection(
    _ instance: UnsafeMutablePointer<GDtlsSwiftConnection>?,
    function: StaticString = #function
) -> ConnectionObject? {
    let found = tryImplementation(UnsafeMutableRawPointer(instance), as: ConnectionObject.self)
    return isValid(found != nil, "GDTLS_SWIFT_IS_CONNECTION (self)", domain: .own, function: function) ? found : nil
}

func isCancellable(
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    domain: LogDomain = .own,
    function: StaticString = #function
) -> Bool {
    isValid(
        isInstanceOrNull(cancellable, g_cancellable_get_type()),
        "cancellable == NULL || G_IS_CANCELLABLE (cancellable)",
        domain: domain,
        function: function
    )
}
