import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'drizzle-kit'

// drizzle-kit reads paths from where it is started, and makes "./" + path of an absolute one.
const here = (path: string) => relative(process.cwd(), fileURLToPath(new URL(path, import.meta.url)))

// `pnpm db:generate` compares these tables with the last snapshot and writes the next migration; it needs no database.
export default defineConfig({
  dialect: 'postgresql',
  schema: [here('./shared/catalogue/tables.ts'), here('./server/db/auth.ts'), here('./server/db/account.ts'), here('./server/db/ledger.ts'), here('./server/db/history.ts'), here('./server/db/leads.ts')],
  out: here('./server/db/migrations'),
})
