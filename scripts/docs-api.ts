// `pnpm docs:api`: writes signatures and examples into the marked places of the documents. A test fails where one is stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { DOCUMENTS, ROOT } from './docs/documents'
import { withPlacesMade } from './docs/places'

for (const file of DOCUMENTS) {
  const text = readFileSync(file, 'utf8')
  const made = withPlacesMade(text, ROOT)
  if (made !== text) writeFileSync(file, made)
  console.log(`${relative(ROOT, file)}: ${made === text ? 'as it was' : 'written'}`)
}
