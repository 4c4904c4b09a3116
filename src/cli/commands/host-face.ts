import { FACE_STEPS } from '../../catalog/face-steps.ts'
import { FACE_NAMES } from '../../contract/state/host.ts'
import { list } from '../../render/answer.ts'
import { faceChanges } from '../../render/face-change.ts'
import { verb } from '../spec.ts'

/** `host face diff A B`. */
export const FACE = verb({
  name: 'face',
  summary: 'compare two faces of the driver: the changes that a provisioning script needs',
  examples: ['host face diff mdev vendor-vfio', 'host face diff vendor-vfio upstream -o json'],
  options: {},
  args: {
    action: { summary: 'diff', choices: ['diff'] },
    from: { summary: 'the face of the present script', choices: FACE_NAMES },
    to: { summary: 'the face to change it for', choices: FACE_NAMES },
  },
  changes: false,
  async run(_context, { args: { from, to } }) {
    const steps = FACE_STEPS.map(({ step, faces }) => ({ step, from: faces[from], to: faces[to] }))
    return list(
      faceChanges(from, to),
      steps.filter((step) => step.from !== step.to),
      `${from} and ${to} need the same script`,
    )
  },
})
