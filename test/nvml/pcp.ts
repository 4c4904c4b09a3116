import fs from 'node:fs'
import path from 'node:path'

/** The PCP agent of Debian, unpacked by .ci/run and not installed: its scripts want systemd. */
const PCP = path.resolve('node_modules/.cache/pcp')
const AGENT = `${PCP}/usr/lib/pcp/pmdas/nvidia`
/** A number that PCP gives to agents without one of their own. */
const DOMAIN = 120

/** Why the agent cannot run here. */
export const NO_PCP = fs.existsSync(`${PCP}/usr/bin/pminfo`)
  ? undefined
  : 'the PCP agent is not unpacked: .ci/run does that'

/** Writes what the agent needs into a directory. @returns a command that prints all metrics of the agent, with no daemon */
export function pcpCommand(dir: string): string[] {
  const settings = fs.readFileSync(`${PCP}/etc/pcp.conf`, 'utf8').replace(/=\//g, `=${PCP}/`)
  fs.writeFileSync(`${dir}/pcp.conf`, settings)
  const names = fs.readFileSync(`${AGENT}/pmns`, 'utf8').replaceAll('NVML:', `${DOMAIN}:`)
  fs.writeFileSync(`${dir}/pmns`, `root { nvidia }\n${names.slice(names.indexOf('nvidia {'))}`)
  const agent = `add,${DOMAIN},${AGENT}/pmda_nvidia.so,nvidia_init`
  const script = `LD_LIBRARY_PATH=$LD_LIBRARY_PATH:${PCP}/usr/lib PCP_CONF=${dir}/pcp.conf exec timeout 60 ${PCP}/usr/bin/pminfo -n ${dir}/pmns -L -K ${agent} -f nvidia`
  return ['sh', '-c', script]
}

/** The values of pminfo -f, by metric and in the order of its instances. */
export function pcpMetrics(printed: string): Map<string, string[]> {
  const metrics = new Map<string, string[]>()
  for (const block of printed.split(/^(?=nvidia\.)/m)) {
    const name = /^nvidia\.([\w.]+)/.exec(block)?.[1]
    const values = [...block.matchAll(/value "?([^"\n]*)"?$/gm)].map(([, value = '']) => value)
    if (name !== undefined) metrics.set(name, values)
  }
  return metrics
}
