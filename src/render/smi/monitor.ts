import type { SmiGpuView, SmiUse, SmiVgpuView } from '../../engine/smi/view.ts'
import { lines } from './summary.ts'

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
      [place(gpu.index, 5), place(vgpu?.vgpuId, 11), ...ENGINES.map((engine) => place(vgpu?.use[engine], 6))].join(''),
    ),
}

/** `nvidia-smi vgpu -p`: processes in the guests. No guest reports any. */
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
        place(undefined, 12),
        place(undefined, 17),
        ...ENGINES.map(() => place(undefined, 6)),
      ].join(''),
    ),
}

/** `nvidia-smi vgpu -es`: encoder sessions. */
export const ENCODER_SESSIONS: Monitor = {
  header: lines([
    '# GPU       vGPU   Session   Process   Codec       H       V  Average     Average',
    '# Idx         Id        Id        Id    Type     Res     Res      FPS Latency(us)',
  ]),
  rows: (gpus) =>
    perVgpu(gpus, (gpu, vgpu) =>
      [place(gpu.index, 5), place(vgpu?.vgpuId, 11), ...dashes([10, 10, 8, 8, 8, 9, 12])].join(''),
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
      [place(gpu.index, 5), place(vgpu?.vgpuId, 11), ...dashes([10, 10, 10, 10, 10, 10, 10, 10, 10, 8, 8, 9, 12])].join(
        '',
      ),
    ),
}

/** `nvidia-smi dmon`. */
export const DEVICES: Monitor = {
  header: lines([
    '# gpu    pwr  gtemp  mtemp     sm    mem    enc    dec    jpg    ofa   mclk   pclk ',
    '# Idx      W      C      C      %      %      %      %      %      %    MHz    MHz ',
  ]),
  rows: (gpus) =>
    lines(
      gpus.map(
        (gpu) =>
          `${place(gpu.index, 5)}${[...dashes([7, 7, 7]), ...ENGINES.map((engine) => place(gpu.use[engine], 7)), ...dashes([7, 7])].join('')} `,
      ),
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

function dashes(widths: readonly number[]): string[] {
  return widths.map((width) => place(undefined, width))
}

function place(value: number | undefined, width: number): string {
  return (value === undefined ? '-' : String(value)).padStart(width)
}
