import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
  return stdout
}

/** A command that may warn. */
async function done(line: string): Promise<void> {
  expect(await bench.sh(line)).toMatchObject({ status: 0 })
}

/** A host with MIG on, on one GPU. */
async function enabled(board: string): Promise<void> {
  await ok(`host init --board ${board} --profile vgpu17 --force`)
  expect(await ok('smi -mig 1')).toBe('Enabled MIG Mode for GPU 00000000:C1:00.0\nAll done.\n')
}

/** GPU, profile, id, start and size in each row of `-lgi`. */
async function places(): Promise<string[]> {
  const rows = (await ok('smi mig -lgi')).split('\n').filter((line) => line.includes(' MIG '))
  return rows.map((line) => line.replace(/[| ]+/g, ' ').trim())
}

describe('nvidia-smi -mig', () => {
  it('rule 1: a board without MIG prints N/A, and switching it on is only a warning', async () => {
    await ok('host init --board L40 --profile vgpu17 --force')
    expect(await ok('smi -q')).toMatch(/MIG Mode\n {8}Current +: N\/A\n {8}Pending +: N\/A\n/)
    const warned =
      'Unable to enable MIG Mode for GPU 00000000:C1:00.0: Not Supported\nTreating as warning and moving on.\nAll done.\n'
    expect(await ok('smi -mig 1')).toBe(warned)
    expect(await bench.sh('smi -i 0 -mig 1 -eow')).toMatchObject({ status: 3, stdout: warned })
  })

  it('rule 2: Ampere in use stays pending, ends with 0, and the fields differ', async () => {
    await ok('host init --board A100-SXM4-80GB --profile vgpu17 --force')
    await ok('vf enable 4')
    expect(await ok('smi -mig 1')).toBe(
      'Warning: MIG mode is in pending enable state for GPU 00000000:C1:00.0:In use by another client\n00000000:C1:00.0 is currently being used by one or more other processes (e.g. CUDA application or a monitoring application such as another instance of nvidia-smi). Please first kill all processes using the device and retry the command or reboot the system to make MIG mode effective.\nAll done.\n',
    )
    const query = 'smi --query-gpu=mig.mode.current,mig.mode.pending --format=csv'
    expect(await ok(query)).toBe('mig.mode.current, mig.mode.pending\nDisabled, Enabled\n')
    expect(await ok('smi -q')).toMatch(/Current +: Disabled\n {8}Pending +: Enabled\n/)
    expect((await bench.sh('smi mig -lgi')).stdout).toBe('No MIG-enabled devices found.\n')
    // the other value takes the request back
    expect(await ok('smi -mig 0')).toBe('Disabled MIG Mode for GPU 00000000:C1:00.0\nAll done.\n')
    expect(await ok(query)).toContain('\nDisabled, Disabled\n')
  })

  it('rule 3: Hopper has nothing pending when it is idle', async () => {
    await enabled('H100-SXM5-80GB')
    expect(await ok('smi --query-gpu=mig.mode.current,mig.mode.pending --format=csv,noheader')).toBe(
      'Enabled, Enabled\n',
    )
  })

  it('rule 4: Ampere keeps the mode over a reboot, Hopper forgets it', async () => {
    const after = async (board: string) => {
      await enabled(board)
      await ok('host reboot')
      return ok('smi --query-gpu=mig.mode.current --format=csv,noheader')
    }
    expect(await after('A30')).toBe('Enabled\n')
    expect(await after('H100-PCIe-80GB')).toBe('Disabled\n')
  })

  it('rule 5: no instance is there after a reboot or a reset', async () => {
    for (const change of ['host reboot', 'gpu reset 0', 'smi -r -i 0']) {
      await enabled('A100-SXM4-40GB')
      await ok('smi mig -cgi 9 -C')
      await done(change)
      const none = { status: 6, stdout: 'No GPU instances found: Not Found\n' }
      expect(await bench.sh('smi mig -lgi'), change).toMatchObject(none)
    }
  })

  it('a GPU without persistence mode has a warning behind its line', async () => {
    await ok('host init --board H100-SXM5-80GB --profile vgpu17 --force')
    await ok('smi -pm 0')
    expect(await ok('smi -mig 1')).toBe(
      'Enabled MIG Mode for GPU 00000000:C1:00.0\n\nWarning: persistence mode is disabled on device 00000000:C1:00.0. See the Known Issues section of the nvidia-smi(1) man page for more information. Run with [--help | -h] switch to get more information on how to enable persistence mode.\nAll done.\n',
    )
  })

  it('rule 18, rule 19: MIG stays on while VFs are enabled or GPU instances are there', async () => {
    await enabled('A100-SXM4-40GB')
    const refused = {
      status: 19,
      stdout:
        'Unable to disable MIG Mode for GPU 00000000:C1:00.0: In use by another client\nTerminating early due to previous errors.\n',
    }
    await ok('smi mig -cgi 9')
    expect(await bench.sh('smi -mig 0')).toMatchObject(refused)
    await ok('smi mig -dgi')
    await ok('vf enable 2')
    expect(await bench.sh('smi -mig 0')).toMatchObject(refused)
    await ok('vf disable')
    expect(await ok('smi -mig 0')).toBe('Disabled MIG Mode for GPU 00000000:C1:00.0\nAll done.\n')
  })

  it('without -i it is about all GPUs, and a value that is none is refused', async () => {
    await ok('host init --board A100-SXM4-40GB --gpus 2 --profile vgpu17 --force')
    expect(await ok('smi -mig ENABLED')).toBe(
      'Enabled MIG Mode for GPU 00000000:C1:00.0\nEnabled MIG Mode for GPU 00000000:C2:00.0\nAll done.\n',
    )
    expect(await ok('smi -i 1 -mig 0')).toBe('Disabled MIG Mode for GPU 00000000:C2:00.0\nAll done.\n')
    expect((await bench.sh('smi -mig 2')).status).toBe(2)
    expect(await ok('smi --query-gpu=mig.mode.current --format=csv,noheader')).toBe('Enabled\nDisabled\n')
  })
})

/** Columns of -lgip in two rows: profile, id, free and total, GiB, SM, DEC, ENC; CE, JPEG, OFA. Captured on real boards. */
const PROFILES: Readonly<Record<string, readonly string[]>> = {
  'A100-SXM4-40GB': [
    '1g.5gb 19 7/7 4.75 No 14 0 0 1 0 0',
    '1g.5gb+me 20 1/1 4.75 No 14 1 0 1 1 1',
    '1g.10gb 15 4/4 9.75 No 14 1 0 1 0 0',
    '2g.10gb 14 3/3 9.75 No 28 1 0 2 0 0',
    '3g.20gb 9 2/2 19.62 No 42 2 0 3 0 0',
    '4g.20gb 5 1/1 19.62 No 56 2 0 4 0 0',
    '7g.40gb 0 1/1 39.50 No 98 5 0 7 1 1',
  ],
  'H100-SXM5-80GB': [
    '1g.10gb 19 7/7 9.75 No 16 1 0 1 1 0',
    '1g.10gb+me 20 1/1 9.75 No 16 1 0 1 1 1',
    '1g.20gb 15 4/4 19.62 No 26 1 0 1 1 0',
    '2g.20gb 14 3/3 19.62 No 32 2 0 2 2 0',
    '3g.40gb 9 2/2 39.50 No 60 3 0 3 3 0',
    '4g.40gb 5 1/1 39.50 No 64 4 0 4 4 0',
    '7g.80gb 0 1/1 79.25 No 132 7 0 8 7 1',
  ],
  A30: [
    '1g.6gb 14 4/4 5.81 No 14 1 0 1 0 0',
    '1g.6gb+me 21 1/1 5.81 No 14 1 0 1 1 1',
    '2g.12gb 5 2/2 11.69 No 28 2 0 2 0 0',
    '2g.12gb+me 6 1/1 11.69 No 28 2 0 2 1 1',
    '4g.24gb 0 1/1 23.44 No 56 4 0 4 1 1',
  ],
}

/** Id, starts and size of -lgipp. */
const EIGHT_SLICES = [
  '19 Placements: {0,1,2,3,4,5,6}:1',
  '20 Placements: {0,1,2,3,4,5,6}:1',
  '15 Placements: {0,2,4,6}:2',
  '14 Placements: {0,2,4}:2',
  ' 9 Placements: {0,4}:4',
  ' 5 Placement : {0}:4',
  ' 0 Placement : {0}:8',
]
const PLACES: Readonly<Record<string, readonly string[]>> = {
  'A100-SXM4-40GB': EIGHT_SLICES,
  'H100-SXM5-80GB': EIGHT_SLICES,
  A30: [
    '14 Placements: {0,1,2,3}:1',
    '21 Placements: {0,1,2,3}:1',
    ' 5 Placements: {0,2}:2',
    ' 6 Placements: {0,2}:2',
    ' 0 Placement : {0}:4',
  ],
}

describe('nvidia-smi mig', () => {
  it.each(Object.keys(PROFILES))('rule 7, rule 8: profiles and places of %s are the captured ones', async (board) => {
    await ok(`host init --board ${board} --profile vgpu17 --force`)
    const rows = (await ok('smi mig -lgip')).split('\n').filter((line) => /^\| +\d/.test(line))
    const cells = (line = '') => line.replace(/\|/g, ' ').trim().replace(/ +/g, ' ')
    const profiles = Array.from({ length: rows.length / 2 }, (_, at) =>
      `${cells(rows[2 * at])} ${cells(rows[2 * at + 1])}`.replace('0 MIG ', ''),
    )
    expect(profiles).toEqual(PROFILES[board])
    const lines = PLACES[board]?.map((line) => `GPU  0 Profile ID ${line}\n`).join('')
    expect(await ok('smi mig -lgipp')).toBe(lines)
  })

  it('rule 20: a create on a GPU in use has the words of NVIDIA', async () => {
    await enabled('A100-SXM4-40GB')
    await ok('fault add gsp.NV2080_CTRL_CMD_GPU_SET_PARTITIONS --effect NV_ERR_STATE_IN_USE')
    expect(await bench.sh('smi mig -cgi 3g.20gb')).toMatchObject({
      status: 19,
      stdout:
        'Unable to create a GPU instance on GPU  0 using profile 3g.20gb: In use by another client\nFailed to create GPU instances: In use by another client\n',
    })
    expect((await bench.sh('smi mig -lgi')).status).toBe(6)
  })

  it('rule 9, rule 10: seven 1g have the captured starts, and ids that follow them, in two orders', async () => {
    await ok('host init --board A100-SXM4-40GB --gpus 2 --profile vgpu17 --force')
    await ok('smi -mig 1')
    await ok('smi mig -cgi 19,19,19,19,19,19,19')
    expect(await places()).toEqual([
      ...['7 0:1', '8 1:1', '9 2:1', '10 3:1', '11 4:1', '12 5:1', '13 6:1'].map((end) => `0 MIG 1g.5gb 19 ${end}`),
      ...['7 4:1', '8 5:1', '9 6:1', '11 0:1', '12 1:1', '13 2:1', '14 3:1'].map((end) => `1 MIG 1g.5gb 19 ${end}`),
    ])
  })

  it('rule 9: says each instance in the order in which it is made', async () => {
    await enabled('H100-SXM5-80GB')
    const said = await ok('smi mig -cgi 19,1g.10gb,19 -C')
    expect(said.split('\n').slice(0, 3)).toEqual([
      'Successfully created GPU instance ID 13 on GPU  0 using profile MIG 1g.10gb (ID 19)',
      'Successfully created compute instance ID  0 on GPU  0 GPU instance ID 13 using profile MIG 1g.10gb (ID  0)',
      'Successfully created GPU instance ID 11 on GPU  0 using profile MIG 1g.10gb (ID 19)',
    ])
  })

  it('rule 11: 1g, 1g, 2g, 3g fails at the last, and three stay', async () => {
    await enabled('A100-SXM4-40GB')
    const { status, stdout } = await bench.sh('smi mig -cgi 19,19,14,9')
    expect(status).toBe(23)
    expect(stdout.split('\n').slice(3)).toEqual([
      'Unable to create a GPU instance on GPU  0 using profile 9: Insufficient Resources',
      'Failed to create GPU instances: Insufficient Resources',
      '',
    ])
    expect((await places()).length).toBe(3)
  })

  it('rule 12: two 3g leave no room for a 1g', async () => {
    await enabled('A100-SXM4-40GB')
    const { status, stdout } = await bench.sh('smi mig -cgi 9,9,1g.5gb')
    expect(status).toBe(23)
    // the profile as it was typed
    expect(stdout).toContain('using profile 1g.5gb: Insufficient Resources\n')
    expect(await places()).toEqual(['0 MIG 3g.20gb 9 1 0:4', '0 MIG 3g.20gb 9 2 4:4'])
  })

  it('rule 13: a second instance with media extensions is refused', async () => {
    await enabled('A100-SXM4-40GB')
    expect(await bench.sh('smi mig -cgi 20,20')).toMatchObject({
      status: 23,
      stdout: expect.stringContaining('using profile 20: Insufficient Resources\n'),
    })
  })

  it('rule 14: an unknown profile or start is an invalid argument', async () => {
    await enabled('A100-SXM4-40GB')
    for (const profile of ['1', '9g.90gb', '9:x', '9:1', '19:7'])
      expect(await bench.sh(`smi mig -cgi ${profile}`), profile).toMatchObject({
        status: 2,
        stdout: `Unable to create a GPU instance on GPU  0 using profile ${profile.split(':')[0]}: Invalid Argument\nFailed to create GPU instances: Invalid Argument\n`,
      })
    await ok('smi mig -cgi 19:3')
    expect(await places()).toEqual(['0 MIG 1g.5gb 19 10 3:1'])
  })

  it('rule 6, rule 21: only compute instances are MIG devices, by GPU instance, then by compute instance', async () => {
    await enabled('A100-SXM4-40GB')
    await ok('smi mig -cgi 9,9')
    expect((await ok('smi -L')).split('\n').length).toBe(2)
    await ok('smi mig -gi 1 -cci 0,0')
    await ok('smi mig -gi 2 -cci')
    const devices = (await ok('smi -L')).split('\n').slice(1, -1)
    expect(devices.map((line) => line.replace(/\(UUID: MIG-[0-9a-f]{8}-[0-9a-f]{4}-5.*\)/, '(UUID)'))).toEqual([
      '  MIG 1c.3g.20gb  Device  0: (UUID)',
      '  MIG 1c.3g.20gb  Device  1: (UUID)',
      '  MIG 3g.20gb     Device  2: (UUID)',
    ])
  })

  it('rule 22: the same place has the same UUID again', async () => {
    await enabled('H100-SXM5-80GB')
    await ok('smi mig -cgi 9,19 -C')
    const before = await ok('smi -L')
    await ok('smi mig -dci')
    await ok('smi mig -dgi')
    await ok('smi mig -cgi 9,19 -C')
    expect(await ok('smi -L')).toBe(before)
  })

  it('rule 15: two 1c in a 3g have ids 0 and 1, at 0:1 and 1:1', async () => {
    await enabled('A100-SXM4-80GB')
    await ok('smi mig -cgi 9')
    expect(await ok('smi mig -cci 0,1c.3g.40gb')).toBe(
      'Successfully created compute instance ID  0 on GPU  0 GPU instance ID  2 using profile MIG 1c.3g.40gb (ID  0)\nSuccessfully created compute instance ID  1 on GPU  0 GPU instance ID  2 using profile MIG 1c.3g.40gb (ID  0)\n',
    )
    const lines = (await ok('smi mig -lci')).split('\n')
    expect(lines[6]).toBe('|   0      2       MIG 1c.3g.40gb       0         0          0:1     |')
    expect(lines[8]).toBe('|   0      2       MIG 1c.3g.40gb       0         1          1:1     |')
  })

  it('rule 16: the free compute instances shrink with those that are there', async () => {
    await enabled('A100-SXM4-80GB')
    await ok('smi mig -cgi 9')
    const free = async () => [...(await ok('smi mig -lcip')).matchAll(/\d+\*? +(\d\/\d)/g)].map(([, each]) => each)
    expect(await free()).toEqual(['3/3', '1/1', '1/1'])
    await ok('smi mig -cci 0')
    expect(await free()).toEqual(['2/3', '0/1', '0/1'])
    expect(await bench.sh('smi mig -cci 2')).toMatchObject({
      status: 23,
      stdout:
        'Unable to create a compute instance on GPU  0 GPU instance ID  2 using profile 2: Insufficient Resources\nFailed to create compute instances: Insufficient Resources\n',
    })
    expect(await ok('smi mig -lcipp')).toContain('GPU  0 GPU instance ID  2 Profile ID  0 Placements: {0,1,2}:1\n')
  })

  it('rule 17: a GPU instance with a compute instance cannot be destroyed; then it can', async () => {
    await enabled('A100-SXM4-40GB')
    await ok('smi mig -cgi 9,9 -C')
    expect(await bench.sh('smi mig -dgi -gi 1')).toMatchObject({
      status: 19,
      stdout:
        'Unable to destroy GPU instance ID  1 from GPU  0: In use by another client\nFailed to destroy GPU instances: In use by another client\n',
    })
    expect(await ok('smi mig -dci -gi 1 -ci 0')).toBe(
      'Successfully destroyed compute instance ID  0 from GPU  0 GPU instance ID  1\n',
    )
    // the first goes, the second holds
    expect(await bench.sh('smi mig -dgi')).toMatchObject({
      status: 19,
      stdout:
        'Successfully destroyed GPU instance ID  1 from GPU  0\nUnable to destroy GPU instance ID  2 from GPU  0: In use by another client\nFailed to destroy GPU instances: In use by another client\n',
    })
    expect(await places()).toEqual(['0 MIG 3g.20gb 9 2 4:4'])
  })

  it('lists that would be empty, and filters that match nothing, end with 6', async () => {
    const found = async (line: string) => {
      const { status, stdout } = await bench.sh(`smi mig ${line}`)
      return [status, stdout]
    }
    await ok('host init --board A100-SXM4-40GB --profile vgpu17 --force')
    for (const line of ['-lgi', '-lci', '-lcip', '-cgi 9', '-dgi', '-dci', '-cci'])
      expect(await found(line)).toEqual([6, 'No MIG-enabled devices found.\n'])
    await ok('smi -mig 1')
    for (const line of ['-lgi', '-lci', '-lcip', '-dgi', '-dci', '-cci'])
      expect(await found(line)).toEqual([6, 'No GPU instances found: Not Found\n'])
    await ok('smi mig -cgi 9')
    for (const line of ['-lci', '-dci'])
      expect(await found(line)).toEqual([6, 'No compute instances found: Not Found\n'])
    for (const line of ['-lgi -gi 7', '-dgi -gi 7', '-lcip -gi 7', '-cci -gi 7'])
      expect(await found(line)).toEqual([6, 'No GPU instances found: Not Found\n'])
    for (const line of ['', '-lgi -gi x', '-dci -ci x']) expect((await found(line))[0]).toBe(2)
    // profiles and places are there with MIG off too
    await ok('smi mig -dgi')
    await ok('smi -mig 0')
    expect(await ok('smi mig -lgip')).toContain(
      '|   0  MIG 3g.20gb        9     2/2        19.62      No     42     2     0   |',
    )
    expect(await ok('smi mig -lgipp')).toContain('GPU  0 Profile ID  9 Placements: {0,4}:4\n')
  })

  it('free instances are those that fit beside the ones that are there', async () => {
    await enabled('A100-SXM4-40GB')
    await ok('smi mig -cgi 9')
    const free = [...(await ok('smi mig -lgip')).matchAll(/ (\d\/\d) /g)].map(([, each]) => each)
    expect(free).toEqual(['4/7', '1/1', '2/4', '2/3', '1/2', '1/1', '0/1'])
  })

  it('--dry-run says what would be done, and changes nothing', async () => {
    await enabled('A100-SXM4-40GB')
    const { status, stdout, stderr } = await bench.sh('smi mig -cgi 9,9 -C --dry-run')
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'dry run: nothing was changed\n' })
    expect(stdout.split('\n').length).toBe(5)
    expect((await bench.sh('smi mig -lgi')).status).toBe(6)
  })
})

describe('MIG in the other screens', () => {
  it('rule 23: no utilization, On or Off for ECC, and the devices in every screen', async () => {
    await ok('host init --board H100-SXM5-80GB --profile vgpu17 --force')
    await done('gpu ecc on')
    await ok('gpu reset 0')
    await ok('smi -mig 1')
    const table = await ok('smi')
    expect(table).toContain('|  No MIG devices found   ')
    expect(table).toMatch(/C1:00\.0 Off \| {19}On \|/)
    await ok('smi mig -cgi 9 -C')
    expect(await ok('smi')).toMatch(
      /\| {2}0 {4}2 {3}0 {3}0 {2}\| .* 40448MiB {4}\| 60 {6}0 \| {2}3 {3}0 {4}3 {4}0 {4}3 \|\n/,
    )
    expect(await ok('smi --query-gpu=utilization.gpu,utilization.memory --format=csv,noheader')).toBe('[N/A], [N/A]\n')
    expect(await ok('smi -q')).toMatch(/MIG Device\n {8}Index +: 0\n {8}GPU Instance ID +: 2\n/)
    expect(await ok('smi -q -x')).toContain('<gpu_instance_id>2</gpu_instance_id>')
    expect((await ok('smi dmon -c 1')).split('\n')[2]).toMatch(/( +-){6} +\d+ +\d+ $/)
  })

  it('rule 45: accounting is off with MIG', async () => {
    await ok('host init --board H100-SXM5-80GB --profile vgpu17 --force')
    await ok('smi -am 1')
    await ok('smi -mig 1')
    expect(await ok('smi -q')).toMatch(/Accounting Mode +: Disabled/)
  })
})

describe('nvidia-smi vgpu and GPU instances', () => {
  it('rule 39: sizes do not mix on instances of these chips, and each reason has its words', async () => {
    await ok('host init --board H100-SXM5-80GB --profile vgpu17 --force')
    const mixed = async (id: number) => {
      const { status, stdout } = await bench.sh(`smi vgpu -i 0 -gi ${id} -shm 1`)
      return [status, stdout.replace(/^.*: /, '').trim()]
    }
    await ok('smi -mig 1')
    await ok('vf enable 2')
    expect(await mixed(2)).toEqual([3, 'Not Supported'])
    await ok('smi mig -cgi 9')
    expect(await mixed(5)).toEqual([6, 'Not Found'])
    expect(await mixed(2)).toEqual([3, 'Not Supported'])
    for (const words of ['-ghm', '-smts 1'])
      expect(await bench.sh(`smi vgpu ${words}`), words).toMatchObject({
        status: 3,
        stdout: expect.stringContaining(': Not Supported\n'),
      })
    expect((await bench.sh('smi vgpu -gi x -q')).status).toBe(2)
    expect(await bench.sh('smi vgpu -gi 7 -q')).toMatchObject({
      status: 6,
      stdout: 'No GPU instances found: Not Found\n',
    })
    expect(await ok('smi vgpu -gi 2 -q')).toContain('Active vGPUs                          : 0\n')
  })

  it('rule 40: -s has the MIG-backed types with MIG off, and -v the profile of their GPU instance', async () => {
    await ok('host init --board A100-SXM4-40GB --profile vgpu17 --force')
    expect(await ok('smi vgpu -s')).toContain('    GRID A100X-2-10C\n')
    const verbose = await ok('smi --style 580 vgpu -s -v')
    const of = (name: string) => verbose.split('vGPU Type ID').find((text) => text.includes(` ${name}\n`)) ?? ''
    expect(of('GRID A100X-2-10C')).toMatch(/GPU Instance Profile ID +: 14\n/)
    expect(of('GRID A100X-1-5CME')).toMatch(/GPU Instance Profile ID +: 20\n/)
    expect(of('GRID A100X-40C')).toMatch(/GPU Instance Profile ID +: N\/A\n/)
    expect(of('GRID A100X-40C')).toMatch(/Max Instances Per GI +: N\/A\n/)
  })

  it('rule 33: the most instances of a type are those of a GPU instance times their number', async () => {
    await ok('host init --board A100-SXM4-40GB --profile vgpu17 --force')
    const blocks = (await ok('smi --style 580 vgpu -s -v')).split('vGPU Type ID').slice(1)
    const backed = blocks.filter((text) => /GPU Instance Profile ID +: \d/.test(text))
    expect(backed.length).toBe(7)
    const free = new Map(
      [...(await ok('smi mig -lgip')).matchAll(/ (\d+) +\d\/(\d) /g)].map(([, id, max]) => [id, max]),
    )
    for (const text of backed) {
      const [, profile = ''] = /GPU Instance Profile ID +: (\d+)/.exec(text) ?? []
      expect(text).toMatch(/Max Instances Per GI +: 1\n/)
      expect(text).toMatch(new RegExp(`Max Instances +: ${free.get(profile)}\n`))
    }
  })

  it('rule 25, rule 26: without an instance no type is creatable, with some those of their profiles, by -gi of one', async () => {
    await enabled('A100-SXM4-40GB')
    await ok('vf enable 4')
    const types = async (words: string) =>
      [...(await ok(`smi vgpu ${words}`)).matchAll(/A100X-(\S+)/g)].map(([, name]) => name)
    expect(await types('-c')).toEqual([])
    await ok('smi mig -cgi 9,14')
    expect(await types('-c')).toEqual(['2-10C', '3-20C'])
    expect(await types('-gi 2 -c')).toEqual(['3-20C'])
    await ok('vgpu create --type A100X-3-20C')
    expect(await types('-c')).toEqual(['2-10C'])
    expect(await types('-gi 2 -c')).toEqual([])
  })

  it('rule 42: shows the instance of a vGPU everywhere, without utilization, and refuses to destroy it', async () => {
    await enabled('A100-SXM4-40GB')
    await ok('vf enable 4')
    await ok('smi mig -cgi 9')
    await ok('vgpu create --type A100X-3-20C')
    const report = await ok('smi vgpu -q')
    expect(report).toMatch(/GPU Instance ID +: 2\n {8}Placement ID +: N\/A\n/)
    expect(report).toMatch(/Gpu +: N\/A\n {12}Memory +: N\/A\n/)
    expect(await ok('smi vgpu')).toMatch(/\| {4}N\/A {4}\||\| {1,5}N\/A +\|/)
    expect(await ok('smi')).toMatch(/\| {4}0 {5}2 {2}N\/A +\d+ {4}C\+G {3}vgpu/)
    expect(await ok('smi -q')).toMatch(/GPU instance ID +: 2\n {8}Compute instance ID +: N\/A\n/)
    expect(await bench.sh('smi mig -dgi')).toMatchObject({
      status: 19,
      stdout: expect.stringContaining('Unable to destroy GPU instance ID  2 from GPU  0: In use by another client\n'),
    })
    expect(await bench.sh('smi vgpu -gi 2 -shm 1')).toMatchObject({ status: 19 })
  })
})

describe('vGPU types of a GPU with MIG off', () => {
  it('rule 40: vgpu -s lists MIG-backed types, vgpu -c does not', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17 --force')
    await ok('vf enable 2')
    const backed = async (screen: string) => (await ok(`smi vgpu ${screen}`)).match(/A100-\d-\d+C(ME)?/g) ?? []
    expect((await backed('-s')).toSorted()).toEqual(
      ['1-10C', '1-5C', '1-5CME', '2-10C', '3-20C', '4-20C', '7-40C'].map((size) => `A100-${size}`),
    )
    expect(await backed('-c')).toEqual([])
  })
})

describe('undo and redo of GPU instances', () => {
  it('give back the same ids, places and UUIDs of MIG devices', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17 --force')
    await ok('mig enable')
    await ok('vf enable 4')
    const none = await ok('mig list -o json')
    await ok('mig create 3g.20gb 1g.5gb:3 -C')
    await ok('mig create 2g.10gb -C')
    await ok('vgpu create --type A100-2-10C')
    const devices = async () => [await ok('mig list -o json'), await ok('smi -L')]
    const made = await devices()
    await ok('vgpu destroy --all')
    await done('undo')
    expect(await devices()).toEqual(made)
    await done('undo')
    await done('undo')
    const [bare] = await devices()
    await ok('mig destroy --all')
    expect(await ok('mig list -o json')).toBe(none)
    await ok('undo')
    expect((await devices())[0]).toBe(bare)
    await ok('undo')
    await ok('undo')
    expect(await ok('mig list -o json')).toBe(none)
    await ok('redo')
    await ok('redo')
    expect((await devices())[0]).toBe(bare)
  })
})
