import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import type pg from 'pg'
import { positionOf, uuidOf } from './identity'
import { insertRows } from './rows'

export class SeedError extends Error {}

export interface Tree {
  workspaces: WorkspaceRow[]
  folders: FolderRow[]
}

type WorkspaceRow = { id: string, company_id: string, name: string, position: string }
type FolderRow = { id: string, company_id: string, workspace_id: string, parent_id: string | null, name: string, position: string }

/** Reads lines of `workspace TAB folder/path`, gzipped or not. Throws SeedError with the line that is wrong. */
export async function readTree(file: string, companyId: string): Promise<Tree> {
  const bytes = await readFile(file).catch(() => {
    throw new SeedError(`There is no file ${file} that can be read.`)
  })
  const text = (file.endsWith('.gz') ? unpack(bytes, file) : bytes).toString('utf8')
  const workspaces = new Map<string, WorkspaceRow>()
  const folders = new Map<string, FolderRow>()
  const siblings = new Map<string, number>()
  const next = (parent: string) => {
    const n = siblings.get(parent) ?? 0
    siblings.set(parent, n + 1)
    return positionOf(n)
  }
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '') continue
    const [workspaceName, path, more] = line.split('\t')
    if (!workspaceName || !path || more !== undefined) throw new SeedError(`${file}, line ${i + 1}: this is not "workspace TAB folder/path".`)
    const workspace = workspaces.get(workspaceName)
      ?? { id: uuidOf(companyId, workspaceName), company_id: companyId, name: workspaceName, position: next('') }
    workspaces.set(workspaceName, workspace)
    const slash = path.lastIndexOf('/')
    const parent = slash < 0 ? undefined : folders.get(`${workspaceName}\t${path.slice(0, slash)}`)
    if (slash >= 0 && !parent) throw new SeedError(`${file}, line ${i + 1}: the folder above it does not come before it.`)
    if (folders.has(line)) throw new SeedError(`${file}, line ${i + 1}: this folder is there twice.`)
    folders.set(line, {
      id: uuidOf(companyId, workspaceName, path), company_id: companyId, workspace_id: workspace.id,
      parent_id: parent?.id ?? null, name: path.slice(slash + 1), position: next(parent?.id ?? workspace.id),
    })
  }
  if (folders.size === 0) throw new SeedError(`${file} holds no folders.`)
  return { workspaces: [...workspaces.values()], folders: [...folders.values()] }
}

/** Inserts a tree into a company that is there. */
export async function plantTree(client: pg.ClientBase, { workspaces, folders }: Tree): Promise<void> {
  await insertRows(client, 'workspaces', workspaces)
  await insertRows(client, 'folders', folders)
}

function unpack(bytes: Buffer, file: string): Buffer {
  try {
    return gunzipSync(bytes)
  }
  catch {
    throw new SeedError(`${file} is not a gzip file.`)
  }
}
