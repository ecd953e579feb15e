// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

// The fundamental types are macros over G_TYPE_FUNDAMENTAL_SHIFT that the importer does not take; the numbers are ABI.

extension GType {
    /// The corresponding C constant is `G_TYPE_INVALID`.
    public static var invalid: GType { 0 }
    /// The corresponding C constant is `G_TYPE_BOOLEAN`.
    public static var boolean: GType { 5 << G_TYPE_FUNDAMENTAL_SHIFT }
    /// The corresponding C constant is `G_TYPE_INT`.
    public static var int: GType { 6 << G_TYPE_FUNDAMENTAL_SHIFT }
    /// The corresponding C constant is `G_TYPE_UINT`.
    public static var uint: GType { 7 << G_TYPE_FUNDAMENTAL_SHIFT }
    /// The corresponding C constant is `G_TYPE_INT64`.
    public static var int64: GType { 10 << G_TYPE_FUNDAMENTAL_SHIFT }
    /// The corresponding C constant is `G_TYPE_STRING`.
    public static var string: GType { 16 << G_TYPE_FUNDAMENTAL_SHIFT }
    /// The corresponding C constant is `G_TYPE_POINTER`.
    public static var pointer: GType { 17 << G_TYPE_FUNDAMENTAL_SHIFT }
    /// The corresponding C constant is `G_TYPE_OBJECT`.
    public static var object: GType { g_object_get_type() }
}
