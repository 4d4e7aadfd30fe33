/** A company as the reads are asked about it. */
export interface Asked { company: string, workspaces: string[], folders: string[], leads: string[] }

/**
 * Parameters to try each read with that the server answers. A read that is added to the registry must be added here:
 * the test of both ends fails until then.
 */
export const READ_PARAMS: Record<string, (asked: Asked) => unknown[][]> = {
  'user': () => [[]],
  'companies': () => [[]],
  'company': ({ company }) => [[company]],
  'membership': ({ company }) => [[company]],
  'members': ({ company }) => [[company]],
  'groups': ({ company }) => [[company]],
  'group-members': ({ company }) => [[company]],
  'leads': ({ company }) => [
    [company, '', '', '', 0, '', '', ''], [company, 'LEA', '', '', 0, '', '', ''], [company, 'example.com', 'new', 'nobody', 0, '', '2020-01-01T00:00:00.000Z', '2100-01-01T00:00:00.000Z'],
    [company, 'lea', 'won', 'nobody', 50, 'b', '', '2100-01-01T00:00:00Z'],
  ],
  'lead-variants': ({ company }) => [[company]],
  'leads-of-email': ({ company, leads }) => leads.map(id => [company, id]),
  // Into the first of them others were merged.
  'merged-leads': ({ company, leads }) => leads.slice(0, 1).map(id => [company, id]),
  'lead-count': ({ company }) => [[company]],
  'lead': ({ company, leads }) => leads.map(id => [company, id]),
  'lead-figures': ({ company }) => [[company, 'UTC'], [company, 'Asia/Kathmandu']],
  'workspace-activity': ({ company }) => [[company, 'UTC', '2020-01-01'], [company, 'America/St_Johns', '2020-01-01']],
  'workspaces': ({ company }) => [[company]],
  'workspace': ({ workspaces }) => workspaces.map(id => [id]),
  'folder-counts': ({ workspaces }) => [[workspaces], [[]]],
  'recent-changes': ({ company }) => [[company]],
  'folders-top': ({ workspaces }) => workspaces.map(id => [id]),
  'folders-children': ({ workspaces, folders }) => folders.map(id => [workspaces[0], id]),
  'folder': ({ folders }) => folders.map(id => [id]),
  'breadcrumb': ({ folders }) => folders.map(id => [id]),
}
