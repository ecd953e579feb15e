// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit

/// What a call came to, to be compared.
enum Outcome: Equatable {
    case data([UInt8])
    case end
    case done
    case io(GIOErrorEnum)
    case tls(GTlsError)
    case other(String)

    static let wouldBlock = Outcome.io(G_IO_ERROR_WOULD_BLOCK)
    static let timedOut = Outcome.io(G_IO_ERROR_TIMED_OUT)
    static let cancelled = Outcome.io(G_IO_ERROR_CANCELLED)
    static let closed = Outcome.io(G_IO_ERROR_CLOSED)
    static let failed = Outcome.io(G_IO_ERROR_FAILED)

    init(_ body: () throws -> Outcome) {
        do { self = try body() } catch { self.init(error) }
    }

    init(_ error: any Error) {
        guard let error = error as? GLibError else {
            self = .other("\(error)")
            return
        }
        switch error.domain {
        case g_io_error_quark(): self = .io(GIOErrorEnum(rawValue: UInt32(bitPattern: error.code)))
        case g_tls_error_quark(): self = .tls(GTlsError(rawValue: UInt32(bitPattern: error.code)))
        default: self = .other("\(error)")
        }
    }
}

/// How long a call may wait, in microseconds.
enum Limit {
    static let none = 0
    /// For what shall not happen, and for what is there already.
    static let short = 50_000
    /// For what will happen, on the slowest machine.
    static let long = 40_000_000
    static let ever = -1
}

/// GIO's calls on a connection by their outcomes.
struct Calls: @unchecked Sendable {  // unchecked: GObjects, each used as GIO allows
    private let reference: GRef<OpaquePointer>
    var connection: OpaquePointer { reference.pointer }

    init(_ connection: OpaquePointer) { reference = GRef(retaining: connection) }

    func receive(_ timeout: Int = Limit.long, _ cancel: Cancel? = nil) -> Outcome {
        outcome(cancel) {
            try DTLS.receive(connection, timeout: timeout, size: 20_000, cancel?.pointer).map { .data($0) } ?? .end
        }
    }

    /// Receives until the end; how many datagrams there were before it.
    @discardableResult
    func receiveAll() -> Int { (0..<100).first { _ in receive(Limit.none) == .end } ?? 100 }

    func send(
        _ bytes: [UInt8],
        _ timeout: Int = Limit.long,
        _ cancel: Cancel? = nil
    ) -> Outcome {
        outcome(cancel) {
            try DTLS.send(connection, bytes, timeout: timeout, cancel?.pointer) == 1 ? .done : .other("0 messages")
        }
    }

    func handshake(_ cancel: Cancel? = nil) -> Outcome {
        outcome(cancel) {
            try DTLS.handshake(connection, cancel?.pointer)
            return .done
        }
    }

    func close(_ cancel: Cancel? = nil) -> Outcome {
        outcome(cancel) {
            try DTLS.close(connection, cancel?.pointer)
            return .done
        }
    }

    func shutdown(read: Bool, write: Bool, _ cancel: Cancel? = nil) -> Outcome {
        outcome(cancel) {
            _ = try withGError {
                g_dtls_connection_shutdown(connection, read ? 1 : 0, write ? 1 : 0, cancel?.pointer, $0)
            }
            return .done
        }
    }

    func check(_ condition: GIOCondition = G_IO_IN | G_IO_OUT) -> GIOCondition {
        g_datagram_based_condition_check(connection, condition)
    }

    func wait(
        _ condition: GIOCondition,
        _ timeout: Int = Limit.long,
        _ cancel: Cancel? = nil
    ) -> Outcome {
        outcome(cancel) {
            _ = try withGError { g_datagram_based_condition_wait(connection, condition, timeout, cancel?.pointer, $0) }
            return .done
        }
    }

    /// Cancellable and connection live through a call.
    private func outcome(_ cancel: Cancel?, _ body: () throws -> Outcome) -> Outcome {
        defer { withExtendedLifetime((cancel, reference)) {} }
        return Outcome(body)
    }

    /// The vtable of GDtlsConnection, for calls that GIO's functions do not make.
    var table: UnsafeMutablePointer<GDtlsConnectionInterface> {
        let instance = UnsafeMutableRawPointer(connection).assumingMemoryBound(to: GTypeInstance.self)
        let table = g_type_interface_peek(instance.pointee.g_class, g_dtls_connection_get_type())
        guard let table else { preconditionFailure("This is no GDtlsConnection") }
        return table.assumingMemoryBound(to: GDtlsConnectionInterface.self)
    }
}

/// A cancellable that lives as long as the test needs it.
final class Cancel: @unchecked Sendable {  // unchecked: GCancellable is thread-safe
    let pointer: UnsafeMutablePointer<GCancellable> = g_cancellable_new()

    /// One that is cancelled already.
    static var cancelled: Cancel {
        let cancel = Cancel()
        cancel.now()
        return cancel
    }

    func now() { g_cancellable_cancel(pointer) }

    deinit { g_object_unref(pointer) }
}

extension Background {
    /// Whether it is still at work after a while: it waits for something.
    func isStillWaiting(_ while: TimeInterval = 0.1) -> Bool {
        // Sleeps: that something does not happen takes a while to see.
        Thread.sleep(forTimeInterval: `while`)
        return !isDone
    }
}
