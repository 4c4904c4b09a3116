/** A changing verb and a host on which it does something: commands to get there, and the command itself. */
export interface Scene {
  /** noun and verb, as in the command tree */
  readonly verb: string
  /** Command lines; `@name` is a file, `#name` another state directory, of the scene's own. */
  readonly before: readonly string[]
  readonly line: string
  /** Files of the scene's own, by the name behind their `@`. */
  readonly files?: Readonly<Record<string, string>>
  /** Why the verb is not one change that can be named with an operation id, if it is not. */
  readonly several?: string
  /** The verb takes another program's words: only the environment asks for a dry run, and it is not mentioned. */
  readonly words?: true
}

const A = '11111111-2222-4333-8444-555555555555'
const B = '66666666-7777-4888-8999-aaaaaaaaaaaa'

const TWO_GPUS = ['host init --board L40 --gpus 2']
const VFS = [...TWO_GPUS, 'vf enable 4 --gpu 0', 'vf enable 4 --gpu 1']
const IDLE = [...VFS, `vgpu create -t L40-4Q -u ${A} -n desk7 --gpu 0 --no-start`]
const RUNNING = [...VFS, `vgpu create -t L40-4Q -u ${A} -n desk7 --gpu 0 --vm web`]
const BOTH = [...RUNNING, `vgpu create -t L40-8Q -u ${B} -n desk8 --gpu 1`]
const DEFINED = [...VFS, `vgpu define -t L40-4Q -u ${A} -n desk7 --gpu 0`]
const OPEN = [...IDLE, 'vfio open 0000:c1:00.4 --vm web']

const MIG_GPU = ['host init --board A100-PCIE-40GB --profile vgpu17']
const MIG_ON = [...MIG_GPU, 'mig enable']

/** Every changing verb of the command tree; a test holds the two against each other. */
export const SCENES: readonly Scene[] = [
  { verb: 'host init', before: [], line: 'host init --board L40 --gpus 2' },
  { verb: 'host suspend', before: BOTH, line: 'host suspend' },
  { verb: 'host resume', before: [...BOTH, 'host suspend'], line: 'host resume' },
  { verb: 'host reboot', before: BOTH, line: 'host reboot' },
  { verb: 'host advance', before: RUNNING, line: 'host advance 5s' },
  { verb: 'host warm-update', before: RUNNING, line: 'host warm-update --to-version 570.158.01' },
  { verb: 'host reset', before: BOTH, line: 'host reset --force' },
  {
    verb: 'host import',
    before: [...BOTH, 'host export @host.json', 'vgpu destroy --all'],
    line: 'host import --force @host.json',
  },
  { verb: 'gpu reset', before: [...TWO_GPUS, 'vf enable 2 --gpu 0'], line: 'gpu reset 0' },
  { verb: 'gpu drain', before: RUNNING, line: 'gpu drain 0 --to-gpu 1' },
  {
    verb: 'defragment',
    before: [
      ...VFS,
      ...['0', '1'].map((gpu) => `gpu mode heterogeneous --gpu ${gpu}`),
      `vgpu create -t L40-4Q -u ${A} --gpu 0`,
      `vgpu create -t L40-8Q -u ${B} --gpu 1`,
    ],
    line: 'defragment L40-48Q',
  },
  { verb: 'gpu unbind', before: RUNNING, line: 'gpu unbind 1 --force' },
  { verb: 'gpu bind', before: [...VFS, 'gpu unbind 1'], line: 'gpu bind 1' },
  { verb: 'gpu ecc', before: TWO_GPUS, line: 'gpu ecc on --gpu 1' },
  { verb: 'gpu accounting', before: TWO_GPUS, line: 'gpu accounting on --gpu 1' },
  { verb: 'gpu compute-mode', before: TWO_GPUS, line: 'gpu compute-mode prohibited --gpu 1' },
  { verb: 'gpu persistence', before: TWO_GPUS, line: 'gpu persistence off --gpu 1' },
  { verb: 'gpu mode', before: VFS, line: 'gpu mode heterogeneous --gpu 1' },
  { verb: 'gpu scheduler', before: TWO_GPUS, line: 'gpu scheduler equal-share --gpu 1' },
  { verb: 'mig enable', before: MIG_GPU, line: 'mig enable' },
  { verb: 'mig disable', before: MIG_ON, line: 'mig disable' },
  { verb: 'mig create', before: MIG_ON, line: 'mig create 3g.20gb 2g.10gb -C' },
  {
    verb: 'mig time-slicing',
    // INVENTED figures
    before: [
      'host init --board RTX-PRO-6000-Blackwell-SE --profile vgpu17 --force --figures framebuffer=97887,bar1=128G,vfBar1=2G,vmmuSegment=256M',
      'mig enable',
    ],
    line: 'mig time-slicing off',
  },
  { verb: 'mig destroy', before: [...MIG_ON, 'mig create 3g.20gb 2g.10gb -C'], line: 'mig destroy --all' },
  { verb: 'vf enable', before: TWO_GPUS, line: 'vf enable 4 --gpu 1' },
  { verb: 'vf disable', before: VFS, line: 'vf disable --gpu 1' },
  { verb: 'vf autoprobe', before: TWO_GPUS, line: 'vf autoprobe off --gpu 1' },
  { verb: 'vf bind', before: [...VFS, 'vf unbind c1:00.5'], line: 'vf bind c1:00.5' },
  { verb: 'vf unbind', before: VFS, line: 'vf unbind c1:00.5' },
  { verb: 'types upload', before: [...TWO_GPUS, 'types export L40-4Q @types.bin'], line: 'types upload @types.bin' },
  { verb: 'vgpu create', before: VFS, line: `vgpu create -t L40-4Q -u ${A} -n desk7` },
  { verb: 'vgpu stop', before: BOTH, line: 'vgpu stop --all' },
  { verb: 'vgpu start', before: [...BOTH, 'vgpu stop --all'], line: 'vgpu start --all' },
  { verb: 'vgpu attach', before: IDLE, line: 'vgpu attach desk7 --vm win11 --guest-os windows' },
  { verb: 'vgpu destroy', before: BOTH, line: 'vgpu destroy --all' },
  { verb: 'vgpu define', before: VFS, line: `vgpu define -t L40-4Q -u ${A} -n desk7 --gpu 0` },
  { verb: 'vgpu undefine', before: DEFINED, line: 'vgpu undefine desk7' },
  { verb: 'vgpu modify', before: DEFINED, line: 'vgpu modify desk7 --type L40-8Q --auto' },
  { verb: 'vgpu autostart', before: DEFINED, line: 'vgpu autostart desk7' },
  { verb: 'vgpu encoder-capacity', before: RUNNING, line: 'vgpu encoder-capacity desk7 50' },
  { verb: 'vgpu guest', before: RUNNING, line: 'vgpu guest driver desk7 none' },
  { verb: 'vgpu suspend', before: BOTH, line: 'vgpu suspend --all' },
  { verb: 'vgpu resume', before: [...BOTH, 'vgpu suspend --all'], line: 'vgpu resume --all' },
  { verb: 'vgpu save', before: RUNNING, line: 'vgpu save desk7 @desk7.vgpu' },
  { verb: 'vgpu restore', before: [...RUNNING, 'vgpu save desk7 @desk7.vgpu'], line: 'vgpu restore @desk7.vgpu' },
  {
    verb: 'migrate',
    before: [...RUNNING, 'host init --board L40 --state-dir #there', 'vf enable 4 --state-dir #there'],
    line: 'migrate desk7 --to #there',
    several: 'it changes two hosts in turn, and the next command on either settles it',
  },
  {
    verb: 'apply',
    before: VFS,
    line: 'apply -f @host.yaml',
    files: {
      'host.yaml': `schema: 1
gpus:
  - {gpu: 0, vfs: 2, vgpus: [{type: L40-4Q, uuid: ${A}, name: desk7}]}
  - {gpu: 1, vfs: 8, vgpus: [{type: L40-8Q, uuid: ${B}, name: desk8}]}
`,
    },
  },
  {
    verb: 'batch',
    before: VFS,
    line: 'batch --atomic -f @commands.txt',
    files: {
      'commands.txt': `vgpu create -t L40-4Q -u ${A} -n desk7 --gpu 0\nvgpu create -t L40-8Q -u ${B} -n desk8 --gpu 1\n`,
    },
  },
  { verb: 'undo', before: RUNNING, line: 'undo 4' },
  { verb: 'redo', before: [...RUNNING, 'undo'], line: 'redo' },
  { verb: 'rollback', before: BOTH, line: 'rollback 2' },
  { verb: 'vfio bind', before: [...VFS, 'vfio unbind c1:00.5'], line: 'vfio bind c1:00.5' },
  { verb: 'vfio unbind', before: VFS, line: 'vfio unbind c1:00.5' },
  { verb: 'vfio open', before: IDLE, line: 'vfio open 0000:c1:00.4 --vm web' },
  { verb: 'vfio close', before: OPEN, line: 'vfio close 0000:c1:00.4' },
  { verb: 'vfio read', before: [...OPEN, 'gsp trace on'], line: 'vfio read 0000:c1:00.4 bar0 0x0' },
  { verb: 'vfio write', before: OPEN, line: 'vfio write 0000:c1:00.4 config 0x14 0xffffffff' },
  { verb: 'vfio reset', before: OPEN, line: 'vfio reset 0000:c1:00.4' },
  { verb: 'sysfs write', before: TWO_GPUS, line: 'sysfs write c1:00.0/sriov_numvfs 4' },
  { verb: 'gsp trace', before: RUNNING, line: 'gsp trace on' },
  { verb: 'gsp inject', before: RUNNING, line: 'gsp inject event --event DISPLAY_MODESET --payload 0100 --gpu 0' },
  { verb: 'fault add', before: TWO_GPUS, line: 'fault add ops.allocFbmem --effect ENOSPC' },
  { verb: 'fault clear', before: [...TWO_GPUS, 'fault add ops.allocFbmem --effect ENOSPC'], line: 'fault clear' },
  {
    verb: 'smi',
    before: TWO_GPUS,
    line: 'smi -i 1 -e 1',
    several: 'it takes the words of nvidia-smi, which knows no operation ids',
  },
  {
    verb: 'mdevctl',
    before: ['host init --board L40 --profile vgpu16', 'vf enable 4'],
    line: `mdevctl define -u ${A} -p 0000:c1:00.4 -t nvidia-869`,
    several: 'it takes the words of mdevctl, which knows no operation ids',
    words: true,
  },
  {
    verb: 'sriov-manage',
    before: TWO_GPUS,
    line: 'sriov-manage -e 0000:c1:00.0',
    several: "it takes the words of NVIDIA's script, which knows no operation ids",
    words: true,
  },
]
