"""live-peer.py TREE MOUNTPOINT: serves a copy of the tree with fusepy, for the benchmark of the kernel's files."""

import os
import sys

from fusepy import FUSE, Operations


class Copy(Operations):
    """Passes every operation on to a directory."""

    def __init__(self, root):
        self.root = root

    def path(self, path):
        return self.root + path

    def getattr(self, path, fh=None):
        facts = os.lstat(self.path(path))
        keys = "st_mode st_nlink st_uid st_gid st_size st_atime st_mtime st_ctime".split()
        return {key: getattr(facts, key) for key in keys}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.path(path))]

    def readlink(self, path):
        return os.readlink(self.path(path))

    def open(self, path, flags):
        return os.open(self.path(path), flags)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def release(self, path, fh):
        os.close(fh)


# Fresh contents, as the kernel's files have them.
FUSE(Copy(sys.argv[1]), sys.argv[2], foreground=True, nothreads=True, direct_io=True)
