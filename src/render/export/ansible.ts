/**
 * A script for /etc/ansible/facts.d: what it prints is `ansible_local.nvgpu`. It has the facts in it, or asks for them.
 * @param ask the command that prints the facts, as shell words; null for the facts of now
 */
export function ansibleScript(facts: object, ask: string | null): string {
  const head = ['#!/bin/sh', '# Facts for Ansible: install as /etc/ansible/facts.d/nvgpu.fact, mode 0755.']
  // JSON has no line that is the delimiter: every line of it begins with a brace, a bracket or a blank
  const body = ask === null ? ["cat <<'FACTS'", JSON.stringify(facts, null, 1), 'FACTS'] : [`exec ${ask}`]
  return `${[...head, ...body].join('\n')}\n`
}
