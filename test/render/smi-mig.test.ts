import { describe, expect, it } from 'vitest'
import { computeProfilesOf } from '../../src/catalog/mig-instances.ts'
import { migProfilesOf } from '../../src/catalog/mig-profiles.ts'
import type { MigProfile } from '../../src/contract/views/mig.ts'
import { remainingCompute } from '../../src/engine/mig/compute.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { smiView } from '../../src/engine/smi/facts.ts'
import type { SmiGpuInstanceView, SmiMigGpu, SmiView } from '../../src/engine/smi/view.ts'
import {
  drawComputeInstances,
  drawComputePlaces,
  drawComputeProfiles,
  drawGpuInstances,
} from '../../src/render/smi/mig-instances.ts'
import { drawMigPlaces, drawMigProfiles } from '../../src/render/smi/mig-profiles.ts'
import { drawQ, drawQXml } from '../../src/render/smi/q-report.ts'
import { STYLES } from '../../src/render/smi/style.ts'
import { drawList, drawSummary } from '../../src/render/smi/summary.ts'

const NOW = new Date(2026, 10, 22, 18, 38, 53)
const UUID = 'MIG-aaaaaaaa-bbbb-5ccc-8ddd-eeeeeeeeeeee'

function enginesOf({ copyEngines: copy, decoders, encoders, jpeg, ofa }: MigProfile) {
  return { copy, decoders, encoders, jpeg, ofa }
}

/** A GPU instance of a board; memory figures in MiB. */
function instance(
  board: string,
  at: { profile: number; id: number; start: number; used?: number; bar1?: number },
  compute: readonly { size: number; start: number; device: number }[] = [],
): SmiGpuInstanceView {
  const profile = migProfilesOf(board).find(({ id }) => id === at.profile)
  if (profile === undefined) throw new Error(`${board} has no ${at.profile}`)
  const kinds = computeProfilesOf(profile)
  const perSlice = Math.floor((profile.multiprocessors ?? 0) / Number.parseInt(profile.name, 10))
  const total = profile.memoryMiB ?? 0
  const { used = 0, bar1 = 0 } = at
  return {
    gpu: 0,
    bdf: '0000:c1:00.0',
    id: at.id,
    profile: { id: profile.id, name: profile.name },
    placement: { start: at.start, size: profile.size },
    memoryMiB: total,
    multiprocessors: profile.multiprocessors,
    engines: enginesOf(profile),
    computeInstances: compute.map(({ size, start, device }, id) => {
      const kind = kinds.find((each) => each.size === size)
      return {
        id,
        profile: { id: kind?.id ?? 0, name: kind?.name ?? '' },
        placement: { start, size },
        multiprocessors: size === Number.parseInt(profile.name, 10) ? profile.multiprocessors : perSlice * size,
        device,
        uuid: UUID,
      }
    }),
    vgpuMode: 'homogeneous',
    vgpus: [],
    memory: { total, reserved: 0, used, free: total - used },
    bar1: { total: bar1, used: 0, free: bar1 },
  }
}

/** A GPU for `nvidia-smi mig`. */
function gpu(board: string, instances: readonly SmiGpuInstanceView[]): SmiMigGpu {
  return {
    index: 0,
    bdf: '0000:c1:00.0',
    enabled: true,
    profiles: migProfilesOf(board).map((profile) => ({
      gpu: 0,
      bdf: '0000:c1:00.0',
      id: profile.id,
      name: profile.name,
      free: profile.maxInstances,
      max: profile.maxInstances,
      memoryMiB: profile.memoryMiB,
      multiprocessors: profile.multiprocessors,
      engines: enginesOf(profile),
      starts: [...profile.starts],
      freeStarts: [...profile.starts],
      size: profile.size,
      computeProfiles: [],
      vgpuTypes: [],
    })),
    instances: instances.map((each) => {
      const profile = migProfilesOf(board).find(({ id }) => id === each.profile.id)
      const kinds = profile === undefined ? [] : computeProfilesOf(profile)
      const placed = each.computeInstances.map(({ placement }) => placement)
      const computeProfiles = kinds.map((kind) => ({
        ...kind,
        free: remainingCompute(placed, kind),
        total: remainingCompute([], kind),
        isDefault: kind === kinds.at(-1),
        multiprocessors: each.multiprocessors ?? 0,
      }))
      return { ...each, computeProfiles }
    }),
  }
}

/** A host whose GPU has MIG on. */
function view(board: string, instances: readonly SmiGpuInstanceView[], ecc = true): SmiView {
  const host = smiView(newHost({ board, profile: 'vgpu17' }), [0])
  const gpus = host.gpus.map((each) => ({
    ...each,
    migMode: 'Enabled' as const,
    migPending: 'Enabled' as const,
    eccMode: ecc ? ('Enabled' as const) : ('Disabled' as const),
    gpuInstances: [...instances],
  }))
  return { ...host, gpus }
}

const without = (text: string) => text.replace(/^\n/, '')

describe('nvidia-smi mig, to the character', () => {
  it('rule 7: -lgip of 580 has a wider column of names', () => {
    const [head] = drawMigProfiles([gpu('RTX-PRO-6000-Blackwell-SE', [])], STYLES['580']).split('+me')
    expect(head?.split('\n').slice(0, 9).join('\n')).toBe(
      without(`
+-------------------------------------------------------------------------------+
| GPU instance profiles:                                                        |
| GPU   Name               ID    Instances   Memory     P2P    SM    DEC   ENC  |
|                                Free/Total   GiB              CE    JPEG  OFA  |
|===============================================================================|
|   0  MIG 1g.24gb         14     4/4        23.62      No     46     1     1   |
|                                                               1     1     0   |
+-------------------------------------------------------------------------------+
|   0  MIG 1g.24gb`),
    )
  })

  it('rule 8: -lgipp has a word of its own for one start, with a blank in front of the colon', () => {
    const text = drawMigPlaces([gpu('A100-PCIE-40GB', [])])
    expect(text).toContain('GPU  0 Profile ID 19 Placements: {0,1,2,3,4,5,6}:1\n')
    expect(text).toContain('GPU  0 Profile ID  5 Placement : {0}:4\n')
  })

  it('-lgi of 580 and 550', () => {
    const rtx = gpu('RTX-PRO-6000-Blackwell-SE', [
      instance('RTX-PRO-6000-Blackwell-SE', { profile: 5, id: 1, start: 0 }),
    ])
    expect(drawGpuInstances([rtx], STYLES['580'])).toBe(
      without(`
+---------------------------------------------------------+
| GPU instances:                                          |
| GPU   Name               Profile  Instance   Placement  |
|                            ID       ID       Start:Size |
|=========================================================|
|   0  MIG 2g.48gb            5        1          0:6     |
+---------------------------------------------------------+
`),
    )
    const a100 = [
      instance('A100-SXM4-40GB', { profile: 19, id: 13, start: 6 }),
      instance('A100-SXM4-40GB', { profile: 9, id: 2, start: 4 }),
    ]
    expect(drawGpuInstances([gpu('A100-SXM4-40GB', a100)], STYLES['550'])).toBe(
      without(`
+-------------------------------------------------------+
| GPU instances:                                        |
| GPU   Name             Profile  Instance   Placement  |
|                          ID       ID       Start:Size |
|=======================================================|
|   0  MIG 1g.5gb          19       13          6:1     |
+-------------------------------------------------------+
|   0  MIG 3g.20gb          9        2          4:4     |
+-------------------------------------------------------+
`),
    )
  })

  it('rule 15: -lci', () => {
    const one = { size: 1, start: 0, device: 0 }
    const two = { size: 1, start: 1, device: 1 }
    const text = drawComputeInstances([
      gpu('A100-SXM4-80GB', [instance('A100-SXM4-80GB', { profile: 9, id: 1, start: 0 }, [one, two])]),
    ])
    const lines = text.split('\n')
    expect(lines.slice(0, 6).concat(lines.slice(8)).join('\n')).toBe(
      without(`
+--------------------------------------------------------------------+
| Compute instances:                                                 |
| GPU     GPU       Name             Profile   Instance   Placement  |
|       Instance                       ID        ID       Start:Size |
|         ID                                                         |
|====================================================================|
|   0      1       MIG 1c.3g.40gb       0         1          1:1     |
+--------------------------------------------------------------------+
`),
    )
    expect(lines[6]).toBe('|   0      1       MIG 1c.3g.40gb       0         0          0:1     |')
  })

  it('rule 16: -lcip', () => {
    const text = drawComputeProfiles([
      gpu('A100-SXM4-80GB', [instance('A100-SXM4-80GB', { profile: 9, id: 1, start: 0 })]),
    ])
    const lines = text.split('\n')
    expect([...lines.slice(0, 6), ...lines.slice(12)].join('\n')).toBe(
      without(`
+--------------------------------------------------------------------------------------+
| Compute instance profiles:                                                           |
| GPU     GPU       Name             Profile  Instances   Exclusive       Shared       |
|       Instance                       ID     Free/Total     SM       DEC   ENC   OFA  |
|         ID                                                          CE    JPEG       |
|======================================================================================|
|   0      1       MIG 3g.40gb          2*     1/1           42        2     0     0   |
|                                                                      3     0         |
+--------------------------------------------------------------------------------------+
`),
    )
    expect(new Set(lines.slice(0, -1).map((line) => line.length))).toEqual(new Set([88]))
    const full = { size: 3, start: 0, device: 0 }
    const taken = drawComputeProfiles([
      gpu('A100-SXM4-80GB', [instance('A100-SXM4-80GB', { profile: 9, id: 1, start: 0 }, [full])]),
    ])
    expect([...taken.matchAll(/\d\/\d/g)].map(String)).toEqual(['0/3', '0/1', '0/1'])
  })

  it('-lcipp has the words of -lgipp', () => {
    const text = drawComputePlaces([
      gpu('A100-SXM4-80GB', [instance('A100-SXM4-80GB', { profile: 9, id: 1, start: 0 })]),
    ])
    expect(text).toContain('GPU  0 GPU instance ID  1 Profile ID  0 Placements: {0,1,2}:1\n')
    expect(text).toContain('GPU  0 GPU instance ID  1 Profile ID  2 Placement : {0}:3\n')
  })
})

describe('MIG in the screens, to the character', () => {
  const whole = (device: number, size: number) => [{ size, start: 0, device }]
  const h100 = [instance('H100-SXM5-80GB', { profile: 9, id: 1, start: 0, used: 44, bar1: 24740 }, whole(0, 3))]

  it('rule 21: -L', () => {
    const devices = [
      instance('H100-NVL-94GB', { profile: 19, id: 7, start: 0 }, whole(0, 1)),
      instance('H100-SXM5-80GB', { profile: 9, id: 1, start: 0 }, [{ size: 1, start: 0, device: 1 }]),
    ]
    expect(drawList(view('H100-NVL-94GB', devices)).split('\n').slice(1).join('\n')).toBe(
      without(`
  MIG 1g.12gb     Device  0: (UUID: ${UUID})
  MIG 1c.3g.40gb  Device  1: (UUID: ${UUID})
`),
    )
  })

  it('rule 6: -L has no GPU instance without compute instances', () => {
    const bare = [instance('H100-SXM5-80GB', { profile: 9, id: 1, start: 0 })]
    expect(drawList(view('H100-SXM5-80GB', bare)).split('\n').length).toBe(2)
  })

  it('the table of 580', () => {
    expect(drawSummary(view('H100-SXM5-80GB', h100), STYLES['580'], NOW)).toContain(`
+-----------------------------------------------------------------------------------------+
| MIG devices:                                                                            |
+------------------+----------------------------------+-----------+-----------------------+
| GPU  GI  CI  MIG |              Shared Memory-Usage |        Vol|        Shared         |
|      ID  ID  Dev |                Shared BAR1-Usage | SM     Unc| CE ENC  DEC  OFA  JPG |
|                  |                                  |        ECC|                       |
|==================+==================================+===========+=======================|
|  0    1   0   0  |              44MiB / 40448MiB    | 60      0 |  3   0    3    0    3 |
|                  |               0MiB / 24740MiB    |           |                       |
+------------------+----------------------------------+-----------+-----------------------+

+-----------------------------------------------------------------------------------------+
| Processes:`)
  })

  it('the table of 550, between lines of blanks', () => {
    const devices = [instance('H100-NVL-94GB', { profile: 19, id: 7, start: 0, used: 13, bar1: 16383 }, whole(0, 1))]
    const blanks = ' '.repeat(89)
    expect(drawSummary(view('H100-NVL-94GB', devices), STYLES['550'], NOW)).toContain(`
${blanks}
+-----------------------------------------------------------------------------------------+
| MIG devices:                                                                            |
+------------------+----------------------------------+-----------+-----------------------+
| GPU  GI  CI  MIG |                     Memory-Usage |        Vol|      Shared           |
|      ID  ID  Dev |                       BAR1-Usage | SM     Unc| CE ENC DEC OFA JPG    |
|                  |                                  |        ECC|                       |
|==================+==================================+===========+=======================|
|  0    7   0   0  |              13MiB / 10880MiB    | 16      0 |  1   0    1    0    1 |
|                  |                 0MiB / 16383MiB  |           |                       |
+------------------+----------------------------------+-----------+-----------------------+
${blanks}
`)
  })

  it('several compute instances of a GPU instance have its memory once', () => {
    const two = [
      { size: 1, start: 0, device: 0 },
      { size: 1, start: 1, device: 1 },
    ]
    const devices = [instance('A100-SXM4-80GB', { profile: 9, id: 1, start: 0, bar1: 65535 }, two)]
    expect(drawSummary(view('A100-SXM4-80GB', devices, false), STYLES['580'], NOW)).toContain(`
|  0    1   0   0  |               0MiB / 40192MiB    | 14    N/A |  3   0    2    0    0 |
|                  |               0MiB / 65535MiB    |           |                       |
+------------------+                                  +-----------+-----------------------+
|  0    1   1   1  |                                  | 14    N/A |  3   0    2    0    0 |
|                  |                                  |           |                       |
+------------------+----------------------------------+-----------+-----------------------+
`)
  })

  it('no MIG device', () => {
    expect(drawSummary(view('A100-SXM4-80GB', []), STYLES['580'], NOW)).toContain(`
|==================+==================================+===========+=======================|
|  No MIG devices found                                                                   |
+-----------------------------------------------------------------------------------------+

+-----------------------------------------------------------------------------------------+
| Processes:`)
  })

  it('rule 23: the row of a GPU has the words of MIG in place of counts', () => {
    const text = drawSummary(view('H100-SXM5-80GB', h100), STYLES['580'], NOW)
    expect(text).toMatch(/\| {3}0 {2}NVIDIA H100 80GB HBM3 .* {18}On \|\n/)
    expect(text).toMatch(/\| {5}N\/A {6}Default \|\n\| {41}\| {24}\| {14}Enabled \|/)
    const off = drawSummary(view('H100-SXM5-80GB', h100, false), STYLES['580'], NOW)
    expect(off).toMatch(/\| {3}0 {2}NVIDIA H100 80GB HBM3 .* {18}Off \|\n/)
  })

  it.each([
    ['580', 55, 'Shared FB Memory Usage', 'Shared BAR1 Memory'],
    ['550', 42, 'FB Memory Usage', 'BAR1 Memory Usage'],
  ] as const)('-q of %s has a block for each device behind MIG Mode', (name, width, fb, bar1) => {
    const line = (label: string, value: string) => `${label.padEnd(width)}: ${value}\n`
    const mib = (value: number) => `${value} MiB`
    expect(drawQ(view('H100-SXM5-80GB', h100, false), STYLES[name], NOW, null)).toContain(
      [
        `    MIG Mode\n${line('        Current', 'Enabled')}${line('        Pending', 'Enabled')}`,
        '    MIG Device\n',
        line('        Index', '0'),
        line('        GPU Instance ID', '1'),
        line('        Compute Instance ID', '0'),
        '        Device Attributes\n            Shared\n',
        line('                Multiprocessor count', '60'),
        line('                Copy Engine count', '3'),
        line('                Encoder count', '0'),
        line('                Decoder count', '3'),
        line('                OFA count', '0'),
        line('                JPG count', '3'),
        `        ${fb}\n`,
        line('            Total', mib(40448)),
        line('            Reserved', mib(0)),
        line('            Used', mib(44)),
        line('            Free', mib(40404)),
        `        ${bar1}\n`,
        line('            Total', mib(24740)),
        line('            Used', mib(0)),
        line('            Free', mib(24740)),
        line('    Accounting Mode', 'Disabled'),
      ].join(''),
    )
    const ecc = drawQ(view('H100-SXM5-80GB', h100), STYLES[name], NOW, null)
    expect(ecc).toContain(
      `        ECC Errors\n            Volatile\n${line('                SRAM Uncorrectable', '0')}        ${fb}\n`,
    )
    expect(ecc).toContain(line('        Memory', 'N/A'))
  })

  it('-q -x has the devices in one element', () => {
    const xml = drawQXml(view('H100-SXM5-80GB', h100, false), STYLES['580'], NOW)
    const [block = ''] = /\t\t<mig_devices>[\s\S]*<\/mig_devices>\n/.exec(xml) ?? []
    expect(block.replaceAll('\t', ' ')).toBe(
      without(`
  <mig_devices>
   <mig_device>
    <index>0</index>
    <gpu_instance_id>1</gpu_instance_id>
    <compute_instance_id>0</compute_instance_id>
    <device_attributes>
     <shared>
      <multiprocessor_count>60</multiprocessor_count>
      <copy_engine_count>3</copy_engine_count>
      <encoder_count>0</encoder_count>
      <decoder_count>3</decoder_count>
      <ofa_count>0</ofa_count>
      <jpg_count>3</jpg_count>
     </shared>
    </device_attributes>
    <fb_memory_usage>
     <total>40448 MiB</total>
     <reserved>0 MiB</reserved>
     <used>44 MiB</used>
     <free>40404 MiB</free>
    </fb_memory_usage>
    <bar1_memory_usage>
     <total>24740 MiB</total>
     <used>0 MiB</used>
     <free>24740 MiB</free>
    </bar1_memory_usage>
   </mig_device>
  </mig_devices>
`),
    )
    const none = drawQXml(view('H100-SXM5-80GB', []), STYLES['580'], NOW)
    expect(none).toContain('\t\t<mig_devices>\n\t\t\tNone\n\t\t</mig_devices>\n')
  })
})
