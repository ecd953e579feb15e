// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// A C flags type, which the importer takes for an enum: the set operations that C has.
public protocol CFlags: RawRepresentable where RawValue: FixedWidthInteger {
    init(rawValue: RawValue)
}

extension CFlags {
    /// No flag.
    public static var none: Self { Self(rawValue: 0) }

    /// Whether no flag is set.
    public var isEmpty: Bool { rawValue == 0 }

    /// Whether all of the flags are set.
    public func contains(_ flags: Self) -> Bool { rawValue & flags.rawValue == flags.rawValue }

    /// Whether any of the flags is set.
    public func intersects(_ flags: Self) -> Bool { rawValue & flags.rawValue != 0 }

    /// The flags of both.
    public static func | (left: Self, right: Self) -> Self { Self(rawValue: left.rawValue | right.rawValue) }

    /// The flags that both have.
    public static func & (left: Self, right: Self) -> Self { Self(rawValue: left.rawValue & right.rawValue) }

    /// All other flags.
    public static prefix func ~ (flags: Self) -> Self { Self(rawValue: ~flags.rawValue) }

    /// Adds flags.
    public static func |= (left: inout Self, right: Self) { left = left | right }
}

extension GParamFlags: CFlags {}
extension GIOCondition: CFlags {}
extension GTlsCertificateFlags: CFlags {}
extension GTlsDatabaseVerifyFlags: CFlags {}
extension GTypeFlags: CFlags {}

extension Bool {
    /// The C truth value of this one.
    public var gboolean: gboolean { self ? 1 : 0 }
}
