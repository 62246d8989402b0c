#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that each link of a site leads to a file of it, and to an anchor in that file:  check_site.py FOLDER"""

import re
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote

FOLDER = Path(sys.argv[1]).resolve()
PAGES = {page: page.read_text() for page in FOLDER.glob("**/*.html")}
ANCHORS = {page: set(re.findall(r'\b(?:id|name)="([^"]+)"', text)) for page, text in PAGES.items()}
broken = set()
for page, text in PAGES.items():
    for link in re.findall(r'\b(?:href|src)="([^"]*)"', text):
        path, _, anchor = unquote(unescape(link)).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not re.match(r"\w+:", link) and (not target.exists() or anchor and anchor not in ANCHORS.get(target, ())):
            broken.add(f"{page.name}: {link} leads nowhere")
print(*sorted(broken), sep="\n", file=sys.stderr)
sys.exit(1 if broken or not PAGES else 0)
