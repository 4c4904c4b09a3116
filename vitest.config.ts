import { defineConfig } from 'vitest/config'

// Every process of Node parses them when it starts, and none of the many that the tests start speaks to anybody.
delete process.env.NODE_EXTRA_CA_CERTS

/** Half of a test's time a process of it is waited for: one worker a core, where vitest leaves one of them unused. */
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: '100%' },
})
