"""Says what the terminal sends: an interrupt, a stop and a new size. Ends once there is a file `end`."""

import os
import signal
import time

said = []
signal.signal(signal.SIGINT, lambda *_: said.append("interrupted"))
signal.signal(signal.SIGWINCH, lambda *_: said.append("size %d %d" % tuple(reversed(os.get_terminal_size()))))
print("ready", flush=True)
deadline = time.monotonic() + 60
while not os.path.exists("end") and time.monotonic() < deadline:
    time.sleep(0.02)
    while said:
        print(said.pop(0), flush=True)
os._exit(4)
