CREATE TABLE "auth"."lead_quarantine" (
	"lead_id" uuid NOT NULL,
	"company_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"content_hash" text NOT NULL,
	"token_hash" text NOT NULL,
	"content" jsonb NOT NULL,
	"made_at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_quarantine_lead_id_version_content_hash_pk" PRIMARY KEY("lead_id","version","content_hash")
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
-- The company that a public form names, by its short name or key: what a stranger may know of it, once somebody of it has
-- opened the form. One that was closed, or deleted with its form, is found too, so that what was sent for it is kept for the
-- operator; of a deleted one the name is not told.
CREATE FUNCTION auth.form_company(asked text) RETURNS TABLE (id uuid, name text, open boolean, consent text, privacy_url text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT c.id, CASE WHEN c.deleted_at IS NULL THEN c.name ELSE '' END,
    c.deleted_at IS NULL AND c.settings #> '{form,open}' = 'true'::jsonb,
    CASE WHEN c.deleted_at IS NULL THEN coalesce(c.settings #>> '{form,consent}', '') ELSE '' END,
    -- Whoever may change the settings chooses it, and strangers press it: nothing that runs.
    CASE WHEN c.deleted_at IS NULL THEN substring(c.settings #>> '{form,privacy_url}' FROM '^https?://.*$') END
  FROM public.companies c WHERE (c.slug = asked OR c.id::text = asked) AND c.settings #> '{form,open}' IN ('true'::jsonb, 'false'::jsonb)
  -- A short name may look like a key: the key comes first, because devices keep that.
  ORDER BY c.id::text = asked DESC LIMIT 1;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION auth.form_company(text) FROM PUBLIC;
