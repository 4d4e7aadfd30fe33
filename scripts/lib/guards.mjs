/**
 * What guards against each fault, as text that can be taken out, and the tests that must then be red. `find` stands in the
 * file exactly once: code that moved on is noticed, and nothing is broken by accident.
 * @typedef {{ file: string, find: string, replace: string }} Edit
 * @typedef {{ config: string, file: string, name?: string, depth?: import('./soak-tag.mjs').Depth }} Catcher which tests look: a config, a file of it, a part of their names, and whether they are among those of `npm test` (where not said)
 * @typedef {{ fault: string, without: string, edits: Edit[], caughtBy: Catcher }} Guard
 */

const worker = 'apps/web/worker'

/** A story that was kept, told in the simulation. @param {string} name @returns {Catcher} */
const story = name => ({ config: 'apps/web/vitest.faults.config.ts', file: 'test/faults/simulated.test.ts', name: `${name}.json` })
/** @type {Catcher} the story of a tablet, told with real browsers */
const tablet = { config: 'apps/web/vitest.faults.config.ts', file: 'test/faults/leads.test.ts', depth: 'soak' }
/** @param {string} file @param {string} [name] @returns {Catcher} */
const ofWorker = (file, name) => ({ config: 'apps/web/vitest.worker.config.ts', file: `test/worker/${file}`, ...name && { name } })
/** @param {string} file @param {string} [name] @returns {Catcher} */
const ofApp = (file, name) => ({ config: 'apps/web/vitest.app.config.ts', file: `test/app/${file}`, ...name && { name } })
/** @param {string} file @param {string} [name] @returns {Catcher} */
const ofStack = (file, name) => ({ config: 'apps/embedded/vitest.config.ts', file: `test/${file}`, ...name && { name } })

/** @type {Guard[]} */
export const GUARDS = [
  {
    fault: 'no network while a membership ends', without: 'what is not wanted any more is taken away',
    edits: [{ file: `${worker}/sync/sync.ts`, find: 'if (wanted.has(shape.key) || (!isWhole', replace: 'if (shape.company !== null || (!isWhole' }],
    caughtBy: story('ended-offline'),
  },
  {
    fault: 'a membership that ends', without: 'the server\'s word that it ended is followed',
    edits: [
      { file: `${worker}/sync/sync.ts`, find: 'if (shape.company === null || (code !==', replace: 'if (shape !== undefined || (code !==' },
      { file: `${worker}/sync/sync.ts`, find: 'if (definition.name === \'memberships\') void this.reconcile()', replace: '' },
    ],
    caughtBy: story('ended-membership'),
  },
  {
    fault: 'a role that allows less', without: 'roles decide which shapes are wanted',
    edits: [
      { file: `${worker}/sync/wanted.ts`, find: '.filter(shape => shape.definition.visibleTo.includes(role))', replace: '' },
      { file: `${worker}/sync/sync.ts`, find: '(code !== \'membership_ended\' && code !== \'role_changed\')', replace: 'code !== \'membership_ended\'' },
    ],
    caughtBy: story('narrowed-role'),
  },
  {
    fault: '5xx and 429', without: 'a stream that was refused for now is asked for again',
    edits: [{ file: `${worker}/transport/live-stream.ts`, find: 'if (isPassing(status)) return { event: \'failed\', code: await codeOf(response), wait: retryAfter(response.headers) }', replace: 'if (isPassing(status)) return { event: \'nobody\' }' }],
    caughtBy: story('busy-server'),
  },
  {
    fault: 'an answer that is cut off', without: 'what is no whole page is no page',
    edits: [{
      file: `${worker}/transport/shape-transport.ts`, find: 'return new Response(body.byteLength > 0 ? body : null,',
      replace: 'const isWhole = (() => { try { JSON.parse(new TextDecoder().decode(body)); return true } catch { return false } })()\n      return new Response(isWhole ? body : \'[]\',',
    }],
    caughtBy: story('cut-answers'),
  },
  {
    fault: 'a stream that breaks (the server is killed)', without: 'another one follows',
    edits: [
      { file: `${worker}/transport/live-stream.ts`, find: '.catch((): Outcome => ({ event: \'failed\', code: \'network\', wait: 0 }))', replace: '.catch((): Outcome => ({ event: \'nobody\' }))' },
      { file: `${worker}/transport/live-stream.ts`, find: '    }\n    return { event: \'failed\', code: \'network\', wait: 0 }', replace: '    }\n    return { event: \'nobody\' }' },
    ],
    caughtBy: story('cut-stream'),
  },
  {
    fault: 'a page that never comes', without: 'silence is given up',
    edits: [{ file: `${worker}/transport/shape-transport.ts`, find: 'const PAGE_SILENCE_MS = 60_000', replace: 'const PAGE_SILENCE_MS = 2_000_000_000' }],
    caughtBy: story('silent-page'),
  },
  {
    fault: 'a stream that falls silent', without: 'silence is given up',
    edits: [{ file: `${worker}/transport/live-stream.ts`, find: 'silence: 15_000', replace: 'silence: 2_000_000_000' }],
    caughtBy: story('silent-stream'),
  },
  {
    fault: 'a device that sleeps', without: 'a connection is given up after silence',
    edits: [{ file: `${worker}/transport/live-stream.ts`, find: 'silence: 15_000', replace: 'silence: 2_000_000_000' }],
    caughtBy: story('sleeping-device'),
  },
  {
    fault: 'a proxy that holds answers back', without: 'the long poll takes over',
    edits: [{ file: `${worker}/transport/live-stream.ts`, find: 'if (!isOver()) this.#on(\'reached\')', replace: '' }],
    caughtBy: story('held-back'),
  },
  {
    fault: 'duplicate delivery', without: 'a line is for who stands at its place, and a row that is here already is not counted again',
    edits: [
      { file: `${worker}/transport/inbox.ts`, find: 'if (!seat?.isCarried || !isSamePlace(seat.entry, told.from)) return', replace: 'if (!seat?.isCarried) return' },
      { file: `${worker}/transport/inbox.ts`, find: 'filter(({ entry }) => isSamePlace(entry, told.from))', replace: 'filter(({ entry }) => keyOf(entry) === key)' },
      { file: `${worker}/transport/seat.ts`, find: 'const at = this.#queue.findIndex(told => isSamePlace(told.from, from))', replace: 'const at = this.#queue.length > 0 ? 0 : -1' },
      { file: `${worker}/apply/write-rows.ts`, find: 'count(*) FILTER (WHERE xmax = 0)::int', replace: 'count(*)::int' },
    ],
    caughtBy: story('stale-and-twice'),
  },
  {
    fault: 'pages of somebody else', without: 'only a code of ours under its status is our server\'s word',
    edits: [{ file: `${worker}/sync/refusal.ts`, find: 'return { code: \'network\', sentence: `The server answered', replace: 'return { code: error.status === 403 ? \'membership_ended\' : \'network\', sentence: `The server answered' }],
    caughtBy: story('other-pages'),
  },
  {
    fault: 'another person signs in', without: 'a request names whose database it is, and the server looks',
    edits: [{ file: 'apps/web/.output/server/**', find: 'if (named.toLowerCase() !== session.person.id)', replace: 'if (false)' }],
    caughtBy: story('other-session'),
  },
  {
    fault: 'a session that ends and begins again', without: 'who was refused asks again',
    edits: [{ file: `${worker}/apply/shape-session.ts`, find: 'await this.#pause.wait(this.#ended.signal)', replace: 'return' }],
    caughtBy: story('signed-out'),
  },
  {
    fault: 'a company that is deleted and restored', without: 'what was refused is asked for again',
    edits: [{ file: `${worker}/sync/refusals.ts`, find: 'refused.isDue = true', replace: '' }],
    caughtBy: story('deleted-and-restored'),
  },
  {
    fault: 'must-refetch', without: 'rows that are not in the new copy go',
    edits: [{ file: `${worker}/apply/staging.ts`, find: 'if (mayDelete) {', replace: 'if (mayDelete && target.table === \'\') {' }],
    caughtBy: story('refetch-while-away'),
  },
  {
    fault: 'a kill between rows and cursor', without: 'both are of one transaction',
    edits: [{
      file: `${worker}/apply/shape-applier.ts`, find: '      await work(tx, cursor)\n      await this.#cursors.save(tx, cursor)\n    })',
      replace: '      await work(tx, cursor)\n    })\n    await this.#cursors.save(this.#pg, cursor)',
    }],
    caughtBy: story('killed-in-the-middle'),
  },
  {
    fault: 'a kill while a refetch is staged', without: 'the staged part has a cursor of its own',
    edits: [{ file: `${worker}/apply/cursors.ts`, find: 'staging: row.staging_position === null ? null :', replace: 'staging: row.staging_position !== null ? null :' }],
    caughtBy: story('killed-while-refetching'),
  },
  {
    fault: 'a kill in a long page', without: 'a head that nothing followed is taken back',
    edits: [{ file: `${worker}/apply/shape-applier.ts`, find: 'return byCopy && !complete && rows > 0', replace: 'return false && byCopy && !complete && rows > 0' }],
    caughtBy: story('killed-in-a-long-page'),
  },
  {
    fault: 'a power cut', without: 'rows and cursor are of one transaction',
    edits: [{
      file: `${worker}/apply/shape-applier.ts`, find: '    await this.#pg.transaction(async (tx) => {\n      await work(tx, cursor)\n      await this.#cursors.save(tx, cursor)\n    })',
      replace: '    const ahead = structuredClone(cursor)\n    await this.#pg.transaction(async tx => work(tx, cursor))\n    setTimeout(() => void this.#cursors.save(this.#pg, { ...ahead, ...cursor }), 5_000)',
    }],
    caughtBy: story('power-cut'),
  },
  {
    fault: 'the leader tab closes', without: 'what is open is asked again of the next leader',
    edits: [{ file: 'apps/web/app/utils/leader-states.ts', find: 'waiting: {\n    locked: [\'waiting\', \'nothing\'], lead: [\'led\', \'say_all_and_tell_free\']', replace: 'waiting: {\n    locked: [\'waiting\', \'nothing\'], lead: [\'led\', \'tell_free\']' },
      { file: 'apps/web/app/utils/leader-states.ts', find: 'led: {\n    locked: [\'led\', \'nothing\'], lead: [\'led\', \'say_all_and_tell_free\']', replace: 'led: {\n    locked: [\'led\', \'nothing\'], lead: [\'led\', \'tell_free\']' }],
    caughtBy: ofApp('leader-and-tab.test.ts'),
  },
  {
    fault: 'SIGKILL of the browser in a purge', without: 'an unfinished purge is noted, and finished first',
    edits: [{ file: `${worker}/database/open-purged.ts`, find: 'if (purging.length === 0) {', replace: 'if (purging.length >= 0) {' }],
    caughtBy: ofWorker('browser/purge.test.ts', 'killed in the middle of the purge'),
  },
  {
    fault: 'SIGKILL of the embedded stack', without: 'what has ended is handed over before it is acknowledged',
    edits: [{ file: 'apps/embedded/wal/stream.ts', find: 'const unfinished = parts.at(-1)?.ends ? [] : parts.splice(-1)', replace: 'const unfinished: typeof parts = []' }],
    caughtBy: ofStack('wal/stream.test.ts'),
  },
  {
    fault: 'quota', without: 'there must be room before a page is taken',
    edits: [{ file: `${worker}/apply/shape-session.ts`, find: 'await this.#events.room?.(rows)', replace: '' }],
    caughtBy: ofWorker('browser/quota.test.ts', 'meets the end of the storage'),
  },
  {
    fault: 'another schema version', without: 'what is here is taken over',
    edits: [{ file: `${worker}/database/upgrade.ts`, find: 'if (!other) return undefined', replace: 'if (other !== other || true) return undefined' }],
    caughtBy: ofWorker('browser/upgrade.test.ts'),
  },
  {
    fault: 'an answer to leads that is lost', without: 'a lead that comes again is known by its key',
    edits: [
      { file: 'apps/web/.output/server/**', find: 'token_hash FROM given ORDER BY id\n      ON CONFLICT (id) DO NOTHING', replace: 'token_hash FROM given ORDER BY id\n      ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version' },
      { file: 'apps/web/.output/server/**', find: 'SELECT id, ${company.id}::uuid, name,', replace: 'SELECT gen_random_uuid(), ${company.id}::uuid, name,' },
      { file: 'apps/web/.output/server/**', find: 'SELECT made.id, stored.id IS NOT NULL AS stored FROM made LEFT JOIN stored USING (id)', replace: 'SELECT made.id, true AS stored FROM made' },
    ],
    caughtBy: tablet,
  },
  {
    fault: 'a server that says of a lead what is not so', without: 'what is answered is in the table',
    edits: [
      { file: 'apps/web/.output/server/**', find: 'FROM given JOIN made USING (id) ORDER BY id', replace: 'FROM given JOIN made USING (id) WHERE given.phone IS NULL ORDER BY id' },
      { file: 'apps/web/.output/server/**', find: 'SELECT made.id, stored.id IS NOT NULL AS stored FROM made LEFT JOIN stored USING (id)', replace: 'SELECT made.id, true AS stored FROM made' },
    ],
    caughtBy: tablet,
  },
]
