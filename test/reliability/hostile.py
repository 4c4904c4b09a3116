"""Random file operations: `python3 hostile.py PLAN`. With `trace` every operation is told with its error, by the role of the
file, so that two trees can be compared; otherwise how far it is, ten times, and in the end how often each error came."""
import collections, errno, fcntl, json, mmap, os, random, select, sys

plan = json.loads(sys.argv[1])
chance = random.Random(plan["seed"])
ACCESS = [os.O_RDONLY, os.O_RDONLY, os.O_WRONLY, os.O_RDWR]
FLAGS = ["CREAT", "EXCL", "TRUNC", "APPEND", "DIRECTORY", "NOFOLLOW", "DIRECT", "TMPFILE", "PATH", "NONBLOCK", "SYNC", "CLOEXEC"]
NAMES = [b".", b"..", b"x" * 255, b"x" * 256, b"\xff\xfe", b"__proto__", b"constructor", b"new\n", b"vendor", b"config"]
VALUES = [b"0", b"1", b"2\n", b"4\n", b"9" * 70, b"-1", b"junk", b"\xff\0", b"0000:c1:00.4", b"x" * 70_000,
          b"6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01", b'{"mdev_type":"nvidia-874"}', b"{"]
OFFSETS = [0, 0, 1, 4095, 4096, 1 << 31, (1 << 63) - 1, -1]
XATTRS = ["user.x", "security.x", "trusted.x", "system.posix_acl_access", "none"]
walked, writable = None, []


def paths():
    """The roles of a plan, or what is below its roots, seen again now and then because it changes."""
    global walked, writable
    if "roles" in plan:
        return list(plan["roles"].items())
    if walked is None or chance.random() < 0.0002:
        walked = []
        for root in plan["roots"]:
            for base, folders, files in os.walk(root):
                walked += [(name, os.path.join(base, name)) for name in folders + files]
        writable = [(name, path) for name, path in walked if os.path.isfile(path) and os.access(path, os.W_OK)]
    return walked


def some_path():
    role, path = chance.choice(paths())
    if chance.random() < 0.35:
        name = chance.choice(NAMES)
        return f"{role}/{name[:20]}", os.fsencode(path) + b"/" + name
    return role, os.fsencode(path)


def on_descriptor(fd):
    size = chance.choice([0, 1, 7, 4096, 1 << 20])
    at = chance.choice(OFFSETS)
    value = chance.choice(VALUES)
    shared = chance.choice([mmap.MAP_SHARED, mmap.MAP_PRIVATE])
    command = chance.choice([0, 0x5401, 0x5413, 0x3B64, 0x80081272, 0x40086602])
    xattr = chance.choice(XATTRS)
    if chance.random() < 0.3:
        return "write", lambda: os.write(fd, value)
    return chance.choice([
        ("read", lambda: os.read(fd, size)),
        ("pread", lambda: os.pread(fd, size, at)),
        ("pwrite", lambda: os.pwrite(fd, value, at)),
        ("lseek", lambda: os.lseek(fd, at, chance.randrange(6))),
        ("fstat", lambda: os.fstat(fd)),
        ("ftruncate", lambda: os.ftruncate(fd, abs(at))),
        ("fsync", lambda: os.fsync(fd)),
        ("fdatasync", lambda: os.fdatasync(fd)),
        ("flock", lambda: fcntl.flock(fd, chance.choice([1, 2, 8]) | fcntl.LOCK_NB)),
        ("lockf", lambda: fcntl.lockf(fd, chance.choice([1, 2, 8]) | fcntl.LOCK_NB)),
        ("mmap", lambda: mmap.mmap(fd, 1, shared, mmap.PROT_READ).close()),
        ("ioctl", lambda: fcntl.ioctl(fd, command, bytes(64))),
        ("listdir", lambda: os.listdir(fd)),
        ("getxattr", lambda: os.getxattr(fd, xattr)),
        ("fallocate", lambda: os.posix_fallocate(fd, 0, 1)),
        ("fadvise", lambda: os.posix_fadvise(fd, 0, 0, chance.randrange(6))),
        ("poll", lambda: select.select([fd], [], [], 0)),
        ("sendfile", lambda: os.sendfile(SINK, fd, 0, 100)),
        ("fchmod", lambda: os.fchmod(fd, 0o600)),
        ("futimens", lambda: os.utime(fd)),
        ("fstatvfs", lambda: os.fstatvfs(fd)),
        ("openat", lambda: os.close(os.open("uevent", os.O_RDONLY, dir_fd=fd))),
    ])


def opened(role, path):
    names = [name for name in FLAGS if chance.random() < 0.04]
    flags = chance.choice(ACCESS)
    for name in names:
        flags |= getattr(os, f"O_{name}")
    what = f"open {role} {flags & 3} {' '.join(names)}"
    # the second draw is made whether the file opens or not, so that two trees see the same operations
    state = chance.getstate()
    try:
        fd = os.open(path, flags | os.O_NONBLOCK, 0o600)
    except OSError as error:
        on_descriptor(-1)
        return what, error.errno
    chance.setstate(state)
    name, act = on_descriptor(fd)
    state = chance.getstate()
    try:
        return f"{what}: {name}", attempt(act)
    finally:
        os.close(fd)
        chance.setstate(state)


def written(role, path):
    value = chance.choice(VALUES)
    try:
        fd = os.open(path, os.O_WRONLY)
    except OSError as error:
        return "store", error.errno
    try:
        return "store", attempt(lambda: os.write(fd, value))
    finally:
        os.close(fd)


def on_path(role, path):
    other, target = some_path()
    xattr = chance.choice(XATTRS)
    mode = chance.choice([0o600, 0o755, 0])
    name, act = chance.choice([
        ("stat", lambda: os.stat(path)),
        ("lstat", lambda: os.lstat(path)),
        ("access", lambda: os.access(path, os.R_OK)),
        ("readlink", lambda: os.readlink(path)),
        ("listdir", lambda: os.listdir(path)),
        ("unlink", lambda: os.unlink(path)),
        ("rmdir", lambda: os.rmdir(path)),
        ("mkdir", lambda: os.mkdir(path, mode)),
        ("mkfifo", lambda: os.mkfifo(path, mode)),
        ("symlink", lambda: os.symlink(b"to", path)),
        (f"link {other}", lambda: os.link(path, target)),
        (f"rename {other}", lambda: os.rename(path, target)),
        ("truncate", lambda: os.truncate(path, mode)),
        ("chmod", lambda: os.chmod(path, mode)),
        ("chown", lambda: os.chown(path, -1, -1)),
        ("lchown", lambda: os.lchown(path, 12, 12)),
        ("utime", lambda: os.utime(path)),
        ("getxattr", lambda: os.getxattr(path, xattr)),
        ("setxattr", lambda: os.setxattr(path, xattr, b"x")),
        ("listxattr", lambda: os.listxattr(path)),
        ("removexattr", lambda: os.removexattr(path, xattr)),
        ("statvfs", lambda: os.statvfs(path)),
    ])
    return f"{name} {role} {xattr if 'xattr' in name else ''}", attempt(act)


def attempt(act):
    try:
        act()
        return 0
    except OSError as error:
        return error.errno
    except (OverflowError, ValueError):
        return 0


SINK = os.open("/dev/null", os.O_WRONLY)
counts = collections.Counter()
for number in range(1, plan["operations"] + 1):
    chance.seed(f"{plan['seed']}-{number}")
    role, path = some_path()
    if writable and chance.random() < 0.1:
        what, number_of_error = written(*chance.choice(writable))
    else:
        what, number_of_error = (opened if chance.random() < 0.6 else on_path)(role, path)
    error = errno.errorcode.get(number_of_error, "ok")
    if plan.get("trace"):
        print(f"{number} {what}\t{error}")
        continue
    counts[f"{what.split(': ')[-1].split(' ')[0]} {error}"] += 1
    if number % max(1, plan["operations"] // 10) == 0:
        print(json.dumps({"done": number}), flush=True)
if not plan.get("trace"):
    print(json.dumps({"counts": counts}), flush=True)
