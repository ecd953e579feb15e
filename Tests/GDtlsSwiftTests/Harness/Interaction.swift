// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

/// A GTlsInteraction of the application's, which answers with a closure: synchronously, asynchronously or not at all.
final class Interaction: @unchecked Sendable {  // unchecked: the closure is set before use
    typealias Answer = (Request) throws -> GTlsInteractionResult

    /// What the interaction was asked.
    struct Request: @unchecked Sendable {
        let connection: UnsafeMutablePointer<GTlsConnection>
        let cancellable: UnsafeMutablePointer<GCancellable>?

        var isCancelled: Bool { cancellable.map { g_cancellable_is_cancelled($0) != 0 } ?? false }

        /// Waits until the question is withdrawn; false after 30 seconds.
        func awaitCancellation() -> Bool {
            var poll = GPollFD()
            guard g_cancellable_make_pollfd(cancellable, &poll) != 0 else { return false }
            defer { g_cancellable_release_fd(cancellable) }
            return g_poll(&poll, 1, 30_000) == 1
        }
    }

    enum Style: String, CaseIterable {
        case sync = "Sync"
        case async = "Async"
        /// Neither of the two vfuncs.
        case mute = "Mute"
    }

    let object: UnsafeMutablePointer<GTlsInteraction>
    let diary = Diary()
    private let answer: Answer

    /// Makes one in the context that is the thread-default one here, where it will be asked.
    init(_ style: Style, _ answer: @escaping Answer) throws {
        self.answer = answer
        let made = try #require(g_object_new_with_properties(Self.type(of: style), 0, nil, nil))
        object = UnsafeMutableRawPointer(made).assumingMemoryBound(to: GTlsInteraction.self)
        g_object_set_qdata(made, Self.quark, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        g_object_unref(object)
    }

    /// One that sets a certificate.
    static func setting(_ certificate: UnsafeMutablePointer<GTlsCertificate>, _ style: Style = .sync) throws
        -> Interaction
    {
        try Interaction(style) { request in
            g_tls_connection_set_certificate(request.connection, certificate)
            return G_TLS_INTERACTION_HANDLED
        }
    }

    private func ask(_ request: Request) -> Result<GTlsInteractionResult, any Error> {
        diary.note(request.isCancelled ? "withdrawn" : "asked")
        return Result { try answer(request) }
    }

    private static let quark = g_quark_from_static_string("test-interaction")
    private static let tag = AsyncTask.Tag("test_interaction_request_certificate_async")

    private static func of(_ object: UnsafeMutablePointer<GTlsInteraction>?) -> Interaction? {
        let raw = object.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: GObject.self) }
        return g_object_get_qdata(raw, quark).map { Unmanaged<Interaction>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let types: [Style: GType] = {
        var types: [Style: GType] = [:]
        for style in Style.allCases {
            var query = GTypeQuery()
            g_type_query(g_tls_interaction_get_type(), &query)
            var info = GTypeInfo()
            info.class_size = UInt16(query.class_size)
            info.instance_size = UInt16(query.instance_size)
            info.class_init =
                switch style {
                case .sync: installSync
                case .async: installAsync
                case .mute: nil
                }
            let name = "GDtlsSwiftTestInteraction" + style.rawValue
            types[style] = g_type_register_static(g_tls_interaction_get_type(), name, &info, GTypeFlags(rawValue: 0))
        }
        return types
    }()

    private static func type(of style: Style) -> GType { types[style] ?? 0 }

    private static let installSync: GClassInitFunc = { table, _ in
        let table = table?.assumingMemoryBound(to: GTlsInteractionClass.self)
        table?.pointee.request_certificate = { me, connection, _, cancellable, error in
            guard let me = Interaction.of(me), let connection else { return G_TLS_INTERACTION_UNHANDLED }
            return bridge(error, failure: G_TLS_INTERACTION_FAILED) {
                try me.ask(Request(connection: connection, cancellable: cancellable)).get()
            }
        }
    }

    private static let installAsync: GClassInitFunc = { table, _ in
        let table = table?.assumingMemoryBound(to: GTlsInteractionClass.self)
        table?.pointee.request_certificate_async = { object, connection, _, cancellable, callback, data in
            let task = AsyncTask(
                source: object.map { UnsafeMutableRawPointer($0) },
                cancellable: cancellable,
                callback: callback,
                userData: data,
                tag: Interaction.tag
            )
            guard let me = Interaction.of(object), let connection else { return }
            let request = Request(connection: connection, cancellable: cancellable)
            g_object_ref(connection)
            // Answered later, in the same context, as a dialog would be.
            MainContext.threadDefault().invokeLater {
                task.complete(int: me.ask(request).map { Int($0.rawValue) })
                g_object_unref(request.connection)
            }
        }
        table?.pointee.request_certificate_finish = { me, result, error in
            bridge(error, failure: G_TLS_INTERACTION_FAILED) {
                let source = me.map { UnsafeMutableRawPointer($0) }
                let code = try AsyncTask.propagateInt(result, source: source, tag: Interaction.tag)
                return GTlsInteractionResult(rawValue: UInt32(code))
            }
        }
    }
}
