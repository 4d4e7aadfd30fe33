// Messages for the person who runs the stack. To stderr: stdout belongs to the answer that `--json` promises.
import { createConsola } from 'consola'

export const log = createConsola({ stdout: process.stderr, stderr: process.stderr }).withTag('embedded')
