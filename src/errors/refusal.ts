export type RefusalCode = keyof typeof TABLE

/** A refusal code: its exit status, meaning and fix. */
export interface Refusal {
  readonly status: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8
  readonly meaning: string
  readonly mend: string
}

const TABLE = {
  'not-found': {
    status: 3,
    meaning: 'Nothing answers to the name, address or identifier you gave.',
    mend: 'List what exists with the list command of its noun; the closest names are offered under the error.',
  },
  'type-mismatch': {
    status: 4,
    meaning: 'The vGPU type does not go with what is already on the GPU, or with the other side of the operation.',
    mend: 'Pick one of the types that "nvgpu types list" shows as creatable for that GPU, or another GPU.',
  },
  busy: {
    status: 4,
    meaning: 'Something that is in use stands in the way.',
    mend: 'Stop or close the user named in the message, then repeat the command.',
  },
  contention: {
    status: 4,
    meaning: 'Other commands kept changing the host faster than this one could. Nothing was changed.',
    mend: 'Look at "nvgpu host history" for what they do, and repeat the command when they are done.',
  },
  exists: {
    status: 4,
    meaning: 'There already is one with that name, address or identifier.',
    mend: 'Choose another name, remove the existing one, or pass --if-not-exists.',
  },
  'max-instances': {
    status: 5,
    meaning: 'The GPU already carries as many vGPUs of this type as the type allows.',
    mend: 'Destroy a vGPU of the type, use another GPU, or choose a type with more instances.',
  },
  'vf-limit': {
    status: 5,
    meaning: 'The GPU already runs as many vGPUs as its driver profile supports, or the VF is beyond that limit.',
    mend: 'Stop a vGPU, use another GPU, or a profile with a higher limit.',
  },
  'numvfs-range': {
    status: 5,
    meaning: 'More virtual functions were asked for than the SR-IOV capability of the GPU has.',
    mend: 'Ask for at most the total that "nvgpu gpu show" reports.',
  },
  'no-vf': {
    status: 5,
    meaning: 'No virtual function is free: none is enabled, or all enabled ones are taken.',
    mend: 'Enable more with "nvgpu vf enable N", or destroy a vGPU.',
  },
  'no-framebuffer': {
    status: 5,
    meaning: 'No free run of framebuffer is large enough for the guest memory or the management heap.',
    mend: 'Look at "nvgpu fb map"; stop a vGPU or choose a smaller type.',
  },
  'no-channels': {
    status: 5,
    meaning: 'No free run of channels is long enough.',
    mend: 'Look at "nvgpu chid map"; stop a vGPU or choose a type with fewer channels.',
  },
  'no-bar1': {
    status: 5,
    meaning: 'No free run of the BAR1 window is large enough for the mapping.',
    mend: 'Stop a vGPU on the same GPU to give its mapping back.',
  },
  'profile-limit': {
    status: 5,
    meaning: 'The driver profile of this host does not offer that many, or that at all.',
    mend: 'See "nvgpu host show" for the profile and choose another one at "nvgpu host init --profile".',
  },
  'ecc-unsupported': {
    status: 4,
    meaning: 'The type cannot run while the GPU has ECC memory switched on.',
    mend: 'Choose a type that supports ECC, or "nvgpu gpu ecc off" and reset the GPU.',
  },
  syntax: {
    status: 2,
    meaning: 'The command line could not be understood.',
    mend: 'Read --help of the command; examples come first.',
  },
  'invalid-argument': {
    status: 2,
    meaning: 'A value was understood but is not one the command accepts.',
    mend: 'Use a value in the range or of the form the message names.',
  },
  ambiguous: {
    status: 2,
    meaning: 'The selector fits more than one object.',
    mend: 'Give more of the identifier, or the full address, from the candidates in the message.',
  },
  permission: {
    status: 7,
    meaning: 'The state directory belongs to somebody else, can be written by others, or is a symbolic link.',
    mend: 'Correct its owner and mode as the hint says, or name another one with --state-dir.',
  },
  corrupt: {
    status: 8,
    meaning: 'Stored state fails its checksum or does not read as state.',
    mend: 'Run "nvgpu host fsck" to see what can be brought back, then with --repair.',
  },
  'newer-schema': {
    status: 8,
    meaning: 'The state was written by a newer version of nvgpu.',
    mend: 'Upgrade nvgpu, or use another state directory.',
  },
  'network-filesystem': {
    status: 1,
    meaning: 'The state directory is on a network file system, where an append is not atomic.',
    mend: 'Put it on a local file system with --state-dir or NVGPU_STATE_DIR.',
  },
  'disk-full': {
    status: 1,
    meaning: 'There was no room to write the change. Nothing was changed.',
    mend: 'Free the space the message names and repeat the command.',
  },
  'io-error': {
    status: 1,
    meaning: 'Reading or writing failed below the program.',
    mend: 'Check the device and the kernel log, then repeat the command.',
  },
  timeout: {
    status: 1,
    meaning: 'The simulated firmware, plugin or guest did not answer in its (virtual) time.',
    mend: 'Look at "nvgpu events" for the last sign of life; a reset of the GPU clears a stuck plugin.',
  },
  'outcome-unknown': {
    status: 1,
    meaning: 'The change was written but the disk did not confirm it; it may or may not be there later.',
    mend: 'Do not repeat blindly: run "nvgpu host fsck" and look whether the change is there.',
  },
  'firmware-refusal': {
    status: 1,
    meaning: 'The GSP firmware or a plugin task answered with an error status.',
    mend: 'The message has the status; "nvgpu gsp" shows what the firmware knows.',
  },
  unsupported: {
    status: 1,
    meaning: 'This GPU, architecture or driver profile does not have the feature.',
    mend: 'Use a supported GPU, or a profile that models the feature.',
  },
  'not-running': {
    status: 1,
    meaning: 'The operation needs a running vGPU, guest or firmware.',
    mend: 'Start it first, with "nvgpu vgpu start" for a vGPU.',
  },
  'wrong-state': {
    status: 4,
    meaning: 'The object is in a state from which the operation is not possible.',
    mend: 'Bring it to the state the message names first.',
  },
  'no-device': {
    status: 1,
    meaning: 'The device is absent, not bound to its driver, or has no type selected.',
    mend: 'Enable and bind the VF, and select a type, before using it.',
  },
  'invalid-file': {
    status: 2,
    meaning: 'A file does not hold what its kind requires.',
    mend: 'Correct the field, line or offset that the message names.',
  },
  conflict: {
    status: 4,
    meaning: 'What you ask for contradicts what is already set up.',
    mend: 'Undo the setting named in the message, or ask for something that agrees with it.',
  },
  'callout-refused': {
    status: 1,
    meaning: 'A callout script said no before the change, or did not run as it should. Nothing was changed.',
    mend: 'The message has what the script wrote; mend what it complains of, or repeat with --force.',
  },
  differs: {
    status: 6,
    meaning: 'The comparison, assertion or wait found something else than expected.',
    mend: 'The differences are in the output; change the host or the expectation.',
  },
} as const satisfies Record<string, Refusal>

/** Every refusal code. The code, not the errno, decides the exit status. */
export const REFUSALS: Readonly<Record<RefusalCode, Refusal>> = TABLE

/** Whether `text` is a refusal code. */
export function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(TABLE, text)
}
