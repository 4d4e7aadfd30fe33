import { companiesRead, companyRead, membershipRead } from './companies'
import { exportedFoldersRead, exportedWorkspaceRead } from './export'
import { breadcrumbRead, childFoldersRead, folderRead, topFoldersRead } from './folders'
import { groupMembersRead, groupsRead } from './groups'
import { leadFiguresRead, workspaceActivityRead } from './lead-figures'
import { exportedFoundLeadsRead, leadSearchRead, leadSearchStateRead, similarLeadsRead } from './lead-search'
import { exportedLeadsRead, leadCountRead, leadRead, leadsOfEmailRead, leadsRead, leadVariantsRead, mergedLeadsRead } from './leads'
import { membersRead } from './members'
import type { Read, ReadParams, SchemaObject } from './read'
import { recentRead } from './recent'
import { searchedByIdRead, searchProgressRead, searchRead, similarRead } from './search'
import { companyStorageRead, deviceStatusRead } from './storage'
import { syncStatusRead } from './sync-status'
import { userRead } from './user'
import { folderCountsRead, workspaceRead, workspacesRead } from './workspaces'

const all: readonly Read<ReadParams, SchemaObject>[] = [
  userRead, companiesRead, companyRead, membershipRead, membersRead, groupsRead, groupMembersRead,
  workspacesRead, workspaceRead, folderCountsRead, recentRead, leadsRead, leadCountRead, leadVariantsRead, leadRead, leadsOfEmailRead, mergedLeadsRead,
  leadFiguresRead, workspaceActivityRead, leadSearchRead, similarLeadsRead, leadSearchStateRead, exportedFoundLeadsRead,
  exportedFoldersRead, exportedWorkspaceRead, exportedLeadsRead, topFoldersRead, childFoldersRead, folderRead, breadcrumbRead, syncStatusRead,
  searchRead, similarRead, searchedByIdRead, searchProgressRead, deviceStatusRead, companyStorageRead,
]

/** Every read by its name: what may be asked for. */
export const reads: Readonly<Record<string, Read<ReadParams, SchemaObject>>> = Object.fromEntries(all.map(read => [read.name, read]))
