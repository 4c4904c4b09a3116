/** A command that writes where its user says: what goes before it, and where it writes, below a folder that `@` stands for. */
export interface Output {
  /** noun, verb, and the argument or option */
  readonly names: string
  readonly line: string
  readonly before: readonly string[]
  readonly path: string
  readonly kind: 'file' | 'files' | 'tree'
}

const RUNNING = ['vf enable 4', 'vgpu create -t L40-4Q -n desk7']
const DEFINED = [...RUNNING, 'vgpu define -t L40-4Q -n desk8']

/** Every output path of the product. A writer that is not among them fails outputs.test.ts. */
export const OUTPUTS: readonly Output[] = [
  { names: 'vgpu save file', line: 'vgpu save desk7 @desk7.vgpu', before: RUNNING, path: 'desk7.vgpu', kind: 'file' },
  { names: 'host export file', line: 'host export @host.json', before: RUNNING, path: 'host.json', kind: 'file' },
  {
    names: 'types export file',
    line: 'types export L40-4Q @type.bin',
    before: RUNNING,
    path: 'type.bin',
    kind: 'file',
  },
  {
    names: 'events export file',
    line: 'events export --format mermaid @events.mmd',
    before: RUNNING,
    path: 'events.mmd',
    kind: 'file',
  },
  { names: 'smi -f', line: 'smi -q -x -f @q.xml', before: RUNNING, path: 'q.xml', kind: 'file' },
  {
    names: 'export dir',
    line: 'export nodedev --dir @new/nodedevs',
    before: RUNNING,
    path: 'new/nodedevs',
    kind: 'files',
  },
  {
    names: 'export dir',
    line: 'export mdevctl --dir @new/mdevctl.d',
    before: DEFINED,
    path: 'new/mdevctl.d',
    kind: 'files',
  },
  { names: 'sysfs export dir', line: 'sysfs export @new/tree', before: RUNNING, path: 'new/tree', kind: 'tree' },
  {
    names: 'nvml install dir',
    line: 'nvml install --arch x64 @new/nvml',
    before: RUNNING,
    path: 'new/nvml',
    kind: 'files',
  },
  {
    names: 'fleet init fleet',
    line: 'fleet init --hosts 3 --board L40 --force --fleet @fleet.yaml',
    before: RUNNING,
    path: 'fleet.yaml',
    kind: 'file',
  },
]

/**
 * Options and arguments that name a file or directory and are no output: what is read, another host's directory, and the
 * directory of a server, which fills it anew whenever it starts. `fleet add` writes its file as `fleet init` does.
 */
export const NO_OUTPUTS: readonly RegExp[] = [
  /^(apply|assert|batch|diff|host import|types upload|vgpu restore) file$/,
  / (callouts|jsonfile|nodes|requests)$/,
  /^(?!fleet init ).* fleet$/,
  /^fleet add path$/,
  /^migrate to$/,
  /^serve dir$/,
]

/** The files of src that make, change or remove files, and what for. */
export const WRITERS: Readonly<Record<string, string>> = {
  'app/output-file.ts': 'all that a command writes for its user',
  'app/replace-file.ts': 'the claim to a file that output-file.ts then puts in its place',
  'app/sysfs-tree.ts': 'fills the directory that output-file.ts then puts in its place, and has it synced before',
  'live/mounting.ts': 'opens the device /dev/fuse',
  'live/mounts.ts': 'mount points and their table in a temporary directory, which is removed once they are mounted',
  'live/run-server.ts': 'opens the device /dev/fuse',
  'live/serve-tree.ts': 'the mount points and links of a server, anew whenever it starts',
  'live/serve.ts': 'the programs and the mount point of a server, anew whenever it starts',
  'nvml/serve-library.ts': 'the directory of a server, which fills it anew whenever it starts',
  'nvml/temporary.ts': 'a temporary directory, which ends with its command',
  'nvml/install.ts': 'links, which output-file.ts then puts in their place',
  'nvml/server.ts': 'the directory of its socket',
  'store/disk/files.ts': 'the state directory',
}
