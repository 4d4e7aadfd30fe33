import type { DropdownMenuItem } from '@nuxt/ui'

/** What a person can do with a folder. */
export type FolderVerb = 'open' | 'create' | 'rename' | 'describe' | 'move' | 'remove'

/** What its menu offers beside that: to look at what was done with it. */
export type FolderMenuVerb = FolderVerb | 'history'

export interface FolderTarget { id: string, name: string }

interface MenuOptions {
  /** Whether this person's role lets them edit. */
  editable: boolean
  /** Why nothing can be edited now. */
  offline?: string
  /** On the folder's own page it need not be opened. */
  withOpen?: boolean
  /** The top of a workspace, which has no place to move to. */
  isWorkspace?: boolean
}

/** The menu of a folder: the same on its line in the tree, on its line in a list and on its page. */
export function folderMenu(act: (verb: FolderMenuVerb) => void, { editable, offline, withOpen, isWorkspace }: MenuOptions): DropdownMenuItem[][] {
  const item = (verb: FolderMenuVerb, label: string, icon: string, more: Partial<DropdownMenuItem> = {}): DropdownMenuItem =>
    ({ label, icon, disabled: verb !== 'open' && verb !== 'history' && offline !== undefined, onSelect: () => act(verb), ...more })
  const open = withOpen ? [item('open', 'Open', 'i-lucide-folder-open', { kbds: ['enter'] })] : []
  if (!editable) return open.length > 0 ? [open] : []
  return [
    [...offline ? [{ type: 'label' as const, label: offline }] : [], ...open, item('create', isWorkspace ? 'New folder' : 'New folder in it', 'i-lucide-folder-plus')],
    [
      item('rename', 'Rename', 'i-lucide-pencil', isWorkspace ? {} : { kbds: ['F2'] }),
      item('describe', 'Edit description', 'i-lucide-text'),
      ...isWorkspace ? [] : [item('move', 'Move', 'i-lucide-folder-input')],
      item('history', 'History', 'i-lucide-history'),
    ],
    [item('remove', isWorkspace ? 'Delete the workspace' : 'Delete', 'i-lucide-trash-2', { color: 'error', ...isWorkspace ? {} : { kbds: ['Del'] } })],
  ]
}
