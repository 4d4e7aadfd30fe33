import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** A folder for the PATH of a machine that is made up, new for each test. */
export function programs() {
  let folder: string
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'mvdb-programs-')) })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  return {
    get folder() { return folder },
    /** Puts a program by that name there. Out: its path. */
    add(name: string): string {
      const file = join(folder, name)
      writeFileSync(file, '#!/bin/sh\n')
      chmodSync(file, 0o755)
      return file
    },
  }
}
