/** Takes the code of the command that the arguments name, and ends before that does anything. */
const { load } = require('../bin/nvgpu.cjs')
load('main.cjs')
process.exit()
