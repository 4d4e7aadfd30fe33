import { recordInCompany } from '../account/audit'
import type { ImportAudit } from './import'

/** Writes the beginning and the end of an import into the company's audit. `file`: its name, as whoever imports calls it. */
export const auditImport = (company: string, actor: Parameters<typeof recordInCompany>[2], file: string): ImportAudit => ({
  began: (tx, lines) => recordInCompany(tx, company, actor, 'import.began', { file, lines }),
  ended: (tx, { workspaces, folders, refused }, whole) => recordInCompany(tx, company, actor, 'import.ended', {
    file, workspaces: workspaces.made, folders: folders.made, existed: folders.existed, refused: refused.total, whole,
  }),
})
