#!/usr/bin/env python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Takes out of a GIR file, from standard input to standard output, what differs with the scanner's version and the line
numbers of the headers, so that a difference is one of the interface or its documentation."""

import re
import sys

VARYING = [
    r'\s+filename="[^"]*"\s+line="\d+"(?:\s+column="\d+")?',
    r'\n *<source-position [^>]*/>',
    r'\n *<doc:format [^>]*/>',
    r'\s+xmlns:doc="[^"]*"',
    # Which function finishes which: scanners from 1.80 on say what readers could always tell by the names.
    r'\s+glib:(?:finish|async|sync)-func="[^"]*"',
    # What a property is to begin with, which its documentation says as well: scanners from 1.82 or so on.
    r'\s+default-value="[^"]*"',
]

text = sys.stdin.read()
for pattern in VARYING:
    text = re.sub(pattern, "", text)
sys.stdout.write(text)
