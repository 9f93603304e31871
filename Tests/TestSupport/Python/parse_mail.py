"""Reads mails as another implementation understands them: a file in, JSON out; a folder of files in, a list of that out.

Prints headers in order (decoded), the mailboxes of From, To and Reply-To, each part's type and text, the files, and the longest
line (line ends as LF; the last one belongs to the boundary that follows); and everything that the parser finds wrong with it.
"""

import base64
import email
import email.policy
import json
import pathlib
import sys


def mailboxes(message, name):
    header = message[name]
    return [] if header is None else [[a.display_name, a.addr_spec] for a in header.addresses]


def defects(part):
    found = [str(defect) for defect in part.defects]
    for value in part.values():
        found += [str(defect) for defect in getattr(value, "defects", [])]
    for child in part.iter_parts():
        found += defects(child)
    return found


def is_file(part):
    return part.get_content_disposition() == "attachment"


def read(path):
    raw = path.read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    leaves = [part for part in message.walk() if not part.is_multipart()]
    parts = [
        {"type": part.get_content_type(), "text": part.get_content().replace("\r\n", "\n")}
        for part in leaves
        if not is_file(part)
    ]
    files = [
        {
            "type": part.get_content_type(),
            "name": part.get_filename(),
            "base64": base64.b64encode(part.get_content()).decode(),
        }
        for part in leaves
        if is_file(part)
    ]
    return {
        "headers": [[name, str(value)] for name, value in message.items()],
        "from": mailboxes(message, "From"),
        "to": mailboxes(message, "To"),
        "replyTo": mailboxes(message, "Reply-To"),
        "parts": parts,
        "files": files,
        "type": message.get_content_type(),
        "date": message["Date"].datetime.isoformat(),
        "longestLine": max(len(line) for line in raw.split(b"\r\n")),
        "bareLineEnds": raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"),
        "isASCII": raw.isascii(),
        "defects": defects(message),
    }


given = pathlib.Path(sys.argv[1])
print(json.dumps([read(path) for path in sorted(given.iterdir())] if given.is_dir() else read(given)))
