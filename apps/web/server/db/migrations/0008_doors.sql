-- What must be known before a row may be seen, and nothing more: each of these answers one narrow question with the rights
-- of the owner, who is not subject to row level security (server/db/policies.ts). The search path is fixed, so that no
-- table of the asker's stands in for one of ours.

-- The companies whose rows a transaction may touch, by what the viewer is in them. Under the door `operator` it is the
-- one company that the command named.
CREATE FUNCTION auth.companies_of(roles text[]) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_setting('app.door', true) = 'operator' THEN
    RETURN ARRAY[nullif(current_setting('app.company', true), '')::uuid];
  END IF;
  RETURN ARRAY(
    SELECT m.company_id FROM public.company_members m JOIN public.companies c ON c.id = m.company_id
    WHERE m.user_id = nullif(current_setting('app.user_id', true), '')::uuid AND m.role = ANY (roles) AND c.deleted_at IS NULL);
END $$;
--> statement-breakpoint
-- Companies that were deleted: what upkeep may delete for good.
CREATE FUNCTION auth.deleted_companies() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT ARRAY(SELECT c.id FROM public.companies c WHERE c.deleted_at IS NOT NULL AND current_setting('app.door', true) = 'upkeep')
$$;
--> statement-breakpoint
-- Whose sessions these tokens open, and what those people are in some companies. Who asks must hold a token: its hash is
-- of 32 random bytes, and one that is not there finds nobody.
CREATE FUNCTION auth.find_sessions(tokens text[], companies uuid[])
RETURNS TABLE (token_hash text, session uuid, id uuid, name text, email text, last_seen_at timestamptz, roles jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT s.token_hash, s.id, u.id, u.name, u.email, s.last_seen_at, (
    SELECT jsonb_object_agg(m.company_id, m.role) FROM public.company_members m JOIN public.companies c ON c.id = m.company_id AND c.deleted_at IS NULL
    WHERE m.user_id = u.id AND m.company_id = ANY (companies))
  FROM auth.sessions s JOIN public.users u ON u.id = s.user_id
  WHERE s.token_hash = ANY (tokens) AND s.expires_at > now() AND u.is_active;
END $$;
--> statement-breakpoint
-- The account of an e-mail address, in any spelling of upper and lower case. A function, because the check of a row level
-- policy comes before lower(), which PostgreSQL cannot prove harmless: the index would not be used.
CREATE FUNCTION auth.account_of(address text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT u.id FROM public.users u WHERE lower(u.email) = lower(address) AND current_setting('app.door', true) = 'account');
END $$;
--> statement-breakpoint
-- Which of some keys are taken, by a row of whatever company: an import chooses others instead.
CREATE FUNCTION auth.taken_keys(entity text, keys uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CASE entity
    WHEN 'workspaces' THEN RETURN QUERY SELECT w.id FROM public.workspaces w WHERE w.id = ANY (keys);
    WHEN 'folders' THEN RETURN QUERY SELECT f.id FROM public.folders f WHERE f.id = ANY (keys);
  END CASE;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION auth.companies_of(text[]), auth.deleted_companies(), auth.find_sessions(text[], uuid[]), auth.account_of(text), auth.taken_keys(text, uuid[]) FROM PUBLIC;
--> statement-breakpoint
-- These two reach rows that whoever writes may not: a person's own from that of a membership, and the other way round.
CREATE OR REPLACE FUNCTION copy_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM 1 FROM public.users u WHERE u.id = NEW.user_id FOR SHARE;
  END IF;
  SELECT u.name, u.email, u.avatar_url INTO NEW.name, NEW.email, NEW.avatar_url FROM public.users u WHERE u.id = NEW.user_id;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION tell_memberships() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.company_members SET user_id = user_id WHERE user_id = NEW.id;
  RETURN NULL;
END $$;
