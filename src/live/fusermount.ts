import { spawnSync } from 'node:child_process'
import { closeSync } from 'node:fs'
import { guardUserMount } from './guard.ts'
import { errnoName, failedCall, loadLibc } from './libc.ts'
import { cannotMount } from './privilege.ts'

const AF_UNIX = 1
const SOCK_STREAM = 1
const SOCK_CLOEXEC = 0o2000000
/** Room for one control message, and where the descriptor is in it (struct cmsghdr, 64 bits). */
const CONTROL_BYTES = 24
const DESCRIPTOR_AT = 16

/** Mounts through the setuid program of libfuse, which opens /dev/fuse and sends the descriptor over a socket. */
export const BY_FUSERMOUNT = {
  mount,
  unmount(at: string): void {
    while (spawnSync('fusermount3', ['-u', '-z', '--', at]).signal !== null);
  },
  guard: guardUserMount,
}

async function mount(at: string): Promise<number> {
  const { koffi, library } = loadLibc()
  const socketpair = library.func('int socketpair(int, int, int, _Out_ int *)')
  const pair = new Int32Array(2)
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) !== 0)
    throw failedCall(`socketpair: ${errnoName(koffi.errno())}`, 'nvgpu run --check')
  const [ours = -1, theirs = -1] = pair
  const { status, stderr } = spawnSync('fusermount3', ['-o', 'default_permissions,fsname=nvgpu', '--', at], {
    env: { ...process.env, _FUSE_COMMFD: '3' },
    stdio: ['ignore', 'ignore', 'pipe', theirs],
    encoding: 'utf8',
  })
  closeSync(theirs)
  if (status !== 0) throw cannotMount(stderr.trim())
  const fd = receiveDescriptor(koffi, library, ours)
  closeSync(ours)
  return fd
}

type Libc = ReturnType<typeof loadLibc>

/** recvmsg(2) of one byte with one descriptor (SCM_RIGHTS). */
function receiveDescriptor(koffi: Libc['koffi'], library: Libc['library'], socket: number): number {
  const vector = koffi.struct({ base: 'void *', length: 'size_t' })
  const header = koffi.struct({
    name: 'void *',
    nameLength: 'uint32_t',
    vectors: koffi.pointer(vector),
    count: 'size_t',
    control: 'void *',
    controlLength: 'size_t',
    flags: 'int',
  })
  const recvmsg = library.func('recvmsg', 'long', ['int', koffi.inout(koffi.pointer(header)), 'int'])
  const control = koffi.alloc('uint8_t', CONTROL_BYTES)
  const message = {
    name: null,
    nameLength: 0,
    vectors: { base: koffi.alloc('uint8_t', 1), length: 1 },
    count: 1,
    control,
    controlLength: CONTROL_BYTES,
    flags: 0,
  }
  if (recvmsg(socket, message, 0) !== 1) throw failedCall('fusermount3 sent no descriptor', 'nvgpu run --check')
  return koffi.decode(control, DESCRIPTOR_AT, 'int')
}
