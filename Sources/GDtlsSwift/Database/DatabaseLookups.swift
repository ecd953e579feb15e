// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// Fills the vtable of GTlsDatabase with asynchronous look-ups, which run the blocking ones in threads.
///
/// So do GIO's own, but those report an error that is none, with a critical, where nothing is found.
func installAsynchronousLookups(_ table: UnsafeMutablePointer<GTlsDatabaseClass>) {
    table.pointee.lookup_certificate_for_handle_async = { me, handle, _, flags, cancellable, callback, data in
        let handle = handle.map { String(cString: $0) }
        Lookup.forHandle.begin(me, cancellable, callback, data) { database, cancellable, error in
            g_tls_database_lookup_certificate_for_handle(database, handle, nil, flags, cancellable, error)
        }
    }
    table.pointee.lookup_certificate_for_handle_finish = { me, result, error in
        Lookup.forHandle.finish(me, result, error)
    }
    table.pointee.lookup_certificate_issuer_async = { me, certificate, _, flags, cancellable, callback, data in
        let certificate = GRef(retaining: certificate)
        Lookup.issuer.begin(me, cancellable, callback, data) { database, cancellable, error in
            g_tls_database_lookup_certificate_issuer(database, certificate?.pointer, nil, flags, cancellable, error)
        }
    }
    table.pointee.lookup_certificate_issuer_finish = { me, result, error in
        Lookup.issuer.finish(me, result, error)
    }
    table.pointee.lookup_certificates_issued_by_async = { me, name, _, flags, cancellable, callback, data in
        let name = name.map { ByteArrayReference($0) }
        Lookup.issuedBy.begin(me, cancellable, callback, data) { database, cancellable, error in
            g_tls_database_lookup_certificates_issued_by(database, name?.pointer, nil, flags, cancellable, error)
        }
    }
    table.pointee.lookup_certificates_issued_by_finish = { me, result, error in
        Lookup.issuedBy.finish(me, result, error)
    }
}

/// One of the look-ups, whose result is of the C type `Found`.
private struct Lookup<Found>: Sendable {
    let tag: AsyncTask.Tag
    /// Frees a result that nobody takes.
    let destroy: @convention(c) @Sendable (gpointer?) -> Void

    func begin(
        _ database: UnsafeMutablePointer<GTlsDatabase>?,
        _ cancellable: UnsafeMutablePointer<GCancellable>?,
        _ callback: GAsyncReadyCallback?,
        _ data: gpointer?,
        _ body:
            @escaping @Sendable (
                UnsafeMutablePointer<GTlsDatabase>?, UnsafeMutablePointer<GCancellable>?, GErrorOut
            ) -> UnsafeMutablePointer<Found>?
    ) {
        guard let database else { return }
        let task = AsyncTask(
            source: UnsafeMutableRawPointer(database),
            cancellable: cancellable,
            callback: callback,
            userData: data,
            tag: tag
        )
        let object = GRef(retaining: UnsafeMutableRawPointer(database).assumingMemoryBound(to: GObject.self))
        ThreadPool.run(KeptObject(object)) {
            let database = object.rawPointer.assumingMemoryBound(to: GTlsDatabase.self)
            let result = Result { try withGError { body(database, task.cancellable, $0) } }
            task.complete(pointer: result.map { gpointer($0) }, destroy: destroy)
            return nil
        }
    }

    func finish(
        _ database: UnsafeMutablePointer<GTlsDatabase>?,
        _ result: OpaquePointer?,
        _ error: GErrorOut?
    ) -> UnsafeMutablePointer<Found>? {
        bridge(error, failure: nil) {
            try AsyncTask.propagatePointer(result, source: UnsafeMutableRawPointer(database), tag: tag)?
                .assumingMemoryBound(to: Found.self)
        }
    }
}

extension Lookup<GTlsCertificate> {
    static let forHandle = Lookup(tag: .init("gdtls_swift_database_lookup_certificate_for_handle_async"), destroy: drop)
    static let issuer = Lookup(tag: .init("gdtls_swift_database_lookup_certificate_issuer_async"), destroy: drop)

    private static let drop: @convention(c) @Sendable (gpointer?) -> Void = { g_object_unref($0) }
}

extension Lookup<GList> {
    static let issuedBy = Lookup(tag: .init("gdtls_swift_database_lookup_certificates_issued_by_async")) { list in
        g_list_free_full(list?.assumingMemoryBound(to: GList.self), g_object_unref)
    }
}

/// A GByteArray of the application's.
// Unchecked Sendable: immutable, and the count is atomic.
private final class ByteArrayReference: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<GByteArray>

    init(_ pointer: UnsafeMutablePointer<GByteArray>) {
        self.pointer = g_byte_array_ref(pointer)
    }

    deinit {
        g_byte_array_unref(pointer)
    }
}
