// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// How to make the GParamSpec of a property of our own.
///
/// Nick and blurb are left out: GLib gave them up in 2.76, and the header documents. The corresponding C type is
/// `GParamSpec`.
public struct ParamSpec: Sendable {
    /// Makes a spec that nobody owns yet.
    let make: @Sendable () -> UnsafeMutablePointer<GParamSpec>?

    /// A spec of any kind; the closure runs once, and returns a floating spec.
    public init(_ make: @escaping @Sendable () -> UnsafeMutablePointer<GParamSpec>?) {
        self.make = make
    }

    /// The corresponding C function is `g_param_spec_string`.
    public static func string(
        _ name: String,
        default value: String? = nil,
        flags: GParamFlags = .readWrite
    ) -> ParamSpec {
        ParamSpec { g_param_spec_string(name, nil, nil, value, flags) }
    }

    /// The corresponding C function is `g_param_spec_boolean`.
    public static func boolean(
        _ name: String,
        default value: Bool = false,
        flags: GParamFlags = .readWrite
    ) -> ParamSpec {
        ParamSpec { g_param_spec_boolean(name, nil, nil, value.gboolean, flags) }
    }

    /// The corresponding C function is `g_param_spec_int`.
    public static func int(
        _ name: String,
        in range: ClosedRange<Int32> = .min ... .max,
        default value: Int32,
        flags: GParamFlags = .readWrite
    ) -> ParamSpec {
        ParamSpec { g_param_spec_int(name, nil, nil, range.lowerBound, range.upperBound, value, flags) }
    }

    /// The corresponding C function is `g_param_spec_uint`.
    public static func uint(
        _ name: String,
        in range: ClosedRange<UInt32> = .min ... .max,
        default value: UInt32,
        flags: GParamFlags = .readWrite
    ) -> ParamSpec {
        ParamSpec { g_param_spec_uint(name, nil, nil, range.lowerBound, range.upperBound, value, flags) }
    }

    /// The corresponding C function is `g_param_spec_object`.
    public static func object(
        _ name: String,
        type: @escaping @Sendable () -> GType,
        flags: GParamFlags = .readWrite
    ) -> ParamSpec {
        ParamSpec { g_param_spec_object(name, nil, nil, type(), flags) }
    }

    /// The corresponding C function is `g_param_spec_boxed`.
    public static func boxed(
        _ name: String,
        type: @escaping @Sendable () -> GType,
        flags: GParamFlags = .readWrite
    ) -> ParamSpec {
        ParamSpec { g_param_spec_boxed(name, nil, nil, type(), flags) }
    }

    /// The corresponding C function is `g_param_spec_enum`.
    public static func `enum`(
        _ name: String,
        type: @escaping @Sendable () -> GType,
        default value: Int32,
        flags: GParamFlags = .readWrite
    ) -> ParamSpec {
        ParamSpec { g_param_spec_enum(name, nil, nil, type(), value, flags) }
    }

    /// The corresponding C function is `g_param_spec_flags`.
    public static func flags(
        _ name: String,
        type: @escaping @Sendable () -> GType,
        default value: UInt32,
        flags: GParamFlags = .readWrite
    ) -> ParamSpec {
        ParamSpec { g_param_spec_flags(name, nil, nil, type(), value, flags) }
    }
}

extension GParamFlags {
    /// Readable and writable.
    ///
    /// The corresponding C constant is `G_PARAM_READWRITE`.
    public static var readWrite: GParamFlags { G_PARAM_READABLE | G_PARAM_WRITABLE }
    /// Readable.
    ///
    /// The corresponding C constant is `G_PARAM_READABLE`.
    public static var readOnly: GParamFlags { G_PARAM_READABLE }
    /// Readable, and writable at construction only.
    ///
    /// The corresponding C constant is `G_PARAM_CONSTRUCT_ONLY`.
    public static var constructOnly: GParamFlags { .readWrite | G_PARAM_CONSTRUCT_ONLY }
    /// Readable, writable, and set to its default at construction.
    ///
    /// The corresponding constant is `G_PARAM_CONSTRUCT`.
    public static var construct: GParamFlags { .readWrite | G_PARAM_CONSTRUCT }
}
