// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What other parts of the provider bring, as far as the backend uses it. Deleted when they are here.

internal import CGIO
internal import GObjectKit

enum ClientConnectionObject {
    static var gtype: GType { .invalid }
}

enum ServerConnectionObject {
    static var gtype: GType { .invalid }
}
