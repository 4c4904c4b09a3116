import { assembleA64 } from './a64.ts'
import type { Export } from './exports.ts'
import { DATA, FRAME, FRAME_SIZE, MAGIC, PROTOCOL, suffixWord } from './frame.ts'
import { Code } from './listing.ts'

/** ELF machine of AArch64. */
export const EM_AARCH64 = 183

/** Saved registers are below the frame of a call. */
const SAVED = 0x40
const WHOLE = 0x190

/**
 * The common routine, as that of x86-64. It keeps: x19 the connection, x20 the result, x21 whether the connection is its
 * own, x22 the descriptor, x23 the pid, x24 the data. Kernel calls: close(57) futex(98) sched_yield(124) getpid(172)
 * geteuid(175) socket(198) connect(203) sendto(206) recvfrom(207) getsockopt(209) sendmsg(211).
 */
const ENTER = `
common:
  subi sp, sp, WHOLE
  stp x29, sp, 0
  stp x19, sp, 0x10
  stp x21, sp, 0x20
  stp x23, sp, 0x30
  addi x29, sp, 0
  st.w x16, sp, REQ
  st.w zr, sp, REQ+4
  st x0, sp, REQ+8
  st x1, sp, REQ+16
  st x2, sp, REQ+24
  st x3, sp, REQ+32
  st x4, sp, REQ+40
  st x5, sp, REQ+48
  mov.w x22, x17
  ownbit
  st.w zr, sp, ONCE
  movi x20, 0         # spins, until there is a result
  adr x24, data
  svc 172
  mov.w x23, x0
  addi x9, x24, PID
pidCheck:             # after a fork, one thread takes over lock and connection
  ld.w x1, x24, PID
  cmp.w x1, x23
  b.eq pidOk
  cmni.w x1, 1
  b.eq pidWait
  ldaxr x2, x9
  cmp.w x2, x1
  b.ne pidCheck
  movn x3, 0
  stlxr x4, x3, x9
  cbnz.w x4, pidCheck
  cbz.w x1, pidSet    # first use: lock and connection are as the file has them
inherited:
  ld.w x0, x24, FD
  cmpi.w x0, 0
  b.lt noInherited
  svc 57
noInherited:
  movn x3, 0
  st.w x3, x24, FD
  st.w zr, x24, LOCK
pidSet:
  stlr x23, x9
  b pidOk
pidWait:              # bounded: a fork between exchange and store leaves -1 for ever
  svc 124
  addi x20, x20, 1
  movi x1, MOST_SPINS
  cmp x20, x1
  b.hi inherited
  b pidCheck
pidOk:
  cbnz.w x21, connect
  addi x9, x24, LOCK
lockFast:
  ldaxr x0, x9
  cbnz.w x0, lockSlow
  movi x1, 1
  stlxr x2, x1, x9
  cbnz.w x2, lockFast
  b locked
lockSlow:
  ldaxr x0, x9
  movi x1, 2
  stlxr x2, x1, x9
  cbnz.w x2, lockSlow
  cbz.w x0, locked
  mov x0, x9
  movi x1, 128
  movi x2, 2
  movi x3, 0
  svc 98
  addi x9, x24, LOCK
  b lockSlow
locked:
  ld.w x19, x24, FD
  cmpi.w x19, 0
  b.ge send
`

/** Only a server of the same user, or of root, may reach into this process. */
const CONNECT = `
connect:
  movi x0, 1
  movi x1, 0x80001
  movi x2, 0
  svc 198
  mov.w x19, x0
  cmpi.w x0, 0
  b.lt noServer
  adr x0, envName
  adr x1, getenv
  ld x1, x1, 0
  blr x1
  cbnz x0, havePath
  adr x0, defaultPath
havePath:
  movi x1, 1
  st.w x1, sp, ADDR
  addi x2, sp, ADDR+2
  movi x3, 107
copy:
  ldnext
  stnext
  cbz.w x4, copied
  subi x3, x3, 1
  cbnz x3, copy
  b closeNoServer
copied:
  subi x2, x2, 1
  st x2, sp, ORDER
connectGo:
  mov.w x0, x19
  addi x1, sp, ADDR
  movi x2, 110
  svc 203
  cmni x0, 4
  b.eq connectGo
  cmpi.w x0, 0
  b.ge connected
  cmni x0, 13
  b.ne closeNoServer
  ld x2, sp, ORDER    # the owner's socket: once more at that for all users
  cbz x2, closeNoServer
  movi x1, FOR_ALL
  st.w x1, x2, 0
  st.w zr, x2, 4
  st zr, sp, ORDER
  b connectGo
connected:
  movi x1, 12
  st.w x1, sp, HELLO
  mov.w x0, x19
  movi x1, 1
  movi x2, 17
  addi x3, sp, ADDR
  addi x4, sp, HELLO
  svc 209
  cbnz.w x0, closeNoServer
  ld.w x9, sp, ADDR+4
  cbz.w x9, trusted
  svc 175
  cmp.w x0, x9
  b.ne closeNoServer
trusted:
  movi x1, MAGIC
  st.w x1, sp, HELLO
  movi x1, VERSION
  st.w x1, sp, HELLO+4
  st.w x23, sp, HELLO+8
  movi x1, LIST
  st.w x1, sp, HELLO+12
  addi x1, x24, STATE
  st x1, sp, HELLO+16
  mov.w x0, x19
  addi x1, sp, HELLO
  movi x2, 24
  movi x3, 0x4000
  movi x4, 0
  movi x5, 0
  svc 206
  cmpi x0, 24
  b.ne closeNoServer
  cbnz.w x21, send
  st.w x19, x24, FD
`

/** The request, with its inline argument if the kernel can read that. */
const SEND = `
send:
  ld x0, x24, STATE
  st x0, sp, REQ+56
  addi x0, sp, REQ
  st x0, sp, IOV
  movi x0, 64
  st x0, sp, IOV+8
  st zr, sp, MSG
  st zr, sp, MSG+8
  addi x0, sp, IOV
  st x0, sp, MSG+16
  movi x0, 1
  st x0, sp, MSG+24
  st zr, sp, MSG+32
  st zr, sp, MSG+40
  st zr, sp, MSG+48
  inlinesize
  st.w x1, sp, REQ+4
  cbz.w x1, sendGo
  inlineindex
  addi x3, sp, REQ+8
  ldargument
  st x0, sp, IOV+16
  st x1, sp, IOV+24
  movi x0, 2
  st x0, sp, MSG+24
sendGo:
  mov.w x0, x19
  addi x1, sp, MSG
  movi x2, 0x4000
  svc 211
  cmni x0, 4
  b.eq sendGo
  cmni x0, 14
  b.ne sent
  inlinesize
  cbz.w x1, fault
  keepown             # the argument cannot be read: the server decides
  b send
sent:
  cmpi x0, 0
  b.lt broken
  inlinesize
  addi x1, x1, 64
  cmp x0, x1
  b.eq obey
  mov.w x0, x19       # a part of it went: again on a new connection, without the argument
  svc 57
  keepown
  b reconnect
`

/** The orders of the server, until it says RETURN. */
const OBEY = `
obey:
  mov.w x0, x19
  addi x1, sp, ORDER
  movi x2, 16
  movi x3, 0x100
  movi x4, 0
  movi x5, 0
  svc 207
  cmni x0, 4
  b.eq obey
  cmpi x0, 16
  b.ne broken
  movi x1, 1
  st.w x1, sp, ONCE
  ld.w x0, sp, ORDER
  cbz.w x0, return
  cmpi.w x0, 1
  b.eq poke
  cmpi.w x0, 2
  b.eq peek
  b lost
poke:
  ld x9, sp, ORDER+8
  ld.w x10, sp, ORDER+4
pokeMore:
  mov.w x0, x19
  mov x1, x9
  mov x2, x10
  movi x3, 0
  movi x4, 0
  movi x5, 0
  svc 207
  cmni x0, 4
  b.eq pokeMore
  cmni x0, 14
  b.eq fault
  cmpi x0, 0
  b.le lost
  add x9, x9, x0
  sub x10, x10, x0
  cbnz x10, pokeMore
  b obey
peek:
  st zr, sp, STATUS
  addi x0, sp, STATUS
  st x0, sp, IOV
  movi x0, 8
  st x0, sp, IOV+8
  ld x0, sp, ORDER+8
  st x0, sp, IOV+16
  ld.w x0, sp, ORDER+4
  st x0, sp, IOV+24
  movi x0, 2
  st x0, sp, MSG+24
peekGo:
  mov.w x0, x19
  addi x1, sp, MSG
  movi x2, 0x4000
  svc 211
  cmni x0, 4
  b.eq peekGo
  cmni x0, 14
  b.ne peekSent
  ld x1, sp, STATUS
  cbnz x1, lost
  movn x1, 13
  st x1, sp, STATUS
  movi x0, 1
  st x0, sp, MSG+24
  b peekGo
peekSent:
  cmpi x0, 0
  b.lt lost
  ld x1, sp, STATUS
  cbnz x1, obey
  ld.w x1, sp, ORDER+4
  addi x1, x1, 8
  cmp x0, x1
  b.eq obey
  b fault
`

/** The ends: 2 for a pointer that the kernel refused, 9 without a server, 999 for a server lost in a call. */
const LEAVE = `
return:
  ld.w x20, sp, ORDER+8
  cbnz.w x21, closeDone
  b unlock
fault:
  movi x20, 2
  b drop
lost:
  movi x20, 999
  b drop
broken:               # an idle connection that the server closed (a restart): once more on a new one
  ld.w x1, sp, ONCE
  cbnz.w x1, lost
  movi x1, 1
  st.w x1, sp, ONCE
  mov.w x0, x19
  svc 57
reconnect:
  cbnz.w x21, connect
  movn x1, 0
  st.w x1, x24, FD
  b connect
closeNoServer:
  mov.w x0, x19
  svc 57
noServer:
  movi x20, 9
  cbnz.w x21, out
  movn x1, 0
  st.w x1, x24, FD
  b unlock
drop:
  cbnz.w x21, closeDone
  movn x1, 0
  st.w x1, x24, FD
  mov.w x0, x19
  svc 57
unlock:
  addi x9, x24, LOCK
unlockAgain:
  ldaxr x0, x9
  stlxr x2, zr, x9
  cbnz.w x2, unlockAgain
  cmpi.w x0, 2
  b.ne out
  mov x0, x9
  movi x1, 129
  movi x2, 1
  svc 98
  b out
closeDone:
  mov.w x0, x19
  svc 57
out:
  mov.w x0, x20
  ldp x19, sp, 0x10
  ldp x21, sp, 0x20
  ldp x23, sp, 0x30
  ldp x29, sp, 0
  addi sp, sp, WHOLE
  ret
`

/** nvmlErrorString needs no server: the text of a table of 0 to 30, 999 and the rest. */
const ERROR_STRING = `
  mov.w x0, x0
  cmpi.w x0, 999
  b.eq error999
  cmpi.w x0, 30
  b.hi errorOther
  b errorText
error999:
  movi x0, 31
  b errorText
errorOther:
  movi x0, 32
errorText:
  adr x1, errorTable
  lderror
  add x0, x1, x2
  ret
`

/** The machine code of the library: an entry for each export, then the common routine. */
export function stubArm64(exports: readonly Export[], list: number): { code: Code; entries: Map<string, number> } {
  if (SAVED + FRAME_SIZE > WHOLE) throw new Error('the frame does not fit')
  const code = new Code()
  const frame = Object.fromEntries(Object.entries(FRAME).map(([name, at]) => [name, at + SAVED]))
  const names = {
    ...frame,
    ...DATA,
    WHOLE,
    MAGIC,
    VERSION: (EM_AARCH64 << 16) | PROTOCOL,
    LIST: list,
    MOST_SPINS: 100_000,
    FOR_ALL: suffixWord(),
  }
  const entries = new Map<string, number>()
  for (const { name, number, descriptor } of exports) {
    assembleA64(code, 'align 16', names)
    entries.set(name, code.pc)
    const body = descriptor === null ? ERROR_STRING : `movi x16, ${number}\nmovi x17, ${descriptor}\nb common\n`
    assembleA64(code, `bti.c\n${body}`, names)
  }
  assembleA64(code, `align 16\n${ENTER}${CONNECT}${SEND}${OBEY}${LEAVE}`, names)
  return { code, entries }
}
