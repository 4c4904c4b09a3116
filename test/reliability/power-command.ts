/** The product as one file, with faults put in: for processes on a disk whose power is cut. */
import '../../src/cli/main.ts'
