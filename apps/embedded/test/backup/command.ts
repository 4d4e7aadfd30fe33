// Backup, restore and upgrade of the tests' schema in a process of their own, to be killed: `command.ts backup|restore|upgrade DATA FILE`.
import { backUp } from '../../backup/backup.ts'
import { restore } from '../../backup/restore.ts'
import { withServer } from '../../backup/server.ts'
import { upgrade } from '../../backup/upgrade.ts'
import { programsOf } from '../../postgres/other-major.ts'
import { testSchema } from './schema.ts'

const [what, dataDir = '', file = ''] = process.argv.slice(2)
const schema = testSchema()
if (what === 'backup') await withServer({ dataDir }, access => backUp(access, { schema, file }))
if (what === 'restore') await withServer({ dataDir }, access => restore(access, { schema, file, present: 'discard' }))
// The file stands for the folder of the old programs here.
if (what === 'upgrade') await upgrade({ dataDir, schema, programs: major => programsOf(major, file, () => {}), leaveOthers: false })
process.stderr.write(`most memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`)
