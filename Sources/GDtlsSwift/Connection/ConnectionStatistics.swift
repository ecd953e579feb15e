// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension ConnectionDriver {
    /// What the connection has counted, after its end too.
    ///
    /// Any thread.
    var statistics: Statistics {
        monitor.withLock { engine?.statistics ?? lastStatistics }
    }
}

extension Statistics {
    /// The counters by the names that the header documents, in a dictionary of type `a{st}` (transfer full).
    func makeVariant() -> OpaquePointer? {
        let type = g_variant_type_new("a{st}")
        let builder = g_variant_builder_new(type)
        defer {
            g_variant_builder_unref(builder)
            g_variant_type_free(type)
        }
        for (name, count) in counters {
            g_variant_builder_add_value(
                builder,
                g_variant_new_dict_entry(g_variant_new_string(name), g_variant_new_uint64(guint64(count)))
            )
        }
        return g_variant_ref_sink(g_variant_builder_end(builder))
    }

    private var counters: [(String, UInt64)] {
        let drops = DropReason.allCases.map { ("dropped-" + $0.name, dropped($0)) }
        return [
            ("datagrams-received", datagramsReceived),
            ("bytes-received", bytesReceived),
            ("datagrams-sent", datagramsSent),
            ("bytes-sent", bytesSent),
            ("retransmissions", retransmissions),
            ("dropped", drops.reduce(0) { $0 + $1.1 }),
        ] + drops
    }
}
