"""An SMTP server (aiosmtpd) that writes down what it takes, and refuses what the address asks it to.

Recipients: unknown@… 550 5.1.1, bare@… 550 in words alone, policy@… 550 5.7.1, login@… 530, later@… 451 4.2.0, slow@… and slowdata@… never answered (at RCPT, and when the message is whole), drop@… connection closed at RCPT,
dropdata@… connection closed when the message is whole, spam@… 554 5.7.1 to the message, small@… 552 5.3.4 to one with a file. Sender banned@… 553 5.1.8.

What an option holds or refuses is let through once the file RECORD.release is there; RECORD.held has a line for each
recipient or message that was held, RECORD.logins one for each login that was refused.
"""

import argparse
import asyncio
import base64
import itertools
import json
import os
import ssl

import helper
from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("--port-file", required=True)
parser.add_argument("--record", required=True)
parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--login", help="user:password, demanded from everybody")
parser.add_argument("--mute-quit", action="store_true", help="never answer QUIT")
parser.add_argument("--greeting", help="said instead of 220, once to each connection")
parser.add_argument("--slow-domain", help="whose recipients are not answered before the release")
parser.add_argument("--refuse-domain", help="whose recipients are refused before the release")
parser.add_argument("--refuse-with", default="550 5.7.1 access denied")
parser.add_argument("--refuse-login", action="store_true", help="AUTH is refused before the release")
parser.add_argument("--hold-after", type=int, help="further messages are kept, but not answered before the release")
options = parser.parse_args()

numbers = itertools.count(1)
messages = itertools.count(1)


def is_released():
    return os.path.exists(options.record + ".release")


def note(name, line):
    with open(options.record + name, "a") as file:
        file.write(line + "\n")


async def hold(what):
    """Keeps a client waiting until the release; its going away ends the wait."""
    note(".held", what)
    while not is_released():
        await asyncio.sleep(0.02)


class Server(SMTP):
    def connection_made(self, transport):
        if not hasattr(self, "number"):  # made anew after STARTTLS
            self.number = next(numbers)
        if options.greeting:
            transport.write(options.greeting.encode() + b"\r\n")
            transport.close()
            return
        super().connection_made(transport)

    async def smtp_QUIT(self, arg):
        if options.mute_quit:
            await asyncio.sleep(3600)
        await super().smtp_QUIT(arg)


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if address.startswith("banned@"):
            return "553 5.1.8 this sender is not welcome"
        envelope.mail_from = address
        return "250 2.1.0 ok"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("unknown@"):
            return "550-5.1.1 there is nobody\r\n550 5.1.1 of this name here"
        if address.startswith("bare@"):
            return "550 No such user here"
        if address.startswith("policy@"):
            return "550 5.7.1 relaying denied"
        if address.startswith("login@"):
            return "530 5.7.0 authentication required"
        if address.startswith("later@"):
            return "451 4.2.0 come back later"
        if address.startswith("slow@"):
            await asyncio.sleep(3600)
        if address.startswith("drop@"):
            server.transport.abort()
            return "250 2.1.5 never seen"
        domain = address.rpartition("@")[2]
        if domain == options.slow_domain and not is_released():
            await hold(address)
        if domain == options.refuse_domain and not is_released():
            return options.refuse_with
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        if any(address.startswith("slowdata@") for address in envelope.rcpt_tos):
            await asyncio.sleep(3600)
        if any(address.startswith("spam@") for address in envelope.rcpt_tos):
            return "554 5.7.1 looks like spam"
        hasFile = b"application/pdf" in envelope.original_content
        if hasFile and any(address.startswith("small@") for address in envelope.rcpt_tos):
            return "552 5.3.4 message size exceeds fixed limit"
        record = {
            "connection": server.number,
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "content": base64.b64encode(envelope.original_content).decode(),
            "tls": options.tls == "implicit" or session.ssl is not None,
            "authenticated": bool(session.authenticated),
            "hello": session.host_name,
        }
        note("", json.dumps(record))
        if options.hold_after is not None and next(messages) > options.hold_after and not is_released():
            await hold(envelope.rcpt_tos[0])
        if any(address.startswith("dropdata@") for address in envelope.rcpt_tos):
            server.transport.abort()
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    given = data.login + b":" + data.password
    is_refused = options.refuse_login and not is_released()
    if is_refused:
        note(".logins", mechanism)
    return AuthResult(success=given.decode() == options.login and not is_refused, handled=False)


async def main():
    context = None
    if options.tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)

    def connect():
        return Server(
            Handler(),
            hostname="mail.test",
            tls_context=context if options.tls == "starttls" else None,
            authenticator=authenticate if options.login else None,
            auth_required=options.login is not None,
            auth_require_tls=options.tls == "starttls",
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(
        connect, "127.0.0.1", 0, ssl=context if options.tls == "implicit" else None
    )
    helper.end_with_parent()
    helper.announce(options.port_file, server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
