import { struct } from '../../abi/compound.ts'
import { bigU64, u16, u32, u64 } from '../../abi/scalars.ts'

/** Requests of the kernel that this server knows (enum fuse_opcode in linux/fuse.h). */
export const OPCODE = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  LISTXATTR: 23,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  IOCTL: 39,
  BATCH_FORGET: 42,
  RENAME2: 45,
} as const

/** Notifications to the kernel (enum fuse_notify_code). */
export const NOTIFY_INVAL_ENTRY = 3

/** The version of the protocol that the structures here have. */
export const KERNEL_VERSION = 7
export const KERNEL_MINOR_VERSION = 31

// Flags of fuse_init_out.
export const ATOMIC_O_TRUNC = 1 << 3
export const BIG_WRITES = 1 << 5
export const PARALLEL_DIROPS = 1 << 18
export const MAX_PAGES = 1 << 22
export const CACHE_SYMLINKS = 1 << 23

// Flags of fuse_open_out.
export const FOPEN_DIRECT_IO = 1 << 0
export const FOPEN_KEEP_CACHE = 1 << 1
export const FOPEN_CACHE_DIR = 1 << 3
export const FOPEN_NOFLUSH = 1 << 5

// Bits of `valid` in fuse_setattr_in: changes of mode, owner and group.
export const FATTR_MODE = 1 << 0
export const FATTR_UID = 1 << 1
export const FATTR_GID = 1 << 2

export const ROOT_ID = 1

export const fuse_in_header = struct('fuse_in_header', {
  len: u32,
  opcode: u32,
  unique: bigU64,
  nodeid: u64,
  uid: u32,
  gid: u32,
  pid: u32,
  total_extlen: u16,
  padding: u16,
})

export const fuse_out_header = struct('fuse_out_header', { len: u32, error: u32, unique: bigU64 })

const fuse_attr = struct('fuse_attr', {
  ino: u64,
  size: u64,
  blocks: u64,
  atime: u64,
  mtime: u64,
  ctime: u64,
  atimensec: u32,
  mtimensec: u32,
  ctimensec: u32,
  mode: u32,
  nlink: u32,
  uid: u32,
  gid: u32,
  rdev: u32,
  blksize: u32,
  flags: u32,
})

export const fuse_entry_out = struct('fuse_entry_out', {
  nodeid: u64,
  generation: u64,
  entry_valid: u64,
  attr_valid: u64,
  entry_valid_nsec: u32,
  attr_valid_nsec: u32,
  attr: fuse_attr,
})

export const fuse_attr_out = struct('fuse_attr_out', {
  attr_valid: u64,
  attr_valid_nsec: u32,
  dummy: u32,
  attr: fuse_attr,
})

export const fuse_forget_in = struct('fuse_forget_in', { nlookup: bigU64 })

export const fuse_batch_forget_in = struct('fuse_batch_forget_in', { count: u32, dummy: u32 })

export const fuse_forget_one = struct('fuse_forget_one', { nodeid: u64, nlookup: bigU64 })

export const fuse_setattr_in = struct('fuse_setattr_in', {
  valid: u32,
  padding: u32,
  fh: bigU64,
  size: bigU64,
  lock_owner: bigU64,
  atime: bigU64,
  mtime: bigU64,
  ctime: bigU64,
  atimensec: u32,
  mtimensec: u32,
  ctimensec: u32,
  mode: u32,
  unused4: u32,
  uid: u32,
  gid: u32,
  unused5: u32,
})

export const fuse_open_in = struct('fuse_open_in', { flags: u32, open_flags: u32 })

export const fuse_create_in = struct('fuse_create_in', { flags: u32, mode: u32, umask: u32, open_flags: u32 })

export const fuse_open_out = struct('fuse_open_out', { fh: u64, open_flags: u32, padding: u32 })

export const fuse_release_in = struct('fuse_release_in', {
  fh: bigU64,
  flags: u32,
  release_flags: u32,
  lock_owner: bigU64,
})

export const fuse_flush_in = struct('fuse_flush_in', { fh: bigU64, unused: u32, padding: u32, lock_owner: bigU64 })

export const fuse_read_in = struct('fuse_read_in', {
  fh: bigU64,
  offset: bigU64,
  size: u32,
  read_flags: u32,
  lock_owner: bigU64,
  flags: u32,
  padding: u32,
})

export const fuse_write_in = struct('fuse_write_in', {
  fh: bigU64,
  offset: bigU64,
  size: u32,
  write_flags: u32,
  lock_owner: bigU64,
  flags: u32,
  padding: u32,
})

export const fuse_write_out = struct('fuse_write_out', { size: u32, padding: u32 })

export const fuse_getxattr_in = struct('fuse_getxattr_in', { size: u32, padding: u32 })

export const fuse_getxattr_out = struct('fuse_getxattr_out', { size: u32, padding: u32 })

const fuse_kstatfs = struct('fuse_kstatfs', {
  blocks: u64,
  bfree: u64,
  bavail: u64,
  files: u64,
  ffree: u64,
  bsize: u32,
  namelen: u32,
  frsize: u32,
  padding: u32,
  spare0: u64,
  spare1: u64,
  spare2: u64,
})

export const fuse_statfs_out = struct('fuse_statfs_out', { st: fuse_kstatfs })

export const fuse_init_in = struct('fuse_init_in', { major: u32, minor: u32, max_readahead: u32, flags: u32 })

export const fuse_init_out = struct('fuse_init_out', {
  major: u32,
  minor: u32,
  max_readahead: u32,
  flags: u32,
  max_background: u16,
  congestion_threshold: u16,
  max_write: u32,
  time_gran: u32,
  max_pages: u16,
  map_alignment: u16,
  flags2: u32,
  unused0: u32,
  unused1: u64,
  unused2: u64,
  unused3: u64,
})

/** The fixed part of a directory entry; its name follows, padded to eight bytes. */
export const fuse_dirent = struct('fuse_dirent', { ino: u64, off: u64, namelen: u32, type: u32 })

export const fuse_notify_inval_entry_out = struct('fuse_notify_inval_entry_out', {
  parent: u64,
  namelen: u32,
  flags: u32,
})
