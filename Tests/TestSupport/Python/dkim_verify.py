"""Checks DKIM signatures with an implementation of its own, without DNS.

Usage: dkim_verify.py FOLDER RECORD-NAME RECORD-TEXT
Prints a JSON object: for each `.eml` in the folder whether its signature holds, and the headers that it covers.
"""

import json
import pathlib
import sys

import dkim

folder, name, text = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def record(asked, timeout=5):
    return text.encode() if asked.decode().rstrip(".") == name else None


results = {}
for path in sorted(folder.glob("*.eml")):
    mail = dkim.DKIM(path.read_bytes(), minkey=2048)
    try:
        holds = mail.verify(dnsfunc=record)
        problem = None
    except dkim.DKIMException as error:
        holds, problem = False, str(error)
    covered = [header.decode().lower() for header in getattr(mail, "include_headers", [])]
    results[path.name] = {"holds": holds, "problem": problem, "covered": covered}
print(json.dumps(results))
