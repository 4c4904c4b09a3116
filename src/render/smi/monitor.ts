import type { SmiGpuView, SmiUse, SmiVgpuView } from '../../engine/smi/view.ts'
import { lines } from './summary.ts'

type WorkSession = NonNullable<SmiVgpuView['session']>

/** An endless report: two header lines, repeated at intervals, and rows at every tick. */
export interface Monitor {
  readonly header: string
  rows(gpus: readonly SmiGpuView[]): string
}

const ENGINES: readonly (keyof SmiUse)[] = ['gpu', 'memory', 'encoder', 'decoder', 'jpeg', 'ofa']

/** `nvidia-smi vgpu -u`: columns of 5, 11 and six times 6 characters. */
export const VGPU_UTILIZATION: Monitor = {
  header: lines([
    '# GPU       vGPU    sm   mem   enc   dec   jpg   ofa',
    '# Idx         Id     %     %     %     %     %     %',
  ]),
  rows: (gpus) =>
    perVgpu(gpus, (gpu, vgpu) =>
      [place(gpu.index, 5), place(vgpu?.vgpuId, 11), ...ENGINES.map((engine) => use(gpu, vgpu, engine))].join(''),
    ),
}

/** A GPU with MIG on has no figures. */
function use(gpu: SmiGpuView, vgpu: SmiVgpuView | null, engine: keyof SmiUse): string {
  return gpu.migMode === 'Enabled' ? 'N/A'.padStart(6) : place(vgpu?.use[engine], 6)
}

/** `nvidia-smi vgpu -p`: processes in the guests that use their vGPU. */
export const VGPU_PROCESSES: Monitor = {
  header: lines([
    '# GPU       vGPU     process          process    sm   mem   enc   dec   jpg   ofa',
    '# Idx         Id          Id             name     %     %     %     %     %     %',
  ]),
  rows: (gpus) =>
    perVgpu(gpus, (gpu, vgpu) =>
      [
        place(gpu.index, 5),
        place(vgpu?.vgpuId, 11),
        place(busy(vgpu)?.pid, 12),
        (busy(vgpu)?.name ?? '-').padStart(17),
        ...ENGINES.map((engine) => place(busy(vgpu) === null ? undefined : vgpu?.use[engine], 6)),
      ].join(''),
    ),
}

/** The process of a guest that used an engine in this second. */
function busy(vgpu: SmiVgpuView | null) {
  return vgpu !== null && ENGINES.some((engine) => vgpu.use[engine] > 0) ? vgpu.process : null
}

/** `nvidia-smi vgpu -es`: encoder sessions. */
export const ENCODER_SESSIONS: Monitor = {
  header: lines([
    '# GPU       vGPU   Session   Process   Codec       H       V  Average     Average',
    '# Idx         Id        Id        Id    Type     Res     Res      FPS Latency(us)',
  ]),
  rows: (gpus) =>
    perVgpu(gpus, (gpu, vgpu) =>
      [place(gpu.index, 5), place(vgpu?.vgpuId, 11), ...encoding(vgpu?.session ?? null)].join(''),
    ),
}

/** `nvidia-smi vgpu -fs`: frame buffer capture sessions. */
export const CAPTURE_SESSIONS: Monitor = {
  header: lines([
    '# GPU       vGPU   Session   Process   Display   Session     Diff.    Class.   Capture     Max H     Max V       H       V  Average     Average',
    '# Idx         Id        Id        Id   Ordinal      Type Map State Map State      Mode       Res       Res     Res     Res      FPS Latency(us)',
  ]),
  rows: (gpus) =>
    perVgpu(gpus, (gpu, vgpu) =>
      [place(gpu.index, 5), place(vgpu?.vgpuId, 11), ...capturing(vgpu?.session ?? null)].join(''),
    ),
}

/** `nvidia-smi pmon`: the VMs are the processes of a vGPU host. */
export const PROCESSES: Monitor = {
  header: lines([
    '# gpu         pid   type     sm    mem    enc    dec    jpg    ofa    command ',
    '# Idx           #    C/G      %      %      %      %      %      %    name ',
  ]),
  rows: (gpus) =>
    perVgpu(
      gpus,
      (gpu, vgpu) =>
        `${place(gpu.index, 5)}${place(vgpu?.pid, 11)}${(vgpu ? 'C+G' : '-').padStart(6)}${ENGINES.map((engine) => place(vgpu?.use[engine], 7)).join('')}    ${(vgpu ? 'vgpu' : '-').padEnd(15)}`,
    ),
}

/** A row for every vGPU; a GPU without vGPUs has a row of its own. */
function perVgpu(gpus: readonly SmiGpuView[], row: (gpu: SmiGpuView, vgpu: SmiVgpuView | null) => string): string {
  return lines(
    gpus.flatMap((gpu) => (gpu.vgpus.length === 0 ? [row(gpu, null)] : gpu.vgpus.map((vgpu) => row(gpu, vgpu)))),
  )
}

/** Columns of an encoder session: id, process, codec, resolution, frames, latency. */
function encoding(session: WorkSession | null): string[] {
  if (session === null) return dashes([10, 10, 8, 8, 8, 9, 12])
  const { id, pid, width, height, fps, latencyUs } = session
  return [
    place(id, 10),
    place(pid, 10),
    'H.264'.padStart(8),
    ...sizes(width, height),
    place(fps, 9),
    place(latencyUs, 12),
  ]
}

/** Columns of a capture session of the first display. No diff or classification map is made. */
function capturing(session: WorkSession | null): string[] {
  if (session === null) return dashes([10, 10, 10, 10, 10, 10, 10, 10, 10, 8, 8, 9, 12])
  const { id, pid, width, height, fps, latencyUs } = session
  const modes = ['HWENC', 'Disabled', 'Disabled', 'Default'].map((word) => word.padStart(10))
  const most = [place(width, 10), place(height, 10)]
  return [
    place(id, 10),
    place(pid, 10),
    place(0, 10),
    ...modes,
    ...most,
    ...sizes(width, height),
    place(fps, 9),
    place(latencyUs, 12),
  ]
}

function sizes(width: number, height: number): string[] {
  return [place(width, 8), place(height, 8)]
}

export function dashes(widths: readonly number[]): string[] {
  return widths.map((width) => place(undefined, width))
}

function place(value: number | undefined, width: number): string {
  return (value === undefined ? '-' : String(value)).padStart(width)
}
