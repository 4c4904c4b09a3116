"""Writers on /sys, each a process: `python3 live-writer.py PLAN`. Each notes in a file of its own what it begins and how it
ended, on the machine's one clock, so that a writer that is killed leaves what it knew."""
import errno, json, os, random, sys, time

plan = json.loads(sys.argv[1])
log = -1


def note(*words):
    os.write(log, (" ".join(map(str, words)) + "\n").encode())


def attempt(name, number, kind, vf, value, act):
    event = f"{name}-{number}-{kind}"
    note("begin", event, kind, vf, value, time.monotonic_ns())
    try:
        answer = act() or "-"
    except OSError as error:
        answer = errno.errorcode[error.errno]
    note("end", event, answer, time.monotonic_ns())
    if answer in ("ENOTCONN", "ECONNABORTED"):
        os._exit(0)
    return answer


def write(path, text):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def read(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.read(fd, 4096).decode().strip()
    finally:
        os.close(fd)


def operation(name, index, number):
    chance = random.Random(f"{plan['seed']}-{name}-{number}")
    vf = chance.choice(plan["vfs"])
    device = f"/sys/bus/pci/devices/{vf}"
    supported = f"{device}/mdev_supported_types/{plan['type']}"
    kind = chance.choices(["override", "show", "create", "remove"], [4, 2, 2, 2])[0]
    if kind == "override":
        text = f"{name}-{number}"
        attempt(name, number, kind, vf, text, lambda: write(f"{device}/driver_override", text))
    elif kind == "show":
        attempt(name, number, kind, vf, "-", lambda: read(f"{device}/driver_override"))
    elif kind == "create":
        uuid = f"{index:08x}-0000-4000-8000-{number:012x}"
        attempt(name, number, kind, vf, uuid, lambda: write(f"{supported}/create", uuid))
    else:
        holder = attempt(name, number, "holder", vf, "-", lambda: " ".join(os.listdir(f"{supported}/devices")))
        if len(holder) == 36:
            attempt(name, number, kind, vf, holder, lambda: write(f"{device}/{holder}/remove", "1"))


children = []
for name, index, first in plan["writers"]:
    pid = os.fork()
    if pid == 0:
        log = os.open(f"{plan['logs']}/{name}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for number in range(first, plan["end"]):
            operation(name, index, number)
        os._exit(0)
    children.append(pid)
for pid in children:
    os.waitpid(pid, 0)
