"""Types lines into an interactive shell on a terminal, each with a Tab and Enter, and prints what is run as a JSON list.

on-a-shell.py SCRATCH SETUP COMMAND... < LINES: SETUP makes `nvgpu` write its arguments, each with a NUL behind it, to
SCRATCH/words, and calls it once. LINES is JSON, and so is the answer: a list of arguments a line, null for a line that ran nothing.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

scratch, setup, *command = sys.argv[1:]
words_file = os.path.join(scratch, "words")
pid, master = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 500, 0, 0))


def drain(seconds):
    """Reads what the shell shows, so that it never waits for it."""
    shown = b""
    while select.select([master], [], [], seconds)[0]:
        shown += os.read(master, 65536)
        # fish asks what the terminal is and waits for the answer
        if b"\x1b[c" in shown or b"\x1b[0c" in shown:
            os.write(master, b"\x1b[?62;c")
            shown = b""
    return shown


def words():
    """What was run; it is renamed into place."""
    deadline = time.monotonic() + 15
    while not os.path.exists(words_file):
        if time.monotonic() > deadline:
            os.write(master, b"\x03")
            drain(0.5)
            return None
        drain(0.01)
    with open(words_file, encoding="utf8", newline="") as file:
        text = file.read()
    os.unlink(words_file)
    drain(0.02)
    return text.split("\0")[:-1]


def run(typed):
    os.write(master, typed.encode() + b"\t\r")
    return words()


drain(0.3)
os.write(master, setup.encode() + b"\r")
words()
print(json.dumps([run(typed) for typed in json.load(sys.stdin)]))
os.kill(pid, 9)
