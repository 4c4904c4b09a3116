import type { Export } from './exports.ts'
import { DATA, FRAME, FRAME_SIZE, MAGIC, PROTOCOL, suffixWord } from './frame.ts'
import { Code } from './listing.ts'
import { assembleX64 } from './x64.ts'

/** ELF machine of x86-64. */
export const EM_X86_64 = 62

/**
 * The common routine. It keeps: rbx the connection, rbp the result, r12 whether the connection is its own, r13 the
 * descriptor, r14 the pid, r15 the data. Kernel calls are raw: read(0) close(3) sched_yield(24) getpid(39) socket(41)
 * connect(42) sendto(44) recvfrom(45) sendmsg(46) getsockopt(55) geteuid(107) futex(202).
 */
const ENTER = `
common:
  push rbx
  push rbp
  push r12
  push r13
  push r14
  push r15
  subi rsp, FRAME_SIZE
  st.d rsp, REQ, rax
  sti.d rsp, REQ+4, 0
  st rsp, REQ+8, rdi
  st rsp, REQ+16, rsi
  st rsp, REQ+24, rdx
  st rsp, REQ+32, rcx
  st rsp, REQ+40, r8
  st rsp, REQ+48, r9
  mov.d r13, r11
  mov.d r12, r11
  shri r12, 31
  sti.d rsp, ONCE, 0
  sti.d rsp, SPINS, 0
  learip r15, data
  movi rax, 39
  syscall
  mov.d r14, rax
pidCheck:             # after a fork, one thread takes over lock and connection
  ld.d rax, r15, PID
  cmp.d rax, r14
  je pidOk
  cmpi.d rax, -1
  je pidWait
  movi rcx, -1
  cmpxchg.d r15, PID, rcx
  jne pidCheck
  test.d rax, rax
  je pidSet           # first use: lock and connection are as the file has them
inherited:
  ld.d rdi, r15, FD
  test.d rdi, rdi
  js noInherited
  movi rax, 3
  syscall
noInherited:
  sti.d r15, FD, -1
  sti.d r15, LOCK, 0
pidSet:
  st.d r15, PID, r14
  jmp pidOk
pidWait:              # bounded: a fork between exchange and store leaves -1 for ever
  movi rax, 24
  syscall
  ld.d rcx, rsp, SPINS
  addi.d rcx, 1
  st.d rsp, SPINS, rcx
  cmpi.d rcx, MOST_SPINS
  ja inherited
  jmp pidCheck
pidOk:
  test.d r12, r12
  jne connect
  xor.d rax, rax
  movi rcx, 1
  cmpxchg.d r15, LOCK, rcx
  je locked
lockSlow:
  movi rax, 2
  xchg.d r15, LOCK, rax
  test.d rax, rax
  je locked
  movi rax, 202
  lea rdi, r15, LOCK
  movi rsi, 128
  movi rdx, 2
  xor.d r10, r10
  syscall
  jmp lockSlow
locked:
  ld.d rbx, r15, FD
  test.d rbx, rbx
  jns send
`

/** Only a server of the same user, or of root, may reach into this process. */
const CONNECT = `
connect:
  movi rdi, 1
  movi rsi, 0x80001
  xor.d rdx, rdx
  movi rax, 41
  syscall
  mov.d rbx, rax
  test.d rax, rax
  js noServer
  learip rdi, envName
  callgot getenv
  test rax, rax
  jne havePath
  learip rax, defaultPath
havePath:
  mov rsi, rax
  sti.d rsp, ADDR, 1
  lea rdi, rsp, ADDR+2
  movi rdx, 107
copy:
  ldb.d rcx, rsi, 0
  stb rdi, 0, rcx
  addi rsi, 1
  addi rdi, 1
  test.d rcx, rcx
  je copied
  subi rdx, 1
  jne copy
  jmp closeNoServer
copied:
  st rsp, ORDER, rdi
connectGo:
  mov.d rdi, rbx
  lea rsi, rsp, ADDR
  movi rdx, 110
  movi rax, 42
  syscall
  cmpi rax, -4
  je connectGo
  test.d rax, rax
  jns connected
  cmpi rax, -13
  jne closeNoServer
  ld rdi, rsp, ORDER  # the owner's socket: once more at that for all users
  test rdi, rdi
  je closeNoServer
  sti.d rdi, -1, FOR_ALL
  xor.d rcx, rcx
  stb rdi, 3, rcx
  st rsp, ORDER, rcx
  jmp connectGo
connected:
  sti.d rsp, HELLO, 12
  mov.d rdi, rbx
  movi rsi, 1
  movi rdx, 17
  lea r10, rsp, ADDR
  lea r8, rsp, HELLO
  movi rax, 55
  syscall
  test.d rax, rax
  jne closeNoServer
  ld.d rcx, rsp, ADDR+4
  test.d rcx, rcx
  je trusted
  mov.d rdi, rcx
  movi rax, 107
  syscall
  cmp.d rax, rdi
  jne closeNoServer
trusted:
  sti.d rsp, HELLO, MAGIC
  sti.d rsp, HELLO+4, VERSION
  st.d rsp, HELLO+8, r14
  sti.d rsp, HELLO+12, LIST
  lea rax, r15, STATE
  st rsp, HELLO+16, rax
  mov.d rdi, rbx
  lea rsi, rsp, HELLO
  movi rdx, 24
  movi r10, 0x4000
  xor.d r8, r8
  xor.d r9, r9
  movi rax, 44
  syscall
  cmpi rax, 24
  jne closeNoServer
  test.d r12, r12
  jne send
  st.d r15, FD, rbx
`

/** The request, with its inline argument if the kernel can read that. */
const SEND = `
send:
  ld rax, r15, STATE
  st rsp, REQ+56, rax
  lea rax, rsp, REQ
  st rsp, IOV, rax
  sti rsp, IOV+8, 64
  sti rsp, MSG, 0
  sti rsp, MSG+8, 0
  lea rax, rsp, IOV
  st rsp, MSG+16, rax
  sti rsp, MSG+24, 1
  sti rsp, MSG+32, 0
  sti rsp, MSG+40, 0
  sti rsp, MSG+48, 0
  mov.d rcx, r13
  andi.d rcx, 0xfff
  st.d rsp, REQ+4, rcx
  je sendGo
  mov.d rdx, r13
  shri rdx, 16
  andi.d rdx, 7
  lea rsi, rsp, REQ
  ldargument
  st rsp, IOV+16, rax
  st rsp, IOV+24, rcx
  sti rsp, MSG+24, 2
sendGo:
  mov.d rdi, rbx
  lea rsi, rsp, MSG
  movi rdx, 0x4000
  movi rax, 46
  syscall
  cmpi rax, -4
  je sendGo
  cmpi rax, -14
  jne sent
  mov.d rcx, r13
  andi.d rcx, 0xfff
  je fault
  andi.d r13, OWN     # the argument cannot be read: the server decides
  jmp send
sent:
  test rax, rax
  js broken
  mov.d rcx, r13
  andi.d rcx, 0xfff
  addi rcx, 64
  sub rax, rcx
  je obey
  mov.d rdi, rbx      # a part of it went: again on a new connection, without the argument
  movi rax, 3
  syscall
  andi.d r13, OWN
  jmp reconnect
`

/** The orders of the server, until it says RETURN. */
const OBEY = `
obey:
  mov.d rdi, rbx
  lea rsi, rsp, ORDER
  movi rdx, 16
  movi r10, 0x100
  xor.d r8, r8
  xor.d r9, r9
  movi rax, 45
  syscall
  cmpi rax, -4
  je obey
  cmpi rax, 16
  jne broken
  movi rcx, 1
  st.d rsp, ONCE, rcx
  ld.d rax, rsp, ORDER
  test.d rax, rax
  je return
  cmpi.d rax, 1
  je poke
  cmpi.d rax, 2
  je peek
  jmp lost
poke:
  ld rsi, rsp, ORDER+8
  ld.d rdx, rsp, ORDER+4
pokeMore:
  mov.d rdi, rbx
  xor.d r10, r10
  xor.d r8, r8
  xor.d r9, r9
  movi rax, 45
  syscall
  cmpi rax, -4
  je pokeMore
  cmpi rax, -14
  je fault
  test rax, rax
  jle lost
  add rsi, rax
  sub rdx, rax
  jne pokeMore
  jmp obey
peek:
  sti rsp, STATUS, 0
  lea rax, rsp, STATUS
  st rsp, IOV, rax
  sti rsp, IOV+8, 8
  ld rax, rsp, ORDER+8
  st rsp, IOV+16, rax
  ld.d rax, rsp, ORDER+4
  st rsp, IOV+24, rax
  sti rsp, MSG+24, 2
peekGo:
  mov.d rdi, rbx
  lea rsi, rsp, MSG
  movi rdx, 0x4000
  movi rax, 46
  syscall
  cmpi rax, -4
  je peekGo
  cmpi rax, -14
  jne peekSent
  ld rcx, rsp, STATUS
  test rcx, rcx
  jne lost
  sti rsp, STATUS, -14
  sti rsp, MSG+24, 1
  jmp peekGo
peekSent:
  test rax, rax
  js lost
  ld rcx, rsp, STATUS
  test rcx, rcx
  jne obey
  ld.d rcx, rsp, ORDER+4
  addi rcx, 8
  sub rax, rcx
  je obey
  jmp fault
`

/** The ends: 2 for a pointer that the kernel refused, 9 without a server, 999 for a server lost in a call. */
const LEAVE = `
return:
  ld.d rbp, rsp, ORDER+8
  test.d r12, r12
  jne closeDone
  jmp unlock
fault:
  movi rbp, 2
  jmp drop
lost:
  movi rbp, 999
  jmp drop
broken:               # an idle connection that the server closed (a restart): once more on a new one
  ld.d rcx, rsp, ONCE
  test.d rcx, rcx
  jne lost
  sti.d rsp, ONCE, 1
  mov.d rdi, rbx
  movi rax, 3
  syscall
reconnect:
  test.d r12, r12
  jne connect
  sti.d r15, FD, -1
  jmp connect
closeNoServer:
  mov.d rdi, rbx
  movi rax, 3
  syscall
noServer:
  movi rbp, 9
  test.d r12, r12
  jne out
  sti.d r15, FD, -1
  jmp unlock
drop:
  test.d r12, r12
  jne closeDone
  sti.d r15, FD, -1
  mov.d rdi, rbx
  movi rax, 3
  syscall
unlock:
  xor.d rax, rax
  xchg.d r15, LOCK, rax
  cmpi.d rax, 2
  jne out
  movi rax, 202
  lea rdi, r15, LOCK
  movi rsi, 129
  movi rdx, 1
  syscall
  jmp out
closeDone:
  mov.d rdi, rbx
  movi rax, 3
  syscall
out:
  mov.d rax, rbp
  addi rsp, FRAME_SIZE
  pop r15
  pop r14
  pop r13
  pop r12
  pop rbp
  pop rbx
  ret
`

/** nvmlErrorString needs no server: the text of a table of 0 to 30, 999 and the rest. */
const ERROR_STRING = `
  cmpi.d rdi, 999
  je error999
  cmpi.d rdi, 30
  ja errorOther
  jmp errorText
error999:
  movi rdi, 31
  jmp errorText
errorOther:
  movi rdi, 32
errorText:
  mov.d rdi, rdi
  learip rdx, errorTable
  lderror
  add rax, rdx
  ret
`

/** The machine code of the library: an entry for each export, then the common routine. */
export function stubX64(exports: readonly Export[], list: number): { code: Code; entries: Map<string, number> } {
  const code = new Code()
  const names = {
    ...FRAME,
    ...DATA,
    FRAME_SIZE,
    MAGIC,
    VERSION: (EM_X86_64 << 16) | PROTOCOL,
    LIST: list,
    OWN: -0x8000_0000,
    MOST_SPINS: 100_000,
    FOR_ALL: suffixWord(),
  }
  const entries = new Map<string, number>()
  for (const { name, number, descriptor } of exports) {
    assembleX64(code, 'align 16', names)
    entries.set(name, code.pc)
    const body = descriptor === null ? ERROR_STRING : `movi rax, ${number}\nmovi r11, ${descriptor}\njmp common\n`
    assembleX64(code, `endbr64\n${body}`, names)
  }
  assembleX64(code, `align 16\n${ENTER}${CONNECT}${SEND}${OBEY}${LEAVE}`, names)
  return { code, entries }
}
