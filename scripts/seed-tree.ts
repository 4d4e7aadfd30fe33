// A company of one folder tree, for tests and measurements.
import { parseArgs } from 'node:util'
import { databaseUrl, seed } from './seed/database'
import { uuidOf } from './seed/identity'
import { insertRows } from './seed/rows'
import { plantTree, SeedError } from './seed/tree'

const USAGE = 'Usage: npx tsx scripts/seed-tree.ts --company SLUG [--owner E-MAIL] [--database-url URL] FILE.tsv[.gz]'

function wanted() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { 'company': { type: 'string' }, 'owner': { type: 'string' }, 'database-url': { type: 'string' } },
    })
    const [file, ...more] = positionals
    if (!values.company || !file || more.length > 0) throw new Error('Give one company and one file.')
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(values.company)) throw new Error('A company\'s slug holds a-z, 0-9 and single hyphens.')
    return { slug: values.company, owner: values.owner, url: databaseUrl(values['database-url']), file }
  }
  catch (error) {
    throw new SeedError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

await seed(() => {
  const { slug, owner, url, file } = wanted()
  return {
    url,
    async plant(client) {
      const { rowCount } = await client.query('SELECT 1 FROM companies WHERE slug = $1', [slug])
      if (rowCount) throw new SeedError(`There is a company "${slug}" already.`)
      const id = uuidOf('company', slug)
      let user = uuidOf('user', slug)
      if (owner === undefined) {
        // Someone must own it; without a password nobody can sign in as them.
        await insertRows(client, 'users', [{ id: user, email: `owner@${slug}.example`, name: `Owner of ${slug}` }])
      }
      else {
        const { rows } = await client.query<{ id: string }>('SELECT id FROM users WHERE lower(email) = lower($1)', [owner])
        if (!rows[0]) throw new SeedError(`Nobody has the e-mail address ${owner}.`)
        user = rows[0].id
      }
      await insertRows(client, 'companies', [{ id, name: slug, slug, owner_id: user }])
      await insertRows(client, 'company_members', [{ id: uuidOf(id, 'member', user), company_id: id, user_id: user, role: 'owner', name: '', email: '' }])
      const { workspaces, folders } = await plantTree(client, id, file)
      return `Made "${slug}": ${workspaces.made} workspaces, ${folders.made} folders.`
    },
  }
})
