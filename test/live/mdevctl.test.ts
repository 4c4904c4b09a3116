import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { LiveHost, notLive } from './live-host.ts'

const why = notLive('ordinary')
const absent = missing('mdevctl')
for (const reason of [why, absent]) if (reason !== undefined) console.log(`skipped: ${reason}`)
const live = it.skipIf(why !== undefined)
const client = it.skipIf(why !== undefined || absent !== undefined)
const UUID = '6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01'
const DIR = '/etc/mdevctl.d'
const VF = '0000:c1:00.4'
const FILE = `${DIR}/${VF}/${UUID}`

let host: LiveHost
beforeAll(() => {
  host = new LiveHost('ordinary')
  expect(host.nvgpu(['host', 'init', '--profile', 'vgpu16', '--force']).status).toBe(0)
  expect(host.nvgpu(['vf', 'enable', '4']).status).toBe(0)
})
afterAll(() => host.dispose())

const root = (script: string) => host.bash(script, '--root')
const definitions = () => host.nvgpu(['vgpu', 'list', '--defined', '-o', 'name']).stdout

describe('mdevctl 1.2', () => {
  client('G 2: mdevctl defines, modifies, starts and undefines; the definitions are the host’s', () => {
    const { stdout, stderr } = root(`
      mdevctl define -u ${UUID} -p ${VF} --type nvidia-874 || exit
      cat ${FILE}; echo; ls ${DIR}
      mdevctl modify -u ${UUID} --addattr nvidia/vgpu_params --value frame_rate_limiter=0 || exit
      mdevctl modify -u ${UUID} --auto && mdevctl list -d -v
      mdevctl start -u ${UUID} && cat /sys/bus/mdev/devices/${UUID}/nvidia/vgpu_params
      mdevctl list
      mdevctl stop -u ${UUID}`)
    expect(stderr).toBe('')
    expect(stdout).toBe(`{
  "mdev_type": "nvidia-874",
  "start": "manual",
  "attrs": []
}
${VF}
scripts.d
${UUID} ${VF} nvidia-874 auto
  Attrs:
    @{0}: {"nvidia/vgpu_params":"frame_rate_limiter=0"}

frame_rate_limiter=0
${UUID} ${VF} nvidia-874 auto (defined)

`)
    expect(definitions()).toBe(`${UUID}\n`)
    const undefined_ = root(`mdevctl undefine -u ${UUID} && ls ${DIR}`)
    expect(undefined_).toMatchObject({ stdout: 'scripts.d\n', stderr: '' })
    expect(definitions()).toBe('')
  })

  client('G 2: mdevctl lists what the command has defined, in mdevctl’s JSON', () => {
    const uuid = host.nvgpu(['vgpu', 'define', '--vf', '0000:c1:00.5', '--type', 'nvidia-874']).stdout.trim()
    const dump = root('mdevctl list -d --dumpjson').stdout
    expect(JSON.parse(dump)).toEqual(JSON.parse(host.nvgpu(['vgpu', 'list', '--defined', '--dumpjson']).stdout))
    expect(dump).toContain(uuid)
    expect(root(`mdevctl undefine -u ${uuid}`).status).toBe(0)
  })

  client('G 2: the command behind PATH prints what mdevctl prints: types, lists, configurations from files', () => {
    const config = '{"mdev_type":"nvidia-874","start":"manual","attrs":[{"nvidia/vgpu_params":"frame_rate_limiter=0"}]}'
    const { stdout, stderr } = root(`
      echo '${config}' > "$HOME/config.json"
      for m in /usr/bin/mdevctl "\${PATH##*:}/mdevctl"; do
        out="$HOME/$(basename "$(dirname "$m")")"
        show() { for list in "list -v" "list --dumpjson" "list -d --dumpjson"; do "$m" $list; done; }
        { "$m" types --dumpjson
          "$m" define -u ${UUID} -p ${VF} --jsonfile "$HOME/config.json"; echo $?; show
          "$m" start -u ${UUID}; show; "$m" types -p ${VF} --dumpjson
          "$m" stop -u ${UUID}; "$m" undefine -u ${UUID}
          "$m" start -u ${UUID} -p ${VF} --jsonfile "$HOME/config.json"; echo $?; show
          cat /sys/bus/mdev/devices/${UUID}/nvidia/vgpu_params; "$m" stop -u ${UUID}; echo $?
        } > "$out" 2>&1
      done
      diff "$HOME/bin" "$HOME/behind" && grep -c frame_rate_limiter "$HOME/bin"`)
    // once of the definition, three times of the device with it, and the file itself of the device without
    expect({ stdout, stderr }).toEqual({ stdout: '5\n', stderr: '' })
  })

  client('G 2: a callout of mdevctl runs for every action, and its refusal leaves the host as it was', () => {
    const { stdout, stderr } = root(`
      mkdir -p "$HOME/callouts" && mount --bind "$HOME/callouts" ${DIR}/scripts.d/callouts || exit
      printf '#!/bin/sh\\ncat > /dev/null; echo "$@" >> "$HOME/calls"; [ "$4 $6" != "pre stop" ]\\n' > ${DIR}/scripts.d/callouts/10-test.sh
      chmod +x ${DIR}/scripts.d/callouts/10-test.sh
      mdevctl define -u ${UUID} -p ${VF} --type nvidia-874; mdevctl start -u ${UUID}; mdevctl stop -u ${UUID}; echo $?
      rm ${DIR}/scripts.d/callouts/10-test.sh; mdevctl stop -u ${UUID}; mdevctl undefine -u ${UUID}
      grep -o -- '-e [a-z]* -a [a-z]*' "$HOME/calls"`)
    const called = ['define', 'start'].flatMap((action) => [`-e pre -a ${action}`, `-e post -a ${action}`])
    expect(stdout).toBe(`${['1', ...called, '-e pre -a stop'].join('\n')}\n`)
    expect(stderr).toBe(`Error: callout script "${DIR}/scripts.d/callouts/10-test.sh" failed with return code 1\n`)
  })
})

describe('/etc/mdevctl.d', () => {
  live('G 1: a definition is written in any pieces, and is there when it is whole', () => {
    const { stdout, stderr } = host.bash(`
      { printf '{"mdev_type": "nvid'; sleep 0.1; printf 'ia-874", "start": "auto"}'; echo; } > ${FILE}
      cat ${FILE}; echo; stat -c '%a %s' ${FILE}; rm ${FILE}; cat ${FILE}`)
    const text = JSON.stringify({ mdev_type: 'nvidia-874', start: 'auto', attrs: [] }, null, 2)
    expect(stdout).toBe(`${text}\n644 ${text.length}\n`)
    expect(stderr).toContain('No such file or directory')
    const history = host.nvgpu(['history', 'list', '-o', 'json']).stdout
    expect(history).toContain(`mdevctl define -u ${UUID} -p ${VF} --jsonfile -`)
    expect(history).toContain(`mdevctl undefine -u ${UUID} -p ${VF}`)
  })

  live.each([
    ['text that is no JSON', `echo hello > ${FILE}`, ''],
    ['half of a definition', `printf '{"mdev_type"' > ${FILE}`, ''],
    ['an unknown member', `echo '{"mdev_type": "nvidia-874", "color": 1}' > ${FILE}`, 'Invalid argument'],
    ['a type of no GPU', `echo '{"mdev_type": "nvidia-1"}' > ${FILE}`, 'No such device'],
    ['a name that is no UUID', `echo '{}' > ${DIR}/${VF}/mine`, 'Operation not permitted'],
    ['a parent that no GPU has', `mkdir ${DIR}/0000:ff:00.0`, 'Operation not permitted'],
    ['a definition that is not there', `rm ${FILE}`, 'No such file or directory'],
  ])('G 1: %s is refused, and changes nothing', (_name, script, error) => {
    const before = host.nvgpu(['history', 'list', '-o', 'json']).stdout
    const { stderr } = host.bash(`${script}; ls ${DIR}`)
    expect(stderr).toContain(error)
    expect(host.nvgpu(['history', 'list', '-o', 'json']).stdout).toBe(before)
    expect(definitions()).toBe('')
  })

  live('G 1: close(2) tells that a content was not whole', () => {
    const { stdout } = host.bash(`python3 -c "
import os
fd = os.open('${FILE}', os.O_WRONLY | os.O_CREAT)
print(os.write(fd, b'{'))
try: os.close(fd)
except OSError as error: print(error.strerror)
"`)
    expect(stdout).toBe('1\nInvalid argument\n')
  })
})
