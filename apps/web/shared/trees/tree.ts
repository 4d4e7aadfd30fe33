/** The top of a workspace, where a folder has no parent. */
export const TOP = -1

/** A folder of a file. `node` counts the folders that were taken, from 0; its parent has a smaller one, or is TOP. */
export interface TreeEntry {
  line: number
  /** Place in the list of workspaces. */
  workspace: number
  node: number
  parent: number
  name: string
  description: string
  /** Which of the siblings of this name it is, from 1; more than one only in JSON. */
  nth: number
}

export interface TreeWorkspace { name: string, description: string }
