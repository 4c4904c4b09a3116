"""Acts as a shell with one job on a terminal: runs test/live/on-keys.py there, types keys, and prints what came of them."""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import time

states, report = os.pipe()
pid, master = pty.fork()
if pid == 0:
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(sys.argv[1], sys.argv[1:])
    while True:
        _, state = os.waitpid(job, os.WUNTRACED)
        if not os.WIFSTOPPED(state):
            ended = os.WEXITSTATUS(state) if os.WIFEXITED(state) else -os.WTERMSIG(state)
            os.write(report, b"status %d\n" % ended)
            os._exit(0)
        os.write(report, b"stopped\n")
        time.sleep(0.2)
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)
        os.write(report, b"continued\n")
os.close(report)
states = os.fdopen(states)
shown = b""
os.set_blocking(master, False)


def wait_for(text, seconds=60):
    """Reads what the terminal shows until a text is there."""
    global shown
    deadline = time.monotonic() + seconds
    while text not in shown:
        if time.monotonic() > deadline:
            sys.exit("never shown: %r in %r" % (text, shown))
        try:
            shown += os.read(master, 65536)
        except (BlockingIOError, OSError):
            time.sleep(0.01)
    shown = shown.split(text, 1)[1]
    return text.decode()


wait_for(b"ready")
os.write(master, b"\x03")
print(wait_for(b"interrupted"))
os.write(master, b"\x1a")
print(states.readline(), end="")
print(states.readline(), end="")
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 101, 0, 0))
print(wait_for(b"size 33 101"))
open("end", "w").close()
print(states.readline(), end="")
