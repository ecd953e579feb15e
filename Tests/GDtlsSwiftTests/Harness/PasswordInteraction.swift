// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// A GTlsInteraction of the application's that is asked for passwords, and answers with a closure.
// Unchecked Sendable: the closure is set before use, the notes are locked.
final class PasswordInteraction: @unchecked Sendable {
    /// What it was asked.
    struct Question: @unchecked Sendable {
        let flags: GTlsPasswordFlags
        let description: String
        let cancellable: UnsafeMutablePointer<GCancellable>?

        func has(_ flag: GTlsPasswordFlags) -> Bool { flags.rawValue & flag.rawValue != 0 }

        /// Waits until the question is withdrawn; false after 30 seconds.
        func awaitCancellation() -> Bool {
            var poll = GPollFD()
            guard g_cancellable_make_pollfd(cancellable, &poll) != 0 else { return false }
            defer { g_cancellable_release_fd(cancellable) }
            return g_poll(&poll, 1, 30_000) == 1
        }
    }

    let object: UnsafeMutablePointer<GTlsInteraction>
    /// The tokens that it was asked about, and where.
    let diary = Diary()
    private let userInterface: UserInterface?
    private let asked = LockedValue<[Question]>([])
    private let answer: (Question) throws -> String?

    /// All questions so far.
    var questions: [Question] { asked.withLock { $0 } }

    /// Makes one.
    ///
    /// - Parameters:
    ///   - isAskedHere: whether it is asked in the context that is the thread-default one here; else it has a thread of
    ///     its own, as the user interface of a program has.
    ///   - answer: gives the PIN; `nil`: not handled.
    /// - Throws: that GObject has no such type.
    init(isAskedHere: Bool = false, _ answer: @escaping (Question) throws -> String?) throws {
        self.answer = answer
        userInterface = isAskedHere ? nil : UserInterface()
        let made = try #require(
            userInterface?.make(Self.gtype) ?? g_object_new_with_properties(Self.gtype, 0, nil, nil)
        )
        object = UnsafeMutableRawPointer(made).assumingMemoryBound(to: GTlsInteraction.self)
        g_object_set_qdata(made, Self.quark, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        g_object_unref(object)
    }

    /// One that answers in this order, and then no more.
    static func answering(_ pins: String?...) throws -> PasswordInteraction {
        let left = LockedValue(pins[...])
        return try PasswordInteraction { _ in left.withLock { $0.popFirst() ?? nil } }
    }

    private static let quark = g_quark_from_static_string("test-password-interaction")

    private static let gtype: GType = {
        var query = GTypeQuery()
        g_type_query(g_tls_interaction_get_type(), &query)
        var info = GTypeInfo()
        info.class_size = UInt16(query.class_size)
        info.instance_size = UInt16(query.instance_size)
        info.class_init = { table, _ in
            let table = table?.assumingMemoryBound(to: GTlsInteractionClass.self)
            table?.pointee.ask_password = { me, password, cancellable, error in
                let raw = me.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: GObject.self) }
                guard let data = g_object_get_qdata(raw, PasswordInteraction.quark), let password else {
                    return G_TLS_INTERACTION_UNHANDLED
                }
                let me = Unmanaged<PasswordInteraction>.fromOpaque(data).takeUnretainedValue()
                return bridge(error, failure: G_TLS_INTERACTION_FAILED) { try me.ask(password, cancellable) }
            }
        }
        let name = "GDtlsSwiftTestPasswordInteraction"
        return g_type_register_static(g_tls_interaction_get_type(), name, &info, GTypeFlags(rawValue: 0))
    }()

    private func ask(
        _ password: UnsafeMutablePointer<GTlsPassword>,
        _ cancellable: UnsafeMutablePointer<GCancellable>?
    ) throws -> GTlsInteractionResult {
        let question = Question(
            flags: g_tls_password_get_flags(password),
            description: g_tls_password_get_description(password).map { String(cString: $0) } ?? "",
            cancellable: cancellable
        )
        asked.withLock { $0.append(question) }
        diary.note(question.description)
        guard let pin = try answer(question) else { return G_TLS_INTERACTION_UNHANDLED }
        // Without a NUL behind it, as PINs from C may be.
        pin.utf8CString.withUnsafeBytes {
            g_tls_password_set_value(
                password,
                $0.baseAddress?.assumingMemoryBound(to: UInt8.self),
                gssize($0.count - 1)
            )
        }
        return G_TLS_INTERACTION_HANDLED
    }
}

/// A thread that iterates a context of its own.
private final class UserInterface: @unchecked Sendable {  // unchecked: contexts are thread-safe, the flag is locked
    private let context = g_main_context_new()
    private let isOver = LockedValue(false)
    private var thread: Background<Void>?

    init() {
        let (context, isOver) = (context, isOver)
        thread = Background {
            g_main_context_push_thread_default(context)
            while !isOver.withLock({ $0 }) { g_main_context_iteration(context, 1) }
            g_main_context_pop_thread_default(context)
        }
    }

    deinit {
        isOver.withLock { $0 = true }
        g_main_context_wakeup(context)
        try? thread?.join()
        g_main_context_unref(context)
    }

    /// Makes an object whose context is this one.
    func make(_ type: GType) -> UnsafeMutablePointer<GObject>? {
        let made = LockedValue<UnsafeMutablePointer<GObject>?>(nil)
        let isMade = DispatchSemaphore(value: 0)
        MainContext(retaining: context).invokeLater {
            made.withLock { $0 = g_object_new_with_properties(type, 0, nil, nil) }
            isMade.signal()
        }
        isMade.wait()
        return made.withLock { $0 }
    }
}
