import { atMost, median, type Measured } from '../figure'
import type { World } from '../world'

/** Seconds of `pnpm import:trees` into a new company; the baseline is PostgreSQL writing the same rows from itself, indexes and keys included. */
export async function importTrees(world: World): Promise<Measured[]> {
  const { sql } = world.stack
  const { person } = await world.planted()
  const tree = await world.tree()
  const [imports, alone]: [number[], number[]] = [[], []]
  for (let n = 0; n < world.times; n++) {
    const slug = `import-${n}`
    const { rows: [company] } = await sql.query<{ id: string }>('insert into companies (id, name, slug, owner_id) values (gen_random_uuid(), $1, $1, $2) returning id', [slug, person.id])
    const began = performance.now()
    await world.stack.script('scripts/import-trees.ts', '--company', slug, tree)
    imports.push((performance.now() - began) / 1000)
    await sql.query('create table written (like folders including all)')
    const copied = performance.now()
    await sql.query('insert into written select * from folders where company_id = $1', [company?.id])
    alone.push((performance.now() - copied) / 1000)
    await sql.query('drop table written')
  }
  return [{ name: 'import of the tree by command, against PostgreSQL alone writing the rows', value: median(imports), unit: 's', baseline: median(alone), goal: atMost(30) }]
}
