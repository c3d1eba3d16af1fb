"""Adapters that break the protocol, each in one way: `misbehaving.py WAY`; calls are answered without being made."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]


def say(message: Message) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def raw(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def result(call: Message, **changed: Any) -> Message:
    return {"type": "result", "id": call["id"], "outcome": "unsupported", "why": "it is a fake", **changed}


def hello(**changed: Any) -> None:
    client = {"name": "misbehaving", "version": "1", "language": "python"}
    say({"type": "hello", "protocol": 1, "client": client, **changed})


def says_no_json(_: Message) -> None:
    raw(b"Starting up...\n")


def answers_another_call(call: Message) -> None:
    say(result(call, id=call["id"] + 1))


def answers_with_a_text_for_an_id(call: Message) -> None:
    say(result(call, id=str(call["id"])))


def answers_twice(call: Message) -> None:
    say(result(call))
    say(result(call))


def gives_no_outcome(call: Message) -> None:
    say(result(call, outcome="fine"))


def gives_no_value(call: Message) -> None:
    say(result(call, outcome="value"))


def gives_an_error_without_a_kind(call: Message) -> None:
    say(result(call, outcome="error", error={"status": 500}))


def gives_nan(call: Message) -> None:
    raw(b'{"type": "result", "id": %d, "outcome": "value", "value": NaN}\n' % call["id"])


def says_what_is_not_utf_8(call: Message) -> None:
    raw(b'{"type": "result", "id": %d, "outcome": "unsupported", "why": "caf\xe9"}\n' % call["id"])


def writes_without_end(_: Message) -> None:
    while True:
        raw(b"x" * 65536)


def writes_lines_without_end(call: Message) -> None:
    say(result(call))
    while True:
        raw(b"tick\n" * 4096)


def fills_standard_error(call: Message) -> None:
    for _ in range(200):
        sys.stderr.write("noise " * 1000)
    sys.stderr.flush()
    say(result(call))


def dies(call: Message) -> None:
    sys.stderr.write(f"thread 'main' panicked with {call['token']}\n")
    sys.stderr.flush()
    sys.exit(101)


def is_killed(_: Message) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def closes_its_output(_: Message) -> None:
    os.close(1)
    time.sleep(600)


def keeps_silent(_: Message) -> None:
    time.sleep(600)


def works(call: Message) -> None:
    say(result(call))


def stays(_: Message) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(600)


def leaves_a_child(_: Message) -> None:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def ends_with_an_error(_: Message) -> None:
    sys.exit(7)


def speaks_another_protocol() -> None:
    hello(protocol=2)


def names_no_client() -> None:
    hello(client={})


def never_reads() -> None:
    hello()
    time.sleep(600)


def dies_at_once() -> None:
    sys.exit("cannot import name 'Client'")


AT_HELLO: dict[str, Callable[[], None]] = {
    "speaks-another-protocol": speaks_another_protocol,
    "names-no-client": names_no_client,
    "never-reads": never_reads,
    "dies-at-once": dies_at_once,
}
AT_BYE: dict[str, Callable[[Message], None]] = {
    "stays": stays,
    "leaves-a-child": leaves_a_child,
    "ends-with-an-error": ends_with_an_error,
}
AT_CALL: dict[str, Callable[[Message], None]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        says_no_json, answers_another_call, answers_with_a_text_for_an_id, answers_twice, gives_no_outcome,
        gives_no_value, gives_an_error_without_a_kind, gives_nan, says_what_is_not_utf_8, writes_without_end,
        writes_lines_without_end, fills_standard_error, dies, is_killed, closes_its_output, keeps_silent, works,
    )
}  # fmt: skip


def main(way: str) -> None:
    """Follow the protocol, but for one thing."""
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "hello":
            AT_HELLO.get(way, hello)()
        elif message["type"] == "call":
            AT_CALL.get(way, works)(message)
        else:
            if way in AT_BYE:
                AT_BYE[way](message)
            return


if __name__ == "__main__":
    main(sys.argv[1])
