// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

/// The vtables of ``EventSource``: one for each kind, immortal since GSource keeps the pointer.
enum SourceFunctions {
    static func makeSource(_ handler: SourceHandler, kind: EventSource.Kind) -> UnsafeMutablePointer<GSource> {
        let table = kind == .plain ? plain : datagramBased
        let size = handlerOffset + MemoryLayout<UnsafeMutableRawPointer>.size
        // unsafelyUnwrapped: GLib aborts where memory ends, and gives no other reason for NULL.
        let source = g_source_new(table, guint(size)).unsafelyUnwrapped
        UnsafeMutableRawPointer(source).storeBytes(
            of: Unmanaged.passRetained(handler).toOpaque(),
            toByteOffset: handlerOffset,
            as: UnsafeMutableRawPointer.self
        )
        g_source_set_dispose_function(source) { source in
            guard let (handler, borrowed) = SourceFunctions.handler(source) else { return }
            handler.disposed(borrowed)
        }
        return source
    }

    /// Whether a source does what it is for in its handler, without a callback.
    static func needsNoCallback(_ source: UnsafeMutablePointer<GSource>) -> Bool {
        source.pointee.source_funcs == UnsafePointer(plain)
    }

    // nonisolated(unsafe): filled once by its initialiser, and only read afterwards.
    private nonisolated(unsafe) static let plain = makeTable(GSourceFuncs.handlerDriven)

    // nonisolated(unsafe): as above.
    private nonisolated(unsafe) static let datagramBased = makeTable(GSourceFuncs.datagramBased)

    private static func makeTable(_ functions: GSourceFuncs) -> UnsafeMutablePointer<GSourceFuncs> {
        let table = UnsafeMutablePointer<GSourceFuncs>.allocate(capacity: 1)
        table.initialize(to: functions)
        return table
    }

    /// Our one field stands behind GSource's own.
    fileprivate static let handlerOffset = MemoryLayout<GSource>.stride

    fileprivate static func handler(_ source: UnsafeMutablePointer<GSource>?) -> (SourceHandler, BorrowedSource)? {
        guard let source else { return nil }
        let slot = UnsafeRawPointer(source).load(fromByteOffset: handlerOffset, as: Unmanaged<SourceHandler>?.self)
        return slot.map { ($0.takeUnretainedValue(), BorrowedSource(pointer: source)) }
    }
}

extension GSourceFuncs {
    fileprivate static var handlerDriven: GSourceFuncs {
        GSourceFuncs(
            prepare: { source, timeout in
                guard let (handler, borrowed) = SourceFunctions.handler(source) else { return 0 }
                return handler.prepare(borrowed).report(timeout: timeout)
            },
            check: { source in
                guard let (handler, borrowed) = SourceFunctions.handler(source) else { return 0 }
                return handler.check(borrowed).gboolean
            },
            dispatch: { source, callback, userData in
                guard let (handler, borrowed) = SourceFunctions.handler(source) else { return 0 }
                return handler.dispatch(borrowed, callback: callback, userData: userData).gboolean
            },
            finalize: { source in
                guard let (handler, _) = SourceFunctions.handler(source) else { return }
                handler.finalized()
                Unmanaged.passUnretained(handler).release()
            },
            closure_callback: nil,
            closure_marshal: nil
        )
    }

    fileprivate static var datagramBased: GSourceFuncs {
        var functions = handlerDriven
        // unsafeBitCast: GSourceFuncs declares callbacks of any signature as GSourceFunc.
        functions.closure_callback = unsafeBitCast(datagramBasedClosureCallback, to: GSourceFunc.self)
        let marshal: GClosureMarshal = g_cclosure_marshal_generic
        // unsafeBitCast: "Really is of type GClosureMarshal", says gmain.h.
        functions.closure_marshal = unsafeBitCast(marshal, to: GSourceDummyMarshal.self)
        return functions
    }
}

extension SourceReadiness {
    fileprivate func report(timeout: UnsafeMutablePointer<gint>?) -> gboolean {
        switch self {
        case .ready: timeout?.pointee = 0
        case .waitAtMost(let milliseconds): timeout?.pointee = milliseconds
        case .wait: timeout?.pointee = -1
        }
        return (self == .ready).gboolean
    }
}

/// Stands in as the callback where a binding set a GClosure: passes it the arguments of a `GDatagramBasedSourceFunc`.
private let datagramBasedClosureCallback: GDatagramBasedSourceFunc = { object, condition, closure in
    var result = GValue()
    g_value_init(&result, .boolean)
    var arguments = [GValue(), GValue()]
    g_value_init(&arguments[0], g_datagram_based_get_type())
    g_value_set_object(&arguments[0], object.map { UnsafeMutableRawPointer($0) })
    g_value_init(&arguments[1], g_io_condition_get_type())
    g_value_set_flags(&arguments[1], condition.rawValue)
    g_closure_invoke(closure?.assumingMemoryBound(to: GClosure.self), &result, 2, &arguments, nil)
    g_value_unset(&arguments[0])
    defer { g_value_unset(&result) }
    return g_value_get_boolean(&result)
}
