"""Runs a command with a terminal for its standard input and error, and its standard output in a file.

on-a-terminal.py COLUMNS OUT PATTERN COMMAND...: once the terminal shows PATTERN, types ^C there. An empty PATTERN is never shown.
Prints JSON: what the terminal showed, the exit status as a shell has it, and whether ^C was typed.
"""

import fcntl
import json
import os
import pty
import struct
import sys
import termios

columns, out, pattern, *command = sys.argv[1:]
pid, master = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(columns), 0, 0))
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
    os.execvp(command[0], command)
shown, typed = b"", False
while len(shown) < 1_000_000:
    try:
        data = os.read(master, 65536)
    except OSError:  # the other end of a terminal that is gone
        break
    if not data:
        break
    shown += data
    if pattern and not typed and pattern.encode() in shown:
        typed = True
        os.write(master, b"\x03")
else:
    os.kill(pid, 9)
_, ended = os.waitpid(pid, 0)
status = 128 + os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else os.WEXITSTATUS(ended)
print(json.dumps({"shown": shown.decode(), "status": status, "typed": typed}))
