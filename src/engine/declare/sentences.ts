import { shortTypeName } from '../../errors/type-name.ts'
import { partText } from './layout.ts'
import type { Step } from './step.ts'

/** A step in words, as an order: "create L40-4Q desk1 on 0000:c1:00.4". */
export function sentence(step: Step): string {
  switch (step.do) {
    case 'init': {
      const { board = 'L40', gpus = 1, profile } = step.options
      return `make the host anew: ${gpus} ${board}${profile === undefined ? '' : `, profile ${profile}`}`
    }
    case 'upload':
      return `upload ${step.types.map(({ name }) => short(name)).join(', ')}`
    case 'create':
      return [
        'create',
        short(step.type.name),
        step.name ?? step.uuid,
        `on ${step.vf ?? (step.gpu === null ? 'the first VF that fits' : `a free VF of ${step.gpu}`)}`,
        ...(step.gpuInstance === undefined ? [] : [`in GPU instance ${step.gpuInstance}`]),
        ...(step.placementId === undefined ? [] : [`at placement ${step.placementId}`]),
        ...(step.state === 'running' ? [] : [`(${step.state})`]),
      ].join(' ')
    case 'modify': {
      const name = step.name === undefined ? [] : [step.name === null ? 'take its name off' : `name it ${step.name}`]
      const attrs = step.attrs === undefined ? [] : ['write its attributes']
      return `vGPU ${step.uuid}: ${[...name, ...attrs].join(', ')}`
    }
    case 'define':
    case 'redefine':
      return `${step.do} vGPU ${step.definition.name ?? step.uuid}`
    case 'undefine':
      return `undefine vGPU ${step.uuid}`
    case 'persist':
      return `${step.on ? 'remember' : 'forget'} VFs, mode and scheduler of ${step.gpu} for the next boot`
    case 'destroy':
    case 'stop':
    case 'start':
    case 'suspend':
    case 'resume':
      return `${step.do} vGPU ${step.uuid} on ${step.vf}`
    case 'ecc':
      return `set ECC of ${step.gpu} ${onOff(step.on)} from its next reset on`
    case 'time-slicing':
      return `switch time slices on GPU instances of ${step.gpu} ${step.on ? 'on' : 'off'}`
    case 'mig':
      return `switch MIG of ${step.gpu} ${onOff(step.on)}`
    case 'partition':
      return `create GPU instance ${partText(step.part)} on ${step.gpu}`
    case 'join':
      return `destroy GPU instance ${partText(step.part)} on ${step.gpu}`
    case 'autoprobe':
      return `set autoprobe of ${step.gpu} ${onOff(step.on)}`
    case 'reset':
      return `reset GPU ${step.gpu}`
    case 'vfs':
      return step.count === 0 ? `disable the VFs of ${step.gpu}` : `enable ${step.count} VFs on ${step.gpu}`
    case 'mode':
      return `put ${step.gpu} in ${step.mode} mode`
    case 'scheduler':
      return `set the scheduler of ${step.gpu} to ${step.scheduler.policy}`
    case 'bind':
      return `bind VF ${step.vf}`
  }
}

function short(name: string): string {
  return shortTypeName(name)
}

function onOff(on: boolean): string {
  return on ? 'on' : 'off'
}
