import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

const BOARD = 'RTX-PRO-6000-Blackwell-SE'
/** INVENTED: they only have the form of real figures. */
const FIGURES = 'framebuffer=97887,bar1=128G,vfBar1=2G,vmmuSegment=256M'
const init = (board: string, figures: string, ...more: string[]) =>
  bench.run(['host', 'init', '--board', board, '--profile', 'vgpu17', '--figures', figures, ...more])
const with_ = (change: string) =>
  [...new Map(`${FIGURES},${change}`.split(',').map((word) => [word.split('=')[0], word])).values()].join()

describe('a listed board with figures of a real card', () => {
  it('is defragmented within a GPU instance that several vGPUs share', async () => {
    await init(BOARD, FIGURES)
    for (const line of ['mig enable', 'vf enable 32', 'mig create 1g.24gb+gfx 1g.24gb+gfx'])
      expect(await bench.sh(line), line).toMatchObject({ status: 0 })
    for (const instance of [3, 4])
      await bench.sh(`vgpu create --type DC-1-12Q -n desk${instance} --gpu-instance ${instance}`)
    expect((await bench.sh('vgpu create --type DC-1-24Q')).status).toBe(5)
    expect((await bench.sh('fit DC-1-24Q')).stdout).toContain('\nit would after 1 move:\n')
    const { status, stdout } = await bench.sh('defragment DC-1-24Q')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^vGPU desk[34] \(DC-1-12Q\) moved from GPU 0 instance [34] to GPU 0 instance [34]\n$/)
    expect((await bench.sh('vgpu create --type DC-1-24Q')).status).toBe(0)
  })

  it('becomes a host, which shows them as given', async () => {
    expect(await init(BOARD, FIGURES)).toMatchObject({ status: 0, stdout: 'host with 1 GPU, profile vgpu17\n' })
    const { stdout } = await bench.sh('gpu show -o json')
    const [gpu] = JSON.parse(stdout).items
    expect(gpu).toMatchObject({
      board: BOARD,
      given: ['smiTotalMiB.eccOff', 'pfBar1Size', 'sriov.vfBar1Size', 'vmmuSegmentSize'],
      vmmuSegmentSize: 256 * 2 ** 20,
      sriov: { totalVfs: 48 },
      driver: { version: '580.105.06' },
    })
    expect(gpu.modelled).not.toContain('vmmuSegmentSize')
    expect((await bench.sh('gpu show')).stdout).toContain('Given:')
    expect((await bench.sh('smi -q -d MEMORY')).stdout).toContain('97887 MiB')
    const boards = JSON.parse((await bench.sh('host boards -o json')).stdout).items
    expect(boards.find(({ name }: { name: string }) => name === BOARD)).toMatchObject({
      figures: ['framebuffer', 'bar1', 'vfBar1', 'vmmuSegment'],
    })
  })

  it('says without them which it needs', async () => {
    const { status, stderr } = await bench.sh(`host init --board ${BOARD} --profile vgpu17`)
    expect(status).toBe(1)
    expect(stderr).toContain('are given by --figures: framebuffer, bar1, vfBar1, vmmuSegment')
    expect(stderr).toContain('hint: nvgpu host init --help')
  })

  it.each([
    [with_('bar1=100G'), 'bar1 is 102400 MiB, and a BAR is a power of two'],
    [with_('vfBar1=3000'), 'vfBar1 is 3000 MiB, and a BAR is a power of two'],
    [with_('vfBar1=256G'), 'vfBar1 is 262144 MiB, more than the 131072 of the PF'],
    [with_('vmmuSegment=100'), 'vmmuSegment is 100 MiB, and the driver takes 32, 64, 128, 256, 512'],
    [with_('framebuffer=98305'), 'framebuffer is 98305 MiB, and the board has 98304'],
    [with_('framebuffer=80000'), 'framebuffer is 80000 MiB, and 1 NVIDIA RTX Pro 6000 Blackwell DC-4-96Q take'],
    [with_('vfs=16'), `vfs is known: ${BOARD} has 48`],
  ])('refuses %s', async (figures, sentence) => {
    const { status, stderr } = await init(BOARD, figures)
    expect(status).not.toBe(0)
    expect(stderr).toContain(sentence)
  })

  it.each([
    ['bar1=1G', 'figures are missing: framebuffer, vfBar1, vmmuSegment'],
    [with_('bar1=much'), "'much' is not a size such as 97887, 256M or 128G"],
    [with_('bar2=1G'), "there is no figure 'bar2'"],
    [`${FIGURES},bar1=1G`, 'bar1 is given twice'],
    ['128G', "'128G' is not NAME=SIZE"],
  ])('takes no %s', async (figures, sentence) => {
    const { status, stderr } = await init(BOARD, figures)
    expect(status).toBe(2)
    expect(stderr).toContain(sentence)
  })

  it('is refused for a board of which all or too much is known', async () => {
    expect((await init('L40', FIGURES)).stderr).toContain('the figures of L40 are known')
    expect((await init('T4', FIGURES)).stderr).toContain('T4 cannot be simulated')
    expect((await init('B300', FIGURES)).stderr).toContain('unknown are chip')
  })

  it.each([
    ['B200', 'framebuffer=184000,bar1=256G,vfBar1=8G,vmmuSegment=512M,vfs=16', '7g.180gb', 'B200X-7-180C'],
    ['GB200', 'framebuffer=193000,bar1=256G,vfBar1=8G,vmmuSegment=512M,vfs=16', '7g.189gb', 'GB200-7-189C'],
    ['GH200-96GB', 'framebuffer=97800,bar1=128G,vfBar1=4G,vmmuSegment=256M,vfs=16', '7g.96gb', 'GH200-7-96C'],
    ['GH200-144GB', 'framebuffer=147000,bar1=256G,vfBar1=8G,vmmuSegment=512M,vfs=16', '7g.144gb', 'GH200L-7-144C'],
  ])('%s runs the type of all its memory', async (board, figures, profile, type) => {
    expect((await init(board, figures)).stderr).toBe('')
    for (const line of ['mig enable', 'vf enable 4', `mig create ${profile}`, `vgpu create --type ${type}`])
      expect(await bench.sh(line), line).toMatchObject({ status: 0, stderr: '' })
  })

  it('keeps them over reset, reboot and export', async () => {
    await init(BOARD, FIGURES, '--gpus', '2')
    expect((await bench.sh('host reset --force')).status).toBe(0)
    expect((await bench.sh('host reboot')).status).toBe(0)
    const { stdout } = await bench.sh('export')
    const file = path.join(bench.dir, 'host.yaml')
    fs.writeFileSync(file, stdout)
    expect((await bench.run(['diff', '-f', file])).status).toBe(0)
    await bench.sh('host init --board L40 --force')
    expect((await bench.run(['apply', '-f', file])).status).toBe(0)
    expect((await bench.sh('export')).stdout).toBe(stdout)
    fs.writeFileSync(file, stdout.replace('vmmuSegment: 256', 'vmmuSegment: 100'))
    expect((await bench.run(['apply', '-f', file])).stderr).toContain('the driver takes 32, 64')
  })
})
