CREATE INDEX IF NOT EXISTS "mutations_lead_conflicts" ON "auth"."mutations" USING btree ("company_id") WHERE name like 'lead.%' and jsonb_exists(result, 'theirs');
--> statement-breakpoint
-- All that was known of a lead goes with it, whoever deletes it: what it held before, who changed what of it, what a form sent
-- for it that no member has seen, and what a refused edit of it told of a colleague's (of which lead that was it does not say,
-- so all of the company's go: they were told long ago). That it came once stays, so that it does not come again, without a hash of what was in it.
CREATE OR REPLACE FUNCTION auth.forget_lead() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- First: what a form is adding to it is there by the time that its receipt is given free, and each statement sees what is there then.
  UPDATE auth.lead_receipts SET content_hash = '' WHERE id = OLD.id;
  DELETE FROM auth.lead_versions WHERE lead_id = OLD.id;
  DELETE FROM auth.lead_quarantine WHERE lead_id = OLD.id AND company_id = OLD.company_id;
  DELETE FROM auth.changes WHERE company_id = OLD.company_id AND row_id = OLD.id;
  UPDATE auth.mutations SET result = result - 'theirs' WHERE company_id = OLD.company_id AND name LIKE 'lead.%' AND jsonb_exists(result, 'theirs');
  RETURN NULL;
END $$;
