"""Checks exchanges against OpenAPI documents, for as long as the tests run. Answers with a JSON list of what is wrong.

POST /document: the body is {"document": path}: whether it is an OpenAPI document, and its examples fit their schemas.
POST /answers: the body is {"document": path, "items": [{"method", "path", "status", "type", "headers", "body"}]}.
POST /requests: the body is {"document": path, "items": [{"method", "path", "query", "body", "status"}]}.
"""

import argparse
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from helper import announce, end_with_parent
from openapi_answers import check_answer, check_examples
from openapi_requests import Document, findings

documents = {}
lock = threading.Lock()


def document(path):
    if path not in documents:
        documents[path] = Document(path)
    return documents[path]


def check(kind, asked):
    root = document(asked["document"])
    if kind == "/document":
        found = check_examples(root)
    elif kind == "/answers":
        found = [line for item in asked["items"] for line in check_answer(root, item)]
    else:
        found = [line for item in asked["items"] for line in findings(root, item)]
    return list(dict.fromkeys(found))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            with lock:
                status, found = 200, check(self.path, asked)
        except Exception as error:  # the test shall know
            status, found = 500, [repr(error)]
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file", required=True)
    options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    announce(options.port_file, server.server_address[1])
    end_with_parent()
    server.serve_forever()


sys.exit(main())
