/** The actions and events that a callout script supports. */
export interface Capabilities {
  supports(event: string, action: string): boolean
}

const EVENTS = ['pre', 'post', 'notify', 'get', 'live']
const ACTIONS = ['start', 'stop', 'define', 'undefine', 'modify', 'attributes', 'capabilities']

/** Our side of the handshake, on the script's standard input. */
export const HANDSHAKE = JSON.stringify({ provides: { version: 2, actions: ACTIONS, events: EVENTS } })

/** A script without the handshake supports everything except changing a live device. */
export const LEGACY: Capabilities = { supports: (event) => event !== 'live' }

/** Reads `{"supports": {"version": 2, "actions": […], "events": […]}}`; undefined for anything else. */
export function readCapabilities(text: string): Capabilities | undefined {
  const { supports } = objectOf(parse(text))
  const { version, actions, events } = objectOf(supports)
  if (typeof version !== 'number' || !Array.isArray(actions) || !Array.isArray(events)) return undefined
  return { supports: (event, action) => events.includes(event) && actions.includes(action) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
