import { useCompanySync, useUserGroupsSync, useUserSync, useWorkspaceSync } from '#imports'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { mutations } from '#shared/mutations/index'
import { folderRename } from '#shared/mutations/folder'
import { answerBody } from '#shared/protocol/answers'
import { createMutate, type Mutate, type Saving } from '~/utils/mutate'
import type { ServerError } from '~/utils/server-api'
import { companyVerbs } from '~/utils/verbs/company-verbs'
import { groupVerbs } from '~/utils/verbs/group-verbs'
import { leadVerbs } from '~/utils/verbs/lead-verbs'
import { personVerbs } from '~/utils/verbs/person-verbs'
import { workspaceVerbs } from '~/utils/verbs/workspace-verbs'
import { id } from './support/local-database'
import { MutationsServer } from './support/mutations-server'

const COMPANY = id(10)
const [WORKSPACE, FOLDER, GROUP, USER] = [id(50), id(60), id(30), id(20)]
const mara = { id: id(1), name: 'Mara', email: 'mara@example.org' }

let server: MutationsServer
let mutate: Mutate
beforeEach(() => {
  server = new MutationsServer()
  server.stand()
  mutate = createMutate(() => mara)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const rename = (name = 'New') => mutate(folderRename, { id: FOLDER, name }, { company: COMPANY })
const failure = (saving: Saving) => saving.saved.then(() => undefined, (error: unknown) => error as ServerError)

describe('verbs', () => {
  const verbs = () => ({
    ...workspaceVerbs(mutate, () => COMPANY), ...groupVerbs(mutate, () => COMPANY), ...companyVerbs(mutate, () => COMPANY), ...personVerbs(mutate), ...leadVerbs(mutate, () => COMPANY),
  })

  test('every mutation has a verb, and what a verb sends is what the server takes', async () => {
    const v = verbs()
    const place = { workspaceId: WORKSPACE, parentId: null }
    const lead = { id: id(70), name: 'Grace', status: 'new', assignee_id: null, notes: '', tags: [] }
    const savings = [
      v.createWorkspace('W'), v.renameWorkspace(WORKSPACE, 'W'), v.describeWorkspace(WORKSPACE, ''), v.moveWorkspace(WORKSPACE, 'a1'),
      v.deleteWorkspace(WORKSPACE), v.restoreWorkspace(id(1)),
      v.createFolder({ ...place, name: 'F' }), v.renameFolder(FOLDER, 'F'), v.describeFolder(FOLDER, 'text'), v.moveFolders([FOLDER], { ...place, parentId: id(61) }),
      v.deleteFolders([FOLDER]), v.restore(id(1)),
      v.createGroup('G'), v.renameGroup(GROUP, 'G'), v.describeGroup(GROUP, 'text'), v.deleteGroup(GROUP), v.addPeople(GROUP, [USER]), v.removePeople(GROUP, [USER]),
      v.setLeadStatus(lead, 'won'), v.assignLead(lead, USER), v.setLeadNotes(lead, 'text'), v.setLeadTags(lead, ['fair']), v.mergeLeads([lead], USER), v.separateLead({ ...lead, merged_into: USER }), v.eraseLead(lead),
      v.changeRole(USER, 'guest'), v.saveSettings({ name: 'C' }), v.saveProfile({ name: 'Mara', avatar_url: null }), v.savePreferences({ theme: 'dark' }),
    ]
    await Promise.all(savings.map(({ saved }) => saved))
    expect(new Set(server.done.map(({ name }) => name))).toEqual(new Set(mutations.map(({ name }) => name)))
    for (const { name, company } of server.done) expect(company, name).toBe(name.startsWith('person.') ? undefined : COMPANY)
    expect(new Set(server.persons)).toEqual(new Set([mara.id]))
  })

  test('the key of a creation is that of what it makes, and of a deletion that which restores it', async () => {
    const v = verbs()
    const [made, deleted] = [v.createFolder({ workspaceId: WORKSPACE, parentId: FOLDER, name: 'F' }), v.deleteFolders([FOLDER])]
    await Promise.all([made.saved, deleted.saved, v.restore(deleted.id).saved])
    expect(server.done.map(({ input }) => input)).toMatchObject([
      { id: made.id, workspace_id: WORKSPACE, parent_id: FOLDER, name: 'F' },
      { ids: [FOLDER], deletion_id: deleted.id },
      { deletion_id: deleted.id },
    ])
  })

  test('an edit says what it was made from, where the page knows it', async () => {
    await verbs().renameFolder(FOLDER, 'New', { before: 'Old' }).saved
    expect(server.done).toMatchObject([{ base: { name: 'Old' }, input: { name: 'New' } }])
  })

  test('each sync composable has its own', () => {
    const scope = effectScope()
    scope.run(() => {
      expect(useWorkspaceSync(COMPANY)).toMatchObject({ createFolder: expect.any(Function), createWorkspace: expect.any(Function) })
      expect(useUserGroupsSync(COMPANY)).toMatchObject({ createGroup: expect.any(Function) })
      expect(useCompanySync(COMPANY)).toMatchObject({ changeRole: expect.any(Function), saveSettings: expect.any(Function) })
      expect(useUserSync()).toMatchObject({ saveProfile: expect.any(Function) })
    })
    scope.stop()
  })
})

describe('an edit', () => {
  test('that is applied resolves with its transaction', async () => {
    const saving = rename()
    await saving.saved
    expect(await saving.settled).toEqual({ id: saving.id, status: 'applied', txid: 7, rows: [] })
  })

  test('that is refused says why and what to do', async () => {
    server.refuses['folder.rename'] = { id: '', status: 'refused', ...answerBody('deleted', { deletion_id: id(9) }) }
    expect(await failure(rename())).toMatchObject({ code: 'deleted', message: 'This was deleted meanwhile.', next: expect.stringContaining('Restore') })
  })

  test('that no server would take stays in the page, with a sentence at its field', async () => {
    expect(await failure(rename('   '))).toMatchObject({ code: 'invalid_input', fields: { name: 'Enter a name.' } })
    expect(await failure(mutate(folderRename, { id: FOLDER, name: 'x' }))).toMatchObject({ code: 'invalid_input', fields: { company: expect.any(String) } })
    expect(server.requests).toBe(0)
  })

  test('of nobody is not sent', async () => {
    mutate = createMutate(() => undefined)
    expect(await failure(rename())).toMatchObject({ code: 'sign_in' })
    expect(server.requests).toBe(0)
  })

  test.each(['request lost', 'answer lost'] as const)('whose %s is done once, and the person is not asked', async (fate) => {
    vi.useFakeTimers()
    server.fates.push(fate, fate)
    const saving = rename()
    await vi.advanceTimersByTimeAsync(2_000)
    await saving.saved
    expect(server.done.map(({ id: key }) => key)).toEqual([saving.id])
    expect(server.requests).toBe(3)
  })

  test('that finds no server is given back after a few seconds', async () => {
    vi.useFakeTimers()
    server.fates.push('request lost', 'request lost', 'request lost', 'request lost')
    const failed = failure(rename())
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await failed).toMatchObject({ code: 'unreachable' })
    expect(server.done).toEqual([])
  })

  test('of another person\'s page is not asked again', async () => {
    server.fates.push({ status: 412, body: answerBody('wrong_user') })
    expect(await failure(rename())).toMatchObject({ code: 'wrong_user' })
    expect(server.requests).toBe(1)
  })

  test('that fails while nobody waits for it breaks nothing', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    server.fates.push({ status: 401, body: answerBody('sign_in') })
    rename()
    await vi.waitFor(() => expect(server.requests).toBe(1))
    await new Promise(resolve => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })
})
