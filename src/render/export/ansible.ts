/**
 * A script for /etc/ansible/facts.d, whose output is `ansible_local.nvgpu`. It contains the facts, or runs a command
 * for them.
 * @param ask the command that prints the facts, as shell words; null to include the current facts
 */
export function ansibleScript(facts: object, ask: string | null): string {
  const head = ['#!/bin/sh', '# Facts for Ansible: install as /etc/ansible/facts.d/nvgpu.fact, mode 0755.']
  // No line of JSON is the delimiter: every line begins with a brace, a bracket or a space.
  const body = ask === null ? ["cat <<'FACTS'", JSON.stringify(facts, null, 1), 'FACTS'] : [`exec ${ask}`]
  return `${[...head, ...body].join('\n')}\n`
}
