export const ERRNO_TABLE = {
  EPERM: [1, 'operation not permitted'],
  ENOENT: [2, 'no such file, device or object'],
  EIO: [5, 'input/output error'],
  ENXIO: [6, 'no such device or address'],
  EBADF: [9, 'bad file descriptor'],
  EAGAIN: [11, 'try again'],
  ENOMEM: [12, 'out of memory'],
  EACCES: [13, 'permission denied'],
  EFAULT: [14, 'bad address'],
  EBUSY: [16, 'device or resource busy'],
  EEXIST: [17, 'already exists'],
  EXDEV: [18, 'link across file systems'],
  ENODEV: [19, 'no such device'],
  ENOTDIR: [20, 'not a directory'],
  EISDIR: [21, 'is a directory'],
  EINVAL: [22, 'invalid argument'],
  ENFILE: [23, 'too many open files in the system'],
  EMFILE: [24, 'too many open files'],
  ENOTTY: [25, 'operation not offered by the device'],
  EFBIG: [27, 'file too large'],
  ENOSPC: [28, 'no space left'],
  EROFS: [30, 'read-only file system'],
  ERANGE: [34, 'result or number out of range'],
  ENAMETOOLONG: [36, 'file name too long'],
  ENOTEMPTY: [39, 'directory not empty'],
  ELOOP: [40, 'too many symbolic links'],
  EPROTO: [71, 'protocol error'],
  EBADMSG: [74, 'malformed message'],
  EOVERFLOW: [75, 'value too large for its type'],
  EOPNOTSUPP: [95, 'operation not supported'],
  ETIMEDOUT: [110, 'timed out'],
  ESTALE: [116, 'stale file handle'],
  EUCLEAN: [117, 'stored structure needs cleaning'],
  EDQUOT: [122, 'disk quota exceeded'],
  ECANCELED: [125, 'operation cancelled'],
} as const satisfies Record<string, readonly [number, string]>

export type ErrnoName = keyof typeof ERRNO_TABLE

/** Whether `name` is a known error number, for errors from outside (`error.code` of Node). */
export function isErrnoName(name: unknown): name is ErrnoName {
  return typeof name === 'string' && Object.hasOwn(ERRNO_TABLE, name)
}
