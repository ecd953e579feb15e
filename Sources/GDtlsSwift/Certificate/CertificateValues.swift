// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

// The boxed types that properties of certificates have, in and out of GValues.

extension UnsafeMutablePointer where Pointee == GValue {
    /// The bytes of a GByteArray, borrowed for as long as the value is not changed; `nil` for NULL.
    var byteArray: UnsafeBufferPointer<UInt8>? {
        boxed?.assumingMemoryBound(to: GByteArray.self).pointee.buffer
    }

    /// The bytes of a string without its NUL, borrowed for as long as the value is not changed; `nil` for NULL.
    var stringBytes: UnsafeBufferPointer<UInt8>? {
        g_value_get_string(self).map { text in
            let size = strlen(text)
            return UnsafeBufferPointer(
                start: UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self),
                count: Int(size)
            )
        }
    }

    /// A copy of a string that may be a secret; `nil` for NULL.
    var secretString: SecretBytes? {
        stringBytes.map { SecretBytes(copying: UnsafeRawBufferPointer($0)) }
    }

    /// Stores a new GByteArray; NULL for nothing.
    func set(bytes: (some Collection<UInt8>)?) {
        set(takingBoxed: bytes.flatMap(makeByteArray).map { UnsafeMutableRawPointer($0) })
    }

    /// Stores a string that leaves no further copies behind; NULL for nothing.
    func set(secretString: SecretBytes?) {
        g_value_take_string(
            self,
            secretString.map { secret in
                secret.withUnsafeBytes {
                    g_strndup($0.baseAddress?.assumingMemoryBound(to: CChar.self), gsize($0.count))
                }
            }
        )
    }

    /// Stores a GDateTime in UTC; NULL for nothing.
    ///
    /// - Parameter dateTime: seconds since 1970-01-01 00:00 UTC.
    func set(dateTime: Int64?) {
        set(
            takingBoxed: dateTime.flatMap { g_date_time_new_from_unix_utc(gint64($0)) }.map {
                UnsafeMutableRawPointer($0)
            }
        )
    }

    /// Stores a GPtrArray of GBytes; an empty one for none.
    func set(byteStrings: [[UInt8]]) {
        let array = g_ptr_array_new_with_free_func { g_bytes_unref(OpaquePointer($0)) }
        for string in byteStrings {
            g_ptr_array_add(array, UnsafeMutableRawPointer(g_bytes_new(string, gsize(string.count))))
        }
        set(takingBoxed: array)
    }

    /// Stores a GPtrArray of GInetAddress; an empty one for none.
    func set(addresses: [[UInt8]]) {
        let array = g_ptr_array_new_with_free_func { g_object_unref($0) }
        for address in addresses {
            let family = address.count == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6
            g_ptr_array_add(array, g_inet_address_new_from_bytes(address, family))
        }
        set(takingBoxed: array)
    }
}

extension GByteArray {
    /// The bytes, borrowed from the array.
    var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: data, count: Int(len)) }
}

/// A new GByteArray (transfer full).
private func makeByteArray(_ bytes: some Collection<UInt8>) -> UnsafeMutablePointer<GByteArray>? {
    // No set_size on a growing array: that would move a key about and leave it behind.
    let array = g_byte_array_sized_new(guint(bytes.count))
    let isContiguous: Void? = bytes.withContiguousStorageIfAvailable {
        g_byte_array_append(array, $0.baseAddress, guint($0.count))
    }
    if isContiguous == nil {
        for byte in bytes { withUnsafePointer(to: byte) { _ = g_byte_array_append(array, $0, 1) } }
    }
    return array
}

/// The time of day, in seconds since 1970-01-01 00:00 UTC.
///
/// The corresponding C function is `g_get_real_time`.
func currentTime() -> Int64 {
    Int64(g_get_real_time() / 1_000_000)
}
