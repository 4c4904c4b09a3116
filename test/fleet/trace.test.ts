import { describe, expect, it } from 'vitest'
import { csvLines } from '../../src/app/fleet/csv-lines.ts'
import { type Offer, readTrace } from '../../src/app/fleet/read-trace.ts'
import { NvError } from '../../src/errors/nv-error.ts'

const OFFER: Offer = {
  models: () => new Set(['t4', 'g2']),
  type: (word) => {
    if (word.toLowerCase() === 'l40-4q') return { id: 874, mib: 4096, board: 'l40' }
    throw new NvError({
      errno: 'ENODEV',
      code: 'not-found',
      at: 'fleet',
      message: `no GPU of the fleet has a vGPU type "${word}"`,
    })
  },
}
const bytes = (text: string) => new TextEncoder().encode(text)
const read = (text: string | Uint8Array) => readTrace('t.csv', [typeof text === 'string' ? bytes(text) : text], OFFER)
const refusal = (text: string | Uint8Array) => {
  try {
    read(text)
  } catch (error) {
    if (error instanceof NvError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const OPENB = 'cpu_milli,memory_mib,num_gpu,gpu_milli\n'

describe('a trace', () => {
  it('has the columns of the openb trace, of which four are enough, in any order', () => {
    const { kind, trace } = read(
      'gpu_milli,name,num_gpu,memory_mib,cpu_milli,gpu_spec\n500,a,1,10,4000,T4|X9\n0,b,0,10,100,\n500,c,1,10,4000,t4|x9\n',
    )
    expect(kind).toBe('gpus')
    expect(trace.requests).toEqual([
      { cpu: 4000, memory: 10, gpus: 1, each: 500, models: ['t4', 'x9'], vgpuType: undefined },
      { cpu: 100, memory: 10, gpus: 0, each: 0, models: undefined, vgpuType: undefined },
    ])
    expect([...trace.lines]).toEqual([0, 1, 0])
    expect(trace.arrivals).toBeUndefined()
  })

  it('has vGPU types or shares, with counts and times', () => {
    const types = read(
      'type,count,arrival,departure,constraints\nL40-4Q,3,0,100,\nl40-4q,,2026-12-01T10:00:00Z,,L40\n',
    ).trace
    expect(types.requests).toEqual([{ cpu: 0, memory: 0, gpus: 1, each: 4096, models: ['l40'], vgpuType: 874 }])
    expect([...types.lines]).toEqual([0, 0, 0, 0])
    expect([...(types.arrivals ?? [])]).toEqual([0, 0, 0, 1_796_119_200])
    expect([...(types.departures ?? [])]).toEqual([100, 100, 100, Number.NaN])
    const shares = read('share,constraints\n0.5,T4\n250,\n1,\n').trace
    expect(shares.requests.map(({ each, models }) => [each, models])).toEqual([
      [500, ['t4']],
      [250, undefined],
      [1000, undefined],
    ])
  })

  it('is read with a byte order mark, any line ends, quotes and comments', () => {
    const rows =
      '\ufeff"cpu_milli","memory_mib",num_gpu,gpu_milli\r\n# a comment\r\n\r\n"4000",10,"1",500\r4000.0,10,1,500'
    expect([...read(rows).trace.lines]).toHaveLength(2)
    const pieces = [...bytes(rows)].map((byte) => Uint8Array.of(byte))
    expect(readTrace('t.csv', pieces, OFFER).trace).toEqual(read(rows).trace)
  })

  it.each<[string, string | Uint8Array, string]>([
    ['an empty file', '', 't.csv:1: the file is empty'],
    ['a header alone', OPENB, 't.csv:2: there is no request'],
    [
      'columns that are missing',
      'cpu_milli,memory_mib,num_gpus\n1,1,1\n',
      't.csv:1: there is no column num_gpu, gpu_milli; nearest: num_gpus; a trace has cpu_milli, memory_mib, num_gpu, gpu_milli, or type, or share',
    ],
    [
      'a column twice',
      'cpu_milli,cpu_milli\n',
      't.csv:1: two columns are the cpu of a request: "cpu_milli" is the second',
    ],
    [
      'a negative number',
      `${OPENB}-5,1,1,500\n`,
      't.csv:2: cpu_milli: an amount that is not negative is needed here, not "-5"',
    ],
    [
      'NaN',
      `${OPENB}1,NaN,1,500\n`,
      't.csv:2: memory_mib: an amount that is not negative is needed here, not "NaN", which is not a number',
    ],
    [
      'an endless number',
      `${OPENB}1e999,1,1,500\n`,
      't.csv:2: cpu_milli: an amount that is not negative is needed here, not "1e999", which is too large for any number',
    ],
    [
      'too many GPUs',
      `${OPENB}1,1,5000,1000\n`,
      't.csv:2: num_gpu: a whole number from 0 to 1024 is needed here, not "5000"',
    ],
    ['no number of GPUs', `${OPENB}1,1,,1000\n`, 't.csv:2: num_gpu: a number of GPUs is needed here'],
    [
      'a GPU without a share',
      `${OPENB}1,1,1,0\n`,
      't.csv:2: gpu_milli: a request for a GPU needs a share of it, from 1 to 1000',
    ],
    [
      'a share of more than a GPU',
      `${OPENB}1,1,1,1001\n`,
      't.csv:2: gpu_milli: a whole number from 0 to 1000 is needed here, not "1001"',
    ],
    ['a row that is too short', `${OPENB}1,1,1,500\n1,1\n`, 't.csv:3: there are 2 values, and 4 columns'],
    [
      'an unknown model',
      'share,constraints\n0.5,H999\n',
      't.csv:2: constraints: no node has the model h999; the fleet has T4, G2',
    ],
    ['an unknown type', 'type\nL40-5Q\n', 't.csv:2: type: no GPU of the fleet has a vGPU type "L40-5Q"'],
    [
      'another board',
      'type,constraints\nL40-4Q,L4\n',
      't.csv:2: constraints: L40-4Q is a type of L40, which is not among them',
    ],
    [
      'no share',
      'share\n1.5\n',
      't.csv:2: share: a share of a GPU is needed here, from 0.001 to 1 or in thousandths from 2 to 1000, not "1.5"',
    ],
    ['a quote that is not closed', `${OPENB}"1,1,1,500\n2,2,1,500\n`, 't.csv:2: a quote is not closed'],
    ['a quote in a value', `${OPENB}1,"1"2,1,500\n`, 't.csv:2: a quote is misplaced'],
    [
      'bytes that are not UTF-8',
      Uint8Array.of(...bytes(OPENB), 0xff, 0x31),
      't.csv:1: the text from here on is not UTF-8',
    ],
    ['a NUL', `${OPENB}1\0,1,1,500\n`, 't.csv:2: the line has a NUL character'],
    ['no end of a line', `${OPENB}${'1'.repeat(70_000)}`, 't.csv:2: the line has more than 65536 characters'],
    ['no arrival', 'type,arrival\nL40-4Q,\n', 't.csv:2: arrival: the time at which the request arrives is needed here'],
    [
      'no time',
      'type,arrival\nL40-4Q,noon\n',
      't.csv:2: arrival: a time in seconds or as 2026-12-01T10:00:00Z is needed here, not "noon"',
    ],
    [
      'a departure before the arrival',
      'type,arrival,departure\nL40-4Q,5,4\n',
      't.csv:2: departure: the request leaves before it arrives',
    ],
    [
      'too many of one request',
      'type,count\nL40-4Q,10000000\n',
      't.csv:2: count: a whole number from 1 to 1000000 is needed here, not "10000000"',
    ],
    [
      'too many requests',
      `type,count\n${'L40-4Q,1000000\n'.repeat(21)}`,
      't.csv:22: the trace has more than 20000000 requests: cut it with head -n',
    ],
  ])('is refused with its line for %s', (_what, text, message) => {
    const error = refusal(text)
    expect(error.message).toBe(message)
    expect(error.code).toBe('invalid-file')
    expect(error.hint).toMatch(/^sed -n \d+p t\.csv$/)
  })

  it('keeps only one piece of the file in memory', () => {
    let given = 0
    function* pieces() {
      for (; given < 1000; given += 1) yield bytes('a,b\n')
    }
    const lines = csvLines(pieces())
    lines.next()
    lines.next()
    expect(given).toBeLessThan(4)
  })
})
