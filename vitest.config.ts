import { defineConfig } from 'vitest/config'

// Every process of Node parses them when it starts, and none of the many that the tests start speaks to anybody.
delete process.env.NODE_EXTRA_CA_CERTS

/** Tests may take so long, in milliseconds: ten times what the longest takes on idle cores, for a machine that is busy. */
const TIMEOUT = 300_000

/**
 * One worker a core, where vitest leaves one of them unused: half of a test's time a process of it is waited for. The files of
 * a worker share its modules.
 */
export default defineConfig({
  test: {
    globalSetup: 'test/live/fuse-access.ts',
    setupFiles: 'test/frozen-catalogue.ts',
    include: ['test/**/*.test.ts'],
    testTimeout: TIMEOUT,
    hookTimeout: TIMEOUT,
    maxWorkers: '100%',
    isolate: false,
  },
})
