// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit

/// A GTlsDatabase of the application's, which answers with a closure.
final class ThoughtfulDatabase: @unchecked Sendable {  // unchecked: the closure is set before use
    /// What it was asked.
    struct Question: @unchecked Sendable {
        let chain: UnsafeMutablePointer<GTlsCertificate>
        let purpose: String?
        let identity: OpaquePointer?
        let interaction: UnsafeMutablePointer<GTlsInteraction>?
        let cancellable: UnsafeMutablePointer<GCancellable>?

        /// Waits until the question is withdrawn; false after 30 seconds.
        func awaitCancellation() -> Bool {
            var poll = GPollFD()
            guard g_cancellable_make_pollfd(cancellable, &poll) != 0 else { return false }
            defer { g_cancellable_release_fd(cancellable) }
            return g_poll(&poll, 1, 30_000) == 1
        }
    }

    typealias Answer = (Question) throws -> GTlsCertificateFlags

    let object: UnsafeMutablePointer<GTlsDatabase>
    let diary = Diary()
    private let answer: Answer

    init(_ answer: @escaping Answer) {
        self.answer = answer
        guard let made = g_object_new_with_properties(Self.type, 0, nil, nil) else {
            preconditionFailure("no such type")
        }
        object = UnsafeMutableRawPointer(made).assumingMemoryBound(to: GTlsDatabase.self)
        g_object_set_qdata(made, Self.quark, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        g_object_unref(object)
    }

    private static let quark = g_quark_from_static_string("thoughtful-database")

    private static let type: GType = {
        var query = GTypeQuery()
        g_type_query(g_tls_database_get_type(), &query)
        var info = GTypeInfo()
        info.class_size = UInt16(query.class_size)
        info.instance_size = UInt16(query.instance_size)
        info.class_init = { table, _ in
            let table = table?.assumingMemoryBound(to: GTlsDatabaseClass.self)
            table?.pointee.verify_chain = { me, chain, purpose, identity, interaction, _, cancellable, error in
                let raw = me.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: GObject.self) }
                guard let found = g_object_get_qdata(raw, ThoughtfulDatabase.quark), let chain else {
                    return G_TLS_CERTIFICATE_GENERIC_ERROR
                }
                let database = Unmanaged<ThoughtfulDatabase>.fromOpaque(found).takeUnretainedValue()
                database.diary.note("asked")
                return bridge(error, failure: G_TLS_CERTIFICATE_GENERIC_ERROR) {
                    try database.answer(
                        Question(
                            chain: chain,
                            purpose: purpose.map { String(cString: $0) },
                            identity: identity,
                            interaction: interaction,
                            cancellable: cancellable
                        )
                    )
                }
            }
        }
        return g_type_register_static(g_tls_database_get_type(), "ThoughtfulDatabase", &info, GTypeFlags(rawValue: 0))
    }()
}
