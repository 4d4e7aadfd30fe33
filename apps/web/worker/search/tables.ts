import type { Transaction } from '@electric-sql/pglite'
import { LEAD_CODE } from '#shared/search/entities'
import { SEARCHED } from './sources'

/** Raised with each change of these tables or of what is folded into them: those of an older layout are filled anew. */
const LAYOUT = 4

/**
 * What search reads. Its indexes are made while the tables are empty, and an entry more costs the same in the last slice as
 * in the first: B-trees, and GIN only where it puts no entries off, to stop every query for merging them later.
 *
 * search_titles      each folded name once an entity and company: 117,572 folders of a real company have 20,000 names
 * search_documents   which rows have the name
 * search_words       each word of names once a company; search_title_words: which names of an entity have it; search_trigrams: its parts
 * search_leads       a document of full-text search for each lead; search_lead_words, search_lead_trigrams: of their names and addresses
 * search_fills       how far the filling is, one row a shape; written in the transaction of the rows it speaks of
 * search_changes     rows that were written since, noted by triggers in the transaction that wrote them
 */
const TABLES = `
  CREATE TABLE search_layout (version integer NOT NULL);
  CREATE TABLE search_titles (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entity smallint NOT NULL, company_id uuid NOT NULL,
    title text COLLATE "C" NOT NULL, length integer NOT NULL, extra text COLLATE "C" NOT NULL, words text COLLATE "C" NOT NULL);
  CREATE UNIQUE INDEX search_titles_title ON search_titles (entity, title, company_id, extra);
  CREATE TABLE search_documents (
    id uuid NOT NULL, entity smallint NOT NULL, title_id integer NOT NULL, PRIMARY KEY (id, entity));
  CREATE INDEX search_documents_title ON search_documents (title_id, id);
  CREATE TABLE search_words (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, company_id uuid NOT NULL, word text COLLATE "C" NOT NULL);
  CREATE UNIQUE INDEX search_words_word ON search_words (word, company_id);
  CREATE TABLE search_title_words (
    word_id integer NOT NULL, entity smallint NOT NULL, title_id integer NOT NULL, PRIMARY KEY (word_id, entity, title_id));
  CREATE INDEX search_title_words_title ON search_title_words (title_id);
  CREATE TABLE search_trigrams (trigram text COLLATE "C" NOT NULL, word_id integer NOT NULL, PRIMARY KEY (trigram, word_id));
  CREATE TABLE search_leads (id uuid PRIMARY KEY, company_id uuid NOT NULL, at timestamptz NOT NULL, document tsvector NOT NULL);
  CREATE INDEX search_leads_document ON search_leads USING gin (document) WITH (fastupdate = off);
  CREATE INDEX search_leads_latest ON search_leads (company_id, at, id);
  CREATE TABLE search_lead_words (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, company_id uuid NOT NULL, word text COLLATE "C" NOT NULL);
  CREATE UNIQUE INDEX search_lead_words_word ON search_lead_words (word, company_id);
  CREATE TABLE search_lead_trigrams (trigram text COLLATE "C" NOT NULL, word_id integer NOT NULL, PRIMARY KEY (trigram, word_id));
  CREATE TABLE search_fills (
    shape_key text PRIMARY KEY, entity smallint NOT NULL, company_id uuid NOT NULL, position uuid, done boolean NOT NULL DEFAULT false,
    rows integer NOT NULL DEFAULT 0, language text);
  CREATE TABLE search_changes (entity smallint NOT NULL, id uuid NOT NULL, PRIMARY KEY (entity, id));`

const NAMES = ['layout', 'titles', 'documents', 'words', 'title_words', 'trigrams', 'leads', 'lead_words', 'lead_trigrams', 'fills', 'changes'].map(name => `search_${name}`)

/**
 * A copy of the database goes without these, and they are filled again: into their index 100,000 leads take 40 s, and as long as
 * a copy lasts nobody else has a turn.
 */
export const NOT_COPIED = ['search_leads', 'search_lead_words', 'search_lead_trigrams']

/** What was not copied is as if it had never begun. */
export async function leadSearchBegins(tx: Transaction): Promise<void> {
  await tx.query('DELETE FROM search_fills WHERE entity = $1', [LEAD_CODE])
}

/**
 * Notes what a statement wrote, whoever wrote it, unless its transaction takes search along itself (`search.notes`). A
 * first sync's COPY goes without triggers at all: what it brings is filled from the table.
 */
const NOTE = `
  CREATE OR REPLACE FUNCTION search_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('search.notes', true) IS DISTINCT FROM 'off' THEN
      INSERT INTO search_changes (entity, id) SELECT TG_ARGV[0]::smallint, id FROM touched ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
  END $$;
  CREATE OR REPLACE FUNCTION search_note_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO search_changes (entity, id) SELECT entity, id FROM search_documents WHERE entity = TG_ARGV[0]::smallint
    UNION ALL SELECT ${LEAD_CODE}, id FROM search_leads WHERE ${LEAD_CODE} = TG_ARGV[0]::smallint ON CONFLICT DO NOTHING;
    RETURN NULL;
  END $$;`

const triggers = SEARCHED.map(({ code, table }) => [
  ...[['INSERT', 'NEW'], ['UPDATE', 'NEW'], ['DELETE', 'OLD']].map(([event, side]) => `
    CREATE OR REPLACE TRIGGER search_${event} AFTER ${event} ON ${table} REFERENCING ${side} TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION search_note(${code});`),
  `CREATE OR REPLACE TRIGGER search_truncate AFTER TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION search_note_truncate(${code});`,
].join('\n')).join('\n')

/** Makes the tables of search where they are missing or of another layout, within the transaction that makes the catalogue's. */
export async function createSearchTables(tx: Transaction): Promise<void> {
  if (!await hasLayout(tx)) await makeSearchTables(tx)
}

async function hasLayout(tx: Transaction): Promise<boolean> {
  const { rows: [made] } = await tx.query<{ made: boolean }>('SELECT to_regclass(\'public.search_layout\') IS NOT NULL AS made')
  if (!made?.made) return false
  const { rows: [layout] } = await tx.query<{ version: number }>('SELECT version FROM search_layout')
  return layout?.version === LAYOUT
}

/** Begins search anew, whatever was there: it is filled from the tables of the rows again. */
export async function makeSearchTables(tx: Transaction): Promise<void> {
  await tx.exec([
    ...NAMES.map(name => `DROP TABLE IF EXISTS ${name} CASCADE`), TABLES, NOTE, triggers,
    ...NAMES.map(name => `CREATE VIEW app_read.${name} AS SELECT * FROM public.${name}`),
    `INSERT INTO search_layout VALUES (${LAYOUT})`,
  ].join(';\n'))
}
