// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// Whose `accept_certificate` vfunc it is that GIO would call.
///
/// A subclass shares our interface table unless it implements the interface anew. PyGObject writes the functions of a
/// subclass into the shared table all the same: a Python class that accepts every certificate would then do so for every
/// connection of the process. What stands in a table of ours therefore counts for objects of subclasses alone.
extension ConnectionObject {
    /// Runs `emission` such that it does not reach a function that belongs to a subclass which this object is not of.
    func withoutOthersOverride<R>(_ emission: () -> R) -> R {
        guard hasAcceptanceFunction, isOfOwnClass else { return emission() }
        let callback: @convention(c) (gpointer?, gpointer?, guint, gpointer?) -> gboolean = { connection, _, _, _ in
            g_signal_stop_emission_by_name(connection, "accept-certificate")
            return 0
        }
        // unsafeBitCast: GCallback stands for a function of any signature.
        let erased = unsafeBitCast(callback, to: GCallback.self)
        // The last of the handlers, and the class's function comes after them.
        let handler = g_signal_connect_data(rawInstance, "accept-certificate", erased, nil, nil, GConnectFlags(0))
        defer { g_signal_handler_disconnect(rawInstance, handler) }
        return emission()
    }

    private var hasAcceptanceFunction: Bool {
        let instance = rawInstance.assumingMemoryBound(to: GTypeInstance.self)
        return g_type_interface_peek(instance.pointee.g_class, g_dtls_connection_get_type())?
            .assumingMemoryBound(to: GDtlsConnectionInterface.self).pointee.accept_certificate != nil
    }

    private var isOfOwnClass: Bool {
        CGIO_G_TYPE_FROM_INSTANCE(rawInstance) == ObjectType.register(Swift.type(of: self))
    }
}
