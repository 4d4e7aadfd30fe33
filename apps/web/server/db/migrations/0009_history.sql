CREATE TABLE "auth"."changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "auth"."changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"company_id" uuid NOT NULL,
	"entity" text NOT NULL,
	"row_id" uuid NOT NULL,
	"actor_id" uuid NOT NULL,
	"actor_name" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"mutation" text NOT NULL,
	"before" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"after" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"deletion_id" uuid,
	"amount" integer,
	CONSTRAINT "changes_entity" CHECK ("auth"."changes"."entity" in ('workspaces', 'folders'))
);
--> statement-breakpoint
CREATE INDEX "changes_row" ON "auth"."changes" USING btree ("company_id","row_id","id");--> statement-breakpoint
CREATE INDEX "changes_deletion" ON "auth"."changes" USING btree ("deletion_id","id") WHERE "auth"."changes"."deletion_id" is not null;--> statement-breakpoint
CREATE INDEX "folders_trash" ON "folders" USING btree ("company_id","deleted_at","deletion_id") WHERE "folders"."deletion_id" is not null;--> statement-breakpoint
-- What was noted stays as it was noted, whoever asks; it goes with what it speaks of.
CREATE FUNCTION auth.keep_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Rows of auth.changes are never changed.' USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER keep_changes BEFORE UPDATE ON auth.changes FOR EACH STATEMENT EXECUTE FUNCTION auth.keep_changes();
