CREATE TABLE "auth"."lead_quarantine" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "auth"."lead_quarantine_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"reason" text NOT NULL,
	"lead_id" uuid NOT NULL,
	"company_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"content_hash" text NOT NULL,
	"token_hash" text NOT NULL,
	"content" jsonb NOT NULL,
	"made_at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_quarantine_once" UNIQUE("lead_id","version","content_hash")
);
--> statement-breakpoint
CREATE TABLE "auth"."lead_receipts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"content_hash" text NOT NULL,
	"token_hash" text NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "auth"."lead_versions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "auth"."lead_versions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"company_id" uuid NOT NULL,
	"lead_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"content_hash" text NOT NULL,
	"content" jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_versions_once" UNIQUE("lead_id","version","content_hash")
);
--> statement-breakpoint
CREATE INDEX "lead_quarantine_company" ON "auth"."lead_quarantine" USING btree ("company_id");--> statement-breakpoint
CREATE INDEX "lead_receipts_company" ON "auth"."lead_receipts" USING btree ("company_id");--> statement-breakpoint
CREATE INDEX "lead_versions_company" ON "auth"."lead_versions" USING btree ("company_id");
--> statement-breakpoint
-- The company that a public form names, by its key or short name: what a stranger may know of it, once somebody of it has
-- opened the form. One that was closed, or deleted with its form, is found too, so that what was sent for it is kept for the
-- operator; of a deleted one the name is not told. A short name may look like a key: the key comes first, because devices keep that.
CREATE FUNCTION auth.form_company(asked uuid, asked_name text)
RETURNS TABLE (id uuid, name text, open boolean, consent text, privacy_url text, closed_at text, created_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found public.companies;
  form jsonb;
BEGIN
  SELECT c.* INTO found FROM public.companies c WHERE c.id = asked;
  IF found.id IS NULL THEN
    SELECT c.* INTO found FROM public.companies c WHERE c.slug = asked_name;
  END IF;
  form := found.settings -> 'form';
  -- Closed, and never opened: to strangers there is no such company.
  IF (form -> 'open' = 'true'::jsonb OR (form -> 'open' = 'false'::jsonb AND form ->> 'closed_at' IS NOT NULL)) IS NOT TRUE THEN
    RETURN;
  END IF;
  IF found.deleted_at IS NOT NULL THEN
    RETURN QUERY SELECT found.id, '', false, '', NULL::text, NULL::text, found.created_at;
    RETURN;
  END IF;
  RETURN QUERY SELECT found.id, found.name, (form -> 'open')::boolean, left(coalesce(form ->> 'consent', ''), 2000),
    -- Whoever may change the settings chooses it, and strangers press it: nothing that runs.
    substring(form ->> 'privacy_url' FROM '^https?://.*$'),
    CASE WHEN form -> 'open' = 'false'::jsonb THEN form ->> 'closed_at' END,
    found.created_at;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION auth.form_company(uuid, text) FROM PUBLIC;
--> statement-breakpoint
-- What a lead held before goes with it, whoever deletes it.
CREATE FUNCTION auth.forget_lead() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM auth.lead_versions WHERE lead_id = OLD.id;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER forget_lead AFTER DELETE ON leads FOR EACH ROW EXECUTE FUNCTION auth.forget_lead();
