// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The Swift driver links this module, and gives every library the Swift runtime and the C++ one, used or not. A linker
// drops what is not used if told so before it sees them, and what the driver puts first are the auto-link entries.
// Assembly, since sanitizers would pad a C array; "e" keeps the section out of the module.
__asm__ (".pushsection .swift1_autolink_entries, \"e\", @progbits\n"
         ".asciz \"-Wl,--as-needed\"\n"
         ".popsection\n");
