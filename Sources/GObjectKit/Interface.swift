// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// An interface that a class implements: which one, and the function that fills its vtable.
public struct Interface: Sendable {
    /// Fills a vtable: gets the interface struct, and nothing of use in the second argument.
    public typealias Install = @convention(c) @Sendable (_ vtable: gpointer?, _ data: gpointer?) -> Void

    let gtype: @Sendable () -> GType
    let install: Install

    /// Pairs an interface with the function that fills its vtable.
    ///
    /// On a subclass whose parent has the same interface, the vtable arrives filled by the parent.
    /// The corresponding C type is `GInterfaceInfo`.
    public init(_ gtype: @escaping @Sendable () -> GType, install: @escaping Install) {
        self.gtype = gtype
        self.install = install
    }

    /// An interface that has no function to fill in, or none that we want to.
    public init(_ gtype: @escaping @Sendable () -> GType) {
        self.init(gtype, install: { _, _ in })
    }
}
